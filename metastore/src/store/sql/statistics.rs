//! Column statistics of tables and partitions.

use super::connection::{Connection, Next, Row, values};
use super::fault::{Attempt, Fault};
use super::{events, partition_lists, partitions, statistics_messages, tables};
use crate::model::sketch::DistinctSketch;
use crate::model::{ColumnStatistics, ColumnStatisticsData, ForeignSketches, note_column_statistics};

/// Whose statistics.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) database: &'a str,
    pub(super) table: &'a str,
    /// Values of the partition; none for the table itself.
    pub(super) partition: Option<&'a [String]>,
}

/// Whose statistics: a table of the schema, the column that names the owner, and the owner.
struct Owner {
    table: &'static str,
    key: &'static str,
    id: i64,
}

fn owner(connection: &mut Connection<'_>, of: &Place<'_>) -> Attempt<Owner> {
    let table = tables::reference(connection, of.database, of.table)?;
    Ok(match of.partition {
        None => Owner { table: "table_statistics", key: "table_id", id: table.id },
        Some(values) => Owner {
            table: "partition_statistics",
            key: "partition_id",
            id: partitions::id_of(connection, &table, values)?,
        },
    })
}

/// The figures as they lie in a row: kind, low, high, nulls, distinct_values, max_length, average_length, trues,
/// falses.
#[derive(Default)]
struct Figures {
    kind: &'static str,
    low: Option<String>,
    high: Option<String>,
    nulls: i64,
    distinct: Option<i64>,
    max_length: Option<i64>,
    average_length: Option<f64>,
    trues: Option<i64>,
    falses: Option<i64>,
}

impl Figures {
    fn of(data: &ColumnStatisticsData) -> Self {
        use ColumnStatisticsData as Data;
        let text = |number: i64| number.to_string();
        // What is no number bounds nothing.
        let real = |number: f64| (!number.is_nan()).then(|| format!("{number:?}"));
        let range = |kind, low: Option<String>, high: Option<String>, nulls: &i64, distinct: &i64| Self {
            kind,
            low,
            high,
            nulls: *nulls,
            distinct: Some(*distinct),
            ..Self::default()
        };
        match data {
            Data::Boolean { trues, falses, nulls } => {
                Self { kind: "boolean", trues: Some(*trues), falses: Some(*falses), nulls: *nulls, ..Self::default() }
            }
            Data::Long { low, high, nulls, distinct } => range("long", low.map(text), high.map(text), nulls, distinct),
            Data::Date { low, high, nulls, distinct } => range("date", low.map(text), high.map(text), nulls, distinct),
            Data::Double { low, high, nulls, distinct } => {
                range("double", low.and_then(real), high.and_then(real), nulls, distinct)
            }
            Data::Decimal { low, high, nulls, distinct } => {
                range("decimal", low.clone(), high.clone(), nulls, distinct)
            }
            Data::String { max_length, average_length, nulls, distinct } => Self {
                kind: "string",
                nulls: *nulls,
                distinct: Some(*distinct),
                max_length: Some(*max_length),
                average_length: Some(*average_length),
                ..Self::default()
            },
            Data::Binary { max_length, average_length, nulls } => Self {
                kind: "binary",
                nulls: *nulls,
                max_length: Some(*max_length),
                average_length: Some(*average_length),
                ..Self::default()
            },
        }
    }
}

fn read_row(row: &Row<'_>) -> Attempt<ColumnStatistics> {
    use ColumnStatisticsData as Data;
    let column: String = row.get(0)?;
    let what = || format!("the statistics of the column {column}");
    let ty: String = row.get(1)?;
    let kind: String = row.get(2)?;
    let nulls = row.get(5)?;
    // A mean that is no number is NULL in the row.
    let average_length = row.get::<Option<f64>>(8)?.unwrap_or_default();
    fn bound<T: std::str::FromStr<Err: ToString>>(row: &Row<'_>, at: usize) -> Attempt<Option<T>> {
        let text: Option<&str> = row.get(at)?;
        let read = |text: &str| text.parse().map_err(|e: T::Err| Fault::record("the bounds of statistics", e));
        text.map(read).transpose()
    }
    let data = match kind.as_str() {
        "boolean" => Data::Boolean { trues: row.get(9)?, falses: row.get(10)?, nulls },
        "long" => Data::Long { low: bound(row, 3)?, high: bound(row, 4)?, nulls, distinct: row.get(6)? },
        "date" => Data::Date { low: bound(row, 3)?, high: bound(row, 4)?, nulls, distinct: row.get(6)? },
        "double" => Data::Double { low: bound(row, 3)?, high: bound(row, 4)?, nulls, distinct: row.get(6)? },
        "decimal" => Data::Decimal { low: row.get(3)?, high: row.get(4)?, nulls, distinct: row.get(6)? },
        "string" => Data::String { max_length: row.get(7)?, average_length, nulls, distinct: row.get(6)? },
        "binary" => Data::Binary { max_length: row.get(7)?, average_length, nulls },
        other => return Err(Fault::record(what(), format!("no kind of statistics is called {other}"))),
    };
    let ty = ty.parse().map_err(|e| Fault::record(what(), e))?;
    let mut bit_vector = row.get::<Option<Vec<u8>>>(12)?;
    let sketch = bit_vector.as_deref().and_then(DistinctSketch::from_bytes);
    if sketch.is_some() {
        bit_vector = None;
    }
    let foreign = ForeignSketches { bit_vector, histogram: row.get(13)? };
    Ok(ColumnStatistics { ty, data, last_analyzed: row.get(11)?, sketch, foreign, column })
}

pub(super) fn get(
    connection: &mut Connection<'_>,
    of: &Place<'_>,
    columns: &[String],
) -> Attempt<Vec<ColumnStatistics>> {
    let Owner { table, key, id } = owner(connection, of)?;
    let sql = format!(
        "SELECT column_name, column_type, kind, low, high, nulls, distinct_values, max_length, average_length, trues,
             falses, last_analyzed, bit_vector, histogram
         FROM {table} WHERE {key} = ?1 ORDER BY column_name"
    );
    let mut all = vec![];
    connection.rows(&sql, values![id], |row| {
        if wanted(columns, row.get(0)?) {
            all.push(read_row(row)?);
        }
        Ok(Next::Go)
    })?;
    Ok(all)
}

fn wanted(columns: &[String], name: &str) -> bool {
    columns.is_empty() || columns.iter().any(|column| column == name)
}

/// Sets statistics; those of other columns stay.
pub(super) fn set(connection: &mut Connection<'_>, of: &Place<'_>, statistics: &[ColumnStatistics]) -> Attempt<()> {
    put(connection, of, statistics)?;
    tell_set(connection, of, statistics, None)
}

/// Sets statistics, with `merge` put together with those that are there, and says in the properties of their table or
/// partition that they hold.
pub(super) fn keep(
    connection: &mut Connection<'_>,
    of: &Place<'_>,
    statistics: &[ColumnStatistics],
    merge: bool,
    write_id: Option<i64>,
) -> Attempt<()> {
    let mut statistics = statistics.to_vec();
    if merge {
        let there = get(connection, of, &[])?;
        for one in &mut statistics {
            if let Some(old) = there.iter().find(|old| old.column == one.column) {
                one.merge(0, old, 0);
            }
        }
    }
    put(connection, of, &statistics)?;
    let columns: Vec<String> = statistics.iter().map(|one| one.column.clone()).collect();
    note(connection, of, &columns, true)?;
    tell_set(connection, of, &statistics, write_id)
}

fn put(connection: &mut Connection<'_>, of: &Place<'_>, statistics: &[ColumnStatistics]) -> Attempt<()> {
    let Owner { table, key, id } = owner(connection, of)?;
    let sql = format!(
        "INSERT INTO {table} ({key}, column_name, column_type, kind, low, high, nulls, distinct_values,
             max_length, average_length, trues, falses, last_analyzed, bit_vector, histogram)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT ({key}, column_name) DO UPDATE SET column_type = excluded.column_type, kind = excluded.kind,
             low = excluded.low, high = excluded.high, nulls = excluded.nulls,
             distinct_values = excluded.distinct_values, max_length = excluded.max_length,
             average_length = excluded.average_length, trues = excluded.trues, falses = excluded.falses,
             last_analyzed = excluded.last_analyzed, bit_vector = excluded.bit_vector,
             histogram = excluded.histogram"
    );
    for one in statistics {
        let figures = Figures::of(&one.data);
        let bit_vector = one.sketch.as_ref().map(DistinctSketch::to_bytes);
        let row = values![
            id,
            &one.column,
            one.ty.to_string(),
            figures.kind,
            figures.low,
            figures.high,
            figures.nulls,
            figures.distinct,
            figures.max_length,
            figures.average_length,
            figures.trues,
            figures.falses,
            one.last_analyzed,
            bit_vector.or_else(|| one.foreign.bit_vector.clone()),
            one.foreign.histogram.clone(),
        ];
        connection.execute(&sql, row)?;
    }
    Ok(())
}

/// Removes statistics of these columns, all if there are none.
pub(super) fn delete(connection: &mut Connection<'_>, of: &Place<'_>, columns: &[String]) -> Attempt<()> {
    let Owner { table, key, id } = owner(connection, of)?;
    if columns.is_empty() {
        let deleted = connection.execute(&format!("DELETE FROM {table} WHERE {key} = ?1"), values![id])?;
        // All of them at once are told of without a name.
        return if deleted > 0 { tell_deleted(connection, of, None) } else { Ok(()) };
    }
    let sql = format!("DELETE FROM {table} WHERE {key} = ?1 AND column_name = ?2");
    for column in columns {
        if connection.execute(&sql, values![id, column])? > 0 {
            tell_deleted(connection, of, Some(column))?;
        }
    }
    Ok(())
}

/// Removes statistics, and what the properties of their table or partition say of them.
pub(super) fn forget(connection: &mut Connection<'_>, of: &Place<'_>, columns: &[String]) -> Attempt<()> {
    delete(connection, of, columns)?;
    if !columns.is_empty() {
        return note(connection, of, columns, false);
    }
    let table = tables::get(connection, of.database, of.table)?;
    let all: Vec<String> = table.storage.columns.into_iter().map(|column| column.name).collect();
    note(connection, of, &all, false)
}

/// Says in the properties of a table or a partition that the statistics of columns hold, or no more.
fn note(connection: &mut Connection<'_>, of: &Place<'_>, columns: &[String], hold: bool) -> Attempt<()> {
    let id = owner(connection, of)?.id;
    match of.partition {
        None => {
            let mut parameters = tables::get(connection, of.database, of.table)?.parameters;
            note_column_statistics(&mut parameters, columns, hold);
            tables::set_parameters(connection, id, &parameters)
        }
        Some(values) => {
            let mut parameters = partition_lists::get(connection, of.database, of.table, values)?.parameters;
            note_column_statistics(&mut parameters, columns, hold);
            partitions::set_parameters(connection, id, &parameters)
        }
    }
}

fn tell_set(
    connection: &mut Connection<'_>,
    of: &Place<'_>,
    statistics: &[ColumnStatistics],
    write_id: Option<i64>,
) -> Attempt<()> {
    if !connection.tells_events() || statistics.is_empty() {
        return Ok(());
    }
    let table = tables::get(connection, of.database, of.table)?;
    let partition = match of.partition {
        Some(values) => Some(partition_lists::get(connection, of.database, of.table, values)?),
        None => None,
    };
    let now = connection.now()? / 1000;
    let event = statistics_messages::updated(&table, partition.as_ref(), statistics, write_id, now)?;
    events::put(connection, |_| event)
}

fn tell_deleted(connection: &mut Connection<'_>, of: &Place<'_>, column: Option<&String>) -> Attempt<()> {
    if !connection.tells_events() {
        return Ok(());
    }
    let table = tables::get(connection, of.database, of.table)?;
    events::put(connection, |now| statistics_messages::deleted(&table, of.partition, column, now))
}
