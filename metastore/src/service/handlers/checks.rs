//! What a table must be like (`MetaStoreUtils`).

use crate::model::{FieldSchema, HiveType, Parameters, StorageDescriptor, Table};

/// The first words of the types that a column may have, with a space between them.
const TYPE_WORDS: &str = "void boolean tinyint smallint int bigint float double decimal string varchar char binary date \
                          datetime timestamp interval_year_month interval_day_time array map struct uniontype";
/// What stands for a type that only the SerDe knows.
const FROM_SERDE: &str = "<derived from deserializer>";

/// `MetaStoreUtils.validateName`: letters, digits, `_`, and where the server is told so other signs; never signs that
/// part names.
pub(super) fn is_object_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_control() || "./\\".contains(c))
}

/// What is wrong with columns, if anything is.
pub(super) fn column_fault(columns: &[FieldSchema], texts: &Parameters) -> Option<String> {
    for column in columns {
        if column.name.is_empty() || column.name.chars().any(char::is_control) {
            return Some(format!("name: {}", column.name));
        }
        let ty = column.type_text(texts);
        let first = ty.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
        if ty != FROM_SERDE && !TYPE_WORDS.split(' ').any(|word| word.eq_ignore_ascii_case(first)) {
            return Some(format!("type: {ty}"));
        }
    }
    None
}

/// What is wrong with a table that is made, if anything is.
pub(super) fn table_fault(table: &Table) -> Option<String> {
    if !is_object_name(&table.name) {
        return Some(format!("{} is not a valid object name", table.name));
    }
    if let Some(fault) = column_fault(&table.storage.columns, &table.storage.type_texts) {
        return Some(format!("Invalid column {fault}"));
    }
    if let Some(fault) = column_fault(&table.partition_keys, &table.extras.type_texts) {
        return Some(format!("Invalid partition column {fault}"));
    }
    skew_fault(&table.storage)
}

/// Skewed columns must be columns, each of them once, and each combination as long as they are.
fn skew_fault(storage: &StorageDescriptor) -> Option<String> {
    let skewed = &storage.skewed;
    for (at, name) in skewed.columns.iter().enumerate() {
        if skewed.columns.iter().skip(at + 1).any(|other| other == name) {
            return Some(format!("Invalid skew column [{name}]"));
        }
        if !storage.columns.iter().any(|column| column.name == *name) {
            return Some(format!("Invalid skew column [{name}]"));
        }
    }
    None
}

/// The columns whose types at their places cannot become those of `new` (`ColumnType.areColTypesCompatible`).
pub(super) fn incompatible(old: &[FieldSchema], new: &[FieldSchema]) -> Vec<String> {
    old.iter().zip(new).filter(|(old, new)| !becomes(&old.ty, &new.ty)).map(|(_, new)| new.name.clone()).collect()
}

/// Can values of one type be read as those of another?
fn becomes(from: &HiveType, to: &HiveType) -> bool {
    use HiveType as T;
    let rank = |ty: &HiveType| {
        Some(match ty {
            T::TinyInt => 0,
            T::SmallInt => 1,
            T::Int => 2,
            T::BigInt => 3,
            T::Decimal { .. } => 4,
            T::Float => 5,
            T::Double => 6,
            _ => return None,
        })
    };
    if from == to || (from.is_character() && to.is_character()) {
        return true;
    }
    match (rank(from), rank(to)) {
        (Some(from), Some(to)) => from < to || (from == to && from == 4),
        (Some(_), None) => to.is_character(),
        (None, _) => match from {
            T::Void => to.is_primitive(),
            T::Date | T::Timestamp | T::TimestampLocalTz => to.is_character(),
            _ if from.is_character() => *to == T::Double,
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_become_wider_ones() {
        let becomes = |from: &str, to: &str| super::becomes(&from.parse().unwrap(), &to.parse().unwrap());
        for (from, to) in [("int", "bigint"), ("int", "string"), ("date", "varchar(3)"), ("char(2)", "string")] {
            assert!(becomes(from, to), "{from} {to}");
        }
        for (from, to) in [("bigint", "int"), ("string", "int"), ("array<int>", "array<bigint>"), ("string", "date")] {
            assert!(!becomes(from, to), "{from} {to}");
        }
        assert!(becomes("string", "double") && becomes("decimal(10,2)", "decimal(12,2)"));
    }

    #[test]
    fn types_are_known_by_their_first_word() {
        let mut texts = Parameters::new();
        let mut fault = |ty: &str| {
            let column = FieldSchema::from_text("a", ty, None, &mut texts);
            column_fault(&[column], &texts)
        };
        assert_eq!(fault("struct<A:int>"), None);
        assert_eq!(fault("<derived from deserializer>"), None);
        assert_eq!(fault("nonsense"), Some("type: nonsense".to_string()));
    }
}
