//! Reading partitions: one, those of a filter, their names.

use std::collections::HashMap;

use super::codec::from_json;
use super::connection::{Connection, Next, Row, Value, values};
use super::descriptors::{DescriptorReader, OwnStorage};
use super::dialect::Dialect;
use super::fault::{Attempt, Fault};
use super::filter::{self, Condition};
use super::partitions::{name_of, not_there};
use super::tables::{self, TableRef};
use crate::model::names::unescape_path_name;
use crate::model::{Partition, PartitionFilter, StorageDescriptor};
use crate::store::Page;

/// The columns that [`Found::read`] reads, in its order.
const COLUMNS: &str = "name, descriptor_id, create_time, last_access_time, location, parameters, write_id";

/// The values in a partition's name.
pub(super) fn values_in(name: &str) -> Attempt<Vec<String>> {
    name.split('/')
        .map(|part| match part.split_once('=') {
            Some((_, value)) => Ok(unescape_path_name(value)),
            None => Err(Fault::record(format!("the partition {name}"), "its name has no value")),
        })
        .collect()
}

/// A partition, and its storage that is yet to be put together.
struct Found {
    partition: Partition,
    storage: OwnStorage,
}

impl Found {
    fn read(row: &Row<'_>) -> Attempt<Self> {
        let name: String = row.get(0)?;
        let partition = Partition {
            values: values_in(&name)?,
            create_time: row.get(2)?,
            last_access_time: row.get(3)?,
            storage: StorageDescriptor::default(),
            parameters: from_json(|| format!("the partition {name}"), row.get(5)?)?,
            write_id: row.get(6)?,
        };
        Ok(Self { partition, storage: OwnStorage { descriptor: row.get(1)?, name, location: row.get(4)? } })
    }
}

fn with_storage(connection: &mut Connection<'_>, found: Vec<Found>) -> Attempt<Vec<Partition>> {
    let mut reader = DescriptorReader::default();
    reader.load(connection, found.iter().map(|found| &found.storage))?;
    found
        .into_iter()
        .map(|Found { mut partition, storage }| {
            partition.storage = reader.whole(storage)?;
            Ok(partition)
        })
        .collect()
}

pub(super) fn get(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    values: &[String],
) -> Attempt<Partition> {
    let table = tables::reference(connection, database, table)?;
    let name = name_of(&table, values)?;
    named(connection, table.id, &name)?.ok_or_else(|| not_there(&table, &name).into())
}

/// The partition of a name, if it is there.
pub(super) fn named(connection: &mut Connection<'_>, table: i64, name: &str) -> Attempt<Option<Partition>> {
    let sql = format!("SELECT {COLUMNS} FROM partitions WHERE table_id = ?1 AND name = ?2");
    let found = connection.all(&sql, values![table, name], Found::read)?;
    Ok(with_storage(connection, found)?.pop())
}

/// All partitions of a table with their ids.
pub(super) fn with_ids(connection: &mut Connection<'_>, table: i64) -> Attempt<Vec<(i64, Partition)>> {
    let sql = format!("SELECT {COLUMNS}, partition_id FROM partitions WHERE table_id = ?1");
    let mut ids = vec![];
    let found = connection.all(&sql, values![table], |row| {
        ids.push(row.get(7)?);
        Found::read(row)
    })?;
    Ok(ids.into_iter().zip(with_storage(connection, found)?).collect())
}

/// Those of the partitions with these values that are there, in the order of the values.
pub(super) fn of_values(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    values: &[Vec<String>],
) -> Attempt<Vec<Partition>> {
    let table = tables::reference(connection, database, table)?;
    let names = values.iter().map(|values| name_of(&table, values)).collect::<Attempt<Vec<_>>>()?;
    let list = connection.dialect().texts(2);
    let sql = format!("SELECT {COLUMNS} FROM partitions WHERE table_id = ?1 AND name IN {list}");
    let found = connection.all(&sql, values![table.id, names.as_slice()], Found::read)?;
    let found_names: Vec<String> = found.iter().map(|found| found.storage.name.clone()).collect();
    let mut by_name: HashMap<String, Partition> =
        found_names.into_iter().zip(with_storage(connection, found)?).collect();
    Ok(names.iter().filter_map(|name| by_name.remove(name)).collect())
}

pub(super) fn list(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    page: &Page<'_>,
) -> Attempt<Vec<Partition>> {
    let table = tables::reference(connection, database, table)?;
    let mut found = match filter::compile(wanted, &table.keys, connection.dialect())? {
        Condition::Sql { text, parameters } => {
            let chosen = Selection::new(connection.dialect(), &text, parameters, table.id, page);
            let sql = match page.limit {
                None => format!("SELECT {COLUMNS} {}", chosen.sql),
                // The inner query is answered from an index and sorts names only; rows are read for what remains.
                Some(_) => format!(
                    "SELECT {COLUMNS} FROM partitions WHERE partition_id IN (SELECT partition_id {})",
                    chosen.sql
                ),
            };
            connection.all(&sql, &chosen.parameters, Found::read)?
        }
        Condition::Evaluate => {
            let mut ids: Vec<i64> = vec![];
            evaluate(connection, &table, wanted, page, |row, _| {
                ids.push(row.get(0)?);
                Ok(())
            })?;
            let list = connection.dialect().integers(1);
            let sql = format!("SELECT {COLUMNS} FROM partitions WHERE partition_id IN {list}");
            connection.all(&sql, values![ids.as_slice()], Found::read)?
        }
    };
    found.sort_by(|a, b| a.storage.name.cmp(&b.storage.name));
    with_storage(connection, found)
}

pub(super) fn list_values(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    limit: Option<usize>,
) -> Attempt<Vec<Vec<String>>> {
    let names = list_names(connection, database, table, wanted, &Page::first(limit))?;
    names.iter().map(|name| values_in(name)).collect()
}

pub(super) fn list_names(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
    page: &Page<'_>,
) -> Attempt<Vec<String>> {
    let table = tables::reference(connection, database, table)?;
    match filter::compile(wanted, &table.keys, connection.dialect())? {
        Condition::Sql { text, parameters } => {
            let chosen = Selection::new(connection.dialect(), &text, parameters, table.id, page);
            let mut names = match connection.dialect().joined("name") {
                None => connection.all(&format!("SELECT name {}", chosen.sql), &chosen.parameters, |row| row.get(0))?,
                Some(joined) => {
                    let sql = format!("SELECT {joined} FROM (SELECT name {}) AS found", chosen.sql);
                    let text: Option<String> = connection.first(&sql, &chosen.parameters, |row| row.get(0))?.flatten();
                    text.map(|text| text.split('\n').map(str::to_string).collect()).unwrap_or_default()
                }
            };
            // Rows that an index gives are in order already, or are a few runs that are.
            names.sort();
            Ok(names)
        }
        Condition::Evaluate => {
            let mut names = vec![];
            evaluate(connection, &table, wanted, page, |_, name| {
                names.push(name.to_string());
                Ok(())
            })?;
            Ok(names)
        }
    }
}

pub(super) fn count(
    connection: &mut Connection<'_>,
    database: &str,
    table: &str,
    wanted: &PartitionFilter,
) -> Attempt<usize> {
    let table = tables::reference(connection, database, table)?;
    match filter::compile(wanted, &table.keys, connection.dialect())? {
        Condition::Sql { text, mut parameters } => {
            parameters.push(Value::Integer(table.id));
            let sql = format!("SELECT count(*) FROM partitions WHERE table_id = ?{} AND {text}", parameters.len());
            Ok(usize::try_from(connection.number(&sql, &parameters)?).unwrap_or(0))
        }
        Condition::Evaluate => {
            let mut count = 0;
            evaluate(connection, &table, wanted, &Page::default(), |_, _| {
                count += 1;
                Ok(())
            })?;
            Ok(count)
        }
    }
}

/// The partitions of a page.
struct Selection<'p> {
    /// `FROM partitions …`, the rows in any order.
    sql: String,
    parameters: Vec<Value<'p>>,
}

impl<'p> Selection<'p> {
    /// Those of a table that satisfy a condition with these parameters.
    ///
    /// A database that is asked for an order is tempted to walk through all names in it, though an index of the values
    /// leads to the few that are wanted. So an order is asked for only where a page ends, and where there is a condition
    /// it is one that no index has.
    fn new(dialect: Dialect, condition: &str, mut parameters: Vec<Value<'p>>, table: i64, page: &Page<'p>) -> Self {
        let mut add = |value: Value<'p>| {
            parameters.push(value);
            parameters.len()
        };
        let name = if condition == filter::EVERYTHING { "name" } else { dialect.name_without_index() };
        let mut sql = format!("FROM partitions WHERE table_id = ?{} AND {condition}", add(Value::Integer(table)));
        if let Some(after) = page.after {
            sql.push_str(&format!(" AND {name} > ?{}", add(after.into())));
        }
        if let Some(limit) = page.limit {
            let limit = add(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
            sql.push_str(&format!(" ORDER BY {name} LIMIT ?{limit}"));
        }
        Self { sql, parameters }
    }
}

/// Evaluates a filter here, over the values of all partitions: for the rare ones that do not become SQL. `found` gets
/// rows that begin with the id, and their names.
fn evaluate(
    connection: &mut Connection<'_>,
    table: &TableRef,
    wanted: &PartitionFilter,
    page: &Page<'_>,
    mut found: impl FnMut(&Row<'_>, &str) -> Attempt<()>,
) -> Attempt<()> {
    let mut left = page.limit.unwrap_or(usize::MAX);
    if left == 0 {
        return Ok(());
    }
    let sql = "SELECT partition_id, name FROM partitions WHERE table_id = ?1 AND name > ?2 ORDER BY name";
    connection.rows(sql, values![table.id, page.after.unwrap_or("")], |row| {
        let name: &str = row.get(1)?;
        if wanted.matches(&table.keys, &values_in(name)?) {
            found(row, name)?;
            left -= 1;
        }
        Ok(if left == 0 { Next::Stop } else { Next::Go })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CompareOp, FieldSchema, PartitionLiteral};
    use crate::store::sqlite::SqliteStore;

    /// How SQLite finds a page of the names of a filter.
    fn plan(filter: &PartitionFilter, page: &Page<'_>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("catalog.db");
        SqliteStore::open(&file).unwrap();
        let key = |name: &str, ty: &str| FieldSchema { name: name.into(), ty: ty.parse().unwrap(), comment: None };
        let keys = [key("ds", "string"), key("hr", "int")];
        let Condition::Sql { text, parameters } = filter::compile(filter, &keys, Dialect::Sqlite).unwrap() else {
            panic!("no SQL");
        };
        let chosen = Selection::new(Dialect::Sqlite, &text, parameters, 1, page);
        let connection = rusqlite::Connection::open(&file).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN SELECT name {}", chosen.sql)).unwrap();
        let rows = statement.query_map(rusqlite::params_from_iter(&chosen.parameters), |row| row.get(3)).unwrap();
        rows.collect::<Result<Vec<String>, _>>().unwrap().join("\n")
    }

    fn compare(column: usize, op: CompareOp, literal: PartitionLiteral) -> PartitionFilter {
        PartitionFilter::Compare { column, op, literal }
    }

    #[test]
    fn a_range_is_found_by_the_index_of_its_column_and_a_page_too() {
        let text = |op, text: &str| compare(0, op, PartitionLiteral::Text(text.into()));
        let since = text(CompareOp::GtEq, "2024-01-01");
        let between = PartitionFilter::And(vec![since.clone(), text(CompareOp::Lt, "2024-02-01")]);
        let hours = compare(1, CompareOp::Gt, PartitionLiteral::Integer(20));
        for page in [Page::default(), Page::first(Some(100)), Page { after: Some("ds=2024"), limit: Some(100) }] {
            let one_bound = plan(&since, &page);
            assert!(one_bound.contains("COVERING INDEX partitions_text0 (table_id=? AND text0>?)"), "{one_bound}");
            let two_bounds = plan(&between, &page);
            assert!(two_bounds.contains("partitions_text0 (table_id=? AND text0>? AND text0<?)"), "{two_bounds}");
            let numbers = plan(&hours, &page);
            assert!(numbers.contains("COVERING INDEX partitions_number1 (table_id=? AND number1>?)"), "{numbers}");
        }
    }

    #[test]
    fn all_partitions_come_in_the_order_of_an_index() {
        for page in [Page::first(Some(100)), Page { after: Some("ds=2024"), limit: Some(100) }] {
            let plan = plan(&PartitionFilter::All, &page);
            assert!(plan.contains("COVERING INDEX sqlite_autoindex_partitions_1"), "{plan}");
            assert!(!plan.contains("ORDER BY"), "{plan}");
        }
    }
}
