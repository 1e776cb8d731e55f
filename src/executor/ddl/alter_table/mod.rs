//! `ALTER TABLE`.

mod archive;
mod columns;
mod compact;
mod concatenate;
mod exchange;
mod partitions;
mod rename;
mod statistics;
mod storage;
mod update_columns;

use skep_metastore::model::{Parameters, Partition, PartitionFilter, StorageDescriptor, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::sink::STATS_ACCURATE;

use super::{constraints, properties, touch, transactional};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::{names, partition_spec};
use crate::parser::ast::{AlterTable, AlterTableAction, ObjectName, PartitionSpec, Principal};
use crate::session::{Outcome, Session};

pub use archive::refuse_archived;
pub use concatenate::rewrite;
pub use partitions::{add as add_partitions, drop as drop_partitions, measure as measure_partition};
pub use rename::rename;

/// Runs the statement.
pub async fn run(session: &mut Session, statement: &AlterTable) -> Result<Outcome> {
    let table = names::base_table(session, &statement.name)?;
    names::settle(session, &table).await?;
    let spec = statement.partition.as_ref();
    match &statement.action {
        AlterTableAction::Rename(name) => rename(session, table, name).await?,
        AlterTableAction::AddColumns { .. }
        | AlterTableAction::ReplaceColumns { .. }
        | AlterTableAction::ChangeColumn { .. }
        | AlterTableAction::PartitionColumnType(_) => columns::run(session, table, spec, &statement.action)?,
        AlterTableAction::SetProperties(list) => {
            let given = properties(list);
            session.check_properties(&given)?;
            set_properties(session, table, &given)?;
        }
        AlterTableAction::UnsetProperties { keys, if_exists } => unset_properties(session, table, keys, *if_exists)?,
        AlterTableAction::SetOwner(principal) => {
            let (Principal::User(name) | Principal::Role(name) | Principal::Group(name)) = principal;
            let mut table = table;
            table.owner = name.value.clone();
            save(session, table)?;
        }
        AlterTableAction::AddPartitions { if_not_exists, partitions } => {
            partitions::add(session, &table, partitions, *if_not_exists).await?;
        }
        AlterTableAction::DropPartitions { if_exists, partitions, .. } => {
            return partitions::drop(session, &table, partitions, *if_exists).await;
        }
        AlterTableAction::RenamePartition(to) => partitions::rename(session, &table, spec, to).await?,
        AlterTableAction::ExchangePartition { partition, source } => {
            exchange::run(session, &table, partition, source).await?;
        }
        AlterTableAction::Touch(specs) => touch_all(session, table, specs)?,
        AlterTableAction::UpdateStatistics(list) => {
            let given = properties(list);
            for (name, value) in &given {
                if value.trim().parse::<i64>().is_err() {
                    return Err(SkepError::invalid(format!("AlterTable {name} failed with value {value}")));
                }
            }
            alter(session, table, spec, false, |_, parameters| {
                parameters.extend(given.clone());
                Ok(())
            })?;
        }
        AlterTableAction::UpdateColumnStatistics { column, properties: list } => {
            statistics::run(session, &table, spec, column, &properties(list))?;
        }
        AlterTableAction::UpdateColumns { behavior } => update_columns::run(session, table, spec, behavior.as_ref())?,
        AlterTableAction::Archive(specs) => archive::archive(session, &table, specs).await?,
        AlterTableAction::Unarchive(specs) => archive::unarchive(session, &table, specs).await?,
        AlterTableAction::Concatenate => concatenate::run(session, &table, spec).await?,
        AlterTableAction::Compact { kind, .. } => return compact::run(session, &table, spec, kind).await,
        AlterTableAction::Convert { kind, properties: list } if kind.lower() == "acid" => {
            convert_to_acid(session, table, &properties(list))?;
        }
        AlterTableAction::AddConstraint(constraint) => constraints::add(session, &table, constraint)?,
        AlterTableAction::DropConstraint(name) => constraints::drop(session, &table, name)?,
        other => storage::run(session, table, spec, other)?,
    }
    if outdates_statistics(&statement.action) {
        forget_accuracy(session, &statement.name)?;
    }
    Ok(Outcome::done())
}

/// May rows be other ones, or fewer, than were counted when they were written? Numbers that a user sets are not trusted
/// either: queries are answered from numbers that are right.
fn outdates_statistics(action: &AlterTableAction) -> bool {
    const PROPERTIES: [&str; 9] = [
        "COLUMN_STATS_ACCURATE",
        "numRows",
        "numFiles",
        "totalSize",
        "skip.header.line.count",
        "skip.footer.line.count",
        "serialization.null.format",
        "field.delim",
        "line.delim",
    ];
    let matters = |key: &str| PROPERTIES.iter().any(|known| known.eq_ignore_ascii_case(key));
    match action {
        AlterTableAction::SetProperties(list) => list.iter().any(|property| matters(&property.key)),
        AlterTableAction::UnsetProperties { keys, .. } => keys.iter().any(|key| matters(key)),
        AlterTableAction::ReplaceColumns { .. }
        | AlterTableAction::ChangeColumn { .. }
        | AlterTableAction::PartitionColumnType(_)
        | AlterTableAction::UpdateStatistics(_)
        | AlterTableAction::UpdateColumnStatistics { .. }
        | AlterTableAction::SetSerDe { .. }
        | AlterTableAction::SetSerDeProperties(_)
        | AlterTableAction::UnsetSerDeProperties(_)
        | AlterTableAction::SetFileFormat(_)
        | AlterTableAction::SetLocation(_) => true,
        _ => false,
    }
}

/// The statistics of the table and of its partitions may not be right any more.
fn forget_accuracy(session: &Session, name: &ObjectName) -> Result<()> {
    let Some(mut table) = names::find_table(session, name)? else { return Ok(()) };
    let catalog = session.catalog();
    if table.parameters.remove(STATS_ACCURATE).is_some() {
        catalog.alter_table(&table.database, &table.name, &table)?;
    }
    if table.is_partitioned() {
        let mut known = catalog.partitions(&table.database, &table.name, &PartitionFilter::All, None)?;
        known.retain_mut(|partition| partition.parameters.remove(STATS_ACCURATE).is_some());
        catalog.alter_partitions(&table.database, &table.name, &known)?;
    }
    Ok(())
}

/// Notes who changed the table and when, and writes it to the catalog under its old name.
pub fn save(session: &Session, mut table: Table) -> Result<()> {
    note_change(session, &mut table.parameters);
    session.catalog().alter_table(&table.database, &table.name, &table)?;
    Ok(())
}

fn note_change(session: &Session, parameters: &mut Parameters) {
    parameters.insert("last_modified_by".into(), session.user().to_string());
    parameters.insert("last_modified_time".into(), super::now().to_string());
    touch(parameters);
}

/// The partitions that a specification names; it may name only some of the partition columns. None is an error.
fn named_partitions(session: &Session, table: &Table, spec: &PartitionSpec) -> Result<Vec<Partition>> {
    let values = partition_spec::partial_values(session, table, spec)?;
    let filter = partition_spec::filter_of(table, &values);
    let found = session.catalog().partitions(&table.database, &table.name, &filter, None)?;
    if found.is_empty() {
        return Err(no_partition(table, spec));
    }
    Ok(found)
}

/// Hive's error 10006 for a specification.
fn no_partition(table: &Table, spec: &PartitionSpec) -> SkepError {
    let parts: Vec<String> = spec
        .values
        .iter()
        .map(|part| {
            let value = part.value.as_ref().and_then(|value| value.value.text()).unwrap_or_default();
            format!("{}={value}", part.column.lower())
        })
        .collect();
    SkepError::semantic(
        HiveError::PARTITION_NOT_FOUND,
        format!("{{{}}} in {}", parts.join(", "), table.qualified_name()),
    )
    .with_span(Some(spec.span.into()))
}

/// Changes the descriptor and the parameters of a table, or of the named partitions, or with `cascade` of the table and
/// all its partitions.
fn alter(
    session: &Session,
    mut table: Table,
    spec: Option<&PartitionSpec>,
    cascade: bool,
    change: impl Fn(&mut StorageDescriptor, &mut Parameters) -> Result<()>,
) -> Result<()> {
    if cascade && !table.is_partitioned() {
        let text = "Alter table with non-partitioned table does not support cascade";
        return Err(SkepError::invalid(text).with_code(10410, "42000"));
    }
    let catalog = session.catalog();
    let mut partitions = match spec {
        Some(spec) => named_partitions(session, &table, spec)?,
        None if cascade => {
            catalog.partitions(&table.database, &table.name, &skep_metastore::model::PartitionFilter::All, None)?
        }
        None => Vec::new(),
    };
    if spec.is_none() {
        change(&mut table.storage, &mut table.parameters)?;
        // CASCADE gives partitions the columns that the table has now, whatever theirs were.
        for partition in &mut partitions {
            partition.storage.columns.clone_from(&table.storage.columns);
            note_change(session, &mut partition.parameters);
        }
        let (database, name) = (table.database.clone(), table.name.clone());
        save(session, table)?;
        if !partitions.is_empty() {
            catalog.alter_partitions(&database, &name, &partitions)?;
        }
        return Ok(());
    }
    for partition in &mut partitions {
        change(&mut partition.storage, &mut partition.parameters)?;
        note_change(session, &mut partition.parameters);
    }
    catalog.alter_partitions(&table.database, &table.name, &partitions)?;
    Ok(())
}

/// `SET TBLPROPERTIES`, of tables and views. `EXTERNAL` changes what the table is.
pub fn set_properties(session: &Session, mut table: Table, given: &Parameters) -> Result<()> {
    let old = table.clone();
    for (key, value) in given {
        if key.eq_ignore_ascii_case("EXTERNAL") && value.eq_ignore_ascii_case("true") && !table.is_view() {
            constraints::refuse_becoming_external(session, &table)?;
        }
        if key == "EXTERNAL" && !table.is_view() {
            table.kind = if value.eq_ignore_ascii_case("true") {
                skep_metastore::model::TableKind::External
            } else {
                skep_metastore::model::TableKind::Managed
            };
            if table.kind == skep_metastore::model::TableKind::Managed {
                table.parameters.remove("EXTERNAL");
                continue;
            }
        }
        table.parameters.insert(key.clone(), value.clone());
    }
    if !table.is_view() {
        transactional::check_change(&old, &mut table)?;
    }
    save(session, table)
}

/// `CONVERT TO ACID`: as `SET TBLPROPERTIES ('transactional'='true', …)`, of a managed table that is none yet.
fn convert_to_acid(session: &Session, table: Table, given: &Parameters) -> Result<()> {
    let mut given = given.clone();
    given.insert("transactional".into(), "true".into());
    set_properties(session, table, &given)
}

/// `UNSET TBLPROPERTIES`, of tables and views.
pub fn unset_properties(session: &Session, mut table: Table, keys: &[String], if_exists: bool) -> Result<()> {
    if let Some(missing) = keys.iter().find(|key| !if_exists && !table.parameters.contains_key(*key)) {
        let text = format!("The following property {missing} does not exist in {}", table.name);
        return Err(SkepError::invalid(text)
            .with_code(HiveError::UNSET_MISSING_PROPERTY.code, HiveError::UNSET_MISSING_PROPERTY.sqlstate)
            .with_hint(HiveError::UNSET_MISSING_PROPERTY.text));
    }
    let old = table.clone();
    for key in keys {
        table.parameters.remove(key);
    }
    if !table.is_view() {
        transactional::check_change(&old, &mut table)?;
    }
    save(session, table)
}

fn touch_all(session: &Session, table: Table, specs: &[PartitionSpec]) -> Result<()> {
    if specs.is_empty() {
        return save(session, table);
    }
    for spec in specs {
        let mut partitions = named_partitions(session, &table, spec)?;
        for partition in &mut partitions {
            touch(&mut partition.parameters);
        }
        session.catalog().alter_partitions(&table.database, &table.name, &partitions)?;
    }
    Ok(())
}

/// Must old files be readable under the table's new columns and format (`AlterTableUtils.isSchemaEvolutionEnabled`)?
fn evolves(session: &Session, table: &Table) -> bool {
    table.parameters.get("transactional").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        || session.config().bool("hive.exec.schema.evolution")
}
