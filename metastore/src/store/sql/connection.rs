//! What the SQL of the stores runs on: typed values and rows, and a connection inside a transaction.
//!
//! The SQL is written once, in the words that SQLite and PostgreSQL share, with parameters `?1`, `?2`, …; the few words
//! that differ come from the [`Dialect`].

use std::borrow::Cow;
use std::fmt::Debug;

use super::dialect::Dialect;
use super::fault::{Attempt, Fault};
use crate::error::Result;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// NULL of any type.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// Whole numbers, for [`Dialect::integers`].
    Integers(Cow<'a, [i64]>),
    /// Texts without NUL, for [`Dialect::texts`].
    Texts(Cow<'a, [String]>),
}

impl Value<'_> {
    /// The same value, owning what it has.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(number),
            Self::Real(number) => Value::Real(number),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Self::Integers(numbers) => Value::Integers(Cow::Owned(numbers.into_owned())),
            Self::Texts(texts) => Value::Texts(Cow::Owned(texts.into_owned())),
        }
    }
}

macro_rules! value_from {
    ($($source:ty => |$value:ident| $made:expr;)*) => {
        $(impl<'a> From<$source> for Value<'a> {
            fn from($value: $source) -> Self {
                $made
            }
        })*
    };
}

value_from! {
    i64 => |number| Value::Integer(number);
    &i64 => |number| Value::Integer(*number);
    i32 => |number| Value::Integer(number.into());
    u32 => |number| Value::Integer(number.into());
    bool => |yes| Value::Integer(yes.into());
    f64 => |number| Value::Real(number);
    String => |text| Value::Text(Cow::Owned(text));
    &'a String => |text| Value::Text(Cow::Borrowed(text));
    &'a str => |text| Value::Text(Cow::Borrowed(text));
    Vec<u8> => |bytes| Value::Bytes(Cow::Owned(bytes));
    &'a [i64] => |numbers| Value::Integers(Cow::Borrowed(numbers));
    Vec<String> => |texts| Value::Texts(Cow::Owned(texts));
    &'a [String] => |texts| Value::Texts(Cow::Borrowed(texts));
    &'a Option<String> => |text| text.as_deref().into();
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// The parameters of a statement, made of anything that a [`Value`] can be made of.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::sql::connection::Value::from($value)),*] };
}
pub(in crate::store) use values;

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'r> {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(&'r str),
    /// Bytes.
    Bytes(&'r [u8]),
}

/// The values of a row, as a backend has them.
pub trait Cells {
    /// The value of a column, counted from 0.
    fn cell(&self, column: usize) -> Attempt<Cell<'_>>;
}

/// A row of a query's answer.
pub struct Row<'r> {
    cells: &'r dyn Cells,
}

impl<'r> Row<'r> {
    /// A row over a backend's values.
    pub fn new(cells: &'r dyn Cells) -> Self {
        Self { cells }
    }

    /// The value of a column, counted from 0, as the type that is wanted; an error where it is of another one.
    pub fn get<'s, T: FromCell<'s>>(&'s self, column: usize) -> Attempt<T> {
        let cell = self.cells.cell(column)?;
        T::from_cell(cell)
            .ok_or_else(|| Fault::record(format!("the column {column} of a row"), format!("it is {cell:?}")))
    }
}

/// What a value of a row can be read as.
pub trait FromCell<'r>: Sized {
    /// Reads it; `None` where the value is no such thing.
    fn from_cell(cell: Cell<'r>) -> Option<Self>;
}

impl<'r, T: FromCell<'r>> FromCell<'r> for Option<T> {
    fn from_cell(cell: Cell<'r>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            other => T::from_cell(other).map(Some),
        }
    }
}

macro_rules! from_cell {
    ($($kind:ty => $pattern:pat => $made:expr;)*) => {
        $(impl<'r> FromCell<'r> for $kind {
            fn from_cell(cell: Cell<'r>) -> Option<Self> {
                match cell {
                    $pattern => $made,
                    _ => None,
                }
            }
        })*
    };
}

from_cell! {
    i64 => Cell::Integer(number) => Some(number);
    i32 => Cell::Integer(number) => i32::try_from(number).ok();
    u32 => Cell::Integer(number) => u32::try_from(number).ok();
    usize => Cell::Integer(number) => usize::try_from(number).ok();
    bool => Cell::Integer(number) => Some(number != 0);
    f64 => Cell::Real(number) => Some(number);
    &'r str => Cell::Text(text) => Some(text);
    String => Cell::Text(text) => Some(text.to_string());
    Vec<u8> => Cell::Bytes(bytes) => Some(bytes.to_vec());
}

/// What to do after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Give the next one.
    Go,
    /// No more rows are wanted.
    Stop,
}

/// A backend's connection, in a transaction.
pub trait Driver {
    /// Its words.
    fn dialect(&self) -> Dialect;
    /// Runs a statement; returns how many rows it changed.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Attempt<usize>;
    /// Runs a query and hands over its rows as they come.
    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Attempt<Next>,
    ) -> Attempt<()>;
    /// The same for a caller that keeps all rows: a backend may hand them over together, where that takes less time.
    fn query_all(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Attempt<Next>,
    ) -> Attempt<()> {
        self.query(sql, values, each)
    }
    /// Runs several statements without parameters.
    fn batch(&mut self, sql: &str) -> Attempt<()>;
    /// Milliseconds since 1970, by a clock that all users of the catalog share.
    fn now(&mut self) -> Attempt<i64>;
}

/// A connection in a transaction. It is borrowed while rows are read: nothing is asked for between two rows.
pub struct Connection<'d> {
    driver: &'d mut dyn Driver,
    events: bool,
}

impl<'d> Connection<'d> {
    /// A connection over a backend's.
    pub fn new(driver: &'d mut dyn Driver) -> Self {
        Self { driver, events: false }
    }

    /// Are changes told as notification events?
    pub fn tells_events(&self) -> bool {
        self.events
    }

    /// The words of its SQL.
    pub fn dialect(&self) -> Dialect {
        self.driver.dialect()
    }

    /// Runs a statement; returns how many rows it changed.
    pub fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Attempt<usize> {
        self.driver.execute(sql, values)
    }

    /// Runs several statements without parameters.
    pub fn batch(&mut self, sql: &str) -> Attempt<()> {
        self.driver.batch(sql)
    }

    /// Hands over the rows of a query as they come, until one says that it was the last.
    pub fn rows(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut each: impl FnMut(&Row<'_>) -> Attempt<Next>,
    ) -> Attempt<()> {
        self.driver.query(sql, values, &mut each)
    }

    /// The rows of a query.
    pub fn all<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Attempt<T>,
    ) -> Attempt<Vec<T>> {
        let mut all = vec![];
        self.driver.query_all(sql, values, &mut |row| {
            all.push(read(row)?);
            Ok(Next::Go)
        })?;
        Ok(all)
    }

    /// The first row of a query, if it has any.
    pub fn first<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Attempt<T>,
    ) -> Attempt<Option<T>> {
        let mut first = None;
        self.rows(sql, values, |row| {
            first = Some(read(row)?);
            Ok(Next::Stop)
        })?;
        Ok(first)
    }

    /// The number that a statement answers with: an id it gives away, a count.
    pub fn number(&mut self, sql: &str, values: &[Value<'_>]) -> Attempt<i64> {
        self.first(sql, values, |row| row.get(0))?.ok_or_else(|| Fault::record("a statement's answer", "it is empty"))
    }

    /// Has a query any rows?
    pub fn exists(&mut self, sql: &str, values: &[Value<'_>]) -> Attempt<bool> {
        Ok(self.first(sql, values, |_| Ok(()))?.is_some())
    }

    /// Milliseconds since 1970, by a clock that all users of the catalog share.
    pub fn now(&mut self) -> Attempt<i64> {
        self.driver.now()
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It reads one state of the catalog, whatever others write meanwhile.
    Read,
    /// It changes the catalog, and no other changes it at the same time.
    Write,
}

/// A database that keeps a catalog.
pub trait Backend: Debug + Send + Sync {
    /// Runs a transaction: all of it or, on an error, nothing. The step may be run again from its beginning, where the
    /// database could not bring it together with others.
    fn transaction(&self, access: Access, step: &mut dyn FnMut(&mut dyn Driver) -> Attempt<()>) -> Result<()>;
}

/// Runs a step as a transaction of a backend and gives what it gives.
pub fn run<T>(
    backend: &impl Backend,
    access: Access,
    events: bool,
    mut step: impl FnMut(&mut Connection<'_>) -> Attempt<T>,
) -> Result<T> {
    let mut outcome = None;
    backend.transaction(access, &mut |driver| {
        outcome = Some(step(&mut Connection { driver, events })?);
        Ok(())
    })?;
    // A backend that says that the step was done has done it.
    outcome.ok_or_else(|| crate::MetastoreError::Store {
        path: "of the store".to_string(),
        reason: "a transaction ended before it began".to_string(),
    })
}
