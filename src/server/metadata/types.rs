//! Types as JDBC knows them: Hive's `org.apache.hadoop.hive.serde2.thrift.Type` and `TypeDescriptor`.

use skep_metastore::model::HiveType;

/// A type without its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JdbcType {
    /// Its name.
    pub name: &'static str,
    /// Its number in `java.sql.Types`.
    pub number: i32,
    /// How many digits a number has at most; `None` for other types.
    pub precision: Option<i32>,
    /// Whether it is made of other types.
    pub complex: bool,
}

const OTHER: i32 = 1111;

const fn plain(name: &'static str, number: i32) -> JdbcType {
    JdbcType { name, number, precision: None, complex: false }
}

const fn numeric(name: &'static str, number: i32, precision: i32) -> JdbcType {
    JdbcType { name, number, precision: Some(precision), complex: false }
}

const fn complex(name: &'static str, number: i32) -> JdbcType {
    JdbcType { name, number, precision: None, complex: true }
}

/// All types, in Hive's order.
pub const ALL: [JdbcType; 23] = [
    plain("VOID", 0),
    plain("BOOLEAN", 16),
    numeric("TINYINT", -6, 3),
    numeric("SMALLINT", 5, 5),
    numeric("INT", 4, 10),
    numeric("BIGINT", -5, 19),
    numeric("FLOAT", 6, 7),
    numeric("DOUBLE", 8, 15),
    plain("STRING", 12),
    plain("CHAR", 1),
    plain("VARCHAR", 12),
    plain("DATE", 91),
    plain("TIMESTAMP", 93),
    plain("TIMESTAMP WITH LOCAL TIME ZONE", OTHER),
    plain("INTERVAL_YEAR_MONTH", OTHER),
    plain("INTERVAL_DAY_TIME", OTHER),
    plain("BINARY", -2),
    numeric("DECIMAL", 3, 38),
    complex("ARRAY", 2003),
    complex("MAP", 2000),
    complex("STRUCT", 2002),
    complex("UNIONTYPE", OTHER),
    complex("USER_DEFINED", OTHER),
];

impl JdbcType {
    /// The type of a column.
    pub fn of(ty: &HiveType) -> Self {
        let place = match ty {
            HiveType::Void => 0,
            HiveType::Boolean => 1,
            HiveType::TinyInt => 2,
            HiveType::SmallInt => 3,
            HiveType::Int => 4,
            HiveType::BigInt => 5,
            HiveType::Float => 6,
            HiveType::Double => 7,
            HiveType::String => 8,
            HiveType::Char(_) => 9,
            HiveType::Varchar(_) => 10,
            HiveType::Date => 11,
            HiveType::Timestamp => 12,
            HiveType::TimestampLocalTz => 13,
            HiveType::IntervalYearMonth => 14,
            HiveType::IntervalDayTime => 15,
            HiveType::Binary => 16,
            HiveType::Decimal { .. } => 17,
            HiveType::Array(_) => 18,
            HiveType::Map(..) => 19,
            HiveType::Struct(_) => 20,
            HiveType::Union(_) => 21,
        };
        ALL[place]
    }

    /// The base of a number's digits; `None` for other types.
    pub fn radix(self) -> Option<i32> {
        self.precision.map(|_| 10)
    }
}

/// The name of a column's type: of one that is made of others with what it is made of.
pub fn type_name(ty: &HiveType) -> String {
    let jdbc = JdbcType::of(ty);
    if jdbc.complex { ty.to_string() } else { jdbc.name.to_string() }
}

/// How long a column's values are: digits of a number, characters of a text or of a time, bytes.
pub fn column_size(ty: &HiveType) -> Option<i32> {
    match ty {
        HiveType::Decimal { precision, .. } => Some(i32::from(*precision)),
        HiveType::String | HiveType::Binary => Some(i32::MAX),
        HiveType::Char(length) | HiveType::Varchar(length) => i32::try_from(*length).ok(),
        HiveType::Date => Some(10),
        HiveType::Timestamp => Some(29),
        HiveType::TimestampLocalTz => Some(31),
        other => JdbcType::of(other).precision,
    }
}

/// How many digits behind the point a column's values have at most.
pub fn decimal_digits(ty: &HiveType) -> Option<i32> {
    match ty {
        HiveType::Boolean | HiveType::TinyInt | HiveType::SmallInt | HiveType::Int | HiveType::BigInt => Some(0),
        HiveType::Float => Some(7),
        HiveType::Double => Some(15),
        HiveType::Decimal { scale, .. } => Some(i32::from(*scale)),
        HiveType::Timestamp => Some(9),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{JdbcType, type_name};
    use skep_metastore::model::HiveType;

    #[test]
    fn each_type_has_its_name() {
        for text in
            ["void", "tinyint", "string", "date", "binary", "interval_day_time", "timestamp with local time zone"]
        {
            let ty: HiveType = text.parse().unwrap();
            assert_eq!(JdbcType::of(&ty).name.to_lowercase(), text);
        }
        for (text, name) in [
            ("decimal(5,2)", "DECIMAL"),
            ("char(3)", "CHAR"),
            ("varchar(3)", "VARCHAR"),
            ("array<int>", "array<int>"),
            ("map<string,int>", "map<string,int>"),
            ("struct<a:int>", "struct<a:int>"),
            ("uniontype<int,string>", "uniontype<int,string>"),
        ] {
            let ty: HiveType = text.parse().unwrap();
            assert_eq!(type_name(&ty), name);
            assert!(text.to_uppercase().starts_with(JdbcType::of(&ty).name));
        }
    }
}
