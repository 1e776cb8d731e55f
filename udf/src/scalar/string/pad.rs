//! `lpad`, `rpad`, `repeat`, `space`.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Int32Type};

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{argument_error, category, is_primitive, overload, type_error, type_name};
use crate::scalar::kernel::{strings, try_strings};
use crate::scalar::{Call, Scalar};

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        Scalar::new("lpad", pad_types, |_| Ok(DataType::Utf8), |call| pad(call, true)).entry(
            "_FUNC_(str, len, pad) - Returns str, left-padded with pad to a length of len",
            "If str is longer than len, the return value is shortened to len characters.\nIn case of empty pad \
             string, the return value is null.\nExample:\n  > SELECT _FUNC_('hi', 5, '??') FROM src LIMIT 1;\n  '???hi'\
             \n  > SELECT _FUNC_('hi', 1, '??') FROM src LIMIT 1;\n  'h'\n  > SELECT _FUNC_('hi', 5, '') FROM src \
             LIMIT 1;\n  null",
        ),
        Scalar::new("rpad", pad_types, |_| Ok(DataType::Utf8), |call| pad(call, false)).entry(
            "_FUNC_(str, len, pad) - Returns str, right-padded with pad to a length of len",
            "If str is longer than len, the return value is shortened to len characters.\nIn case of empty pad \
             string, the return value is null.\nExample:\n  > SELECT _FUNC_('hi', 5, '??') FROM src LIMIT 1;\n  'hi???'\
             \n  > SELECT _FUNC_('hi', 1, '??') FROM src LIMIT 1;\n  'h'\n  > SELECT _FUNC_('hi', 5, '') FROM src \
             LIMIT 1;\n  null",
        ),
        Scalar::new(
            "repeat",
            |_, types| overload("UDFRepeat", types, &[&[DataType::Utf8, DataType::Int32]]),
            |_| Ok(DataType::Utf8),
            repeat,
        )
        .entry(
            "_FUNC_(str, n) - repeat str n times ",
            "Example:\n  > SELECT _FUNC_('123', 2) FROM src LIMIT 1;\n  '123123'",
        ),
        Scalar::new(
            "space",
            |_, types| overload("UDFSpace", types, &[&[DataType::Int32]]),
            |_| Ok(DataType::Utf8),
            space,
        )
        .entry("_FUNC_(n) - returns n spaces", "Example:\n   > SELECT _FUNC_(2) FROM src LIMIT 1;\n   '  '"),
    ]
}

fn pad_types(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 3 {
        return argument_error(format!("{name} requires three arguments. Found :{}", types.len()));
    }
    for (index, ty) in types.iter().enumerate() {
        if !is_primitive(ty) {
            let message = format!("Only primitive type arguments are accepted but {} is passed.", type_name(ty));
            return type_error(index, message);
        }
    }
    if !matches!(types[1], DataType::Int8 | DataType::Int16 | DataType::Int32) {
        return type_error(
            2,
            format!("{name} only takes INT/SHORT/BYTE types as 2-ths argument, got {}", category(&types[1])),
        );
    }
    Ok(vec![DataType::Utf8, DataType::Int32, DataType::Utf8])
}

fn pad(call: &Call, left: bool) -> Result<ArrayRef> {
    let (text, length, padding) = (call.strings(0)?, call.primitives::<Int32Type>(1)?, call.strings(2)?);
    try_strings(call.rows(), |row, out| {
        let (Some(text), Some(length), Some(padding)) = (text.get(row), length.get(row), padding.get(row)) else {
            return Ok(None);
        };
        if padding.is_empty() {
            return Ok(None);
        }
        let Ok(length) = usize::try_from(length) else {
            return Err(UdfError::Execution(format!("{}: the length {length} is negative", call.name())));
        };
        let missing = length.saturating_sub(text.chars().count());
        if left {
            out.extend(padding.chars().cycle().take(missing));
        }
        out.extend(text.chars().take(length));
        if !left {
            out.extend(padding.chars().cycle().take(missing));
        }
        Ok(Some(()))
    })
}

fn repeat(call: &Call) -> Result<ArrayRef> {
    let (text, times) = (call.strings(0)?, call.primitives::<Int32Type>(1)?);
    strings(call.rows(), |row, out| {
        let (text, times) = (text.get(row)?, times.get(row)?);
        // Hive multiplies the lengths as int, and a negative length is none.
        let length = times.wrapping_mul(text.len() as i32);
        for _ in 0..(length.max(0) as usize).checked_div(text.len()).unwrap_or(0) {
            out.push_str(text);
        }
        Some(())
    })
}

fn space(call: &Call) -> Result<ArrayRef> {
    let count = call.primitives::<Int32Type>(0)?;
    strings(call.rows(), |row, out| {
        out.extend(std::iter::repeat_n(' ', count.get(row)?.max(0) as usize));
        Some(())
    })
}
