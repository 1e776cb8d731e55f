//! `if`, `coalesce`, `nvl`, `nullif`, tests for NULL and truth, `assert_true`.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, make_comparator, new_null_array};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{SortOptions, nullif};
use arrow::datatypes::DataType;

use crate::coercion::common_type;
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, args_size, is_primitive, length_error, type_error, type_name};
use crate::scalar::kernel::booleans;
use crate::scalar::{Call, Scalar, returns_same_as_first};

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("if", if_types, |args| Ok(args.type_of(1)), if_then_else).entry(
            "IF(expr1,expr2,expr3) - If expr1 is TRUE (expr1 <> 0 and expr1 <> NULL) then IF() returns expr2; \
             otherwise it returns expr3. IF() returns a numeric or string value, depending on the context in which it \
             is used.",
            "",
        ),
        Scalar::new("coalesce", coalesce_types, returns_same_as_first, coalesce).aliases(&["nvl"]).entry(
            "_FUNC_(a1, a2, ...) - Returns the first non-null argument",
            "Example:\n  > SELECT _FUNC_(NULL, 1, NULL) FROM src LIMIT 1;\n  1",
        ),
        Scalar::new("nullif", nullif_types, returns_same_as_first, null_if).entry(
            "_FUNC_(a1, a2) - shorthand for: case when a1 = a2 then null else a1",
            "Example:\n SELECT _FUNC_(1,1),_FUNC_(1,2)",
        ),
        Scalar::new("isnull", any_one, |_| Ok(DataType::Boolean), |call| null_test(call, true))
            .entry("_FUNC_ a - Returns true if a is NULL and false otherwise", ""),
        Scalar::new("isnotnull", any_one, |_| Ok(DataType::Boolean), |call| null_test(call, false))
            .entry("_FUNC_ a - Returns true if a is not NULL and false otherwise", ""),
        Scalar::new("istrue", condition, |_| Ok(DataType::Boolean), |call| truth(call, |value| value == Some(true)))
            .entry("_FUNC_ a - Returns true if a is TRUE and false otherwise", ""),
        Scalar::new("isnottrue", condition, |_| Ok(DataType::Boolean), |call| truth(call, |value| value != Some(true)))
            .entry("_FUNC_ a - Returns true if a is NOT TRUE and false otherwise", ""),
        Scalar::new("isfalse", condition, |_| Ok(DataType::Boolean), |call| truth(call, |value| value == Some(false)))
            .entry("_FUNC_ a - Returns true if a is FALSE and false otherwise", ""),
        Scalar::new(
            "isnotfalse",
            condition,
            |_| Ok(DataType::Boolean),
            |call| truth(call, |value| value != Some(false)),
        )
        .entry("_FUNC_ a - Returns true if a is NOT FALSE and false otherwise", ""),
        Scalar::new("assert_true", assert_types, |_| Ok(DataType::Null), assert_true).volatile().entry(
            "_FUNC_(condition) - Throw an exception if 'condition' is not true.",
            "Example:\n   > SELECT _FUNC_(x >= 0) FROM src LIMIT 1;\n  NULL",
        ),
    ]
}

fn if_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let [condition, then, otherwise] = types else {
        return length_error("The function IF(expr1,expr2,expr3) accepts exactly 3 arguments.");
    };
    if !matches!(condition, DataType::Boolean | DataType::Null) {
        return type_error(
            0,
            format!(
                "The first argument of function IF should be \"boolean\", but \"{}\" is found",
                type_name(condition)
            ),
        );
    }
    match common(then, otherwise) {
        Some(ty) => Ok(vec![DataType::Boolean, ty.clone(), ty]),
        None => type_error(
            2,
            format!(
                "The second and the third arguments of function IF should have the same type, but they are \
                 different: \"{}\" and \"{}\"",
                type_name(then),
                type_name(otherwise)
            ),
        ),
    }
}

fn common(left: &DataType, right: &DataType) -> Option<DataType> {
    match (left, right) {
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (left, right) if left == right => Some(left.clone()),
        (left, right) => common_type(left, right),
    }
}

/// The condition with NULL as false.
fn certain(condition: &BooleanArray) -> BooleanArray {
    match condition.nulls() {
        Some(nulls) => BooleanArray::new(condition.values() & nulls.inner(), None),
        None => condition.clone(),
    }
}

fn if_then_else(call: &Call) -> Result<ArrayRef> {
    let condition = call.array(0)?;
    Ok(zip(&certain(condition.as_boolean()), &call.array(1)?, &call.array(2)?)?)
}

fn coalesce_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let mut wanted = DataType::Null;
    for (index, ty) in types.iter().enumerate() {
        wanted = match common(&wanted, ty) {
            Some(common) => common,
            None => {
                let message = format!(
                    "The expressions after COALESCE should all have the same type: \"{}\" is expected but \"{}\" is \
                     found",
                    type_name(&wanted),
                    type_name(ty)
                );
                return type_error(index, message);
            }
        };
    }
    Ok(vec![wanted; types.len()])
}

fn coalesce(call: &Call) -> Result<ArrayRef> {
    let mut result: Option<ArrayRef> = None;
    for index in 0..call.len() {
        let column = call.array(index)?;
        result = Some(match result {
            None => column,
            Some(result) => match result.logical_nulls() {
                Some(nulls) if nulls.null_count() > 0 => {
                    zip(&BooleanArray::new(nulls.into_inner(), None), &result, &column)?
                }
                _ => return Ok(result),
            },
        });
    }
    Ok(result.unwrap_or_else(|| new_null_array(call.return_type(), call.rows())))
}

fn nullif_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 2, 2)?;
    let (left, right) = (&types[0], &types[1]);
    if !is_primitive(left) {
        if left != right {
            let message = format!(
                "The expressions after NULLIF should all have the same type: \"{}\" is expected but \"{}\" is found",
                type_name(left),
                type_name(right)
            );
            return type_error(1, message);
        }
        return Ok(types.to_vec());
    }
    let (left_group, right_group) = (Group::of(left), Group::of(right));
    if left_group == Some(Group::Void) {
        return type_error(0, "NULLIF may not accept types belonging to VOID_GROUP as first argument");
    }
    if right_group != Some(Group::Void) && left_group != right_group {
        let name = |group: Option<Group>| group.map_or("", Group::name);
        let message = format!(
            "The expressions after NULLIF should belong to the same category: \"{}\" is expected but \"{}\" is found",
            name(left_group),
            name(right_group)
        );
        return type_error(1, message);
    }
    Ok(vec![left.clone(), left.clone()])
}

fn null_if(call: &Call) -> Result<ArrayRef> {
    let (left, right) = (call.array(0)?, call.array(1)?);
    let compare = make_comparator(left.as_ref(), right.as_ref(), SortOptions::default())?;
    let equal: BooleanArray = (0..call.rows())
        .map(|row| Some(right.is_valid(row) && left.is_valid(row) && compare(row, row).is_eq()))
        .collect();
    Ok(nullif(left.as_ref(), &equal)?)
}

fn any_one(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 1 {
        let form = if name == "isnull" { "IS NULL" } else { "IS NOT NULL" };
        return length_error(format!("The operator '{form}' only accepts 1 argument."));
    }
    Ok(types.to_vec())
}

fn null_test(call: &Call, wanted: bool) -> Result<ArrayRef> {
    let column = call.array(0)?;
    let nulls = column.logical_nulls();
    booleans(call.rows(), |row| Some(nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) == wanted))
}

fn condition(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 1 {
        return length_error("Invalid number of arguments");
    }
    Ok(vec![DataType::Boolean])
}

fn truth(call: &Call, test: fn(Option<bool>) -> bool) -> Result<ArrayRef> {
    let column = call.array(0)?;
    let column = column.as_boolean();
    booleans(call.rows(), |row| Some(test(column.is_valid(row).then(|| column.value(row)))))
}

fn assert_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [ty] if is_primitive(ty) => Ok(vec![DataType::Boolean]),
        [_] => type_error(0, "Argument to ASSERT_TRUE() should be primitive."),
        _ => length_error("ASSERT_TRUE() expects one argument."),
    }
}

fn assert_true(call: &Call) -> Result<ArrayRef> {
    let column = call.array(0)?;
    let column = column.as_boolean();
    if column.true_count() < call.rows() {
        return Err(UdfError::Execution("ASSERT_TRUE(): assertion failed.".into()));
    }
    Ok(new_null_array(&DataType::Null, call.rows()))
}
