//! `json_read`: a text of JSON as a value of a type (`GenericUDFJsonRead`, `HiveJsonReader`).

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, ListArray, MapArray, StringArray, StructArray, new_null_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType;

use super::Json;
use crate::cast::{CastTarget, cast_array};
use crate::coercion::parse_type_name;
use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{args_size, argument_error, primitive, type_error};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "json_read",
            |name, types| {
                args_size(name, types, 2, 2)?;
                primitive(name, types, 0)?;
                primitive(name, types, 1)?;
                Ok(vec![DataType::Utf8, DataType::Utf8])
            },
            |args| match args.constant_str(1) {
                None => type_error(1, "json_read argument 2 may only be a constant"),
                Some(name) => match parse_type_name(name) {
                    Some(ty) => Ok(ty),
                    None => argument_error(format!("json_read: Error parsing typestring: {name}")),
                },
            },
            json_read,
        )
        .entry(
            "_FUNC_(json,type) - Parses the given json according to the given complex type specification",
            "Parsed as null: if the json is null, it is the empty string or if it contains only \
             whitespaces\nExample:\nselect _FUNC_('[]','array<struct<a:string>>' ",
        ),
    ]
}

fn json_read(call: &Call) -> Result<ArrayRef> {
    let text = call.strings(0)?;
    let mut values = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        values.push(match text.get(row).filter(|text| !text.trim().is_empty()) {
            None => Json::Null,
            Some(text) => {
                Json::parse(text).ok_or_else(|| UdfError::Execution(format!("Error parsing json: {text}")))?
            }
        });
    }
    let values: Vec<Option<&Json>> = values.iter().map(Some).collect();
    array_of(&values, call.return_type(), call.time_zone())
}

/// Values as an array of a type; what does not fit is an error in Hive, for the shape, and NULL for a text that is no
/// number.
fn array_of(values: &[Option<&Json>], ty: &DataType, zone: Tz) -> Result<ArrayRef> {
    let wrong = |value: &Json| -> UdfError {
        let text = value.value_text().unwrap_or_default();
        UdfError::Execution(format!("Error parsing json: {text} is no {}", crate::coercion::hive_type_name(ty)))
    };
    let there = |value: &Option<&Json>| value.is_some_and(|value| *value != Json::Null);
    let nulls = || Some(NullBuffer::from(values.iter().map(there).collect::<Vec<bool>>()));
    match ty {
        DataType::List(item) => {
            let mut items = Vec::new();
            let mut lengths = Vec::with_capacity(values.len());
            for value in values {
                match value {
                    Some(Json::Array(array)) => {
                        items.extend(array.iter().map(Some));
                        lengths.push(array.len());
                    }
                    Some(Json::Null) | None => lengths.push(0),
                    Some(other) => return Err(wrong(other)),
                }
            }
            let items = array_of(&items, item.data_type(), zone)?;
            Ok(Arc::new(ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(lengths), items, nulls())?))
        }
        DataType::Map(entries, sorted) => {
            let DataType::Struct(fields) = entries.data_type() else { return Ok(new_null_array(ty, values.len())) };
            let (mut keys, mut items) = (Vec::new(), Vec::new());
            let mut lengths = Vec::with_capacity(values.len());
            for value in values {
                match value {
                    Some(Json::Object(members)) => {
                        keys.extend(members.iter().map(|(name, _)| name.as_str()));
                        items.extend(members.iter().map(|(_, value)| Some(value)));
                        lengths.push(members.len());
                    }
                    Some(Json::Null) | None => lengths.push(0),
                    Some(other) => return Err(wrong(other)),
                }
            }
            let keys: ArrayRef = Arc::new(StringArray::from(keys));
            let keys = cast_array(&keys, &CastTarget::Arrow(fields[0].data_type().clone()), zone)?;
            let items = array_of(&items, fields[1].data_type(), zone)?;
            let rows = StructArray::try_new(fields.clone(), vec![keys, items], None)?;
            let offsets = OffsetBuffer::from_lengths(lengths);
            Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, rows, nulls(), *sorted)?))
        }
        DataType::Struct(fields) => {
            let mut columns = Vec::with_capacity(fields.len());
            for field in fields {
                let mut members = Vec::with_capacity(values.len());
                for value in values {
                    members.push(match value {
                        Some(Json::Object(object)) => object
                            .iter()
                            .find(|(name, _)| name.eq_ignore_ascii_case(field.name()))
                            .map(|(_, value)| value),
                        Some(Json::Null) | None => None,
                        Some(other) => return Err(wrong(other)),
                    });
                }
                columns.push(array_of(&members, field.data_type(), zone)?);
            }
            Ok(Arc::new(StructArray::try_new(fields.clone(), columns, nulls())?))
        }
        simple => {
            let texts: ArrayRef =
                Arc::new(values.iter().map(|value| value.and_then(Json::value_text)).collect::<StringArray>());
            cast_array(&texts, &CastTarget::Arrow(simple.clone()), zone)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scalar::testing::{call, check, s};

    #[test]
    fn reads_nested_values() {
        let people =
            r#"[{"name":"john","alias":"j","address":{"city":"LA"}},{"name":"kinga","alias":"binga","age":2}]"#;
        let ty = "array<struct<name:string,age:int,alias:string,address:struct<city:string,street:string>>>";
        check(&[
            (
                "json_read",
                &[s(people), s(ty)],
                r#"[{"name":"john","age":null,"alias":"j","address":{"city":"LA","street":null}},{"name":"kinga","age":2,"alias":"binga","address":null}]"#,
            ),
            ("json_read", &[s(r#"{"a":{"x y":true}}"#), s("map<string,struct<x y:boolean>>")], r#"{"a":{"x y":true}}"#),
            ("json_read", &[s("  "), s("array<int>")], "NULL"),
            ("json_read", &[s("[]"), s("array<int>")], "[]"),
            ("json_read", &[s("[1,null,\"x\"]"), s("array<int>")], "[1,null,null]"),
        ]);
        assert!(call("json_read", &[s("[1"), s("array<int>")]).is_err());
        assert!(call("json_read", &[s("[1]"), s("array<what>")]).is_err());
        assert!(call("json_read", &[s("[1]"), s("struct<a:int>")]).is_err());
    }
}
