//! Evaluating a condition over the values of one partition (`PartitionPruner.prunePartitionNames` of Hive).

use super::datum::{cast, compare};
use super::{Datum, Expr, Function, regex};

/// What a condition says of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It may: something in it cannot be evaluated, or is NULL although no value of the partition is.
    Unknown,
}

/// Something cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open;

/// What a condition says of a partition with these values.
pub(crate) fn verdict(condition: &Expr, values: &[Datum]) -> Verdict {
    match value(condition, values) {
        Ok(Datum::Bool(true)) => Verdict::Yes,
        Ok(Datum::Bool(false)) => Verdict::No,
        // NULL because of a value that is NULL is not true; another NULL stands for what the client did not send.
        Ok(Datum::Null) if values.contains(&Datum::Null) => Verdict::No,
        _ => Verdict::Unknown,
    }
}

fn value(expr: &Expr, values: &[Datum]) -> Result<Datum, Open> {
    match expr {
        Expr::Column(at) => values.get(*at).cloned().ok_or(Open),
        Expr::Constant(datum) => Ok(datum.clone()),
        Expr::Call(function, arguments) => call(function, arguments, values),
        Expr::Unknown => Err(Open),
    }
}

fn call(function: &Function, arguments: &[Expr], values: &[Datum]) -> Result<Datum, Open> {
    let argument = |at: usize| value(arguments.get(at).ok_or(Open)?, values);
    match function {
        Function::And => connect(arguments, values, false),
        Function::Or => connect(arguments, values, true),
        Function::Not => Ok(match argument(0)? {
            Datum::Bool(it) => Datum::Bool(!it),
            _ => Datum::Null,
        }),
        Function::Compare(op) => {
            let order = ordered(&argument(0)?, &argument(1)?)?;
            Ok(order.map_or(Datum::Null, |order| Datum::Bool(op.holds(order))))
        }
        Function::NullSafeEqual => {
            let (one, other) = (argument(0)?, argument(1)?);
            if one == Datum::Null || other == Datum::Null {
                return Ok(Datum::Bool(one == other));
            }
            Ok(Datum::Bool(ordered(&one, &other)?.is_some_and(std::cmp::Ordering::is_eq)))
        }
        Function::In => {
            let wanted = argument(0)?;
            if wanted == Datum::Null {
                return Ok(Datum::Null);
            }
            let mut null = false;
            for other in arguments.iter().skip(1) {
                match ordered(&wanted, &value(other, values)?)? {
                    Some(order) if order.is_eq() => return Ok(Datum::Bool(true)),
                    Some(_) => {}
                    None => null = true,
                }
            }
            Ok(if null { Datum::Null } else { Datum::Bool(false) })
        }
        Function::Between => {
            let (it, low, high) = (argument(0)?, argument(1)?, argument(2)?);
            let (low, high) = (ordered(&it, &low)?, ordered(&it, &high)?);
            Ok(match (low, high) {
                (Some(low), Some(high)) => Datum::Bool(low.is_ge() && high.is_le()),
                (Some(order), None) if order.is_lt() => Datum::Bool(false),
                (None, Some(order)) if order.is_gt() => Datum::Bool(false),
                _ => Datum::Null,
            })
        }
        Function::IsNull => Ok(Datum::Bool(argument(0)? == Datum::Null)),
        Function::Like | Function::Matches | Function::Finds => matches(function, argument(0)?, argument(1)?),
        Function::Cast(ty) => Ok(cast(argument(0)?, ty)),
        Function::Lower => letters(argument(0)?, |text| text.to_lowercase()),
        Function::Upper => letters(argument(0)?, |text| text.to_uppercase()),
        Function::Concat => {
            let mut all = String::new();
            for at in 0..arguments.len() {
                match cast(argument(at)?, &crate::model::HiveType::String) {
                    Datum::Text(text) => all.push_str(&text),
                    Datum::Null => return Ok(Datum::Null),
                    _ => return Err(Open),
                }
            }
            Ok(Datum::Text(all))
        }
        Function::Struct => {
            arguments.iter().map(|argument| value(argument, values)).collect::<Result<_, _>>().map(Datum::Struct)
        }
    }
}

/// The order of two values. That of kinds which do not compare is open; NULL has none.
fn ordered(one: &Datum, other: &Datum) -> Result<Option<std::cmp::Ordering>, Open> {
    if *one == Datum::Null || *other == Datum::Null {
        return Ok(None);
    }
    match compare(one, other) {
        Some(order) => Ok(Some(order)),
        // Text that is no value of the other's kind is NULL there.
        None if matches!((one, other), (Datum::Text(_), _) | (_, Datum::Text(_))) => Ok(None),
        None => Err(Open),
    }
}

/// `AND` (`wins` is false) and `OR` (`wins` is true) over values of which some may be NULL or open.
fn connect(arguments: &[Expr], values: &[Datum], wins: bool) -> Result<Datum, Open> {
    let (mut open, mut null) = (false, false);
    for argument in arguments {
        match value(argument, values) {
            Ok(Datum::Bool(it)) if it == wins => return Ok(Datum::Bool(wins)),
            Ok(Datum::Bool(_)) => {}
            Ok(Datum::Null) => null = true,
            _ => open = true,
        }
    }
    match (open, null) {
        (true, _) => Err(Open),
        (false, true) => Ok(Datum::Null),
        (false, false) => Ok(Datum::Bool(!wins)),
    }
}

fn letters(value: Datum, change: fn(&str) -> String) -> Result<Datum, Open> {
    match value {
        Datum::Text(text) => Ok(Datum::Text(change(&text))),
        Datum::Null => Ok(Datum::Null),
        _ => Err(Open),
    }
}

fn matches(function: &Function, text: Datum, pattern: Datum) -> Result<Datum, Open> {
    let text = cast(text, &crate::model::HiveType::String);
    let (text, pattern) = match (text, pattern) {
        (Datum::Text(text), Datum::Text(pattern)) => (text, pattern),
        (Datum::Null, _) | (_, Datum::Null) => return Ok(Datum::Null),
        _ => return Err(Open),
    };
    let compiled = match function {
        Function::Like => regex::compile_like(&pattern),
        Function::Matches => regex::compile_whole(&pattern),
        _ => regex::compile(&pattern),
    };
    Ok(Datum::Bool(compiled.map_err(|_| Open)?.is_match(&text)))
}
