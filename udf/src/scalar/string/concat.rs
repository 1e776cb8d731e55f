//! `concat` and `concat_ws`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::DataType;

use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, is_primitive, length_error, type_error, type_name};
use crate::scalar::kernel::{binaries, list_of, strings};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "concat",
            |_, types| {
                if !types.iter().all(is_primitive) {
                    return argument_error("CONCAT only takes primitive arguments");
                }
                let binary = !types.is_empty() && types.iter().all(|ty| *ty == DataType::Binary);
                Ok(vec![if binary { DataType::Binary } else { DataType::Utf8 }; types.len()])
            },
            |args| Ok(if args.type_of(0) == DataType::Binary { DataType::Binary } else { DataType::Utf8 }),
            concat,
        )
        .entry(
            "_FUNC_(str1, str2, ... strN) - returns the concatenation of str1, str2, ... strN or _FUNC_(bin1, bin2, \
             ... binN) - returns the concatenation of bytes in binary data  bin1, bin2, ... binN",
            "Returns NULL if any argument is NULL.\nExample:\n  > SELECT _FUNC_('abc', 'def') FROM src LIMIT 1;\n  'abcdef'",
        ),
        Scalar::new("concat_ws", concat_ws_types, |_| Ok(DataType::Utf8), concat_ws).entry(
            "_FUNC_(separator, [string | array(string)]+) - returns the concatenation of the strings separated by \
             the separator.",
            "Example:\n  > SELECT _FUNC_('.', 'www', array('facebook', 'com')) FROM src LIMIT 1;\n  'www.facebook.com'",
        ),
    ]
}

fn concat(call: &Call) -> Result<ArrayRef> {
    if call.arg_type(0) == DataType::Binary {
        let columns = (0..call.len()).map(|index| call.column(index)).collect::<Result<Vec<_>>>()?;
        return binaries(call.rows(), |row, out| {
            for column in &columns {
                let array = column.array.as_binary::<i32>();
                let at = column.index(row);
                if array.is_null(at) {
                    return Ok(None);
                }
                out.extend_from_slice(array.value(at));
            }
            Ok(Some(()))
        });
    }
    let columns = (0..call.len()).map(|index| call.strings(index)).collect::<Result<Vec<_>>>()?;
    strings(call.rows(), |row, out| {
        for column in &columns {
            out.push_str(column.get(row)?);
        }
        Some(())
    })
}

fn concat_ws_types(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < 2 {
        return length_error(
            "The function CONCAT_WS(separator,[string | array(string)]+) needs at least two arguments.",
        );
    }
    types
        .iter()
        .enumerate()
        .map(|(index, ty)| match ty {
            DataType::Utf8 | DataType::Null => Ok(DataType::Utf8),
            DataType::List(item) if matches!(item.data_type(), DataType::Utf8 | DataType::Null) => {
                Ok(list_of(DataType::Utf8))
            }
            other => type_error(
                index,
                format!(
                    "Argument {} of function CONCAT_WS must be \"string or array<string>\", but \"{}\" was found.",
                    index + 1,
                    type_name(other)
                ),
            ),
        })
        .collect()
}

/// One argument of `concat_ws`.
enum Part {
    Text(crate::scalar::Strings),
    List { offsets: Vec<i32>, nulls: Option<arrow::buffer::NullBuffer>, items: Arc<StringArray>, constant: bool },
}

fn concat_ws(call: &Call) -> Result<ArrayRef> {
    let separator = call.strings(0)?;
    let parts = (1..call.len())
        .map(|index| match call.arg_type(index) {
            DataType::List(_) => {
                let column = call.column(index)?;
                let list = column.array.as_list::<i32>();
                Ok(Part::List {
                    offsets: list.value_offsets().to_vec(),
                    nulls: list.nulls().cloned(),
                    items: Arc::new(list.values().as_string::<i32>().clone()),
                    constant: column.constant,
                })
            }
            _ => Ok(Part::Text(call.strings(index)?)),
        })
        .collect::<Result<Vec<_>>>()?;
    strings(call.rows(), |row, out| {
        let separator = separator.get(row)?;
        let mut first = true;
        for part in &parts {
            match part {
                Part::Text(text) => {
                    let Some(text) = text.get(row) else { continue };
                    if !std::mem::take(&mut first) {
                        out.push_str(separator);
                    }
                    out.push_str(text);
                }
                Part::List { offsets, nulls, items, constant } => {
                    let at = if *constant { 0 } else { row };
                    if nulls.as_ref().is_some_and(|nulls| nulls.is_null(at)) {
                        continue;
                    }
                    if !std::mem::take(&mut first) {
                        out.push_str(separator);
                    }
                    // An empty array leaves its separator, a NULL item the word `null`.
                    for (nth, item) in (offsets[at] as usize..offsets[at + 1] as usize).enumerate() {
                        if nth > 0 {
                            out.push_str(separator);
                        }
                        out.push_str(if items.is_null(item) { "null" } else { items.value(item) });
                    }
                }
            }
        }
        Some(())
    })
}
