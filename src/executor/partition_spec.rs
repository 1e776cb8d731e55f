//! `PARTITION (…)` and the conditions of `DROP PARTITION`.

use std::cmp::Ordering;

use skep_metastore::model::{
    CompareOp, DEFAULT_PARTITION, FieldSchema, HiveType, Partition, PartitionFilter, PartitionLiteral, Table, pattern,
};
use skep_metastore::store::MetaStore;
use skep_udf::text;

use super::names::quoted;
use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{ComparisonOperator, Constant, ConstantValue, PartitionCondition, PartitionSpec};
use crate::session::Session;

/// One value for each partition column, as the catalog keeps them. A column that is missing, or one that is not among the
/// partition columns, is an error.
pub fn full_values(session: &Session, table: &Table, spec: &PartitionSpec) -> Result<Vec<String>> {
    let values = partial_values(session, table, spec)?;
    let missing = values.iter().zip(&table.partition_keys).find(|(value, _)| value.is_none());
    if let Some((_, key)) = missing {
        let error = SkepError::semantic(
            HiveError::INVALID_PARTITION_SPEC,
            format!("(partition column {} has no value)", key.name),
        );
        return Err(error.with_span(Some(spec.span.into())));
    }
    Ok(values.into_iter().flatten().collect())
}

/// Checks the values of a partition that is about to be made: none is empty, none has a part of the names that Hive's
/// archives use, all fit `hive.metastore.partition.name.whitelist.pattern`.
pub fn check_new(session: &Session, table: &Table, values: &[String], spec: &PartitionSpec) -> Result<()> {
    const RESERVED: [&str; 3] = ["_INTERMEDIATE_ORIGINAL", "_INTERMEDIATE_ARCHIVED", "_INTERMEDIATE_EXTRACTED"];
    let config = session.config();
    let named = ["metastore.partition.name.whitelist.pattern", "hive.metastore.partition.name.whitelist.pattern"];
    let pattern = named.iter().find_map(|name| config.get(name)).filter(|pattern| !pattern.is_empty());
    let whitelist = match pattern {
        None => None,
        Some(pattern) => Some(fancy_regex::Regex::new(&format!("^(?:{pattern})$")).map_err(|error| {
            SkepError::invalid("the whitelist of partition names is no pattern").with_source(error)
        })?),
    };
    for (key, value) in table.partition_keys.iter().zip(values) {
        let error = if value.is_empty() {
            let text = format!("partition spec is invalid; field {} does not exist or is empty", key.name);
            SkepError::new(crate::error::ErrorKind::Command, text)
        } else if let Some(part) = RESERVED.iter().find(|part| value.contains(**part)) {
            let text = format!(
                "Partition value contains a reserved substring (User value: {value} Reserved substring: {part})"
            );
            SkepError::invalid(text).with_code(10111, "42000")
        } else if whitelist.as_ref().is_some_and(|whitelist| !whitelist.is_match(value).unwrap_or(false)) {
            SkepError::exception(
                "MetaException",
                format!(
                    "Partition value '{value}' contains a character not matched by whitelist pattern '{}'.  (configure \
                     with metastore.partition.name.whitelist.pattern)",
                    pattern.unwrap_or_default()
                ),
            )
        } else {
            continue;
        };
        return Err(error.with_span(Some(spec.span.into())));
    }
    Ok(())
}

/// For each partition column its value, where the specification has one.
pub fn partial_values(session: &Session, table: &Table, spec: &PartitionSpec) -> Result<Vec<Option<String>>> {
    if table.partition_keys.is_empty() {
        let error = SkepError::semantic(HiveError::TABLE_NOT_PARTITIONED, table.qualified_name());
        return Err(error.with_span(Some(spec.span.into())));
    }
    let mut values = vec![None; table.partition_keys.len()];
    for part in &spec.values {
        let name = part.column.lower();
        let Some(at) = table.partition_keys.iter().position(|key| key.name == name) else {
            let error = SkepError::semantic(HiveError::NOT_A_PARTITION_COLUMN, &name);
            return Err(error.with_span(Some(part.column.span.into())));
        };
        if values[at].is_some() {
            let error =
                SkepError::semantic(HiveError::INVALID_PARTITION_SPEC, format!("(column {name} is given twice)"));
            return Err(error.with_span(Some(part.column.span.into())));
        }
        if let Some(constant) = &part.value {
            values[at] = Some(value_text(session, &table.partition_keys[at], constant)?);
        }
    }
    Ok(values)
}

/// A constant as the catalog keeps it in a column of this type; Hive's error 10248 where it is none of the type (unless
/// `hive.typecheck.on.insert` is off).
pub fn value_text(session: &Session, key: &FieldSchema, constant: &Constant) -> Result<String> {
    let Some(given) = constant.value.text() else {
        return Ok(session.config().text("hive.exec.default.partition.name").to_string());
    };
    let default = session.config().text("hive.exec.default.partition.name");
    if given == default || given == DEFAULT_PARTITION || !session.config().bool("hive.typecheck.on.insert") {
        return Ok(given);
    }
    normal_text(&given, &key.ty).ok_or_else(|| {
        let kind = match constant.value {
            ConstantValue::String(_) => "string",
            ConstantValue::Number(_) => "number",
            ConstantValue::Date(_) => "date",
            ConstantValue::Timestamp(_) => "timestamp",
            ConstantValue::Boolean(_) => "boolean",
            ConstantValue::Null => "void",
        };
        let text = format!(
            "Cannot add partition column {} of type {kind} as it cannot be converted to type {}",
            key.name, key.ty
        );
        SkepError::invalid(text)
            .with_code(HiveError::PARTITION_VALUE_TYPE.code, HiveError::PARTITION_VALUE_TYPE.sqlstate)
            .with_span(Some(constant.span.into()))
    })
}

/// The text of a value in the form that its type is written; `None` if it is no value of the type.
pub fn normal_text(given: &str, ty: &HiveType) -> Option<String> {
    let mut out = String::new();
    match ty {
        HiveType::TinyInt => out = given.trim().parse::<i8>().ok()?.to_string(),
        HiveType::SmallInt => out = given.trim().parse::<i16>().ok()?.to_string(),
        HiveType::Int => out = given.trim().parse::<i32>().ok()?.to_string(),
        HiveType::BigInt => out = given.trim().parse::<i64>().ok()?.to_string(),
        HiveType::Float => text::write_float(given.trim().parse().ok()?, &mut out),
        HiveType::Double => text::write_double(given.trim().parse().ok()?, &mut out),
        HiveType::Boolean => match given.to_ascii_lowercase().as_str() {
            "true" => out.push_str("true"),
            "false" => out.push_str("false"),
            _ => return None,
        },
        HiveType::Decimal { precision, scale } => {
            let value = text::parse_decimal(given, *precision, *scale as i8)?;
            text::write_decimal_trimmed(value, *scale as i8, &mut out);
        }
        HiveType::Date => text::write_date(text::parse_date(given)?, &mut out),
        HiveType::Timestamp => text::write_timestamp(text::parse_timestamp(given)?, &mut out),
        HiveType::Varchar(length) => out = given.chars().take(*length as usize).collect(),
        HiveType::Char(length) => {
            let cut: String = given.chars().take(*length as usize).collect();
            out = cut.trim_end_matches(' ').to_string();
        }
        _ => out = given.to_string(),
    }
    Some(out)
}

/// The filter of partitions with these values, where they are given.
pub fn filter_of(table: &Table, values: &[Option<String>]) -> PartitionFilter {
    let parts = values.iter().enumerate().filter_map(|(column, value)| {
        let value = value.as_ref()?;
        Some(if value == DEFAULT_PARTITION {
            PartitionFilter::IsNull { column, negated: false }
        } else {
            PartitionFilter::Compare {
                column,
                op: CompareOp::Eq,
                literal: literal(&table.partition_keys[column].ty, value),
            }
        })
    });
    let parts: Vec<PartitionFilter> = parts.collect();
    if parts.is_empty() { PartitionFilter::All } else { PartitionFilter::And(parts) }
}

fn literal(ty: &HiveType, value: &str) -> PartitionLiteral {
    match value.parse::<i64>() {
        Ok(number) if ty.is_integer() => PartitionLiteral::Integer(number),
        _ => PartitionLiteral::Text(value.to_string()),
    }
}

/// Values of the partitions that satisfy all conditions, in order of their names.
pub fn matching(session: &Session, table: &Table, conditions: &[PartitionCondition]) -> Result<Vec<Vec<String>>> {
    let resolved = resolve(session, table, conditions)?;
    // Equalities go to the catalog, the rest is compared here.
    let mut equal = vec![None; table.partition_keys.len()];
    for (at, operator, value) in &resolved {
        if *operator == ComparisonOperator::Equal {
            equal[*at] = Some(value.clone());
        }
    }
    let filter = filter_of(table, &equal);
    let mut found = session.catalog().partition_values(&table.database, &table.name, &filter, None)?;
    found.retain(|values| all_hold(table, &resolved, values));
    Ok(found)
}

/// Does a partition with these values satisfy all conditions?
pub fn satisfies(
    session: &Session,
    table: &Table,
    conditions: &[PartitionCondition],
    values: &[String],
) -> Result<bool> {
    Ok(all_hold(table, &resolve(session, table, conditions)?, values))
}

/// Conditions by the position of their column, with values in the form of the catalog.
type Resolved = Vec<(usize, ComparisonOperator, String)>;

fn resolve(session: &Session, table: &Table, conditions: &[PartitionCondition]) -> Result<Resolved> {
    let mut resolved = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let name = condition.column.lower();
        let Some(at) = table.partition_keys.iter().position(|key| key.name == name) else {
            let error = SkepError::semantic(HiveError::NOT_A_PARTITION_COLUMN, &name);
            return Err(error.with_span(Some(condition.column.span.into())));
        };
        let value = match condition.operator {
            // A pattern is no value of the column's type.
            ComparisonOperator::Like => condition.value.value.text().unwrap_or_default(),
            _ => value_text(session, &table.partition_keys[at], &condition.value)?,
        };
        resolved.push((at, condition.operator, value));
    }
    Ok(resolved)
}

fn all_hold(table: &Table, resolved: &Resolved, values: &[String]) -> bool {
    let one = |(at, operator, wanted): &(usize, ComparisonOperator, String)| {
        holds(&table.partition_keys[*at].ty, &values[*at], *operator, wanted)
    };
    resolved.iter().all(one)
}

fn holds(ty: &HiveType, value: &str, operator: ComparisonOperator, wanted: &str) -> bool {
    let null = |text: &str| text == DEFAULT_PARTITION;
    if null(value) || null(wanted) {
        // Only `= __HIVE_DEFAULT_PARTITION__` and `<> __HIVE_DEFAULT_PARTITION__` speak of NULL.
        return match operator {
            ComparisonOperator::Equal => value == wanted,
            ComparisonOperator::NotEqual => null(wanted) && !null(value),
            _ => false,
        };
    }
    let order = compare(ty, value, wanted);
    match operator {
        ComparisonOperator::Equal => order.is_eq(),
        ComparisonOperator::NotEqual => order.is_ne(),
        ComparisonOperator::Less => order.is_lt(),
        ComparisonOperator::LessOrEqual => order.is_le(),
        ComparisonOperator::Greater => order.is_gt(),
        ComparisonOperator::GreaterOrEqual => order.is_ge(),
        ComparisonOperator::Like => pattern::matches(wanted, value),
    }
}

/// Order of two values of a partition column.
pub fn compare(ty: &HiveType, left: &str, right: &str) -> Ordering {
    if ty.is_integer()
        && let (Ok(left), Ok(right)) = (left.parse::<i64>(), right.parse::<i64>())
    {
        return left.cmp(&right);
    }
    if matches!(ty, HiveType::Float | HiveType::Double | HiveType::Decimal { .. })
        && let (Ok(left), Ok(right)) = (left.parse::<f64>(), right.parse::<f64>())
    {
        return left.total_cmp(&right);
    }
    left.cmp(right)
}

/// The condition that only the rows of a partition satisfy.
pub fn condition_text(table: &Table, partition: &Partition) -> String {
    let values: Vec<Option<String>> = partition.values.iter().cloned().map(Some).collect();
    values_text(table, &values)
}

/// The condition that only the rows of partitions with these values satisfy; empty where none is given.
pub fn values_text(table: &Table, values: &[Option<String>]) -> String {
    let given = table.partition_keys.iter().zip(values).filter_map(|(key, value)| Some((key, value.as_ref()?)));
    let parts = given.map(|(key, value)| {
        let name = quoted(&key.name);
        if value == DEFAULT_PARTITION {
            return format!("{name} IS NULL");
        }
        let text = value.replace('\\', "\\\\").replace('\'', "\\'");
        match &key.ty {
            ty if ty.is_character() => format!("{name} = '{text}'"),
            ty => format!("{name} = CAST('{text}' AS {ty})"),
        }
    });
    parts.collect::<Vec<_>>().join(" AND ")
}
