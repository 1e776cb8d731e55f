//! `cast_format`: `CAST(value AS type FORMAT 'template')` with the datetime templates of SQL:2016, as Hive's
//! `HiveSqlDateTimeFormatter` reads them.

mod parse;
mod template;
mod write;

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};

use super::{DAY, TIMESTAMP};
use crate::error::Result;
use crate::registry::FunctionEntry;
use crate::scalar::check::{Group, argument_error, category, is_primitive};
use crate::scalar::kernel::{primitives, strings};
use crate::scalar::{Call, ReturnArgs, Scalar};
use template::Template;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![Scalar::new("cast_format", arguments, returned, cast_format).entry(
        "CAST(<value> AS <type> FORMAT <STRING>) - Converts a datetime value to string or string-type value to datetime \
         based on the format pattern specified.",
        "If format is specified with FORMAT argument then SQL:2016 datetime formats will be used.\nExample:\n   > SELECT \
         CAST(\"2018-01-01 4 PM\" AS timestamp FORMAT \"yyyy-mm-dd hh12 AM\");\n  2018-01-01 16:00:00",
    )]
}

/// `cast_format(type, value, template [, length])`, the order of Hive's `GenericUDFCastFormat`. The type is a constant
/// text: `string`, `varchar`, `char`, `timestamp` or `date` (Hive has the numbers of its parser's tokens there); the
/// length belongs to `varchar` and `char`.
fn arguments(_: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() != 3 && types.len() != 4 {
        return argument_error(format!(
            "Function cast_format requires 3 or 4 arguments (int, expression, StringLiteral[, var/char length]), got {}",
            types.len()
        ));
    }
    if !is_primitive(&types[1]) {
        return argument_error("Function CAST...as ... FORMAT ...takes only primitive types");
    }
    if matches!(types[1], DataType::Timestamp(_, Some(_))) {
        return argument_error("Timestamp with local time zone not yet supported for cast ... format function");
    }
    let wanted = [DataType::Utf8, types[1].clone(), DataType::Utf8, DataType::Int32];
    Ok(wanted.into_iter().take(types.len()).collect())
}

/// The type that a name stands for; its Arrow type.
fn target(name: &str) -> Option<DataType> {
    Some(match name.to_ascii_lowercase().as_str() {
        "string" | "varchar" | "char" => DataType::Utf8,
        "timestamp" => TIMESTAMP,
        "date" => DataType::Date32,
        _ => return None,
    })
}

fn returned(args: &ReturnArgs) -> Result<DataType> {
    let name = args.constant_str(0).unwrap_or_default();
    let Some(target) = target(name) else {
        return argument_error(format!(
            "Cast...format can only convert to DATE, TIMESTAMP, STRING, VARCHAR, CHAR. Can't convert to {name}"
        ));
    };
    let input = args.type_of(1);
    let (from, to) = (Group::of(&input), Group::of(&target));
    let convertible = match from {
        Some(Group::String) => to == Some(Group::Date),
        Some(Group::Date) => to == Some(Group::String),
        Some(Group::Void) => true,
        _ => false,
    };
    if !convertible {
        return argument_error(format!(
            "Function CAST...as ... FORMAT ... only converts datetime objects to string types and string or void objects \
             to datetime types. Type of object provided: {} in primitive grouping {}, type provided: {} in primitive \
             grouping {}",
            category(&target),
            from.map_or("", Group::name),
            category(&input),
            to.map_or("", Group::name)
        ));
    }
    let Some(template) = args.constant_str(2) else {
        return argument_error("cast_format takes only a constant text as its format pattern");
    };
    Template::new(template, target != DataType::Utf8)?;
    Ok(target)
}

fn cast_format(call: &Call) -> Result<ArrayRef> {
    let to = call.return_type().clone();
    let template = Template::new(call.constant_str(2).unwrap_or_default(), to != DataType::Utf8)?;
    let value = call.column(1)?;
    let array = &value.array;
    if to != DataType::Utf8 {
        let parsed = |row: usize| -> Option<i64> {
            let text = array.as_string_opt::<i32>()?;
            let row = value.index(row);
            text.is_valid(row).then(|| template.parse(text.value(row)))?
        };
        return if to == DataType::Date32 {
            primitives::<Date32Type>(call.rows(), |row| parsed(row)?.div_euclid(DAY).try_into().ok())
        } else {
            primitives::<TimestampMicrosecondType>(call.rows(), parsed)
        };
    }
    let length: Option<usize> = match call.len() {
        4 => call.primitives::<arrow::datatypes::Int32Type>(3)?.get(0).and_then(|length| length.try_into().ok()),
        _ => None,
    };
    let padded = call.constant_str(0).is_some_and(|name| name.eq_ignore_ascii_case("char"));
    strings(call.rows(), |row, out| {
        let row = value.index(row);
        if array.is_null(row) {
            return None;
        }
        let micros = match array.data_type() {
            DataType::Date32 => i64::from(array.as_primitive::<Date32Type>().value(row)) * DAY,
            DataType::Timestamp(_, _) => array.as_primitive::<TimestampMicrosecondType>().value(row),
            _ => return None,
        };
        template.write(micros, out);
        if let Some((end, _)) = length.and_then(|length| out.char_indices().nth(length)) {
            out.truncate(end);
        }
        if padded {
            out.truncate(out.trim_end_matches(' ').len());
        }
        Some(())
    })
}

/// The text without its backslashes.
fn without_backslashes(text: &str) -> Cow<'_, str> {
    if text.contains('\\') { Cow::Owned(text.replace('\\', "")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{call, s};
    use datafusion_common::ScalarValue;

    /// A text by a template as a timestamp.
    fn read(template: &str, text: &str) -> String {
        call("cast_format", &[s("timestamp"), s(text), s(template)]).unwrap_or_else(|error| error)
    }

    fn write(template: &str, micros: i64) -> String {
        let value = ScalarValue::TimestampMicrosecond(Some(micros), None);
        call("cast_format", &[s("string"), value, s(template)]).unwrap_or_else(|error| error)
    }

    /// Cases of Hive's `TestHiveSqlDateTimeFormatter`.
    #[test]
    fn reads_as_hive_does() {
        for (template, text, answer) in [
            ("yyyy-mm-dd", "2019-02-10", "2019-02-10 00:00:00"),
            ("yyyy mm dd", "2019-1-3", "2019-01-03 00:00:00"),
            ("yyyymmdd", "20190510", "2019-05-10 00:00:00"),
            ("yyyy-mm-dd hh12:mi:ss AM", "2019-01-01 4:03:02 p.m.", "2019-01-01 16:03:02"),
            ("yyyy-mm-dd hh:mi PM", "2019-01-01 12:30 am", "2019-01-01 00:30:00"),
            ("yyyy-mm-ddThh24:mi:ss.ff3Z", "2019-01-01T23:59:58.12Z", "2019-01-01 23:59:58.12"),
            ("yyyyddd", "2020366", "2020-12-31 00:00:00"),
            ("yyyyddd", "2019366", "NULL"),
            ("yyyy-mm-dd sssss", "2019-01-01 86399", "2019-01-01 23:59:59"),
            ("dd/MONTH/yyyy", "3/september/2018", "2018-09-03 00:00:00"),
            ("dd-mon-yyyy", "03-FEB-2018", "2018-02-03 00:00:00"),
            ("iyyy-iw-id", "2019-01-01", "2018-12-31 00:00:00"),
            ("iyyy-iw-id", "2019-53-2", "NULL"),
            ("iyyy-iw-day", "2020-53-sunday", "2021-01-03 00:00:00"),
            ("fxyyyy-mm-dd", "2019-1-03", "NULL"),
            ("fxyyyy-fmmm-dd", "2019-1-03", "2019-01-03 00:00:00"),
            ("fxyyyy-mm-dd", "2019/01/03", "NULL"),
            ("yyyy-mm-dd tzh:tzm", "2019-01-01 -05:30", "2019-01-01 00:00:00"),
            ("yyyy-mm-dd\"the end\"", "2019-01-01The End", "2019-01-01 00:00:00"),
            ("yyyy-mm-dd", "2019. /01;-,10", "2019-01-10 00:00:00"),
            ("yyyy-mm-dd", "2019-01-10 rest", "NULL"),
            ("yyyy-mm-dd", "20190110", "NULL"),
            ("yyyy-mm-dd", "2019-02-30", "NULL"),
            ("yyyy-mm-dd hh", "2019-02-03 0", "NULL"),
            ("yyyy-mm-dd hh24:mi tzh", "2019-02-03 10:00", "NULL"),
            ("yyyy-mm-dd am hh", "2019-02-03 ü", "NULL"),
        ] {
            assert_eq!(read(template, text), answer, "{template} of {text}");
        }
    }

    #[test]
    fn writes_as_hive_does() {
        let micros = 1_577_840_523_004_000; // 2020-01-01 01:02:03.004, a Wednesday
        for (template, answer) in [
            ("yyyy", "2020"),
            ("yyy yy y rrrr rr", "020 20 0 2020 20"),
            ("yyyy-mm-dd hh24:mi:ss.ff9", "2020-01-01 01:02:03.004000000"),
            ("FF FF2 FMff3", "004 00 004"),
            ("hh12 AM p.m. Am", "01 AM a.m. AM"),
            ("Month.MONTH.FMmonth.", "January  .JANUARY  .january."),
            ("Mon MON mon", "Jan JAN jan"),
            ("Day, DY, fmday", "Wednesday, WED, wednesday"),
            ("d ddd q ww w sssss", "4 001 1 01 1 03723"),
            ("iyyy iw id", "2020 01 03"),
            ("FMmm/FMdd", "1/1"),
            ("yyyyt\"it's\\\" \"z", "2020Tit's\" Z"),
        ] {
            assert_eq!(write(template, micros), answer, "{template}");
        }
    }

    #[test]
    fn bad_templates_are_errors() {
        for (template, message) in [
            ("yyyy-mm", "Missing day of year or (month of year + day of month) tokens."),
            ("mm-dd", "Missing year token."),
            ("yyyy-mm-dd yy", "Invalid duplication of format element: multiple Year tokens provided."),
            ("yyyy-rr-mm-dd", "Invalid duplication of format element: Both year andround year are provided"),
            ("yyyy-mm-dd q", "Illegal field: q (QuarterOfYear)"),
            ("yyyy-mm-dd am", "AM/PM provided but missing hour token."),
            ("yyyy-mm-dd hh24 am", "Conflict between median indicator and hour token."),
            ("yyyy-mm-dd tzm", "Time zone minute token provided without time zone hour token."),
            ("yyyy-mm-dd fm hh", "Fill mode modifier (FM) must be followed by a temporal token."),
            ("yyyy-mm-dd \"x", "Missing closing double quote (\") opened at index 11"),
            ("yyyy-mm-dd iyyy", "Pattern cannot contain both ISO and Gregorian tokens"),
            ("yyyy-mm-dd ?", "Bad date/time conversion pattern: yyyy-mm-dd ?"),
        ] {
            let error = read(template, "2019-01-01");
            assert!(error.contains(message), "{template}: {error}");
        }
        assert!(write("tzh", 0).contains("TZH not a valid format for timestamp or date."));
        let error = call("cast_format", &[s("int"), s("1"), s("yyyy")]);
        assert!(error.is_err());
        let error = call("cast_format", &[s("string"), s("1"), s("yyyy")]);
        assert!(error.is_err());
    }
}
