//! What many statements have in common: names, constants, properties, partition specifications.

use std::fmt;

use super::query::Query;
use crate::parser::span::Span;

/// A name.
#[derive(Debug, Clone, Eq)]
pub struct Ident {
    /// As typed, without the back quotes around it.
    pub value: String,
    /// Was it in back quotes?
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

impl Ident {
    /// A name that stands in no text.
    pub fn new(value: impl Into<String>) -> Self {
        Ident { value: value.into(), quoted: false, span: Span::default() }
    }

    /// The name in lower case, as Hive's catalog keeps names.
    pub fn lower(&self) -> String {
        self.value.to_lowercase()
    }
}

impl PartialEq for Ident {
    /// Names are the same if they differ in case only; where they stand does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.lower() == other.lower()
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value)
    }
}

/// The name of a table, a view or a function, with its database if it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// Database.
    pub database: Option<Ident>,
    /// Name in the database.
    pub name: Ident,
}

impl ObjectName {
    /// Where the name stands, with the database.
    pub fn span(&self) -> Span {
        self.database.as_ref().map_or(self.name.span, |database| database.span.to(self.name.span))
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(database) = &self.database {
            write!(f, "{database}.")?;
        }
        write!(f, "{}", self.name)
    }
}

/// A constant in DDL, e.g. the value of a partition column.
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// The value.
    pub value: ConstantValue,
    /// Where it stands.
    pub span: Span,
}

/// Value of a [`Constant`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstantValue {
    /// `'text'`, unescaped.
    String(String),
    /// A number as typed, without suffix (`L`, `S`, `Y`, `BD`, `D`), perhaps with a minus.
    Number(String),
    /// `DATE '2024-01-01'`
    Date(String),
    /// `TIMESTAMP '2024-01-01 00:00:00'`, also `TIMESTAMPLOCALTZ '…'`
    Timestamp(String),
    /// `TRUE`, `FALSE`
    Boolean(bool),
    /// `NULL`
    Null,
}

impl ConstantValue {
    /// The value as text, as partition values are kept; none for `NULL`.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::String(text) | Self::Number(text) | Self::Date(text) | Self::Timestamp(text) => Some(text.clone()),
            Self::Boolean(value) => Some(value.to_string()),
            Self::Null => None,
        }
    }
}

/// `'key' = 'value'` in `TBLPROPERTIES`, `SERDEPROPERTIES`, `DBPROPERTIES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
    /// Where the pair stands.
    pub span: Span,
}

/// One part of `PARTITION (ds = '2024-01-01', hr)`.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionValue {
    /// Partition column.
    pub column: Ident,
    /// Its value; none for a dynamic one or where all values are meant.
    pub value: Option<Constant>,
}

/// `PARTITION (…)`, in the order typed.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionSpec {
    /// The parts; never empty.
    pub values: Vec<PartitionValue>,
    /// Where it stands, with the word `PARTITION`.
    pub span: Span,
}

/// One part of `DROP PARTITION (ds < '2024-01-01')`.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionCondition {
    /// Partition column.
    pub column: Ident,
    /// How it is compared.
    pub operator: ComparisonOperator,
    /// With what.
    pub value: Constant,
}

/// Comparison in a partition condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonOperator {
    /// `=`
    Equal,
    /// `<>`, `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `LIKE`
    Like,
}

/// A query inside a statement, with its text, as views keep it.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceQuery {
    /// The query.
    pub query: Box<Query>,
    /// Its text, as typed.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// `RESTRICT` or `CASCADE`; what none of them means depends on the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropBehavior {
    /// `RESTRICT`
    Restrict,
    /// `CASCADE`
    Cascade,
}

/// Who is meant by a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// `USER name`
    User(Ident),
    /// `ROLE name`
    Role(Ident),
    /// `GROUP name`
    Group(Ident),
}
