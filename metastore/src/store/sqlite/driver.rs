//! The statements of the stores on a SQLite connection.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, ToSql};

use crate::store::sql::connection::{Cell, Cells, Driver, Next, Row, Value};
use crate::store::sql::dialect::Dialect;
use crate::store::sql::fault::{Attempt, Fault};

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                Self::Busy
            }
            _ => Self::Database(explain(&error)),
        }
    }
}

/// SQLite's own words, with what they mean for a catalog where they are cryptic.
fn explain(error: &rusqlite::Error) -> String {
    let meaning = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "the file is no catalog, or it is damaged",
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged; restore it from a backup",
        Some(ErrorCode::CannotOpen) => "the file cannot be opened or made; look at the folder and its permissions",
        Some(ErrorCode::ReadOnly) => "the file or its folder cannot be written",
        Some(ErrorCode::PermissionDenied) => "no permission",
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::SystemIoFailure) => "reading or writing the file failed",
        _ => return error.to_string(),
    };
    format!("{meaning} (SQLite: {error})")
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        fn json<T: serde::Serialize + ?Sized>(list: &T) -> rusqlite::Result<ToSqlOutput<'static>> {
            let text = serde_json::to_string(list).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
            Ok(ToSqlOutput::from(text))
        }
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Integer(number) => ToSqlOutput::from(*number),
            Self::Real(number) => ToSqlOutput::from(*number),
            Self::Text(text) => ToSqlOutput::from(text.as_ref()),
            Self::Bytes(bytes) => ToSqlOutput::from(bytes.as_ref()),
            Self::Integers(numbers) => json(numbers)?,
            Self::Texts(texts) => json(texts)?,
        })
    }
}

impl Cells for rusqlite::Row<'_> {
    fn cell(&self, column: usize) -> Attempt<Cell<'_>> {
        Ok(match self.get_ref(column)? {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => Cell::Real(number),
            ValueRef::Text(text) => Cell::Text(
                std::str::from_utf8(text).map_err(|e| Fault::record(format!("the column {column} of a row"), e))?,
            ),
            ValueRef::Blob(bytes) => Cell::Bytes(bytes),
        })
    }
}

/// A connection to the catalog's file.
pub(super) struct SqliteDriver<'c> {
    pub(super) connection: &'c rusqlite::Connection,
}

impl Driver for SqliteDriver<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Attempt<usize> {
        Ok(self.connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?)
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Attempt<Next>,
    ) -> Attempt<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if each(&Row::new(row))? == Next::Stop {
                break;
            }
        }
        Ok(())
    }

    fn batch(&mut self, sql: &str) -> Attempt<()> {
        Ok(self.connection.execute_batch(sql)?)
    }

    fn now(&mut self) -> Attempt<i64> {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Ok(since.map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
    }
}
