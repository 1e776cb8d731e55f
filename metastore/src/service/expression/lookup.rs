//! What of a condition a store can look up itself.

use super::{Datum, Expr, Function};
use crate::model::{CompareOp, FieldSchema, HiveType, PartitionFilter, PartitionLiteral};

/// The filter that every partition satisfies of which the condition holds or may hold, and whether it is no wider than
/// that: then nothing is left to evaluate.
pub(crate) fn lookup(condition: &Expr, keys: &[FieldSchema]) -> (PartitionFilter, bool) {
    convert(condition, keys).unwrap_or((PartitionFilter::All, false))
}

fn convert(condition: &Expr, keys: &[FieldSchema]) -> Option<(PartitionFilter, bool)> {
    let Expr::Call(function, arguments) = condition else { return None };
    match function {
        Function::And => {
            let parts: Vec<_> = arguments.iter().map(|part| convert(part, keys)).collect();
            let exact = parts.iter().all(|part| matches!(part, Some((_, true))));
            let known: Vec<PartitionFilter> = parts.into_iter().flatten().map(|(filter, _)| filter).collect();
            (!known.is_empty()).then_some((PartitionFilter::And(known), exact))
        }
        Function::Or => {
            let parts: Vec<_> = arguments.iter().map(|part| convert(part, keys)).collect::<Option<_>>()?;
            let exact = parts.iter().all(|(_, exact)| *exact);
            Some((PartitionFilter::Or(parts.into_iter().map(|(filter, _)| filter).collect()), exact))
        }
        Function::Compare(op) => {
            let (column, op, constant) = match arguments.as_slice() {
                [Expr::Column(column), Expr::Constant(constant)] => (*column, *op, constant),
                [Expr::Constant(constant), Expr::Column(column)] => (*column, turned(*op), constant),
                _ => return None,
            };
            let literal = literal(keys.get(column)?, constant)?;
            Some((PartitionFilter::Compare { column, op, literal }, true))
        }
        Function::In => {
            let (Expr::Column(column), constants) = arguments.split_first()? else { return None };
            let key = keys.get(*column)?;
            let literals = constants
                .iter()
                .map(|constant| match constant {
                    Expr::Constant(constant) => literal(key, constant),
                    _ => None,
                })
                .collect::<Option<_>>()?;
            Some((PartitionFilter::In { column: *column, literals }, true))
        }
        Function::Between => {
            let [it, low, high] = arguments.as_slice() else { return None };
            let side = |op, bound: &Expr| Expr::Call(Function::Compare(op), vec![it.clone(), bound.clone()]);
            let both = vec![side(CompareOp::GtEq, low), side(CompareOp::LtEq, high)];
            convert(&Expr::Call(Function::And, both), keys)
        }
        Function::IsNull => match arguments.as_slice() {
            // The store also takes what is no value of the column's type for NULL, as reading it does.
            [Expr::Column(column)] => Some((PartitionFilter::IsNull { column: *column, negated: false }, false)),
            _ => None,
        },
        _ => None,
    }
}

/// The operator with its sides exchanged.
fn turned(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::LtEq => CompareOp::GtEq,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::GtEq => CompareOp::LtEq,
        same => same,
    }
}

/// A constant that a store compares with the column as it is evaluated here.
fn literal(key: &FieldSchema, constant: &Datum) -> Option<PartitionLiteral> {
    match (&key.ty, constant) {
        (ty, Datum::Number(number, 0)) if ty.is_integer() => {
            Some(PartitionLiteral::Integer(i64::try_from(*number).ok()?))
        }
        (HiveType::String | HiveType::Varchar(_), Datum::Text(text)) => Some(PartitionLiteral::Text(text.clone())),
        _ => None,
    }
}
