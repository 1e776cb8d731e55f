//! Rows as JSON objects.

use std::collections::BTreeMap;

use postgres::types::ToSql;
use serde_json::{Map, Value};

use super::PostgresSource;
use crate::error::{MetastoreError, Result};
use crate::model::Parameters;

/// A row; a column that is not there is NULL.
#[derive(Debug, Clone, Default)]
pub(super) struct Row(Map<String, Value>);

/// Rows by the number of what they belong to.
pub(super) type Rows = BTreeMap<i64, Vec<Row>>;

impl Row {
    pub(super) fn text(&self, column: &str) -> Option<String> {
        match self.0.get(column)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    pub(super) fn string(&self, column: &str) -> String {
        self.text(column).unwrap_or_default()
    }

    pub(super) fn int(&self, column: &str) -> Option<i64> {
        match self.0.get(column)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn number(&self, column: &str) -> i64 {
        self.int(column).unwrap_or(0)
    }

    pub(super) fn float(&self, column: &str) -> Option<f64> {
        match self.0.get(column)? {
            Value::Number(number) => number.as_f64(),
            // Not-a-number and infinity have no number in JSON.
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A flag, be it a boolean, a number or a letter.
    pub(super) fn flag(&self, column: &str) -> bool {
        match self.0.get(column) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::Number(number)) => number.as_i64() != Some(0),
            Some(Value::String(text)) => matches!(text.as_str(), "1" | "t" | "T" | "Y" | "true"),
            _ => false,
        }
    }
}

impl PostgresSource {
    /// Rows of a query that gives one column of JSON objects.
    pub(super) fn rows(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let found = self.client.lock().query(query, parameters).map_err(|error| self.failed(reason(&error)))?;
        found
            .iter()
            .map(|row| {
                let text: String = row.try_get(0).map_err(|error| self.failed(reason(&error)))?;
                match serde_json::from_str(&text) {
                    Ok(Value::Object(object)) => Ok(Row(object)),
                    Ok(other) => Err(self.failed(format!("a row is {other}"))),
                    Err(error) => Err(self.failed(error.to_string())),
                }
            })
            .collect()
    }

    /// The rows of a table of the schema that belong to these things, in their order; none where there is no such table.
    pub(super) fn rows_of(&self, table: &str, key: &str, ids: &[i64], order: Option<&str>) -> Result<Rows> {
        let mut found = Rows::new();
        if ids.is_empty() || !self.has_table(table)? {
            return Ok(found);
        }
        let order = order.map(|column| format!(" ORDER BY \"{column}\"")).unwrap_or_default();
        let query = format!("SELECT to_jsonb(t)::text FROM \"{table}\" t WHERE \"{key}\" = ANY($1){order}");
        for row in self.rows(&query, &[&ids])? {
            found.entry(row.number(key)).or_default().push(row);
        }
        Ok(found)
    }

    /// The properties of these things.
    pub(super) fn parameters_of(&self, table: &str, key: &str, ids: &[i64]) -> Result<BTreeMap<i64, Parameters>> {
        let rows = self.rows_of(table, key, ids, None)?;
        let pairs =
            |rows: Vec<Row>| rows.iter().map(|row| (row.string("PARAM_KEY"), row.string("PARAM_VALUE"))).collect();
        Ok(rows.into_iter().map(|(id, rows)| (id, pairs(rows))).collect())
    }

    pub(super) fn has_table(&self, name: &str) -> Result<bool> {
        let quoted = format!("\"{name}\"");
        let query = "SELECT json_build_object('there', to_regclass($1) IS NOT NULL)::text";
        Ok(self.rows(query, &[&quoted])?.first().is_some_and(|row| row.flag("there")))
    }

    pub(super) fn failed(&self, reason: String) -> MetastoreError {
        MetastoreError::Store { path: self.name.clone(), reason }
    }
}

/// What the database says.
pub(super) fn reason(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => said.message().to_string(),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}
