//! Hive's column types.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A Hive column type. Printed by [`fmt::Display`] and read by [`std::str::FromStr`] in the form of Hive's
/// `TypeInfo` names (`array<struct<a:int,b:decimal(10,2)>>`), which is also how the metastore keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum HiveType {
    /// The type of a bare `NULL`.
    Void,
    /// `boolean`
    Boolean,
    /// `tinyint`, 8 bits
    TinyInt,
    /// `smallint`, 16 bits
    SmallInt,
    /// `int`, 32 bits
    Int,
    /// `bigint`, 64 bits
    BigInt,
    /// `float`, 32 bits
    Float,
    /// `double`, 64 bits
    Double,
    /// `decimal(precision,scale)`; precision 1 to 38, scale 0 to precision
    Decimal {
        /// Number of digits in all.
        precision: u8,
        /// Number of digits after the point.
        scale: u8,
    },
    /// `string`
    String,
    /// `varchar(n)`, at most n characters
    Varchar(u32),
    /// `char(n)`, padded with spaces to n characters when shown, compared without them
    Char(u32),
    /// `date`
    Date,
    /// `timestamp`, without a time zone
    Timestamp,
    /// `timestamp with local time zone`
    TimestampLocalTz,
    /// `binary`
    Binary,
    /// `interval_year_month`
    IntervalYearMonth,
    /// `interval_day_time`
    IntervalDayTime,
    /// `array<element>`
    Array(Box<HiveType>),
    /// `map<key,value>`
    Map(Box<HiveType>, Box<HiveType>),
    /// `struct<name:type,...>`
    Struct(Vec<StructField>),
    /// `uniontype<type,...>`
    Union(Vec<HiveType>),
}

/// One field of a [`HiveType::Struct`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StructField {
    /// Name in lower case, as Hive keeps it.
    pub name: String,
    /// Type of the field.
    pub ty: HiveType,
}

impl HiveType {
    /// Precision and scale of `decimal` without parameters.
    pub const DEFAULT_DECIMAL: HiveType = HiveType::Decimal { precision: 10, scale: 0 };

    /// Is this one of the types that are not made of others?
    pub fn is_primitive(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Map(..) | Self::Struct(_) | Self::Union(_))
    }

    /// `tinyint` … `bigint`, `float`, `double` or `decimal`?
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || matches!(self, Self::Float | Self::Double | Self::Decimal { .. })
    }

    /// `tinyint`, `smallint`, `int` or `bigint`?
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::TinyInt | Self::SmallInt | Self::Int | Self::BigInt)
    }

    /// `string`, `varchar` or `char`?
    pub fn is_character(&self) -> bool {
        matches!(self, Self::String | Self::Varchar(_) | Self::Char(_))
    }
}

impl fmt::Display for HiveType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Void => f.write_str("void"),
            Self::Boolean => f.write_str("boolean"),
            Self::TinyInt => f.write_str("tinyint"),
            Self::SmallInt => f.write_str("smallint"),
            Self::Int => f.write_str("int"),
            Self::BigInt => f.write_str("bigint"),
            Self::Float => f.write_str("float"),
            Self::Double => f.write_str("double"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::String => f.write_str("string"),
            Self::Varchar(length) => write!(f, "varchar({length})"),
            Self::Char(length) => write!(f, "char({length})"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::TimestampLocalTz => f.write_str("timestamp with local time zone"),
            Self::Binary => f.write_str("binary"),
            Self::IntervalYearMonth => f.write_str("interval_year_month"),
            Self::IntervalDayTime => f.write_str("interval_day_time"),
            Self::Array(element) => write!(f, "array<{element}>"),
            Self::Map(key, value) => write!(f, "map<{key},{value}>"),
            Self::Struct(fields) => {
                f.write_str("struct<")?;
                for (i, field) in fields.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{}:{}", field.name, field.ty)?;
                }
                f.write_str(">")
            }
            Self::Union(types) => {
                f.write_str("uniontype<")?;
                for (i, ty) in types.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{ty}")?;
                }
                f.write_str(">")
            }
        }
    }
}

impl From<HiveType> for String {
    fn from(ty: HiveType) -> Self {
        ty.to_string()
    }
}
