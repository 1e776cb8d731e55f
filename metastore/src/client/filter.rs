//! Conditions on partitions in the two forms that Hive's metastore takes.
//!
//! Neither form says all that a [`PartitionFilter`] says in every version of Hive (integer columns are compared by text
//! or not at all, `IN` and `IS NULL` are not known to all). So what is sent chooses at least the partitions that are
//! wanted, and [`PartitionFilter::matches`] is asked about each that comes back.

use crate::model::{CompareOp, DEFAULT_PARTITION, FieldSchema, HiveType, PartitionFilter, PartitionLiteral};

/// More conditions than these are not sent as text.
const MAX_CONDITIONS: usize = 200;

/// A list of values, one a partition column and empty for any (`get_partition_names_ps`), that chooses all partitions
/// that the filter does; none where it would choose all.
pub(super) fn values(filter: &PartitionFilter, keys: &[FieldSchema]) -> Option<Vec<String>> {
    let mut values = vec![String::new(); keys.len()];
    fix(filter, keys, &mut values);
    values.iter().any(|value| !value.is_empty()).then_some(values)
}

fn fix(filter: &PartitionFilter, keys: &[FieldSchema], values: &mut [String]) {
    match filter {
        PartitionFilter::And(parts) => parts.iter().for_each(|part| fix(part, keys, values)),
        PartitionFilter::Compare { column, op: CompareOp::Eq, literal: PartitionLiteral::Text(text) } => {
            set(*column, text, keys, values);
        }
        PartitionFilter::In { column, literals } => {
            if let [PartitionLiteral::Text(text)] = literals.as_slice() {
                set(*column, text, keys, values);
            }
        }
        PartitionFilter::IsNull { column, negated: false } if keys.get(*column).is_some_and(is_text) => {
            set(*column, DEFAULT_PARTITION, keys, values);
        }
        _ => {}
    }
}

/// Takes a value that stands in the partitions' names as it is.
fn set(column: usize, text: &str, keys: &[FieldSchema], values: &mut [String]) {
    // A name is matched by a pattern there.
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if plain
        && let (Some(key), Some(value)) = (keys.get(column), values.get_mut(column))
        && is_text(key)
        && value.is_empty()
    {
        *value = text.to_string();
    }
}

fn is_text(key: &FieldSchema) -> bool {
    matches!(key.ty, HiveType::String)
}

/// The filter as the text of `get_partitions_by_filter`; none where it would choose all.
pub(super) fn text(filter: &PartitionFilter, keys: &[FieldSchema]) -> Option<String> {
    let mut left = MAX_CONDITIONS;
    condition(filter, keys, &mut left)
}

fn condition(filter: &PartitionFilter, keys: &[FieldSchema], left: &mut usize) -> Option<String> {
    match filter {
        PartitionFilter::All | PartitionFilter::IsNull { .. } => None,
        PartitionFilter::Compare { column, op, literal } => {
            let op = match op {
                CompareOp::Eq => "=",
                CompareOp::NotEq => "!=",
                CompareOp::Lt => "<",
                CompareOp::LtEq => "<=",
                CompareOp::Gt => ">",
                CompareOp::GtEq => ">=",
            };
            compare(*column, op, literal, keys, left)
        }
        PartitionFilter::In { column, literals } => {
            let each = literals.iter().map(|literal| compare(*column, "=", literal, keys, left));
            let each = each.collect::<Option<Vec<_>>>()?;
            (!each.is_empty()).then(|| format!("({})", each.join(" or ")))
        }
        PartitionFilter::And(parts) => {
            let known: Vec<String> = parts.iter().filter_map(|part| condition(part, keys, left)).collect();
            match known.as_slice() {
                [] => None,
                [one] => Some(one.clone()),
                _ => Some(format!("({})", known.join(" and "))),
            }
        }
        PartitionFilter::Or(parts) => {
            let all = parts.iter().map(|part| condition(part, keys, left)).collect::<Option<Vec<_>>>()?;
            (!all.is_empty()).then(|| format!("({})", all.join(" or ")))
        }
    }
}

fn compare(
    column: usize,
    op: &str,
    literal: &PartitionLiteral,
    keys: &[FieldSchema],
    left: &mut usize,
) -> Option<String> {
    let key = keys.get(column).filter(|key| is_text(key))?;
    let PartitionLiteral::Text(text) = literal else { return None };
    // The language has no escapes.
    if text.contains(['"', '\\', '\n', '\r']) || !text.is_ascii() || text.is_empty() || is_word(&key.name) {
        return None;
    }
    *left = left.checked_sub(1)?;
    Some(format!("{} {op} \"{text}\"", key.name))
}

/// Is the name one that the filter language cannot take for a column's?
fn is_word(name: &str) -> bool {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    let word = ["and", "or", "not", "like", "between", "in", "date", "timestamp", "const", "struct", "is", "null"]
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word));
    !plain || word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Vec<FieldSchema> {
        let key = |name: &str, ty: &str| FieldSchema { name: name.into(), ty: ty.parse().unwrap(), comment: None };
        vec![key("ds", "string"), key("hr", "int"), key("date", "string")]
    }

    fn compare(column: usize, op: CompareOp, text: &str) -> PartitionFilter {
        PartitionFilter::Compare { column, op, literal: PartitionLiteral::Text(text.into()) }
    }

    fn number(column: usize) -> PartitionFilter {
        PartitionFilter::Compare { column, op: CompareOp::Eq, literal: PartitionLiteral::Integer(1) }
    }

    #[test]
    fn what_cannot_be_said_is_left_out_of_and_but_not_of_or() {
        let ds = compare(0, CompareOp::GtEq, "2020-01-01");
        let said = Some("ds >= \"2020-01-01\"".to_string());
        assert_eq!(text(&ds, &keys()), said);
        assert_eq!(text(&PartitionFilter::And(vec![ds.clone(), number(1)]), &keys()), said);
        assert_eq!(text(&PartitionFilter::Or(vec![ds.clone(), number(1)]), &keys()), None);
        let both = PartitionFilter::Or(vec![ds.clone(), compare(0, CompareOp::Eq, "x")]);
        assert_eq!(text(&both, &keys()).as_deref(), Some("(ds >= \"2020-01-01\" or ds = \"x\")"));
        for hidden in [compare(0, CompareOp::Eq, "a\"b"), compare(0, CompareOp::Eq, ""), compare(2, CompareOp::Eq, "x")]
        {
            assert_eq!(text(&hidden, &keys()), None);
        }
        let many = (0..300).map(|i| PartitionLiteral::Text(i.to_string())).collect();
        assert_eq!(text(&PartitionFilter::In { column: 0, literals: many }, &keys()), None);
    }

    #[test]
    fn equalities_fix_values() {
        let both = PartitionFilter::And(vec![compare(0, CompareOp::Eq, "2020-01-01"), number(1)]);
        assert_eq!(values(&both, &keys()), Some(vec!["2020-01-01".to_string(), String::new(), String::new()]));
        assert_eq!(values(&compare(0, CompareOp::Lt, "x"), &keys()), None);
        assert_eq!(values(&compare(0, CompareOp::Eq, "a.*"), &keys()), None);
        assert_eq!(values(&PartitionFilter::All, &keys()), None);
        let null = PartitionFilter::IsNull { column: 0, negated: false };
        assert_eq!(values(&null, &keys()).unwrap()[0], DEFAULT_PARTITION);
    }
}
