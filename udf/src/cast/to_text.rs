//! Casts to strings and to binary.

use std::cell::RefCell;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, StringArray, StringBuilder};
use arrow::datatypes::DataType;

use super::CastTarget;
use crate::error::Result;
use crate::text::{TextFormatter, TextStyle};

/// Writes a text into a buffer of the thread and reads it, so that a row costs no allocation.
pub(super) fn with_text<T>(write: impl FnOnce(&mut String), read: impl FnOnce(&str) -> T) -> T {
    thread_local! {
        static BUFFER: RefCell<String> = const { RefCell::new(String::new()) };
    }
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        write(buffer);
        read(buffer)
    })
}

/// Casts to `string`, `varchar(n)` or `char(n)`.
pub(super) fn cast(array: &ArrayRef, target: &CastTarget, tz: Tz) -> Result<ArrayRef> {
    let shape = |text: &str| -> usize {
        match target {
            CastTarget::Arrow(_) => text.len(),
            CastTarget::Varchar(length) => prefix(text, *length).len(),
            CastTarget::Char(length) => prefix(text, *length).trim_end_matches(' ').len(),
        }
    };
    if let Some(strings) = array.as_string_opt::<i32>() {
        let fits = strings.iter().flatten().all(|text| shape(text) == text.len());
        if fits {
            return Ok(Arc::clone(array));
        }
        let cut = strings.iter().map(|text| text.map(|text| text.get(..shape(text)).unwrap_or(text)));
        return Ok(Arc::new(cut.collect::<StringArray>()));
    }
    if let Some(values) = array.as_boolean_opt() {
        let texts = values.iter().map(|value| {
            let text = if value? { "TRUE" } else { "FALSE" };
            Some(text.get(..shape(text)).unwrap_or(text))
        });
        return Ok(Arc::new(texts.collect::<StringArray>()));
    }
    let formatter = TextFormatter::new(array.as_ref(), TextStyle::cli(tz))?;
    let mut builder = StringBuilder::with_capacity(array.len(), array.len() * 8);
    let mut text = String::new();
    for row in 0..array.len() {
        if formatter.is_null(row) {
            builder.append_null();
        } else {
            text.clear();
            formatter.write(row, &mut text);
            builder.append_value(text.get(..shape(&text)).unwrap_or(&text));
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// The first `length` characters.
fn prefix(text: &str, length: u32) -> &str {
    let length = length as usize;
    // No more bytes than characters allowed: nothing to count.
    if text.len() <= length {
        return text;
    }
    match text.char_indices().nth(length) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// Casts a string to `binary`: its bytes.
pub(super) fn cast_to_binary(array: &ArrayRef) -> Option<ArrayRef> {
    match array.data_type() {
        DataType::Utf8 => Some(Arc::new(BinaryArray::from(array.as_string::<i32>().clone()))),
        _ => None,
    }
}
