//! Values of partition columns and constants, and how they compare.

use std::cmp::Ordering;

use crate::model::{DEFAULT_PARTITION, HiveType};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    /// NULL
    Null,
    /// `boolean`
    Bool(bool),
    /// Whole numbers and decimals: a whole number and how many of its digits are behind the point.
    Number(i128, u32),
    /// `float`, `double`
    Double(f64),
    /// Character types.
    Text(String),
    /// `date`: days since 1970-01-01.
    Date(i64),
    /// `timestamp`: nanoseconds since 1970-01-01 00:00:00.
    Timestamp(i128),
    /// Several as one.
    Struct(Vec<Datum>),
}

const NANOS_A_DAY: i128 = 86_400_000_000_000;

/// Reads the value of a partition as its column's type has it. What is no value of the type is NULL.
pub(crate) fn read_value(ty: &HiveType, text: &str) -> Datum {
    if text == DEFAULT_PARTITION {
        return Datum::Null;
    }
    cast(Datum::Text(text.to_string()), ty)
}

/// A value in another type; NULL where it has none there.
pub(crate) fn cast(value: Datum, ty: &HiveType) -> Datum {
    use HiveType as T;
    let whole = |low: i128, high: i128| match number(&value) {
        Some((digits, scale)) => {
            let number = digits / 10i128.pow(scale);
            if (low..=high).contains(&number) { Datum::Number(number, 0) } else { Datum::Null }
        }
        None => Datum::Null,
    };
    match ty {
        T::Boolean => match &value {
            Datum::Text(text) if text.eq_ignore_ascii_case("true") => Datum::Bool(true),
            Datum::Text(text) if text.eq_ignore_ascii_case("false") => Datum::Bool(false),
            Datum::Bool(it) => Datum::Bool(*it),
            Datum::Number(digits, _) => Datum::Bool(*digits != 0),
            _ => Datum::Null,
        },
        T::TinyInt => whole(i8::MIN.into(), i8::MAX.into()),
        T::SmallInt => whole(i16::MIN.into(), i16::MAX.into()),
        T::Int => whole(i32::MIN.into(), i32::MAX.into()),
        T::BigInt => whole(i64::MIN.into(), i64::MAX.into()),
        T::Float | T::Double => double(&value).map_or(Datum::Null, Datum::Double),
        T::Decimal { .. } => number(&value).map_or(Datum::Null, |(digits, scale)| Datum::Number(digits, scale)),
        T::String | T::Varchar(_) => text(&value).map_or(Datum::Null, Datum::Text),
        T::Char(_) => text(&value).map_or(Datum::Null, |text| Datum::Text(text.trim_end_matches(' ').to_string())),
        T::Date => match &value {
            Datum::Date(_) => value,
            Datum::Timestamp(nanos) => Datum::Date(nanos.div_euclid(NANOS_A_DAY) as i64),
            Datum::Text(text) => read_date(text).map_or(Datum::Null, Datum::Date),
            _ => Datum::Null,
        },
        T::Timestamp => match &value {
            Datum::Timestamp(_) => value,
            Datum::Date(days) => Datum::Timestamp(i128::from(*days) * NANOS_A_DAY),
            Datum::Text(text) => read_timestamp(text).map_or(Datum::Null, Datum::Timestamp),
            _ => Datum::Null,
        },
        _ => Datum::Null,
    }
}

/// A value as a decimal of at most 38 digits.
fn number(value: &Datum) -> Option<(i128, u32)> {
    match value {
        Datum::Number(digits, scale) => Some((*digits, *scale)),
        Datum::Double(number) if number.abs() < 1e18 => Some((number.trunc() as i128, 0)),
        Datum::Bool(it) => Some((i128::from(*it), 0)),
        Datum::Text(text) => {
            let text = text.trim();
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let digits = whole.trim_start_matches(['-', '+']).len() + fraction.len();
            let plain = fraction.bytes().all(|byte| byte.is_ascii_digit());
            if digits == 0 || digits > 38 || !plain {
                return None;
            }
            let scale = u32::try_from(fraction.len()).ok()?;
            Some((format!("{whole}{fraction}").parse().ok()?, scale))
        }
        _ => None,
    }
}

fn double(value: &Datum) -> Option<f64> {
    match value {
        Datum::Double(number) => Some(*number),
        Datum::Number(digits, scale) => format!("{digits}e-{scale}").parse().ok(),
        Datum::Bool(it) => Some(f64::from(*it)),
        Datum::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn text(value: &Datum) -> Option<String> {
    match value {
        Datum::Text(text) => Some(text.clone()),
        Datum::Bool(it) => Some(if *it { "TRUE" } else { "FALSE" }.to_string()),
        Datum::Number(digits, 0) => Some(digits.to_string()),
        Datum::Date(days) => {
            let (year, month, day) = civil(*days);
            Some(format!("{year:04}-{month:02}-{day:02}"))
        }
        _ => None,
    }
}

/// The order of two values; none where one of them is NULL, and where they are of kinds that do not compare. Text is
/// compared with another kind in that kind.
pub(crate) fn compare(one: &Datum, other: &Datum) -> Option<Ordering> {
    use Datum as D;
    match (one, other) {
        (D::Text(one), D::Text(other)) => Some(one.cmp(other)),
        (D::Bool(one), D::Bool(other)) => Some(one.cmp(other)),
        (D::Date(one), D::Date(other)) => Some(one.cmp(other)),
        (D::Timestamp(one), D::Timestamp(other)) => Some(one.cmp(other)),
        (D::Number(one, scale), D::Number(other, other_scale)) => {
            compare_numbers((*one, *scale), (*other, *other_scale))
        }
        (D::Double(_) | D::Number(..), D::Double(_) | D::Number(..)) => double(one)?.partial_cmp(&double(other)?),
        (D::Text(_), D::Double(_) | D::Number(..)) | (D::Double(_) | D::Number(..), D::Text(_)) => {
            double(one)?.partial_cmp(&double(other)?)
        }
        (D::Text(_), D::Bool(_)) => compare(&cast(one.clone(), &HiveType::Boolean), other),
        (D::Date(_) | D::Text(_), D::Timestamp(_)) => compare(&cast(one.clone(), &HiveType::Timestamp), other),
        (D::Text(_), D::Date(_)) => compare(&cast(one.clone(), &HiveType::Date), other),
        (D::Bool(_) | D::Date(_) | D::Timestamp(_), D::Text(_)) | (D::Timestamp(_), D::Date(_)) => {
            compare(other, one).map(Ordering::reverse)
        }
        (D::Struct(one), D::Struct(other)) if one.len() == other.len() => {
            let mut orders = one.iter().zip(other).map(|(one, other)| compare(one, other));
            orders.try_fold(Ordering::Equal, |order, next| Some(order.then(next?)))
        }
        _ => None,
    }
}

fn compare_numbers(one: (i128, u32), other: (i128, u32)) -> Option<Ordering> {
    let scale = one.1.max(other.1);
    let raise = |(digits, own): (i128, u32)| digits.checked_mul(10i128.checked_pow(scale - own)?);
    match (raise(one), raise(other)) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => double(&Datum::Number(one.0, one.1))?.partial_cmp(&double(&Datum::Number(other.0, other.1))?),
    }
}

/// Days since 1970-01-01 of a day of the calendar (proleptic Gregorian), if it is one.
pub(crate) fn days(year: i64, month: u8, day: u8) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > length || year.abs() > 1_000_000 {
        return None;
    }
    let (month, day) = (i64::from(month), i64::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The day of the calendar of so many days since 1970-01-01.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Reads `2024-02-29`, with anything behind a blank or a `T`.
pub(crate) fn read_date(text: &str) -> Option<i64> {
    let text = text.trim();
    let date = text.split([' ', 'T']).next()?;
    let mut parts = date.splitn(3, '-');
    let mut next = || parts.next().filter(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let (year, month, day) = (next()?, next()?, next()?);
    days(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Reads `2024-02-29 12:34:56.789`; the time may be left out.
pub(crate) fn read_timestamp(text: &str) -> Option<i128> {
    let text = text.trim();
    let days = i128::from(read_date(text)?);
    let Some((_, time)) = text.split_once([' ', 'T']) else { return Some(days * NANOS_A_DAY) };
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = time.splitn(3, ':');
    let mut next = |below: i128| {
        let part = parts.next().unwrap_or("0");
        let number: u32 = part.parse().ok()?;
        (i128::from(number) < below).then_some(i128::from(number))
    };
    let seconds = (next(24)? * 60 + next(60)?) * 60 + next(60)?;
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: i128 = format!("{fraction:0<9}").parse().ok()?;
    Some(days * NANOS_A_DAY + seconds * 1_000_000_000 + nanos)
}
