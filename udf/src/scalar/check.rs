//! Checks of argument types, with the messages of Hive's `GenericUDF`, `FunctionRegistry` and `NoMatchingMethodException`.

use std::fmt::Write as _;

use arrow::datatypes::{DataType, IntervalUnit};

use crate::coercion::implicitly_converts;
use crate::error::{Result, UdfError};

/// Groups of primitive types, as Hive's `PrimitiveGrouping` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// string, varchar, char
    String,
    /// tinyint to decimal
    Numeric,
    /// date, timestamp
    Date,
    /// the type of NULL
    Void,
    /// boolean
    Boolean,
    /// binary
    Binary,
    /// intervals
    Interval,
}

impl Group {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Group::String => "STRING_GROUP",
            Group::Numeric => "NUMERIC_GROUP",
            Group::Date => "DATE_GROUP",
            Group::Void => "VOID_GROUP",
            Group::Boolean => "BOOLEAN_GROUP",
            Group::Binary => "BINARY_GROUP",
            Group::Interval => "INTERVAL_DAY_TIME_GROUP",
        }
    }

    /// The group of a type; `None` for nested types.
    pub(crate) fn of(ty: &DataType) -> Option<Group> {
        Some(match ty {
            DataType::Null => Group::Void,
            DataType::Boolean => Group::Boolean,
            DataType::Utf8 => Group::String,
            DataType::Binary => Group::Binary,
            DataType::Date32 | DataType::Timestamp(_, _) => Group::Date,
            DataType::Interval(_) | DataType::Duration(_) => Group::Interval,
            ty if ty.is_numeric() => Group::Numeric,
            _ => return None,
        })
    }
}

/// Whether a type is one of Hive's primitive types.
pub(crate) fn is_primitive(ty: &DataType) -> bool {
    Group::of(ty).is_some()
}

/// Whether a type is tinyint, smallint, int or the type of NULL.
pub(crate) fn is_int_or_less(ty: &DataType) -> bool {
    matches!(ty, DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Null)
}

/// Hive's enum constant of a type (`PrimitiveCategory` or `Category`).
pub(crate) fn category(ty: &DataType) -> &'static str {
    match ty {
        DataType::Null => "VOID",
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "BYTE",
        DataType::Int16 => "SHORT",
        DataType::Int32 => "INT",
        DataType::Int64 => "LONG",
        DataType::Float32 => "FLOAT",
        DataType::Float64 => "DOUBLE",
        DataType::Decimal128(_, _) => "DECIMAL",
        DataType::Binary => "BINARY",
        DataType::Date32 => "DATE",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMPLOCALTZ",
        DataType::Interval(IntervalUnit::YearMonth) => "INTERVAL_YEAR_MONTH",
        DataType::Duration(_) | DataType::Interval(_) => "INTERVAL_DAY_TIME",
        DataType::List(_) => "LIST",
        DataType::Map(_, _) => "MAP",
        DataType::Struct(fields) if fields.first().is_some_and(|field| field.name() == "tag") => "UNION",
        DataType::Struct(_) => "STRUCT",
        _ => "STRING",
    }
}

/// Hive's spelling of a type: `int`, `array<string>`, `decimal(10,2)`…
pub(crate) use crate::coercion::hive_type_name as type_name;

/// `GenericUDF.getArgOrder`: 1st, 2nd… of a position from 0.
pub(crate) fn ordinal(index: usize) -> String {
    let number = index + 1;
    let suffix = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{suffix}")
}

/// An error about the number of arguments.
pub(crate) fn length_error<T>(message: impl Into<String>) -> Result<T> {
    Err(UdfError::ArgumentLength(message.into()))
}

/// An error about an argument's type.
pub(crate) fn type_error<T>(index: usize, message: impl Into<String>) -> Result<T> {
    Err(UdfError::ArgumentType { index, message: message.into() })
}

/// Another error about the arguments.
pub(crate) fn argument_error<T>(message: impl Into<String>) -> Result<T> {
    Err(UdfError::Argument(message.into()))
}

/// `GenericUDF.checkArgsSize`.
pub(crate) fn args_size(name: &str, types: &[DataType], min: usize, max: usize) -> Result<()> {
    if (min..=max).contains(&types.len()) {
        return Ok(());
    }
    let wanted = if min == max { min.to_string() } else { format!("{min}..{max}") };
    length_error(format!("{name} requires {wanted} argument(s), got {}", types.len()))
}

/// `GenericUDF.checkArgPrimitive`.
pub(crate) fn primitive(name: &str, types: &[DataType], index: usize) -> Result<()> {
    match types.get(index) {
        Some(ty) if !is_primitive(ty) => type_error(
            index,
            format!("{name} only takes primitive types as {} argument, got {}", ordinal(index), category(ty)),
        ),
        _ => Ok(()),
    }
}

/// `GenericUDF.checkArgPrimitive` and `checkArgGroups`.
pub(crate) fn groups(name: &str, types: &[DataType], index: usize, groups: &[Group]) -> Result<()> {
    primitive(name, types, index)?;
    match types.get(index) {
        Some(ty) if !Group::of(ty).is_some_and(|group| groups.contains(&group)) => {
            let names: Vec<&str> = groups.iter().map(|group| group.name()).collect();
            type_error(
                index,
                format!(
                    "{name} only takes {} types as {} argument, got {}",
                    names.join(", "),
                    ordinal(index),
                    category(ty)
                ),
            )
        }
        _ => Ok(()),
    }
}

/// `GenericUDF.obtainIntConverter`: tinyint, smallint, int or NULL.
pub(crate) fn int_argument(name: &str, types: &[DataType], index: usize) -> Result<()> {
    match types.get(index) {
        Some(ty) if !is_int_or_less(ty) => type_error(
            index,
            format!("{name} only takes INT/SHORT/BYTE types as {} argument, got {}", ordinal(index), category(ty)),
        ),
        _ => Ok(()),
    }
}

/// The message of functions which check the category alone: `The 1st argument of function ELT is expected to …`.
pub(crate) fn primitive_category(function: &str, types: &[DataType], index: usize) -> Result<()> {
    match types.get(index) {
        Some(ty) if !is_primitive(ty) => type_error(
            index,
            format!(
                "The {} argument of function {function} is expected to a primitive type, but {} is found",
                ordinal(index),
                category(ty).to_ascii_lowercase()
            ),
        ),
        _ => Ok(()),
    }
}

/// The choice among the `evaluate` methods of one of Hive's older `UDF` classes: the one that needs the fewest
/// conversions, the first of equals. `class` is the name below `org.apache.hadoop.hive.ql.udf`.
pub(crate) fn overload(class: &str, types: &[DataType], choices: &[&[DataType]]) -> Result<Vec<DataType>> {
    let cost = |choice: &[DataType]| -> Option<usize> {
        if choice.len() != types.len() {
            return None;
        }
        choice.iter().zip(types).try_fold(0, |cost, (wanted, given)| Some(cost + conversion_cost(given, wanted)?))
    };
    let best = choices.iter().filter_map(|choice| Some((cost(choice)?, choice))).min_by_key(|(cost, _)| *cost);
    match best {
        Some((_, choice)) => Ok(choice.to_vec()),
        None => {
            let mut message = format!("No matching method for class org.apache.hadoop.hive.ql.udf.{class} with (");
            let given: Vec<String> = types.iter().map(type_name).collect();
            let _ = write!(message, "{}). Possible choices: ", given.join(", "));
            for choice in choices {
                let wanted: Vec<String> = choice.iter().map(type_name).collect();
                let _ = write!(message, "_FUNC_({})  ", wanted.join(", "));
            }
            argument_error(message)
        }
    }
}

fn conversion_cost(given: &DataType, wanted: &DataType) -> Option<usize> {
    if given == wanted || matches!(given, DataType::Null) {
        return Some(0);
    }
    if let (DataType::Decimal128(_, _), DataType::Decimal128(_, _)) = (given, wanted) {
        return Some(0);
    }
    if !implicitly_converts(given, wanted) {
        return None;
    }
    let width = |ty: &DataType| -> usize {
        match ty {
            DataType::Int8 => 1,
            DataType::Int16 => 2,
            DataType::Int32 => 3,
            DataType::Int64 => 4,
            DataType::Decimal128(_, _) => 5,
            DataType::Float32 => 6,
            DataType::Float64 => 7,
            DataType::Utf8 => 8,
            _ => 9,
        }
    };
    Some(width(wanted).abs_diff(width(given)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_hives() {
        let error = overload("UDFSubstr", &[DataType::Int32], &[&[DataType::Binary, DataType::Int32]]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "No matching method for class org.apache.hadoop.hive.ql.udf.UDFSubstr with (int). \
             Possible choices: _FUNC_(binary, int)  "
        );
        let error = groups("soundex", &[DataType::Int32], 0, &[Group::String, Group::Void]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "soundex only takes STRING_GROUP, VOID_GROUP types as 1st argument, got INT"
        );
        assert_eq!(ordinal(10), "11th");
        assert_eq!(type_name(&DataType::new_list(DataType::Int64, true)), "array<bigint>");
    }
}
