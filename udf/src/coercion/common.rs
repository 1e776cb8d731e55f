//! The common type of two types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit};

/// The groups of Hive's primitive types (`PrimitiveObjectInspectorUtils.PrimitiveGrouping`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Numeric,
    Text,
    Boolean,
    Temporal,
    Interval,
    Binary,
    Void,
    Complex,
}

fn group(data_type: &DataType) -> Group {
    match data_type {
        DataType::Null => Group::Void,
        DataType::Boolean => Group::Boolean,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(_, _) => Group::Numeric,
        DataType::Utf8 => Group::Text,
        DataType::Binary => Group::Binary,
        DataType::Date32 | DataType::Timestamp(_, _) => Group::Temporal,
        DataType::Interval(IntervalUnit::YearMonth) | DataType::Duration(_) => Group::Interval,
        _ => Group::Complex,
    }
}

/// Whether it is `string` (or `char`, `varchar`).
pub fn is_string(data_type: &DataType) -> bool {
    group(data_type) == Group::Text
}

/// Whether it is `date`, `timestamp` or `timestamp with local time zone`.
pub fn is_temporal(data_type: &DataType) -> bool {
    group(data_type) == Group::Temporal
}

/// Whether it is an array, a map, a struct or a union.
pub fn is_complex(data_type: &DataType) -> bool {
    group(data_type) == Group::Complex
}

/// The order in which numbers widen (`TypeInfoUtils.numericTypes`).
fn numeric_level(data_type: &DataType) -> Option<u8> {
    match data_type {
        DataType::Int8 => Some(1),
        DataType::Int16 => Some(2),
        DataType::Int32 => Some(3),
        DataType::Int64 => Some(4),
        DataType::Decimal128(_, _) => Some(5),
        DataType::Float32 => Some(6),
        DataType::Float64 => Some(7),
        DataType::Utf8 => Some(8),
        _ => None,
    }
}

fn temporal_level(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Date32 => 1,
        DataType::Timestamp(_, None) => 2,
        _ => 3,
    }
}

/// Precision and scale of a type where it takes part in decimal arithmetic.
pub fn decimal_of(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal128(precision, scale) => Some((*precision, *scale)),
        DataType::Int8 => Some((3, 0)),
        DataType::Int16 => Some((5, 0)),
        DataType::Int32 => Some((10, 0)),
        DataType::Int64 => Some((19, 0)),
        DataType::Float32 => Some((7, 7)),
        DataType::Float64 => Some((15, 15)),
        DataType::Null => Some((1, 0)),
        DataType::Utf8 => Some((38, 18)),
        _ => None,
    }
}

/// The decimal that holds both types, cut at 38 digits (`HiveDecimalUtils.getDecimalTypeForPrimitiveCategories`).
pub fn common_decimal(left: &DataType, right: &DataType) -> Option<DataType> {
    let (left_precision, left_scale) = decimal_of(left)?;
    let (right_precision, right_scale) = decimal_of(right)?;
    let whole =
        (i16::from(left_precision) - i16::from(left_scale)).max(i16::from(right_precision) - i16::from(right_scale));
    let fraction = i16::from(left_scale.max(right_scale));
    let precision = (whole + fraction).min(38);
    let scale = fraction.min(38 - whole);
    Some(DataType::Decimal128(precision.try_into().ok()?, scale.try_into().ok()?))
}

/// The wider one of two numbers.
fn common_number(left: &DataType, right: &DataType) -> Option<DataType> {
    let wider = if numeric_level(left)? >= numeric_level(right)? { left } else { right };
    match wider {
        DataType::Decimal128(_, _) => common_decimal(left, right),
        other => Some(other.clone()),
    }
}

fn later_temporal(left: &DataType, right: &DataType) -> DataType {
    if temporal_level(left) >= temporal_level(right) { left.clone() } else { right.clone() }
}

/// Two complex types member by member; Hive does this for structs of the same names, Skep for arrays and maps too.
fn members(left: &DataType, right: &DataType, by: fn(&DataType, &DataType) -> Option<DataType>) -> Option<DataType> {
    match (left, right) {
        (DataType::Struct(left), DataType::Struct(right)) => {
            if left.len() != right.len() {
                return None;
            }
            let fields = left.iter().zip(right).map(|(left, right)| {
                let same = left.name().eq_ignore_ascii_case(right.name());
                let data_type = by(left.data_type(), right.data_type()).filter(|_| same)?;
                Some(Arc::new(Field::new(left.name(), data_type, true)))
            });
            Some(DataType::Struct(fields.collect::<Option<Fields>>()?))
        }
        (DataType::List(left), DataType::List(right)) => {
            let item = by(left.data_type(), right.data_type())?;
            Some(DataType::List(Arc::new(Field::new(left.name(), item, true))))
        }
        (DataType::Map(left, sorted), DataType::Map(right, _)) => {
            let (DataType::Struct(left_fields), DataType::Struct(right_fields)) = (left.data_type(), right.data_type())
            else {
                return None;
            };
            let fields = left_fields.iter().zip(right_fields).map(|(left, right)| {
                let data_type = by(left.data_type(), right.data_type())?;
                Some(Arc::new(Field::new(left.name(), data_type, left.is_nullable())))
            });
            let entries = DataType::Struct(fields.collect::<Option<Fields>>()?);
            Some(DataType::Map(Arc::new(Field::new(left.name(), entries, false)), *sorted))
        }
        _ => None,
    }
}

/// The type two values are compared in (`=`, `<`, `BETWEEN`, `IN`, join keys); `None` if they cannot be.
///
/// A string beside a number is compared as double, beside a date or a timestamp as that; a timestamp beside a number
/// as double; a date beside a number as string; what has no common type but is a number of sorts (booleans) as double.
pub fn comparison_type(left: &DataType, right: &DataType) -> Option<DataType> {
    if left == right {
        return Some(left.clone());
    }
    match (group(left), group(right)) {
        (Group::Void, _) => Some(right.clone()),
        (_, Group::Void) => Some(left.clone()),
        (Group::Complex, _) | (_, Group::Complex) => members(left, right, comparison_type),
        (Group::Numeric, Group::Numeric) => common_number(left, right),
        (Group::Temporal, Group::Temporal) => Some(later_temporal(left, right)),
        (Group::Text, Group::Temporal) => Some(right.clone()),
        (Group::Temporal, Group::Text) => Some(left.clone()),
        (Group::Text, Group::Numeric) | (Group::Numeric, Group::Text) => Some(DataType::Float64),
        (Group::Temporal, Group::Numeric) | (Group::Numeric, Group::Temporal) => {
            let date = *left == DataType::Date32 || *right == DataType::Date32;
            Some(if date { DataType::Utf8 } else { DataType::Float64 })
        }
        (Group::Boolean, Group::Numeric | Group::Text) | (Group::Numeric | Group::Text, Group::Boolean) => {
            Some(DataType::Float64)
        }
        _ => None,
    }
}

/// The type two values are both brought to (`CASE`, `COALESCE`, `array(…)`); `None` if there is none.
///
/// A string beside a number, a date or a timestamp makes a string.
pub fn common_type(left: &DataType, right: &DataType) -> Option<DataType> {
    if left == right {
        return Some(left.clone());
    }
    match (group(left), group(right)) {
        (Group::Void, _) => Some(right.clone()),
        (_, Group::Void) => Some(left.clone()),
        (Group::Complex, _) | (_, Group::Complex) => members(left, right, common_type),
        (Group::Numeric, Group::Numeric) => common_number(left, right),
        (Group::Temporal, Group::Temporal) => Some(later_temporal(left, right)),
        (Group::Text, Group::Numeric | Group::Temporal) | (Group::Numeric | Group::Temporal, Group::Text) => {
            Some(DataType::Utf8)
        }
        _ => None,
    }
}

/// The type of a column of a `UNION`; only types of one group meet, `None` else.
pub fn union_type(left: &DataType, right: &DataType) -> Option<DataType> {
    if left == right {
        return Some(left.clone());
    }
    match (group(left), group(right)) {
        (Group::Void, _) => Some(right.clone()),
        (_, Group::Void) => Some(left.clone()),
        (Group::Complex, Group::Complex) => members(left, right, union_type),
        (Group::Numeric, Group::Numeric) => common_number(left, right),
        (Group::Temporal, Group::Temporal) => Some(later_temporal(left, right)),
        _ => None,
    }
}

/// Whether a value of one type may stand where the other is asked for, without a cast being written
/// (`TypeInfoUtils.implicitConvertible`).
pub fn implicitly_converts(from: &DataType, to: &DataType) -> bool {
    if from == to {
        return true;
    }
    match (group(from), group(to)) {
        (Group::Void, _) => true,
        (Group::Text, Group::Numeric) => *to == DataType::Float64,
        (Group::Temporal | Group::Numeric, Group::Text) => true,
        (Group::Numeric, Group::Numeric) => numeric_level(from) <= numeric_level(to),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::TimeUnit;

    const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

    #[test]
    fn comparisons() {
        use DataType::*;
        for (left, right, expected) in [
            (Int32, Utf8, Some(Float64)),
            (Int32, Int64, Some(Int64)),
            (Int64, Float32, Some(Float32)),
            (Decimal128(10, 2), Float64, Some(Float64)),
            (Decimal128(10, 2), Int32, Some(Decimal128(12, 2))),
            (Decimal128(38, 10), Int64, Some(Decimal128(38, 10))),
            (Utf8, Date32, Some(Date32)),
            (Date32, TIMESTAMP, Some(TIMESTAMP)),
            (TIMESTAMP, Int32, Some(Float64)),
            (Date32, Int32, Some(Utf8)),
            (Boolean, Int32, Some(Float64)),
            (Null, Date32, Some(Date32)),
            (Binary, Int32, None),
        ] {
            assert_eq!(comparison_type(&left, &right), expected, "{left} {right}");
            assert_eq!(comparison_type(&right, &left), expected, "{right} {left}");
        }
    }

    #[test]
    fn common_types() {
        use DataType::*;
        for (left, right, expected) in [
            (Int32, Utf8, Some(Utf8)),
            (Int32, Decimal128(2, 1), Some(Decimal128(11, 1))),
            (Int32, Float64, Some(Float64)),
            (Decimal128(2, 1), Float32, Some(Float32)),
            (Date32, Utf8, Some(Utf8)),
            (Date32, TIMESTAMP, Some(TIMESTAMP)),
            (Date32, Int32, None),
            (Boolean, Int32, None),
            (Boolean, Utf8, None),
        ] {
            assert_eq!(common_type(&left, &right), expected, "{left} {right}");
        }
        assert_eq!(union_type(&Int32, &Utf8), None);
        assert!(implicitly_converts(&Int32, &Utf8));
        assert!(!implicitly_converts(&Utf8, &Int32));
        assert!(implicitly_converts(&Utf8, &Float64));
        assert!(!implicitly_converts(&Int64, &Int32));
    }
}
