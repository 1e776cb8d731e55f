//! Constants.

use chrono::{Offset, TimeZone};
use datafusion::common::ScalarValue;
use skep_metastore::model::HiveType;
use skep_udf::text;
use sqlparser::ast::{TypedString, Value, ValueWithSpan};

use super::Clause;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::Typed;
use crate::parser::ast::query::hive_type;

/// A constant of the text.
pub(super) fn value(value: &ValueWithSpan) -> Result<Typed> {
    match &value.value {
        Value::Number(text, _) => number(text).ok_or_else(|| {
            AnalyzeError::at(ErrorCode::InvalidNumber, value.span, format!("Invalid numerical constant '{text}'"))
        }),
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => Ok(Typed::string(text)),
        Value::Boolean(value) => Ok(Typed::literal(ScalarValue::Boolean(Some(*value)), HiveType::Boolean)),
        Value::Null => Ok(Typed::null()),
        other => Err(AnalyzeError::unsupported(format!("the constant {other}"), Some(value.span))),
    }
}

/// `int` where it fits, else `bigint`, else decimal; `double` with an exponent (`ExprFactory.createConstantExpr`).
pub(crate) fn number(text: &str) -> Option<Typed> {
    if let Ok(value) = text.parse::<i32>() {
        return Some(Typed::int(value));
    }
    if let Ok(value) = text.parse::<i64>() {
        return Some(Typed::literal(ScalarValue::Int64(Some(value)), HiveType::BigInt));
    }
    if !text.contains(['e', 'E'])
        && let Some(decimal) = decimal(text)
    {
        return Some(decimal);
    }
    let value: f64 = text.parse().ok()?;
    Some(Typed::literal(ScalarValue::Float64(Some(value)), HiveType::Double))
}

/// The constant of a number that may have a minus.
pub(crate) fn signed_number(text: &str) -> Option<Typed> {
    match text.strip_prefix('-') {
        None => number(text),
        // Digits that only fit with their minus are met in partition values.
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => number(text),
        Some(_) => None,
    }
}

/// The decimal constant of a text like `-12.50`, of the smallest type that holds it: zeros at the end of the fraction
/// do not count, as in Hive.
pub(crate) fn decimal(text: &str) -> Option<Typed> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (precision, scale) = ((whole.len() + fraction.len()).max(1), fraction.len());
    if precision > 38 {
        return None;
    }
    let value: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let value = if negative { -value } else { value };
    let ty = HiveType::Decimal { precision: precision as u8, scale: scale as u8 };
    Some(Typed::literal(ScalarValue::Decimal128(Some(value), precision as u8, scale as i8), ty))
}

impl Clause<'_> {
    /// `DATE '…'`, `TIMESTAMP '…'`, `TIMESTAMPLOCALTZ '…'`
    pub(super) fn typed_string(&self, literal: &TypedString) -> Result<Typed> {
        let ty =
            hive_type(&literal.data_type).map_err(|error| AnalyzeError::new(ErrorCode::Semantic, error.to_string()))?;
        let Some(value) = literal.value.value.clone().into_string() else {
            return Err(AnalyzeError::unsupported(format!("the constant {literal}"), Some(literal.value.span)));
        };
        let constant = match ty {
            HiveType::Date => text::parse_date(value.trim()).map(|days| ScalarValue::Date32(Some(days))),
            HiveType::Timestamp => {
                text::parse_timestamp(value.trim()).map(|micros| ScalarValue::TimestampMicrosecond(Some(micros), None))
            }
            HiveType::TimestampLocalTz => self.local_timestamp(value.trim()),
            _ => return Typed::string(value).cast_to(&ty),
        };
        match constant {
            Some(constant) => Ok(Typed::literal(constant, ty)),
            None => Err(AnalyzeError::at(
                ErrorCode::Semantic,
                literal.value.span,
                format!("Unable to convert time literal '{value}' to time value."),
            )),
        }
    }

    fn local_timestamp(&self, value: &str) -> Option<ScalarValue> {
        let micros = text::parse_timestamp_tz(value, self.planner.time_zone()?)?;
        Some(ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into())))
    }

    /// `current_timestamp`: the moment the statement began, in the session's zone.
    pub(super) fn current_timestamp(&self) -> Typed {
        let now = self.planner.context.now();
        let offset = self.planner.context.time_zone().offset_from_utc_datetime(&now.naive_utc()).fix();
        let micros = now.timestamp_micros() + i64::from(offset.local_minus_utc()) * 1_000_000;
        Typed::literal(ScalarValue::TimestampMicrosecond(Some(micros), None), HiveType::Timestamp)
    }

    /// `current_date`: the same day for the whole statement.
    pub(super) fn current_date(&self) -> Typed {
        let now = self.planner.context.now().with_timezone(&self.planner.context.time_zone());
        let epoch = chrono::NaiveDate::default();
        let days = (now.date_naive() - epoch).num_days() as i32;
        Typed::literal(ScalarValue::Date32(Some(days)), HiveType::Date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_numbers_as_hive_does() {
        for (text, ty) in [
            ("1", "int"),
            ("2147483648", "bigint"),
            ("9223372036854775808", "decimal(19,0)"),
            ("1.5", "decimal(2,1)"),
            ("1.50", "decimal(2,1)"),
            ("0.05", "decimal(2,2)"),
            ("0.0", "decimal(1,0)"),
            (".5", "decimal(1,1)"),
            ("1e3", "double"),
        ] {
            assert_eq!(number(text).unwrap().ty.to_string(), ty, "{text}");
        }
        assert_eq!(number("x"), None);
    }
}
