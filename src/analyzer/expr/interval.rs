//! `INTERVAL '…' unit`.

use datafusion::common::ScalarValue;
use skep_metastore::model::HiveType;
use sqlparser::ast::{DateTimeField, Interval};

use super::Clause;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::Typed;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

impl Clause<'_> {
    /// An interval: `interval_year_month` or `interval_day_time` by its unit.
    pub(super) fn interval(&self, interval: &Interval) -> Result<Typed> {
        let value = self.expr(&interval.value)?;
        let Some(text) = value.constant().filter(|v| !v.is_null()).map(ToString::to_string) else {
            let Some(unit) = unit_name(interval) else {
                return Err(AnalyzeError::unsupported("an INTERVAL of this unit that is no constant", None));
            };
            return self.call("internal_interval", vec![Typed::string(unit), value]);
        };
        let Some(unit) = &interval.leading_field else {
            return Err(AnalyzeError::unsupported("an INTERVAL without a unit", None));
        };
        let invalid = || {
            AnalyzeError::new(ErrorCode::Semantic, format!("Invalid interval literal '{text}'"))
                .with_hint("intervals look like INTERVAL '1-2' YEAR TO MONTH, INTERVAL '1 12:30:00' DAY TO SECOND")
        };
        let text = text.trim();
        match (unit, &interval.last_field) {
            (DateTimeField::Year | DateTimeField::Years, Some(DateTimeField::Month | DateTimeField::Months)) => {
                months(year_to_month(text).ok_or_else(invalid)?)
            }
            (DateTimeField::Day | DateTimeField::Days, Some(DateTimeField::Second | DateTimeField::Seconds)) => {
                duration(day_to_second(text).ok_or_else(invalid)?)
            }
            (unit, None) => single(unit, text).ok_or_else(invalid)?,
            (from, Some(to)) => Err(AnalyzeError::unsupported(format!("INTERVAL … {from} TO {to}"), None)),
        }
    }
}

/// The name that `internal_interval` has for a unit.
fn unit_name(interval: &Interval) -> Option<&'static str> {
    use DateTimeField as F;
    Some(match (interval.leading_field.as_ref()?, &interval.last_field) {
        (F::Year | F::Years, Some(F::Month | F::Months)) => "year_month",
        (F::Day | F::Days, Some(F::Second | F::Seconds)) => "day_time",
        (F::Year | F::Years, None) => "year",
        (F::Month | F::Months, None) => "month",
        (F::Day | F::Days, None) => "day",
        (F::Hour | F::Hours, None) => "hour",
        (F::Minute | F::Minutes, None) => "minute",
        (F::Second | F::Seconds, None) => "second",
        _ => return None,
    })
}

fn months(value: i32) -> Result<Typed> {
    Ok(Typed::literal(ScalarValue::IntervalYearMonth(Some(value)), HiveType::IntervalYearMonth))
}

fn duration(micros: i64) -> Result<Typed> {
    Ok(Typed::literal(ScalarValue::DurationMicrosecond(Some(micros)), HiveType::IntervalDayTime))
}

/// `INTERVAL '3' DAY`; `None` where the text is no number, or the value too large.
fn single(unit: &DateTimeField, text: &str) -> Option<Result<Typed>> {
    use DateTimeField as F;
    let whole = || text.parse::<i64>().ok();
    let in_months = |factor: i64| Some(months(whole()?.checked_mul(factor)?.try_into().ok()?));
    let in_micros = |factor: i64| Some(duration(whole()?.checked_mul(factor)?));
    match unit {
        F::Year | F::Years => in_months(12),
        F::Quarter => in_months(3),
        F::Month | F::Months => in_months(1),
        F::Week(None) | F::Weeks => in_micros(7 * DAY),
        F::Day | F::Days => in_micros(DAY),
        F::Hour | F::Hours => in_micros(3600 * SECOND),
        F::Minute | F::Minutes => in_micros(60 * SECOND),
        F::Second | F::Seconds => Some(duration(seconds(text)?)),
        other => Some(Err(AnalyzeError::unsupported(format!("INTERVAL … {other}"), None))),
    }
}

/// `12.5` as microseconds; digits behind the sixth are cut.
fn seconds(text: &str) -> Option<i64> {
    let (negative, digits) = sign(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let micros = whole.checked_mul(SECOND)?.checked_add(fraction.parse().ok()?)?;
    Some(if negative { -micros } else { micros })
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn year_to_month(text: &str) -> Option<i32> {
    let (negative, rest) = sign(text);
    let (years, months) = rest.split_once('-')?;
    let (years, months): (i32, i32) = (years.parse().ok()?, months.parse().ok()?);
    if !(0..12).contains(&months) {
        return None;
    }
    let total = years.checked_mul(12)?.checked_add(months)?;
    Some(if negative { -total } else { total })
}

fn day_to_second(text: &str) -> Option<i64> {
    let (negative, rest) = sign(text);
    let (days, time) = rest.split_once(' ')?;
    let mut parts = time.trim().splitn(3, ':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let rest = seconds(parts.next().unwrap_or("0"))?;
    if !(0..24).contains(&hours) || !(0..60).contains(&minutes) || !(0..60 * SECOND).contains(&rest) {
        return None;
    }
    let days: i64 = days.parse().ok()?;
    let total = days.checked_mul(DAY)?.checked_add((hours * 60 + minutes) * 60 * SECOND + rest)?;
    Some(if negative { -total } else { total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_intervals() {
        assert_eq!(year_to_month("1-2"), Some(14));
        assert_eq!(year_to_month("-1-2"), Some(-14));
        assert_eq!(year_to_month("1-12"), None);
        assert_eq!(day_to_second("1 2:3:4.5"), Some(DAY + ((2 * 60 + 3) * 60 + 4) * SECOND + 500_000));
        assert_eq!(day_to_second("1 25:0:0"), None);
        assert_eq!(seconds("-1.5"), Some(-1_500_000));
    }
}
