//! Copying definitions.

use super::report::{Kind, Report};
use super::source::Source;
use crate::error::{MetastoreError, Result};
use crate::model::{
    ColumnStatistics, Constraint, ConstraintKind, Database, Defined, Function, Partition, Table, TableKind, pattern,
};
use crate::store::{MetaStore, definitions};

/// What is copied.
#[derive(Debug, Clone, Default)]
pub struct CopyOptions {
    /// Only look.
    pub dry_run: bool,
    /// Pattern of the databases; all without one.
    pub databases: Option<String>,
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
    Different,
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
            Outcome::Different => {
                counts.different += 1;
                self.report.different.push(what);
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
            Ok(_) => Outcome::Different,
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
            Ok(there) if is_same(&there, &table) => Ok(Outcome::There),
            Ok(_) => Ok(Outcome::Different),
            Err(MetastoreError::NoSuchObject(_)) => {
                self.change(|target| target.create_table(&table)).map(|()| Outcome::Copied)
            }
            Err(error) => Err(error),
        };
        match outcome {
            Ok(Outcome::Different) => self.count(kind, Outcome::Different, what),
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
        let missing = |one: &Constraint| !there.iter().any(|other| other.name == one.name);
        let (keys, own): (Vec<_>, Vec<_>) = all.into_iter().partition(is_foreign_key);
        self.report.count(Kind::Constraints).there += own.iter().chain(&keys).filter(|one| !missing(one)).count();
        let own: Vec<Constraint> = own.into_iter().filter(missing).collect();
        let keys: Vec<Constraint> = keys.into_iter().filter(missing).collect();
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
        // Those of the target may be newer.
        let there = !new && !self.target.column_statistics(database, name, partition, &[])?.is_empty();
        if there {
            self.report.count(Kind::Statistics).there += all.len();
            return Ok(());
        }
        self.change(|target| target.set_column_statistics(database, name, partition, all))?;
        self.report.count(Kind::Statistics).copied += all.len();
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
            let added = match (self.options.dry_run, new) {
                (true, true) => partitions.len(),
                (true, false) => {
                    let values: Vec<Vec<String>> = partitions.iter().map(|one| one.values.clone()).collect();
                    values.len() - self.target.partitions_of(database, name, &values)?.len()
                }
                (false, _) => self.target.add_partitions(database, name, &partitions, true)?,
            };
            let counts = self.report.count(Kind::Partitions);
            counts.copied += added;
            counts.there += partitions.len() - added;
            for (partition, statistics) in partitions.iter().zip(&statistics) {
                self.put_statistics(table, Some(&partition.values), statistics, new && added == partitions.len())?;
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
                Ok(there) if there.class_name == function.class_name => Ok(Outcome::There),
                Ok(_) => Ok(Outcome::Different),
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

    fn defined<T: Defined>(&mut self, kind: Kind, all: Vec<T>, name: impl Fn(&T) -> String) {
        let there = match definitions::all::<T>(self.target) {
            Ok(there) => there,
            Err(error) => return self.report.fail(kind, kind_words(kind).to_string(), error),
        };
        for one in all {
            self.report.count(kind).found += 1;
            if there.iter().any(|other| other.value.key() == one.key()) {
                self.report.count(kind).there += 1;
                continue;
            }
            let made = definitions::created(&one)
                .and_then(|change| self.change(|target| target.change_definitions(std::slice::from_ref(&change))));
            match made {
                Ok(()) => self.report.count(kind).copied += 1,
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

/// Are these the same table? Properties that count what is in it may differ.
fn is_same(one: &Table, other: &Table) -> bool {
    one.kind == other.kind
        && one.storage.location == other.storage.location
        && one.storage.columns == other.storage.columns
        && one.storage.input_format == other.storage.input_format
        && one.storage.serde == other.storage.serde
        && one.partition_keys == other.partition_keys
        && one.view_original_text == other.view_original_text
}
