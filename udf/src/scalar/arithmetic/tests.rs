//! Answers of Hive 2.3.9.

use std::sync::Arc;

use arrow::array::{Array, Int32Array};
use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};
use datafusion_common::ScalarValue;
use datafusion_common::config::ConfigOptions;
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl};

use super::*;
use crate::coercion::{ArithmeticOp, arithmetic, constant_decimal_type};
use crate::text::{TextStyle, parse_date, parse_decimal, parse_timestamp, utc, value_text};
use ArithmeticOp::*;

fn run(op: ArithmeticOp, left: ColumnarValue, right: ColumnarValue, rows: usize) -> ColumnarValue {
    let (lt, rt) = (left.data_type(), right.data_type());
    let types = arithmetic(op, &lt, &rt).unwrap();
    let left = left.cast_to(&types.left, None).unwrap();
    let right = right.cast_to(&types.right, None).unwrap();
    let args = ScalarFunctionArgs {
        args: vec![left, right],
        arg_fields: vec![],
        number_rows: rows,
        return_field: Arc::new(Field::new("", types.result.clone(), true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let value = HiveArithmetic::new(op).invoke_with_args(args).unwrap();
    assert_eq!(value.data_type(), types.result);
    value
}

fn answer(op: ArithmeticOp, left: ScalarValue, right: ScalarValue) -> String {
    let value = run(op, ColumnarValue::Scalar(left), ColumnarValue::Scalar(right), 3);
    value_text(&value.to_array(1).unwrap(), 0, TextStyle::cli(utc())).unwrap()
}

fn int(value: i32) -> ScalarValue {
    ScalarValue::Int32(Some(value))
}

fn double(value: f64) -> ScalarValue {
    ScalarValue::Float64(Some(value))
}

fn decimal(text: &str, precision: u8, scale: i8) -> ScalarValue {
    ScalarValue::Decimal128(parse_decimal(text, precision, scale), precision, scale)
}

fn date(text: &str) -> ScalarValue {
    ScalarValue::Date32(parse_date(text))
}

fn timestamp(text: &str) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(parse_timestamp(text), None)
}

#[test]
fn integers_wrap() {
    assert_eq!(answer(Add, int(i32::MAX), int(1)), "-2147483648");
    assert_eq!(answer(Add, ScalarValue::Int8(Some(127)), ScalarValue::Int8(Some(1))), "-128");
    assert_eq!(answer(Modulo, int(-5), int(3)), "-2");
    assert_eq!(answer(Modulo, int(7), int(0)), "NULL");
    assert_eq!(answer(Modulo, int(i32::MIN), int(-1)), "0");
    assert_eq!(answer(IntegerDivide, int(-7), int(2)), "-3");
    assert_eq!(answer(IntegerDivide, int(7), int(0)), "NULL");
    assert_eq!(answer(BitXor, int(5), int(3)), "6");
    assert_eq!(answer(BitAnd, ScalarValue::Int8(Some(5)), ScalarValue::Int64(Some(3))), "1");
    assert_eq!(answer(Divide, int(7), int(0)), "NULL");
    assert_eq!(answer(Divide, int(1), int(3)), "0.3333333333333333");
    assert_eq!(answer(Add, int(1), ScalarValue::Int32(None)), "NULL");
}

#[test]
fn floats() {
    assert_eq!(answer(Modulo, double(5.5), double(-2.0)), "1.5");
    assert_eq!(answer(Divide, double(1.0), double(0.0)), "NULL");
    assert_eq!(answer(Modulo, double(1.0), double(-0.0)), "NULL");
}

#[test]
fn decimals() {
    assert_eq!(answer(Divide, decimal("10", 2, 0), decimal("3", 1, 0)), "3.333333");
    assert_eq!(answer(Divide, decimal("-10", 2, 0), decimal("3", 1, 0)), "-3.333333");
    assert_eq!(answer(Divide, decimal("1", 1, 0), decimal("1.5", 10, 2)), "0.66666666667");
    assert_eq!(answer(Modulo, decimal("10", 2, 0), decimal("3", 1, 0)), "1");
    assert_eq!(answer(Modulo, decimal("5", 1, 0), decimal("3.2", 2, 1)), "1.8");
    assert_eq!(answer(Multiply, decimal("1.5", 2, 1), decimal("2.25", 3, 2)), "3.375");
    assert_eq!(answer(Multiply, decimal("2.5", 38, 10), decimal("2.5", 38, 10)), "6.250000");
    assert_eq!(answer(Divide, decimal("2.5", 38, 10), decimal("2.5", 38, 10)), "1.000000");
    assert_eq!(answer(Divide, decimal("7", 2, 1), decimal("0", 1, 0)), "NULL");
    let big = decimal("12345678901234567890.123", 23, 3);
    assert_eq!(answer(Multiply, big.clone(), big), "NULL");
    let nines = decimal("99999999999999999999999999999999999999", 38, 0);
    assert_eq!(answer(Add, nines.clone(), decimal("1", 1, 0)), "NULL");
    assert_eq!(answer(Subtract, nines.clone(), nines), "0");
}

#[test]
fn dates_and_intervals() {
    let months = |value| ScalarValue::IntervalYearMonth(Some(value));
    let micros = |value| ScalarValue::DurationMicrosecond(Some(value));
    const DAY: i64 = 86_400_000_000;
    assert_eq!(answer(Add, date("2020-01-31"), months(1)), "2020-02-29");
    assert_eq!(answer(Add, months(1), date("2020-01-31")), "2020-02-29");
    assert_eq!(answer(Add, date("2020-01-31"), micros(DAY)), "2020-02-01 00:00:00");
    assert_eq!(answer(Subtract, timestamp("2020-01-31 00:00:00"), micros(DAY)), "2020-01-30 00:00:00");
    assert_eq!(answer(Subtract, date("2020-01-31"), date("2020-01-01")), "30 00:00:00.000000000");
    assert_eq!(
        answer(Subtract, timestamp("2020-01-31 10:00:00"), timestamp("2020-01-01 00:00:00.5")),
        "30 09:59:59.500000000"
    );
    assert_eq!(answer(Add, micros(DAY), micros(DAY / 12)), "1 02:00:00.000000000");
    assert_eq!(answer(Subtract, months(12), months(2)), "0-10");
    assert_eq!(answer(Add, date("2020-01-31"), int(1)), "2020-02-01");
    assert_eq!(answer(Subtract, date("2020-01-01"), int(1)), "2019-12-31");
    assert_eq!(answer(Subtract, timestamp("2020-03-31 01:02:03"), months(1)), "2020-02-29 01:02:03");
}

#[test]
fn columns_and_constants() {
    let column = ColumnarValue::Array(Arc::new(Int32Array::from(vec![Some(7), None, Some(9)])));
    let by = ColumnarValue::Array(Arc::new(Int32Array::from(vec![Some(2), Some(2), Some(0)])));
    let value = run(Modulo, column.clone(), by, 3).to_array(3).unwrap();
    assert_eq!(value.as_ref(), &Int32Array::from(vec![Some(1), None, None]) as &dyn Array);
    let value = run(Modulo, column, ColumnarValue::Scalar(int(4)), 3).to_array(3).unwrap();
    assert_eq!(value.as_ref(), &Int32Array::from(vec![Some(3), None, Some(1)]) as &dyn Array);
}

#[test]
fn expressions() {
    use datafusion_expr::{col, lit};
    let decimal = DataType::Decimal128(10, 2);
    let (expr, data_type) = arithmetic_expr(Add, col("d"), &decimal, lit(1), &DataType::Int32).unwrap();
    assert_eq!(data_type, DataType::Decimal128(11, 2));
    assert_eq!(expr.to_string(), "d + Decimal128(1,1,0)");
    assert_eq!(constant_decimal_type(&ScalarValue::Int32(Some(0))), Some(DataType::Decimal128(1, 0)));
    let half = ScalarValue::Decimal128(Some(25_000), 10, 4);
    let (_, data_type) =
        arithmetic_expr(Multiply, col("d"), &decimal, lit(half), &DataType::Decimal128(10, 4)).unwrap();
    assert_eq!(data_type, DataType::Decimal128(13, 3));
    let (expr, data_type) = arithmetic_expr(Add, col("i"), &DataType::Int32, lit(1i64), &DataType::Int64).unwrap();
    assert_eq!((expr.to_string().as_str(), data_type), ("CAST(i AS Int64) + Int64(1)", DataType::Int64));
    let (expr, _) = arithmetic_expr(Divide, col("i"), &DataType::Int32, lit(2), &DataType::Int32).unwrap();
    assert_eq!(expr.to_string(), "CAST(i AS Float64) / CAST(Int32(2) AS Float64)");
    let (expr, _) = negative_expr(lit(5), &DataType::Int32).unwrap();
    assert_eq!(expr, lit(-5));
    assert!(negative_expr(col("b"), &DataType::Boolean).is_err());
    assert_eq!(
        negative_expr(col("i"), &DataType::Interval(IntervalUnit::YearMonth)).unwrap().1,
        DataType::Interval(IntervalUnit::YearMonth)
    );
    assert_eq!(
        negative_expr(col("i"), &DataType::Duration(TimeUnit::Microsecond)).unwrap().1,
        DataType::Duration(TimeUnit::Microsecond)
    );
}
