//! Evaluating a [`PartitionFilter`] over the values of one partition.

use std::cmp::Ordering;

use super::{CompareOp, DEFAULT_PARTITION, FieldSchema, HiveType, PartitionFilter, PartitionLiteral};

/// A partition value in the type in which its column is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartitionValue {
    /// `__HIVE_DEFAULT_PARTITION__`, the empty string, or text that is no value of an integer column.
    Null,
    /// Of an integer column.
    Integer(i64),
    /// Of any other column.
    Text(String),
}

/// Reads a partition value as its column's type compares it.
pub fn typed_value(key: &FieldSchema, value: &str) -> PartitionValue {
    if value.is_empty() || value == DEFAULT_PARTITION {
        return PartitionValue::Null;
    }
    let range = match key.ty {
        HiveType::TinyInt => i64::from(i8::MIN)..=i64::from(i8::MAX),
        HiveType::SmallInt => i64::from(i16::MIN)..=i64::from(i16::MAX),
        HiveType::Int => i64::from(i32::MIN)..=i64::from(i32::MAX),
        HiveType::BigInt => i64::MIN..=i64::MAX,
        _ => return PartitionValue::Text(value.to_string()),
    };
    match read_integer(value) {
        Some(number) if range.contains(&number) => PartitionValue::Integer(number),
        _ => PartitionValue::Null,
    }
}

/// An integer as Hive's `LazyInteger` reads it: blanks around it and digits behind a point do not count.
fn read_integer(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) => whole.parse().ok(),
        Some(_) => None,
        None => text.parse().ok(),
    }
}

impl CompareOp {
    /// Does the operator hold where its left side compares so to its right side?
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::NotEq => order.is_ne(),
            Self::Lt => order.is_lt(),
            Self::LtEq => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::GtEq => order.is_ge(),
        }
    }
}

impl PartitionFilter {
    /// Does a partition with these values satisfy the filter? A constant of the other type than its column's is
    /// compared in the constant's type. A column that is not there satisfies nothing.
    pub fn matches(&self, keys: &[FieldSchema], values: &[String]) -> bool {
        let compare = |column: usize, literal: &PartitionLiteral| -> Option<Ordering> {
            let (key, value) = (keys.get(column)?, values.get(column)?);
            match (typed_value(key, value), literal) {
                (PartitionValue::Integer(number), PartitionLiteral::Integer(other)) => Some(number.cmp(other)),
                (PartitionValue::Text(text), PartitionLiteral::Text(other)) => Some(text.cmp(other)),
                (PartitionValue::Text(text), PartitionLiteral::Integer(other)) => Some(read_integer(&text)?.cmp(other)),
                (PartitionValue::Integer(_), PartitionLiteral::Text(other)) => Some(value.cmp(other)),
                (PartitionValue::Null, _) => None,
            }
        };
        match self {
            Self::All => true,
            Self::Compare { column, op, literal } => compare(*column, literal).is_some_and(|order| op.holds(order)),
            Self::In { column, literals } => {
                literals.iter().any(|literal| compare(*column, literal).is_some_and(Ordering::is_eq))
            }
            Self::IsNull { column, negated } => match (keys.get(*column), values.get(*column)) {
                (Some(key), Some(value)) => (typed_value(key, value) == PartitionValue::Null) != *negated,
                _ => false,
            },
            Self::And(parts) => parts.iter().all(|part| part.matches(keys, values)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(keys, values)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_values_in_the_columns_type() {
        let value = |ty: &str, text: &str| {
            typed_value(&FieldSchema { name: "k".into(), ty: ty.parse().unwrap(), comment: None }, text)
        };
        assert_eq!(value("int", "012"), PartitionValue::Integer(12));
        assert_eq!(value("int", " 7.9 "), PartitionValue::Integer(7));
        assert_eq!(value("tinyint", "200"), PartitionValue::Null);
        assert_eq!(value("bigint", "x"), PartitionValue::Null);
        assert_eq!(value("string", "12"), PartitionValue::Text("12".into()));
        assert_eq!(value("date", "2024-01-01"), PartitionValue::Text("2024-01-01".into()));
        assert_eq!(value("string", DEFAULT_PARTITION), PartitionValue::Null);
        assert_eq!(value("string", ""), PartitionValue::Null);
    }
}
