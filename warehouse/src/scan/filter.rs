//! Conditions on partition columns, in the form in which the catalog can evaluate them.

use chrono::NaiveDate;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use skep_metastore::model::{CompareOp, DEFAULT_PARTITION, FieldSchema, HiveType, PartitionFilter, PartitionLiteral};

/// A condition that holds for at least the partitions for which `expr` holds. What the catalog cannot evaluate just
/// as Hive does is [`PartitionFilter::All`]; the caller tries the partitions that come back against `expr` itself.
pub(super) fn partition_filter(expr: &Expr, keys: &[FieldSchema]) -> PartitionFilter {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            all_of([partition_filter(left, keys), partition_filter(right, keys)])
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            any_of([partition_filter(left, keys), partition_filter(right, keys)])
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let Some(op) = compare_op(*op) else { return PartitionFilter::All };
            compare(left, op, right, keys)
                .or_else(|| compare(right, mirror(op), left, keys))
                .unwrap_or(PartitionFilter::All)
        }
        Expr::Between(between) if !between.negated => {
            let bound = |op, bound: &Expr| compare(&between.expr, op, bound, keys).unwrap_or(PartitionFilter::All);
            all_of([bound(CompareOp::GtEq, &between.low), bound(CompareOp::LtEq, &between.high)])
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let Some((column, ty)) = key(expr, keys) else { return PartitionFilter::All };
            match list.iter().map(|item| literal(item, ty)).collect::<Option<Vec<_>>>() {
                Some(literals) => {
                    let default = literals.iter().any(|item| *item == PartitionLiteral::Text(DEFAULT_PARTITION.into()));
                    or_default(PartitionFilter::In { column, literals }, column, default)
                }
                None => PartitionFilter::All,
            }
        }
        Expr::IsNotNull(expr) => match key(expr, keys) {
            Some((_, ty)) if ty.is_character() => PartitionFilter::All,
            Some((column, _)) => PartitionFilter::IsNull { column, negated: true },
            None => PartitionFilter::All,
        },
        // Of other types, a value that cannot be read is NULL too.
        Expr::IsNull(expr) => match key(expr, keys) {
            Some((column, HiveType::String | HiveType::Varchar(_))) => {
                PartitionFilter::IsNull { column, negated: false }
            }
            _ => PartitionFilter::All,
        },
        _ => PartitionFilter::All,
    }
}

/// The conjunction; parts that say nothing are left out.
pub(super) fn all_of(filters: impl IntoIterator<Item = PartitionFilter>) -> PartitionFilter {
    let mut parts = Vec::new();
    for filter in filters {
        match filter {
            PartitionFilter::All => {}
            PartitionFilter::And(inner) => parts.extend(inner),
            other => parts.push(other),
        }
    }
    match parts.len() {
        0 => PartitionFilter::All,
        1 => parts.remove(0),
        _ => PartitionFilter::And(parts),
    }
}

fn any_of(filters: [PartitionFilter; 2]) -> PartitionFilter {
    let mut parts = Vec::new();
    for filter in filters {
        match filter {
            PartitionFilter::All => return PartitionFilter::All,
            PartitionFilter::Or(inner) => parts.extend(inner),
            other => parts.push(other),
        }
    }
    PartitionFilter::Or(parts)
}

fn compare(column: &Expr, op: CompareOp, value: &Expr, keys: &[FieldSchema]) -> Option<PartitionFilter> {
    let (column, ty) = key(column, keys)?;
    let literal = literal(value, ty)?;
    // The catalog takes the default partition for NULL; in a column of text its name is a value.
    let default = match &literal {
        PartitionLiteral::Text(text) if ty.is_character() => holds(DEFAULT_PARTITION, op, text),
        _ => false,
    };
    Some(or_default(PartitionFilter::Compare { column, op, literal }, column, default))
}

fn or_default(filter: PartitionFilter, column: usize, default: bool) -> PartitionFilter {
    if !default {
        return filter;
    }
    PartitionFilter::Or(vec![filter, PartitionFilter::IsNull { column, negated: false }])
}

fn holds(left: &str, op: CompareOp, right: &str) -> bool {
    match op {
        CompareOp::Eq => left == right,
        CompareOp::NotEq => left != right,
        CompareOp::Lt => left < right,
        CompareOp::LtEq => left <= right,
        CompareOp::Gt => left > right,
        CompareOp::GtEq => left >= right,
    }
}

/// The partition column that an expression is. A cast to a wider integer does not change a value.
fn key<'a>(expr: &Expr, keys: &'a [FieldSchema]) -> Option<(usize, &'a HiveType)> {
    match expr {
        Expr::Column(column) => {
            let at = keys.iter().position(|key| key.name == column.name)?;
            Some((at, &keys[at].ty))
        }
        Expr::Cast(cast) => {
            let found = key(&cast.expr, keys)?;
            let from = crate::types::arrow_type(found.1);
            let to = cast.field.data_type();
            let widens =
                from.is_signed_integer() && to.is_signed_integer() && from.primitive_width() <= to.primitive_width();
            widens.then_some(found)
        }
        _ => None,
    }
}

/// A constant in the form in which values of the type are compared by the catalog; `None` for types whose values have
/// more than one written form.
fn literal(expr: &Expr, ty: &HiveType) -> Option<PartitionLiteral> {
    let Expr::Literal(value, _) = expr else { return None };
    match (ty, value) {
        (HiveType::String | HiveType::Varchar(_), ScalarValue::Utf8(Some(text))) => {
            Some(PartitionLiteral::Text(text.clone()))
        }
        (HiveType::Date, ScalarValue::Date32(Some(days))) => {
            let date = NaiveDate::from_epoch_days(*days)?;
            Some(PartitionLiteral::Text(date.format("%Y-%m-%d").to_string()))
        }
        (HiveType::TinyInt | HiveType::SmallInt | HiveType::Int | HiveType::BigInt, value) => {
            let number = match value {
                ScalarValue::Int8(Some(n)) => i64::from(*n),
                ScalarValue::Int16(Some(n)) => i64::from(*n),
                ScalarValue::Int32(Some(n)) => i64::from(*n),
                ScalarValue::Int64(Some(n)) => *n,
                _ => return None,
            };
            Some(PartitionLiteral::Integer(number))
        }
        _ => None,
    }
}

fn compare_op(op: Operator) -> Option<CompareOp> {
    match op {
        Operator::Eq => Some(CompareOp::Eq),
        Operator::NotEq => Some(CompareOp::NotEq),
        Operator::Lt => Some(CompareOp::Lt),
        Operator::LtEq => Some(CompareOp::LtEq),
        Operator::Gt => Some(CompareOp::Gt),
        Operator::GtEq => Some(CompareOp::GtEq),
        _ => None,
    }
}

fn mirror(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::LtEq => CompareOp::GtEq,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::GtEq => CompareOp::LtEq,
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{cast, col, lit};

    use super::*;

    fn filter(expr: &Expr) -> PartitionFilter {
        let key = |name: &str, ty| FieldSchema { name: name.into(), ty, comment: None };
        let keys =
            [key("s", HiveType::String), key("n", HiveType::Int), key("d", HiveType::Date), key("x", HiveType::Double)];
        partition_filter(expr, &keys)
    }

    fn compare(column: usize, op: CompareOp, literal: PartitionLiteral) -> PartitionFilter {
        PartitionFilter::Compare { column, op, literal }
    }

    #[test]
    fn what_the_catalog_can_evaluate() {
        use arrow::datatypes::DataType;
        let five = || compare(1, CompareOp::Gt, PartitionLiteral::Integer(5));
        assert_eq!(filter(&col("n").gt(lit(5i32))), five());
        assert_eq!(filter(&lit(5i32).lt(col("n"))), five());
        assert_eq!(filter(&cast(col("n"), DataType::Int64).gt(lit(5i64))), five());
        assert_eq!(filter(&cast(col("n"), DataType::Float64).gt(lit(5f64))), PartitionFilter::All);
        assert_eq!(filter(&col("x").gt(lit(5f64))), PartitionFilter::All);
        let date = lit(ScalarValue::Date32(Some(0)));
        let day = PartitionLiteral::Text("1970-01-01".into());
        assert_eq!(filter(&col("d").eq(date)), compare(2, CompareOp::Eq, day));
        let text = |text: &str| PartitionLiteral::Text(text.into());
        assert_eq!(
            filter(&col("s").in_list(vec![lit("a"), lit("b")], false)),
            PartitionFilter::In { column: 0, literals: vec![text("a"), text("b")] }
        );
        assert_eq!(filter(&col("s").in_list(vec![lit("a")], true)), PartitionFilter::All);
        // A part that cannot be translated falls out of a conjunction, and takes a disjunction with it.
        assert_eq!(filter(&col("n").gt(lit(5i32)).and(col("x").gt(lit(1f64)))), five());
        assert_eq!(filter(&col("n").gt(lit(5i32)).or(col("x").gt(lit(1f64)))), PartitionFilter::All);
        assert_eq!(
            filter(&col("n").gt(lit(5i32)).or(col("s").is_null())),
            PartitionFilter::Or(vec![five(), PartitionFilter::IsNull { column: 0, negated: false }])
        );
        assert_eq!(filter(&col("n").is_null()), PartitionFilter::All);
        assert_eq!(filter(&col("n").is_not_null()), PartitionFilter::IsNull { column: 1, negated: true });
    }
}
