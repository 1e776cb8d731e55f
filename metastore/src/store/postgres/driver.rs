//! The statements of the stores on a PostgreSQL connection.

use std::error::Error;

use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::worker::{Handover, Worker};
use crate::error::MetastoreError;
use crate::store::sql::connection::{Cell, Cells, Driver, Next, Row, Value};
use crate::store::sql::dialect::Dialect;
use crate::store::sql::fault::{Attempt, Fault};

impl ToSql for Value<'static> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Integer(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Value::Real(number) if *ty == Type::FLOAT8 => number.to_sql(ty, out),
            Value::Text(text) if <&str as ToSql>::accepts(ty) => text.as_ref().to_sql(ty, out),
            Value::Bytes(bytes) if *ty == Type::BYTEA => bytes.as_ref().to_sql(ty, out),
            Value::Integers(numbers) if *ty == Type::INT8_ARRAY => numbers.as_ref().to_sql(ty, out),
            Value::Texts(texts) if *ty == Type::TEXT_ARRAY => texts.as_ref().to_sql(ty, out),
            other => Err(format!("a parameter of type {ty} is given {other:?}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl Cells for postgres::Row {
    fn cell(&self, column: usize) -> Attempt<Cell<'_>> {
        let what = || format!("the column {column} of a row");
        let Some(ty) = self.columns().get(column).map(postgres::Column::type_) else {
            return Err(Fault::record(what(), "it is not there"));
        };
        let cell = match *ty {
            Type::INT8 => self.try_get::<_, Option<i64>>(column).map(|v| v.map(Cell::Integer)),
            Type::INT4 => self.try_get::<_, Option<i32>>(column).map(|v| v.map(|n| Cell::Integer(n.into()))),
            Type::BOOL => self.try_get::<_, Option<bool>>(column).map(|v| v.map(|yes| Cell::Integer(yes.into()))),
            Type::FLOAT8 => self.try_get::<_, Option<f64>>(column).map(|v| v.map(Cell::Real)),
            Type::BYTEA => self.try_get::<_, Option<&[u8]>>(column).map(|v| v.map(Cell::Bytes)),
            _ => self.try_get::<_, Option<&str>>(column).map(|v| v.map(Cell::Text)),
        };
        cell.map(|cell| cell.unwrap_or(Cell::Null)).map_err(|e| Fault::record(what(), e))
    }
}

/// A connection in a transaction.
pub(super) struct PostgresDriver<'w> {
    pub(super) worker: &'w Worker,
}

impl Driver for PostgresDriver<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Attempt<usize> {
        let changed = self.worker.execute(numbered(sql), owned(values)?)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Attempt<Next>,
    ) -> Attempt<()> {
        self.worker.query(numbered(sql), owned(values)?, Handover::AsTheyCome, |row| each(&Row::new(row)))
    }

    fn query_all(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Attempt<Next>,
    ) -> Attempt<()> {
        self.worker.query(numbered(sql), owned(values)?, Handover::Together, |row| each(&Row::new(row)))
    }

    fn batch(&mut self, sql: &str) -> Attempt<()> {
        self.worker.batch(sql)
    }

    fn now(&mut self) -> Attempt<i64> {
        let sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)";
        let mut now = 0;
        self.worker.query(sql.to_string(), vec![], Handover::Together, |row| {
            now = Row::new(row).get(0)?;
            Ok(Next::Go)
        })?;
        Ok(now)
    }
}

/// SQL with PostgreSQL's `$1` for `?1`.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn owned(values: &[Value<'_>]) -> Attempt<Vec<Value<'static>>> {
    values
        .iter()
        .map(|value| match value {
            Value::Text(text) if text.contains('\0') => Err(MetastoreError::InvalidObject(format!(
                "PostgreSQL keeps no text with the character 0: {}",
                text.escape_debug()
            ))
            .into()),
            value => Ok(value.clone().into_owned()),
        })
        .collect()
}
