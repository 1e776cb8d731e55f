//! Dates, timestamps and intervals.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{
    DataType, Date32Type, DurationMicrosecondType, Int32Type, IntervalUnit, IntervalYearMonthType,
    TimestampMicrosecondType,
};
use datafusion_expr::ColumnarValue;

use super::kernel::{Operand, binary};
use crate::coercion::{ArithmeticOp, no_matching_method};
use crate::error::Result;
use crate::text::{civil_from_days, days_from_civil, days_in_month};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A day moved on by months; the last day of the month where there is none of that number (`DateTimeMath.addMonths`).
pub(crate) fn add_months_to_days(days: i64, months: i64) -> i64 {
    let (year, month, day) = civil_from_days(days);
    let total = year * 12 + i64::from(month) - 1 + months;
    let (year, month) = (total.div_euclid(12), (total.rem_euclid(12) + 1) as u32);
    days_from_civil(year, month, day.min(days_in_month(year, month)))
}

fn add_months_to_date(days: i32, months: i32) -> Option<i32> {
    add_months_to_days(days.into(), months.into()).try_into().ok()
}

fn add_months_to_timestamp(micros: i64, months: i32) -> Option<i64> {
    let days = add_months_to_days(micros.div_euclid(MICROS_PER_DAY), months.into());
    days.checked_mul(MICROS_PER_DAY)?.checked_add(micros.rem_euclid(MICROS_PER_DAY))
}

/// `left op right` for the type pairs that `coercion::arithmetic` gives; `None` where neither side is temporal.
pub(super) fn evaluate(
    op: ArithmeticOp,
    left: &ColumnarValue,
    right: &ColumnarValue,
    rows: usize,
) -> Result<Option<ArrayRef>> {
    use DataType::{Date32, Duration, Int32, Interval, Timestamp};
    const YEAR_MONTH: IntervalUnit = IntervalUnit::YearMonth;
    let plus = op == ArithmeticOp::Add;
    // The months, days and microseconds that are added are negated for a subtraction.
    let months = move |months: i32| if plus { Some(months) } else { months.checked_neg() };
    let micros = move |micros: i64| if plus { Some(micros) } else { micros.checked_neg() };
    let (lt, rt) = (left.data_type(), right.data_type());
    let result: ArrayRef = match (&lt, &rt) {
        (Interval(YEAR_MONTH), Interval(YEAR_MONTH)) => {
            let (l, r) = (Operand::<IntervalYearMonthType>::new(left)?, Operand::<IntervalYearMonthType>::new(right)?);
            Arc::new(binary::<_, _, IntervalYearMonthType>(&l, &r, rows, |l, r| l.checked_add(months(r)?)))
        }
        (Duration(_), Duration(_)) => {
            let (l, r) =
                (Operand::<DurationMicrosecondType>::new(left)?, Operand::<DurationMicrosecondType>::new(right)?);
            Arc::new(binary::<_, _, DurationMicrosecondType>(&l, &r, rows, |l, r| l.checked_add(micros(r)?)))
        }
        (Date32, Interval(YEAR_MONTH)) => {
            let (l, r) = (Operand::<Date32Type>::new(left)?, Operand::<IntervalYearMonthType>::new(right)?);
            Arc::new(binary::<_, _, Date32Type>(&l, &r, rows, |l, r| add_months_to_date(l, months(r)?)))
        }
        (Timestamp(_, None), Interval(YEAR_MONTH)) => {
            let l = Operand::<TimestampMicrosecondType>::new(left)?;
            let r = Operand::<IntervalYearMonthType>::new(right)?;
            Arc::new(binary::<_, _, TimestampMicrosecondType>(&l, &r, rows, |l, r| {
                add_months_to_timestamp(l, months(r)?)
            }))
        }
        (Timestamp(_, None), Duration(_)) => {
            let l = Operand::<TimestampMicrosecondType>::new(left)?;
            let r = Operand::<DurationMicrosecondType>::new(right)?;
            Arc::new(binary::<_, _, TimestampMicrosecondType>(&l, &r, rows, |l, r| l.checked_add(micros(r)?)))
        }
        (Date32, Int32) => {
            let (l, r) = (Operand::<Date32Type>::new(left)?, Operand::<Int32Type>::new(right)?);
            Arc::new(binary::<_, _, Date32Type>(&l, &r, rows, |l, r| l.checked_add(months(r)?)))
        }
        (Timestamp(_, None), Timestamp(_, None)) if !plus => {
            let l = Operand::<TimestampMicrosecondType>::new(left)?;
            let r = Operand::<TimestampMicrosecondType>::new(right)?;
            Arc::new(binary::<_, _, DurationMicrosecondType>(&l, &r, rows, i64::checked_sub))
        }
        (Interval(YEAR_MONTH) | Duration(_) | Int32, Date32 | Timestamp(_, None)) if plus => {
            return evaluate(op, right, left, rows);
        }
        (Date32 | Interval(_) | Timestamp(_, _) | Duration(_), _) | (_, Date32 | Interval(_) | Duration(_)) => {
            return Err(no_matching_method(&op.to_string(), &[&lt, &rt]));
        }
        _ => return Ok(None),
    };
    debug_assert_eq!(result.len(), rows);
    Ok(Some(result))
}
