//! Functions that Hive's own rewrites of statements call, and those of the session.

use std::collections::HashSet;
use std::io::BufRead;

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::datatypes::{DataType, Int64Type};

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{args_size, argument_error, length_error, type_error, type_name};
use crate::scalar::kernel::{booleans, list_of, slices, string_lists, try_booleans, try_primitives};
use crate::scalar::{Call, Scalar, arity};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("sq_count_check", count_types, |_| Ok(DataType::Int64), count_check).volatile().entry(
            "_FUNC_(x) - Internal check on scalar subquery expression to make sure atmost one row is returned",
            "For internal use only",
        ),
        Scalar::new("enforce_constraint", constraint_types, |_| Ok(DataType::Boolean), enforce_constraint)
            .volatile()
            .entry("_FUNC_(x) - Internal UDF to enforce CHECK and NOT NULL constraint", "For internal use only"),
        Scalar::new("cardinality_violation", |_, types| Ok(types.to_vec()), |_| Ok(DataType::Int32), violation)
            .volatile()
            .entry("_FUNC_(n0, n1...) - raises Cardinality Violation", ""),
        Scalar::new("assert_true_oom", only_in_tests, |_| Ok(DataType::Null), unreachable_rows)
            .entry("_FUNC_(condition) - Throw an MapJoinMemoryExhaustionError if 'condition' is not true.", ""),
        Scalar::new(
            "restrict_information_schema",
            none,
            |_| Ok(DataType::Boolean),
            |call| booleans(call.rows(), |_| Some(false)),
        )
        .entry(
            "_FUNC_() - Returns whether or not to enable information schema restriction. Currently it is enabled if \
             either HS2 authorizer or metastore authorizer implements policy provider interface.",
            "",
        ),
        Scalar::new(
            "current_authorizer",
            none,
            |_| Ok(DataType::Utf8),
            |call| Ok(new_null_array(&DataType::Utf8, call.rows())),
        )
        .entry("_FUNC_() - Returns the current authorizer (class name of the authorizer). ", ""),
        Scalar::new("current_groups", none, |_| Ok(list_of(DataType::Utf8)), groups)
            .stable()
            .entry("_FUNC_() - Returns all groups the current user belongs to", "SessionState GroupsFromAuthenticator"),
        Scalar::new("current_catalog", none, |_| Ok(DataType::Utf8), |call| slices(call.rows(), |_| Some("hive")))
            .entry("_FUNC_() - returns currently used catalog name", ""),
        Scalar::new(
            "bucket_number",
            |_, types| Ok(types.to_vec()),
            |_| Ok(DataType::Utf8),
            |call| Ok(new_null_array(&DataType::Utf8, call.rows())),
        )
        .entry("_FUNC_(x) - returns NULL", ""),
        Scalar::new("split_map_privs", one_text, |_| Ok(list_of(DataType::Utf8)), privileges).entry(
            "_FUNC_(str) - Splits binary str and maps to privilege type regex",
            "Example:\n  > SELECT _FUNC_('0 1 1 0 1 1 0 0 0') FROM src LIMIT 1;\n  [\"UPDATE\", \"CREATE\", \"ALTER\", \
             \"INDEX\"]",
        ),
        Scalar::new("in_file", file_types, |_| Ok(DataType::Boolean), in_file)
            .stable()
            .entry("_FUNC_(str, filename) - Returns true if str appears in the file", ""),
        Scalar::new("ndv_compute_bit_vector", one_sketch, |_| Ok(DataType::Int64), distinct_values)
            .entry("_FUNC_(x) - Extracts NDV from bit vector.", ""),
        Scalar::new(
            "tomap",
            only_null,
            |_| Ok(DataType::Null),
            |call| Ok(new_null_array(&DataType::Null, call.rows())),
        )
        .aliases(&["toarray", "tostruct"])
        .entry("_FUNC_(x) - converts it's parameter to _FUNC_. Currently only null literal is supported.", ""),
        Scalar::new("surrogate_key", only_in_inserts, |_| Ok(DataType::Int64), unreachable_rows).volatile().entry(
            "_FUNC_() - automatically generate numerical Ids for rows as you enter data into a table",
            "Example: CREATE TABLE students \n(`ID` BIGINT DEFAULT SURROGATE_KEY(),\n name VARCHAR(64));",
        ),
    ]
}

fn none(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 0, 0).map(|()| Vec::new())
}

fn one_text(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    arity(name, types, &[DataType::Utf8])
}

fn one_sketch(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    match &types[0] {
        DataType::Binary | DataType::Null => Ok(vec![DataType::Binary]),
        other => type_error(0, format!("Only binary type arguments are accepted but {} is passed.", type_name(other))),
    }
}

fn distinct_values(call: &Call) -> Result<ArrayRef> {
    let column = call.column(0)?;
    let bytes = column.array.as_binary::<i32>();
    try_primitives::<Int64Type>(call.rows(), |row| {
        let row = column.index(row);
        bytes.is_valid(row).then(|| crate::sketch::distinct_values(bytes.value(row))).transpose()
    })
}

fn only_null(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    args_size(name, types, 1, 1)?;
    match &types[0] {
        DataType::Null => Ok(vec![DataType::Null]),
        other => type_error(0, format!("{name} takes NULL only, not {}", type_name(other))),
    }
}

fn only_in_tests(_: &str, _: &[DataType]) -> Result<Vec<DataType>> {
    argument_error("this UDF is only available in testmode")
}

fn only_in_inserts(_: &str, _: &[DataType]) -> Result<Vec<DataType>> {
    Err(UdfError::Unsupported("surrogate_key (there is no write id outside of an INSERT's DEFAULT)".into()))
}

fn unreachable_rows(call: &Call) -> Result<ArrayRef> {
    Err(UdfError::Unsupported(call.name().to_string()))
}

fn count_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.is_empty() || types.len() > 2 {
        return length_error(format!(
            "Invalid scalar subquery expression. Subquery count check expected two argument but received: {}",
            types.len()
        ));
    }
    let mut wanted = types.to_vec();
    wanted[0] = DataType::Int64;
    Ok(wanted)
}

/// With one argument: the number of rows of a subquery, at most one. With two: that of an aggregate's, not zero.
fn count_check(call: &Call) -> Result<ArrayRef> {
    let count = call.primitives::<Int64Type>(0)?;
    let error = |message: &str| Err(UdfError::Execution(message.to_string()));
    try_primitives::<Int64Type>(call.rows(), |row| match (call.len(), count.get(row)) {
        (1, Some(2..)) => error(" Scalar subquery expression returns more than one row."),
        (2, None | Some(0)) => {
            error(" IN/NOT IN subquery with aggregate returning zero result. Currently this is not supported.")
        }
        (_, count) => Ok(count),
    })
}

fn constraint_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Boolean | DataType::Null] => Ok(vec![DataType::Boolean]),
        [other] => type_error(0, format!("enforce_constraint expects a boolean, got {}", type_name(other))),
        _ => length_error(format!(
            "Invalid number of arguments. enforce_constraint UDF expected one argument but received: {}",
            types.len()
        )),
    }
}

fn enforce_constraint(call: &Call) -> Result<ArrayRef> {
    let condition = call.column(0)?;
    let values = condition.array.as_boolean();
    try_booleans(call.rows(), |row| {
        let row = condition.index(row);
        if values.is_valid(row) && values.value(row) {
            return Ok(Some(true));
        }
        Err(UdfError::Execution("DataConstraintViolationError: Either CHECK or NOT NULL constraint violated!".into()))
    })
}

fn violation(call: &Call) -> Result<ArrayRef> {
    if call.rows() == 0 {
        return Ok(new_null_array(&DataType::Int32, 0));
    }
    let mut key = Vec::new();
    for index in 0..call.len() {
        let style = crate::text::TextStyle { null: "null", zone: call.time_zone() };
        key.push(crate::text::value_text(call.array(index)?.as_ref(), 0, style)?);
    }
    Err(UdfError::Execution(format!("Cardinality Violation in Merge statement: {}", key.join(","))))
}

/// The groups of the user that runs the process, by `/etc/group`; NULL where there is none to be read.
fn groups(call: &Call) -> Result<ArrayRef> {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_default();
    let primary = std::fs::read_to_string("/etc/passwd").ok().and_then(|users| {
        let line = users.lines().find(|line| line.split(':').next() == Some(user.as_str()))?;
        line.split(':').nth(3).map(str::to_string)
    });
    let names: Option<Vec<String>> = std::fs::read_to_string("/etc/group").ok().map(|groups| {
        let of_user = |line: &str| -> Option<String> {
            let mut parts = line.split(':');
            let (name, id, members) = (parts.next()?, parts.nth(1)?, parts.next().unwrap_or_default());
            let member = Some(id) == primary.as_deref() || members.split(',').any(|member| member == user);
            member.then(|| name.to_string())
        };
        groups.lines().filter_map(of_user).collect()
    });
    string_lists(call.rows(), |_, items| match &names {
        Some(names) => {
            names.iter().for_each(|name| items.append_value(name));
            Ok(true)
        }
        None => Ok(false),
    })
}

/// What the places of the text stand for (`HiveResourceACLs.Privilege`).
const PRIVILEGES: [&str; 9] = ["SELECT", "UPDATE", "CREATE", "DROP", "ALTER", "INDEX", "LOCK", "READ", "WRITE"];

fn privileges(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    string_lists(call.rows(), |row, items| {
        let Some(text) = text.get(row) else { return Ok(false) };
        for (bit, privilege) in text.split(' ').zip(PRIVILEGES) {
            if bit == "1" {
                items.append_value(privilege);
            }
        }
        Ok(true)
    })
}

fn file_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [DataType::Utf8 | DataType::Null, DataType::Utf8] => Ok(vec![DataType::Utf8; 2]),
        [DataType::Utf8 | DataType::Null, other] => type_error(
            1,
            format!("The second argument of IN_FILE() must be a constant string but {} was given.", type_name(other)),
        ),
        [other, _] => type_error(
            0,
            format!(
                "The first argument of function IN_FILE must be a string, char or varchar but {} was given.",
                type_name(other)
            ),
        ),
        _ => length_error("IN_FILE() accepts exactly 2 arguments."),
    }
}

fn in_file(call: &Call) -> Result<ArrayRef> {
    let Some(path) = call.constant_str(1) else {
        return type_error(1, "The second argument of IN_FILE() must be a constant string");
    };
    let failed =
        |error: std::io::Error| UdfError::Execution(format!("Could not find \"{path}\" in IN_FILE() UDF: {error}"));
    let file = std::fs::File::open(path).map_err(failed)?;
    let lines: HashSet<String> = std::io::BufReader::new(file).lines().collect::<Result<_, _>>().map_err(failed)?;
    let text = call.strings(0)?;
    booleans(call.rows(), |row| Some(lines.contains(text.get(row)?)))
}
