//! `json_tuple`, `parse_url_tuple`: one row of strings for each row.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;

use super::{Rows, columns_type, list_of_structs};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::argument_error;
use crate::scalar::json::Json;
use crate::scalar::string::{UrlParts, url_part};
use crate::scalar::{Call, ReturnArgs};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Rows {
            name: "json_tuple",
            coerce: json_types,
            columns,
            returns: |args| columns_type(columns(args)?),
            eval: json_tuple,
        }
        .entry(
            "_FUNC_(jsonStr, p1, p2, ..., pn) - like get_json_object, but it takes multiple names and return a \
                 tuple. All the input parameters and output column types are string.",
        ),
        Rows {
            name: "parse_url_tuple",
            coerce: url_types,
            columns,
            returns: |args| columns_type(columns(args)?),
            eval: parse_url_tuple,
        }
        .entry(
            "_FUNC_(url, partname1, partname2, ..., partnameN) - extracts N (N>=1) parts from a URL.\nIt takes a \
                 URL and one or multiple partnames, and returns a tuple. All the input parameters and output column \
                 types are string.",
        ),
    ]
}

fn json_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return argument_error("json_tuple() takes at least two arguments: the json string and a path expression");
    }
    strings_only("json_tuple", types)
}

fn url_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return argument_error("parse_url_tuple() takes at least two arguments: the url string and a part name");
    }
    strings_only("parse_url_tuple", types)
}

fn strings_only(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.iter().any(|ty| *ty != DataType::Utf8) {
        return argument_error(format!("{name}()'s arguments have to be string type"));
    }
    Ok(types.to_vec())
}

fn columns(args: &ReturnArgs) -> Result<Vec<(String, DataType)>> {
    Ok((0..args.types.len().saturating_sub(1)).map(|nth| (format!("c{nth}"), DataType::Utf8)).collect())
}

/// One row of `width` strings for each row; the closure gives the value of a column.
fn tuples<T>(
    call: &Call,
    parse: impl Fn(&str) -> Option<T>,
    value: impl Fn(&T, &str) -> Option<String>,
) -> Result<ArrayRef> {
    let source = call.strings(0)?;
    let names = (1..call.len()).map(|index| call.strings(index)).collect::<Result<Vec<_>>>()?;
    let mut builders: Vec<StringBuilder> = names.iter().map(|_| StringBuilder::new()).collect();
    for row in 0..call.rows() {
        let parsed = source.get(row).and_then(&parse);
        for (name, builder) in names.iter().zip(&mut builders) {
            builder.append_option(match (&parsed, name.get(row)) {
                (Some(parsed), Some(name)) => value(parsed, name),
                _ => None,
            });
        }
    }
    let columns = builders.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef).collect();
    list_of_structs(call, columns, OffsetBuffer::from_repeated_length(1, call.rows()), None)
}

fn json_tuple(call: &Call) -> Result<ArrayRef> {
    tuples(
        call,
        |text| match Json::parse(text) {
            Some(Json::Object(members)) => Some(members),
            _ => None,
        },
        |members, name| members.iter().find(|(key, _)| key == name)?.1.value_text(),
    )
}

fn parse_url_tuple(call: &Call) -> Result<ArrayRef> {
    tuples(call, UrlParts::parse, |url, part| match part.strip_prefix("QUERY:") {
        Some(key) => url.query_value(key),
        None => url_part(url, part).map(str::to_string),
    })
}
