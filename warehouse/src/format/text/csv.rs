//! `OpenCSVSerde`: lines as opencsv 2 reads and writes them.

use arrow::array::RecordBatch;
use arrow::array::timezone::Tz;
use arrow::datatypes::DataType;
use skep_metastore::model::{FieldSchema, Parameters};
use skep_udf::text::{TextFormatter, TextStyle};

use super::fields::LineFields;
use super::writer::{LineBuffer, LineFormat};
use crate::error::{Result, WarehouseError};

/// The characters of a table's CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Csv {
    separator: char,
    quote: char,
    /// As the table says; the reader takes a backslash where that is `"`, which cannot be both.
    escape: char,
}

impl Csv {
    /// Reads the properties of a SerDe: `separatorChar`, `quoteChar`, `escapeChar`.
    pub fn new(properties: &Parameters) -> Self {
        let get = |key: &str, default: char| properties.get(key).and_then(|v| v.chars().next()).unwrap_or(default);
        Self { separator: get("separatorChar", ','), quote: get("quoteChar", '"'), escape: get("escapeChar", '"') }
    }
}

impl LineFields for Csv {
    fn split(&self, line: &str, fields: &mut Vec<Option<String>>) -> Result<()> {
        if line.is_empty() {
            return Ok(());
        }
        let escape = if self.escape == '"' { '\\' } else { self.escape };
        let chars: Vec<char> = line.chars().collect();
        // `inside`: behind a character of a field, or behind an odd quote of it; there, too, doubled quotes and escapes
        // stand for characters.
        let (mut field, mut quoted, mut inside, mut at) = (String::new(), false, false, 0);
        while at < chars.len() {
            let c = chars[at];
            let next = chars.get(at + 1).copied();
            if c == escape {
                // Before anything but a quote or another one it is lost.
                if let Some(meant) = next.filter(|n| (quoted || inside) && (*n == self.quote || *n == escape)) {
                    field.push(meant);
                    at += 1;
                }
            } else if c == self.quote {
                if (quoted || inside) && next == Some(self.quote) {
                    field.push(c);
                    at += 1;
                } else {
                    quoted = !quoted;
                    // A quote amid a field is a character of it: a,bc"d"ef,g
                    let amid = at > 2 && chars[at - 1] != self.separator;
                    if amid && next.is_some_and(|n| n != self.separator) {
                        if !field.is_empty() && field.chars().all(char::is_whitespace) {
                            field.clear();
                        } else {
                            field.push(c);
                        }
                    }
                    inside = !inside;
                }
            } else if c == self.separator && !quoted {
                fields.push(Some(std::mem::take(&mut field)));
                inside = false;
            } else {
                field.push(c);
                inside = true;
            }
            at += 1;
        }
        // A quoted field that does not end is not there.
        if !quoted {
            fields.push(Some(field));
        }
        Ok(())
    }
}

/// Writes lines of CSV.
pub struct CsvFormat {
    csv: Csv,
    zone: Tz,
    value: String,
    line: String,
}

impl CsvFormat {
    /// A writer by a table's properties.
    pub fn new(csv: Csv, zone: Tz) -> Self {
        Self { csv, zone, value: String::new(), line: String::new() }
    }
}

impl LineFormat for CsvFormat {
    fn format(&mut self, batch: &RecordBatch, _columns: &[FieldSchema], out: &mut LineBuffer<'_>) -> Result<u64> {
        let columns = batch.columns().iter().map(|c| TextFormatter::new(c.as_ref(), TextStyle::cli(self.zone)));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(|e| WarehouseError::Invalid(e.to_string()))?;
        let Csv { separator, quote, escape } = self.csv;
        for row in 0..batch.num_rows() {
            self.line.clear();
            for (i, (column, array)) in columns.iter().zip(batch.columns()).enumerate() {
                if i > 0 {
                    self.line.push(separator);
                }
                if column.is_null(row) {
                    continue;
                }
                self.value.clear();
                column.write(row, &mut self.value);
                // This SerDe asks HiveDecimal for its text, which ends in no zeros.
                if matches!(array.data_type(), DataType::Decimal128(..)) && self.value.contains('.') {
                    let end = self.value.trim_end_matches('0').trim_end_matches('.').len();
                    self.value.truncate(end);
                }
                self.line.push(quote);
                for c in self.value.chars() {
                    if c == quote || c == escape {
                        self.line.push(escape);
                    }
                    self.line.push(c);
                }
                self.line.push(quote);
            }
            out.bytes.extend_from_slice(self.line.as_bytes());
            out.end_line()?;
        }
        // This SerDe of Hive keeps no statistics.
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<Option<String>> {
        let mut fields = Vec::new();
        Csv::new(&Parameters::new()).split(line, &mut fields).unwrap();
        fields
    }

    #[test]
    fn fields() {
        // What Hive's own SerDe makes of these lines.
        for (line, expected) in [
            ("a,b,c", &["a", "b", "c"][..]),
            (r#""a,1","b""2","c\"3""#, &["a,1", "b\"2", "c\"3"]),
            (r#"ab,bc"d"ef,g"#, &["ab", "bc\"d\"ef", "g"]),
            (r"a\b,c\\d,e", &["ab", "c\\d", "e"]),
            (r#""a\b","c\\d","e\,f""#, &["ab", "c\\d", "e,f"]),
            (r#"x,"un"#, &["x"]),
            (r#""a", "b" ,c"#, &["a", "b\" ", "c"]),
            (r#""a"x,"b""#, &["ax", "b"]),
            ("'a','b',c", &["'a'", "'b'", "c"]),
            (r#"x""y,""z"","""#, &["x\"y", "\"z\"", ""]),
            (r#""",a""b,"x""y""#, &["", "a\"b", "x\"y"]),
        ] {
            let expected: Vec<_> = expected.iter().map(|text| Some(text.to_string())).collect();
            assert_eq!(split(line), expected, "{line}");
        }
        assert_eq!(split(""), Vec::new());
    }
}
