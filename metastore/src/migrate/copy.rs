//! Copying definitions.

use std::collections::HashMap;

use super::compare;
use super::report::{Kind, Report};
use super::source::Source;
use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Constraint, ConstraintKind, Database, Defined, Function, Partition, Table, TableKind,
    partition_name, pattern,
};
use crate::store::{MetaStore, definitions};

/// What is copied.
#[derive(Debug, Clone, Default)]
pub struct CopyOptions {
    /// Only look.
    pub dry_run: bool,
    /// Pattern of the databases; all without one.
    pub databases: Option<String>,
    /// What is in the target already, but other than in the source, becomes as in the source.
    pub overwrite: bool,
}

/// Says what Skep can do with a thing; the metastore itself knows no formats and no functions.
pub trait Judge {
    /// What Skep lacks to read the rows of a table, if anything: its SerDe, its storage handler.
    fn lacks(&self, table: &Table) -> Option<String>;
    /// The same for one partition, which may be stored in another way.
    fn partition_lacks(&self, table: &Table, partition: &Partition) -> Option<String>;
    /// What is to be said about a function.
    fn function(&self, function: &Function) -> String;
}

/// What became of one thing.
enum Outcome {
    Copied,
    There,
    /// Other in the target, and left alone there, with what is other.
    Different(String),
    /// Was other in the target, and is now as in the source.
    Replaced,
}

struct Copier<'a> {
    source: &'a dyn Source,
    target: &'a dyn MetaStore,
    judge: &'a dyn Judge,
    options: &'a CopyOptions,
    report: Report,
    /// Foreign keys: they need the tables that they refer to.
    keys: Vec<(String, String, Vec<Constraint>)>,
}

/// Copies definitions from a source into a store, but for what is there already. `progress` hears what is under way.
///
/// # Errors
/// Those of the source and of the target where nothing can be said about a whole database; what is wrong with single
/// things is in the report.
pub fn copy(
    source: &dyn Source,
    target: (&dyn MetaStore, &str),
    judge: &dyn Judge,
    options: &CopyOptions,
    progress: &mut dyn FnMut(&str),
) -> Result<Report> {
    let report = Report {
        source: source.describe(),
        target: target.1.to_string(),
        dry_run: options.dry_run,
        ..Report::default()
    };
    let mut copier = Copier { source, target: target.0, judge, options, report, keys: Vec::new() };
    for database in source.databases()? {
        if options.databases.as_ref().is_some_and(|wanted| !pattern::matches(wanted, &database.name)) {
            continue;
        }
        progress(&format!("database {}", database.name));
        copier.database(&database)?;
        for name in source.table_names(&database.name)? {
            copier.table(&database.name, &name);
        }
        copier.functions(&database.name)?;
    }
    progress("constraints, roles and grants");
    copier.foreign_keys();
    copier.authorization();
    Ok(copier.report)
}

impl Copier<'_> {
    fn count(&mut self, kind: Kind, outcome: Outcome, what: String) {
        let counts = self.report.count(kind);
        match outcome {
            Outcome::Copied => counts.copied += 1,
            Outcome::There => counts.there += 1,
            Outcome::Replaced => counts.replaced += 1,
            Outcome::Different(fields) => {
                counts.different += 1;
                self.report.different.push(format!("{what} ({fields})"));
            }
        }
    }

    fn database(&mut self, database: &Database) -> Result<()> {
        self.report.count(Kind::Databases).found += 1;
        let outcome = match self.target.database(&database.name) {
            Ok(there) if there == *database => Outcome::There,
            // The engine has made it; if nothing lies in it, it takes the other's place.
            Ok(there) if database.name == "default" && self.target.table_names("default", None, None)?.is_empty() => {
                if there.location != database.location {
                    let note = format!("the default database is now in {} (was {})", database.location, there.location);
                    self.report.notes.push(note);
                }
                self.change(|target| target.alter_database(database))?;
                Outcome::Copied
            }
            Ok(there) => {
                let fields = compare::database(&there, database);
                self.other(fields, |target| target.alter_database(database))?
            }
            Err(MetastoreError::NoSuchObject(_)) => {
                self.change(|target| target.create_database(database))?;
                Outcome::Copied
            }
            Err(error) => return Err(error),
        };
        self.count(Kind::Databases, outcome, format!("database {}", database.name));
        Ok(())
    }

    /// Makes a change, unless one only looks.
    fn change(&self, change: impl FnOnce(&dyn MetaStore) -> Result<()>) -> Result<()> {
        if self.options.dry_run { Ok(()) } else { change(self.target) }
    }

    /// What becomes of a thing that is in the target, but other in these fields.
    fn other(&self, fields: String, replace: impl FnOnce(&dyn MetaStore) -> Result<()>) -> Result<Outcome> {
        match self.options.overwrite {
            true => self.change(replace).map(|()| Outcome::Replaced),
            false => Ok(Outcome::Different(fields)),
        }
    }

    fn table(&mut self, database: &str, name: &str) {
        let what = format!("{database}.{name}");
        let table = match self.source.table(database, name) {
            Ok(table) => table,
            Err(error) => {
                self.report.count(Kind::ManagedTables).found += 1;
                return self.report.fail(Kind::ManagedTables, what, error);
            }
        };
        let kind = match table.kind {
            TableKind::Managed => Kind::ManagedTables,
            TableKind::External => Kind::ExternalTables,
            TableKind::View => Kind::Views,
            TableKind::MaterializedView => Kind::MaterializedViews,
        };
        self.report.count(kind).found += 1;
        if let Some(lacking) = self.judge.lacks(&table) {
            self.report.lacking.entry(lacking).or_default().push(what.clone());
        }
        let outcome = match self.target.table(database, name) {
            Ok(there) => match compare::table(&there, &table, self.options.overwrite) {
                fields if fields.is_empty() => Ok(Outcome::There),
                fields => self.other(fields, |target| target.alter_table(database, name, &table)),
            },
            Err(MetastoreError::NoSuchObject(_)) => {
                self.change(|target| target.create_table(&table)).map(|()| Outcome::Copied)
            }
            Err(error) => Err(error),
        };
        match outcome {
            // What is in a table that is another one is not mixed with it.
            Ok(outcome @ Outcome::Different(_)) => self.count(kind, outcome, what),
            Ok(outcome) => {
                let new = matches!(outcome, Outcome::Copied);
                self.count(kind, outcome, what.clone());
                self.parts(&table, &what, new);
            }
            Err(error) => self.report.fail(kind, what, error),
        }
    }

    /// What belongs to a table. `new` is one that was not in the target.
    fn parts(&mut self, table: &Table, what: &str, new: bool) {
        if let Err(error) = self.constraints(table, new) {
            self.report.fail(Kind::Constraints, format!("constraints of {what}"), error);
        }
        if let Err(error) = self.statistics(table, new) {
            self.report.fail(Kind::Statistics, format!("column statistics of {what}"), error);
        }
        if table.is_partitioned()
            && let Err(error) = self.partitions(table, what, new)
        {
            self.report.fail(Kind::Partitions, format!("partitions of {what}"), error);
        }
        if table.acid_kind().is_some() {
            match self.write_ids(table, new) {
                Ok(said) => self.report.transactional.push((what.to_string(), said)),
                Err(error) => self.report.fail(Kind::ManagedTables, format!("write ids of {what}"), error),
            }
        }
    }

    fn constraints(&mut self, table: &Table, new: bool) -> Result<()> {
        let all = self.source.constraints(table)?;
        if all.is_empty() {
            return Ok(());
        }
        self.report.count(Kind::Constraints).found += all.len();
        let there = if new && self.options.dry_run {
            Vec::new()
        } else {
            self.target.constraints(&table.database, &table.name)?
        };
        let mut missing = Vec::new();
        for one in all {
            match there.iter().find(|other| other.name == one.name) {
                None => missing.push(one),
                Some(other) if *other == one => self.report.count(Kind::Constraints).there += 1,
                Some(_) => {
                    let (database, name) = (&table.database, &table.name);
                    let outcome = self.other("definition".to_string(), |target| {
                        target.change_constraints(
                            database,
                            name,
                            std::slice::from_ref(&one.name),
                            std::slice::from_ref(&one),
                        )
                    })?;
                    self.count(Kind::Constraints, outcome, format!("constraint {} of {database}.{name}", one.name));
                }
            }
        }
        let (keys, own): (Vec<_>, Vec<_>) = missing.into_iter().partition(is_foreign_key);
        if !keys.is_empty() {
            self.keys.push((table.database.clone(), table.name.clone(), keys));
        }
        if !own.is_empty() {
            self.change(|target| target.change_constraints(&table.database, &table.name, &[], &own))?;
            self.report.count(Kind::Constraints).copied += own.len();
        }
        Ok(())
    }

    fn foreign_keys(&mut self) {
        for (database, table, keys) in std::mem::take(&mut self.keys) {
            for key in keys {
                match self
                    .change(|target| target.change_constraints(&database, &table, &[], std::slice::from_ref(&key)))
                {
                    Ok(()) => self.report.count(Kind::Constraints).copied += 1,
                    Err(error) => {
                        let what = format!("foreign key {} of {database}.{table}", key.name);
                        self.report.fail(Kind::Constraints, what, error);
                    }
                }
            }
        }
    }

    fn statistics(&mut self, table: &Table, new: bool) -> Result<()> {
        let all = self.source.statistics(table)?;
        self.put_statistics(table, None, &all, new)
    }

    fn put_statistics(
        &mut self,
        table: &Table,
        partition: Option<&[String]>,
        all: &[ColumnStatistics],
        new: bool,
    ) -> Result<()> {
        if all.is_empty() {
            return Ok(());
        }
        let (database, name) = (&table.database, &table.name);
        self.report.count(Kind::Statistics).found += all.len();
        let there = match new {
            true => Vec::new(),
            false => self.target.column_statistics(database, name, partition, &[])?,
        };
        let same = all.iter().filter(|one| there.contains(one)).count();
        // Without being told so, none is replaced: those of the target may be newer.
        if same == all.len() || !there.is_empty() && !self.options.overwrite {
            self.report.count(Kind::Statistics).there += all.len();
            return Ok(());
        }
        self.change(|target| target.set_column_statistics(database, name, partition, all))?;
        let counts = self.report.count(Kind::Statistics);
        counts.there += same;
        let changed = all.len() - same;
        if there.is_empty() {
            counts.copied += changed;
        } else {
            counts.replaced += changed;
        }
        Ok(())
    }

    fn partitions(&mut self, table: &Table, what: &str, new: bool) -> Result<()> {
        let source = self.source;
        let (database, name) = (table.database.as_str(), table.name.as_str());
        let mut lacking: Option<String> = None;
        source.partitions(table, &mut |page| {
            self.report.count(Kind::Partitions).found += page.len();
            let (partitions, statistics): (Vec<Partition>, Vec<Vec<ColumnStatistics>>) = page.into_iter().unzip();
            for partition in &partitions {
                lacking = lacking.take().or_else(|| self.judge.partition_lacks(table, partition));
            }
            let mut there = HashMap::new();
            if !new {
                let values: Vec<Vec<String>> = partitions.iter().map(|one| one.values.clone()).collect();
                let found = self.target.partitions_of(database, name, &values)?;
                there.extend(found.into_iter().map(|one| (one.values.clone(), one)));
            }
            let (old, missing): (Vec<&Partition>, Vec<&Partition>) =
                partitions.iter().partition(|one| there.contains_key(&one.values));
            let missing: Vec<Partition> = missing.into_iter().cloned().collect();
            // Someone else may add them meanwhile.
            self.change(|target| target.add_partitions(database, name, &missing, true).map(drop))?;
            self.report.count(Kind::Partitions).copied += missing.len();
            let mut changed = Vec::new();
            for partition in old {
                let fields = compare::partition(&there[&partition.values], partition, self.options.overwrite);
                let outcome = match fields.is_empty() {
                    true => Outcome::There,
                    false if self.options.overwrite => {
                        changed.push(partition.clone());
                        Outcome::Replaced
                    }
                    false => Outcome::Different(fields),
                };
                let name = partition_name(&table.partition_keys, &partition.values);
                self.count(Kind::Partitions, outcome, format!("{what} partition {name}"));
            }
            if !changed.is_empty() {
                self.change(|target| target.alter_partitions(database, name, &changed))?;
            }
            for (partition, statistics) in partitions.iter().zip(&statistics) {
                let new = new || !there.contains_key(&partition.values);
                self.put_statistics(table, Some(&partition.values), statistics, new)?;
            }
            Ok(())
        })?;
        if let Some(lacking) = lacking {
            let tables = self.report.lacking.entry(lacking).or_default();
            if !tables.iter().any(|table| table == what) {
                tables.push(what.to_string());
            }
        }
        Ok(())
    }

    /// What is to be said about the write ids of a transactional table, which are copied.
    fn write_ids(&mut self, table: &Table, new: bool) -> Result<String> {
        let valid = self.source.write_ids(table)?;
        let (database, name) = (&table.database, &table.name);
        if !valid.open.is_empty() {
            return Ok(format!(
                "{} of its transactions are open: end them and copy it again, for its rows are not seen until then",
                valid.open.len()
            ));
        }
        let there = if new { 0 } else { self.target.valid_write_ids(database, name)?.high };
        if there < valid.high {
            self.change(|target| target.seed_write_ids(database, name, &valid))?;
        }
        Ok(match valid.aborted.len() {
            0 => format!("write ids up to {} are seen", valid.high),
            aborted => format!("write ids up to {} are seen, but for {aborted} that were aborted", valid.high),
        })
    }

    fn functions(&mut self, database: &str) -> Result<()> {
        for function in self.source.functions(database)? {
            self.report.count(Kind::Functions).found += 1;
            let what = format!("{database}.{}", function.name);
            self.report.functions.push((format!("{what} ({})", function.class_name), self.judge.function(&function)));
            let outcome = match self.target.function(database, &function.name) {
                Ok(there) => match compare::function(&there, &function) {
                    fields if fields.is_empty() => Ok(Outcome::There),
                    fields => self.other(fields, |target| {
                        target.drop_function(database, &function.name)?;
                        target.create_function(&function)
                    }),
                },
                Err(MetastoreError::NoSuchObject(_)) => {
                    self.change(|target| target.create_function(&function)).map(|()| Outcome::Copied)
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(outcome) => self.count(Kind::Functions, outcome, format!("function {what}")),
                Err(error) => self.report.fail(Kind::Functions, format!("function {what}"), error),
            }
        }
        Ok(())
    }

    fn authorization(&mut self) {
        match self.source.roles() {
            Ok(roles) => self.defined(Kind::Roles, roles, |role| format!("role {}", role.name)),
            Err(error) => self.report.fail(Kind::Roles, "roles".to_string(), error),
        }
        match self.source.grants() {
            Ok(grants) => self.defined(Kind::Grants, grants, |grant| format!("a grant to {}", grant.principal)),
            Err(error) => self.report.fail(Kind::Grants, "grants".to_string(), error),
        }
    }

    fn defined<T: Defined + PartialEq>(&mut self, kind: Kind, all: Vec<T>, name: impl Fn(&T) -> String) {
        let there = match definitions::all::<T>(self.target) {
            Ok(there) => there,
            Err(error) => return self.report.fail(kind, kind_words(kind).to_string(), error),
        };
        for one in all {
            self.report.count(kind).found += 1;
            let outcome = match there.iter().find(|other| other.value.key() == one.key()) {
                Some(other) if other.value == one => Ok(Outcome::There),
                Some(other) => definitions::replaced(other, &one).and_then(|changes| {
                    self.other("definition".to_string(), |target| target.change_definitions(&changes))
                }),
                None => definitions::created(&one)
                    .and_then(|change| self.change(|target| target.change_definitions(std::slice::from_ref(&change))))
                    .map(|()| Outcome::Copied),
            };
            match outcome {
                Ok(outcome) => self.count(kind, outcome, name(&one)),
                Err(error) => self.report.fail(kind, name(&one), error),
            }
        }
    }
}

fn kind_words(kind: Kind) -> &'static str {
    if kind == Kind::Roles { "roles" } else { "grants" }
}

fn is_foreign_key(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::ForeignKey { .. })
}
