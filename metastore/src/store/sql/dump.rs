//! A whole catalog as lines of JSON, and back: every row of every table, whichever database keeps it.
//!
//! The first line says what the file is and of which version of the schema; each other line is a row:
//! `{"table":"databases","row":{"database_id":1,"name":"default",…}}`, bytes as `{"hex":"…"}`. The rows stand in an order
//! in which they can be put back, and are of one moment.

use std::io::{BufRead, Write};

use serde_json::{Map, Value as Json, json};

use super::connection::{Cell, Connection, FromCell, Next, Row, Value, values};
use super::dialect::Dialect;
use super::fault::{Attempt, Fault};
use super::schema;
use crate::error::MetastoreError;

/// What the first line says that it is.
const FORMAT: &str = "skep catalog";

/// The tables, those first that others refer to.
pub(super) const TABLES: [&str; 19] = [
    "databases",
    "tables",
    "descriptors",
    "partitions",
    "functions",
    "table_statistics",
    "partition_statistics",
    "constraints",
    "definitions",
    "pending_commits",
    "counters",
    "txns",
    "txn_write_ids",
    "last_write_ids",
    "txn_components",
    "replicated_txns",
    "locks",
    "compactions",
    "events",
];

/// As many rows are put back by one statement.
const ROWS_AT_ONCE: usize = 100;

/// Any value of a row.
enum Any {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl<'r> FromCell<'r> for Any {
    fn from_cell(cell: Cell<'r>) -> Option<Self> {
        Some(match cell {
            Cell::Null => Self::Null,
            Cell::Integer(number) => Self::Integer(number),
            Cell::Real(number) => Self::Real(number),
            Cell::Text(text) => Self::Text(text.to_string()),
            Cell::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        })
    }
}

impl Any {
    fn into_json(self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Integer(number) => json!(number),
            Self::Real(number) if number.is_finite() => json!(number),
            Self::Real(number) => json!({"real": number.to_string()}),
            Self::Text(text) => Json::String(text),
            Self::Bytes(bytes) => json!({"hex": bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()}),
        }
    }
}

/// A value as a line has it; `None` where it is none.
fn value_of(json: &Json) -> Option<Value<'static>> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Integer(number),
            None => Value::Real(number.as_f64()?),
        },
        Json::String(text) => text.clone().into(),
        Json::Object(object) => match (object.get("hex"), object.get("real")) {
            (Some(Json::String(hex)), None) => {
                let digits: Option<Vec<u8>> = hex.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
                let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
                digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect::<Vec<u8>>().into()
            }
            (None, Some(Json::String(real))) => Value::Real(real.parse().ok()?),
            _ => return None,
        },
        Json::Bool(_) | Json::Array(_) => return None,
    })
}

/// Writes the catalog; returns how many rows it has.
pub(super) fn dump(connection: &mut Connection<'_>, out: &mut dyn Write) -> Attempt<u64> {
    let failed = |error: std::io::Error| Fault::Database(format!("the dump cannot be written: {error}"));
    writeln!(out, "{}", json!({"format": FORMAT, "schema": schema::current()})).map_err(failed)?;
    let mut written = 0;
    for table in TABLES {
        let columns = columns(connection, table)?;
        let quoted: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
        let order: Vec<String> = (1..=columns.len().min(5)).map(|column| column.to_string()).collect();
        let sql = format!("SELECT {} FROM {table} ORDER BY {}", quoted.join(", "), order.join(", "));
        connection.rows(&sql, &[], |row| {
            let line = json!({"table": table, "row": read_row(row, &columns)?});
            writeln!(out, "{line}").map_err(failed)?;
            written += 1;
            Ok(Next::Go)
        })?;
    }
    out.flush().map_err(failed)?;
    Ok(written)
}

fn read_row(row: &Row<'_>, columns: &[String]) -> Attempt<Json> {
    let mut object = Map::new();
    for (at, column) in columns.iter().enumerate() {
        object.insert(column.clone(), row.get::<Any>(at)?.into_json());
    }
    Ok(Json::Object(object))
}

/// Names of a table's columns.
fn columns(connection: &mut Connection<'_>, table: &str) -> Attempt<Vec<String>> {
    let sql = connection.dialect().column_names();
    let columns = connection.all(sql, values![table], |row| row.get(0))?;
    if columns.is_empty() {
        return Err(Fault::record(format!("the table {table}"), "it is not there"));
    }
    Ok(columns)
}

/// Puts the rows of a dump into an empty catalog; returns how many there were.
pub(super) fn restore(connection: &mut Connection<'_>, input: &mut dyn BufRead) -> Attempt<u64> {
    if connection.exists("SELECT 1 FROM databases LIMIT 1", &[])? {
        return Err(refuse(0, "a dump is restored into an empty catalog, and this one has databases").into());
    }
    connection.execute("DELETE FROM counters", &[])?;
    let mut number = 0;
    let mut restored = 0;
    let mut pending = Rows::default();
    let mut line = String::new();
    loop {
        line.clear();
        let read = input.read_line(&mut line).map_err(|e| refuse(number + 1, &format!("it cannot be read: {e}")))?;
        if read == 0 {
            break;
        }
        number += 1;
        let json: Json = serde_json::from_str(&line).map_err(|e| refuse(number, &e.to_string()))?;
        if number == 1 {
            check_header(&json)?;
            continue;
        }
        let (Some(table), Some(row)) = (json["table"].as_str(), json["row"].as_object()) else {
            return Err(refuse(number, "it is no row of a table").into());
        };
        let Some(table) = TABLES.into_iter().find(|known| *known == table) else {
            return Err(refuse(number, &format!("a catalog has no table {table}")).into());
        };
        if !pending.fits(table, row) {
            pending.write(connection)?;
            let known = columns(connection, table)?;
            if let Some(strange) = row.keys().find(|column| !known.contains(column)) {
                return Err(refuse(number, &format!("the table {table} has no column {strange}")).into());
            }
            pending.begin(table, row);
        }
        for (column, value) in row {
            let value = value_of(value).ok_or_else(|| refuse(number, &format!("{column} has no value")))?;
            pending.values.push(value);
        }
        restored += 1;
    }
    if number == 0 {
        return Err(refuse(1, "it is empty").into());
    }
    pending.write(connection)?;
    if connection.dialect() == Dialect::Postgres {
        continue_numbers(connection)?;
    }
    Ok(restored)
}

fn check_header(json: &Json) -> Attempt<()> {
    let version = json["schema"].as_u64();
    match (json["format"].as_str(), version) {
        (Some(FORMAT), Some(version)) if version == schema::current() as u64 => Ok(()),
        (Some(FORMAT), Some(version)) => Err(refuse(
            1,
            &format!(
                "the dump is of schema version {version}, this Skep's is {}: restore it with the Skep that wrote it, and \
                 open that catalog with this one",
                schema::current()
            ),
        )
        .into()),
        _ => Err(refuse(1, "it is no dump of a catalog").into()),
    }
}

fn refuse(line: u64, reason: &str) -> MetastoreError {
    MetastoreError::InvalidObject(format!("the dump cannot be restored, line {line}: {reason}"))
}

/// Rows that are yet to be written by one statement.
#[derive(Default)]
struct Rows {
    table: &'static str,
    columns: Vec<String>,
    values: Vec<Value<'static>>,
}

impl Rows {
    /// Can a row go with the others?
    fn fits(&self, table: &str, row: &Map<String, Json>) -> bool {
        self.table == table
            && self.values.len() < ROWS_AT_ONCE * self.columns.len()
            && self.columns.iter().eq(row.keys())
    }

    fn begin(&mut self, table: &'static str, row: &Map<String, Json>) {
        self.table = table;
        self.columns = row.keys().cloned().collect();
    }

    fn write(&mut self, connection: &mut Connection<'_>) -> Attempt<()> {
        if self.values.is_empty() {
            return Ok(());
        }
        let width = self.columns.len();
        let places = super::partitions::places(width, self.values.len() / width);
        let quoted: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        let sql = format!("INSERT INTO {} ({}) VALUES {places}", self.table, quoted.join(", "));
        connection.execute(&sql, &self.values)?;
        self.values.clear();
        Ok(())
    }
}

/// PostgreSQL gives the numbers behind those that were put back.
fn continue_numbers(connection: &mut Connection<'_>) -> Attempt<()> {
    let identities: Vec<(String, String)> = connection.all(
        "SELECT table_name, column_name FROM information_schema.columns
         WHERE table_schema = current_schema() AND is_identity = 'YES'",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    for (table, column) in identities {
        connection.number(
            &format!(
                "SELECT setval(pg_get_serial_sequence(quote_ident(current_schema()) || '.{table}', '{column}'),
                     coalesce((SELECT max({column}) FROM {table}), 0) + 1, false)"
            ),
            &[],
        )?;
    }
    Ok(())
}
