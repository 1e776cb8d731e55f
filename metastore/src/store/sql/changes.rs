//! Changes that are made together.

use super::connection::Connection;
use super::fault::Attempt;
use super::{constraints, databases, definitions, functions, partitions, statistics, tables};
use crate::error::MetastoreError;
use crate::model::Table;
use crate::store::{Change, ExpectedParameter};

pub(super) fn make(connection: &mut Connection<'_>, changes: &[Change]) -> Attempt<()> {
    changes.iter().try_for_each(|change| make_one(connection, change))
}

fn make_one(connection: &mut Connection<'_>, change: &Change) -> Attempt<()> {
    match change {
        Change::CreateDatabase(database) => databases::create(connection, database),
        Change::DropDatabase { name } => databases::drop(connection, name, false),
        Change::CreateTable { table, constraints } => {
            tables::create(connection, table)?;
            constraints::change(connection, &table.database, &table.name, &[], constraints)
        }
        Change::AlterTable { database, name, table, expected, emptied } => {
            if let Some(expected) = expected {
                check(&tables::get(connection, database, name)?, expected)?;
            }
            tables::alter(connection, database, name, table, *emptied)
        }
        Change::AddPartitions { database, table, partitions } => {
            partitions::add(connection, database, table, partitions, false).map(drop)
        }
        Change::AlterPartitions { database, table, partitions, emptied } => {
            partitions::alter(connection, database, table, partitions, *emptied)
        }
        Change::DropPartitions { database, table, values } => partitions::drop(connection, database, table, values),
        Change::SetColumnStatistics { database, table, partition, statistics, merge, write_id } => {
            let owner = statistics::Place { database, table, partition: partition.as_deref() };
            statistics::keep(connection, &owner, statistics, *merge, *write_id)
        }
        Change::DeleteColumnStatistics { database, table, partition, columns } => {
            let owner = statistics::Place { database, table, partition: partition.as_deref() };
            statistics::forget(connection, &owner, columns)
        }
        Change::CreateFunction(function) => functions::create(connection, function),
        Change::DropFunction { database, name } => functions::drop(connection, database, name),
        Change::Definitions(changes) => definitions::change(connection, changes),
    }
}

/// Is the property of the table as the caller has seen it? Clients know the error by how it begins.
fn check(table: &Table, expected: &ExpectedParameter) -> Attempt<()> {
    let ExpectedParameter { key, value } = expected;
    let there = table.parameters.get(key);
    if there == Some(value) {
        return Ok(());
    }
    let there = there.map_or("null", String::as_str);
    Err(MetastoreError::Meta(format!(
        "The table has been modified. The parameter value for key '{key}' is '{there}'. The expected was value was \
         '{value}'"
    ))
    .into())
}
