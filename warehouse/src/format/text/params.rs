//! How a table's properties say that its lines are made: Hive's `LazySerDeParameters`.

use arrow::array::timezone::Tz;
use skep_metastore::model::{Parameters, StorageDescriptor};
use skep_udf::text::{parse_zone, utc};

use super::charset::Charset;
use crate::error::{Result, WarehouseError};

/// Separators by nesting level that Hive takes where the table does not say: the first eight of them, 24 with
/// `hive.serialization.extend.nesting.levels`, all of them with `hive.serialization.extend.additional.nesting.levels`.
fn default_separators() -> impl Iterator<Item = u8> {
    (1..=8).chain([11]).chain(14..=26).chain(28..=31).chain(128..=255)
}

/// How lines are made of values and taken apart again.
#[derive(Debug, Clone)]
pub struct LazyParams {
    /// Separator of each nesting level: fields, then collection items and struct fields, then map keys, and so on.
    pub separators: Vec<u8>,
    /// The byte that takes the meaning of the next one away, if there is one.
    pub escape: Option<u8>,
    /// Do line ends within values become `\r` and `\n` behind the escape byte (`serialization.escape.crlf`)?
    pub escape_crlf: bool,
    /// What stands for NULL.
    pub null: Vec<u8>,
    /// Has the last column all that is left of the line?
    pub last_column_takes_rest: bool,
    /// `timestamp.formats`: patterns of Java's `DateTimeFormatter`, tried in order before Hive's own form.
    pub timestamp_formats: Vec<String>,
    /// The session's time zone, for `timestamp with local time zone`.
    pub zone: Tz,
    /// Are `t`, `f`, `1` and `0` booleans, too (`hive.lazysimple.extended_boolean_literal`)?
    pub extended_booleans: bool,
    /// Encoding of the lines, where it is not UTF-8.
    pub charset: Option<Charset>,
    /// What is written between fields instead of the first separator. Binary values are then written as they are.
    pub delimiter: Option<Vec<u8>>,
}

impl LazyParams {
    /// Reads the properties of a SerDe, which the table's own ones stand in for where they are not set.
    pub fn new(storage: &StorageDescriptor, table: &Parameters, time_zone: &str) -> Result<Self> {
        let serde = &storage.serde.parameters;
        let get = |key: &str| serde.get(key).or_else(|| table.get(key)).map(String::as_str);
        let is = |key: &str| get(key).is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let charset = get("serialization.encoding").map(Charset::from_name).transpose()?.flatten();
        if let Some(delimiter) = get("line.delim")
            && delimiter != "\n"
            && delimiter != "10"
        {
            return Err(WarehouseError::Unsupported(format!("line.delim {delimiter:?}")));
        }
        let count = match () {
            () if is("hive.serialization.extend.additional.nesting.levels") => usize::MAX,
            () if is("hive.serialization.extend.nesting.levels") => 24,
            () => 8,
        };
        let mut separators: Vec<u8> = default_separators().take(count).collect();
        separators[0] = separator(get("field.delim").or_else(|| get("serialization.format")), separators[0]);
        // Hive up to 3 spells it `colelction.delim`.
        separators[1] = separator(get("collection.delim").or_else(|| get("colelction.delim")), separators[1]);
        separators[2] = separator(get("mapkey.delim"), separators[2]);
        Ok(Self {
            separators,
            escape: get("escape.delim").map(|text| separator(Some(text), b'\\')),
            escape_crlf: is("serialization.escape.crlf"),
            null: get("serialization.null.format").unwrap_or("\\N").as_bytes().to_vec(),
            last_column_takes_rest: is("serialization.last.column.takes.rest"),
            timestamp_formats: get("timestamp.formats").map(split_formats).unwrap_or_default(),
            zone: parse_zone(time_zone).unwrap_or_else(utc),
            extended_booleans: is("hive.lazysimple.extended_boolean_literal"),
            charset,
            delimiter: None,
        })
    }

    /// For values that need no separators, of any depth.
    pub(crate) fn binary(time_zone: &str) -> Self {
        Self {
            separators: vec![0; 256],
            escape: None,
            escape_crlf: false,
            null: Vec::new(),
            last_column_takes_rest: false,
            timestamp_formats: Vec::new(),
            zone: parse_zone(time_zone).unwrap_or_else(utc),
            extended_booleans: false,
            charset: None,
            delimiter: None,
        }
    }

    /// The separator of a nesting level. [`WarehouseError::Invalid`] where types nest deeper than there are
    /// separators.
    pub fn separator(&self, level: usize) -> Result<u8> {
        self.separators.get(level).copied().ok_or_else(|| {
            let more = match self.separators.len() {
                0..9 => ". Use hive.serialization.extend.nesting.levels serde property for tables using LazySimpleSerde.",
                9..25 => {
                    ". Use hive.serialization.extend.additional.nesting.levels serde property for tables using \
                     LazySimpleSerde."
                }
                _ => "",
            };
            WarehouseError::Invalid(format!(
                "Number of levels of nesting supported for LazySimpleSerde is {} Unable to work with level {level}{more}",
                self.separators.len() - 1
            ))
        })
    }

    /// Which bytes the writer puts the escape byte before.
    pub fn escaped_bytes(&self) -> [bool; 256] {
        let mut needs = [false; 256];
        if let Some(escape) = self.escape {
            for byte in self.separators.iter().chain([&escape]) {
                needs[usize::from(*byte)] = true;
            }
            if self.escape_crlf {
                needs[usize::from(b'\r')] = true;
                needs[usize::from(b'\n')] = true;
            }
        }
        needs
    }
}

/// A separator as a property gives it: a number of one (signed) byte, or the text's first character
/// (`LazyUtils.getByte`).
fn separator(text: Option<&str>, default: u8) -> u8 {
    let Some(first) = text.and_then(|t| t.chars().next()) else {
        return default;
    };
    match text.and_then(|t| t.parse::<i8>().ok()) {
        Some(number) => number as u8,
        None => first as u32 as u8,
    }
}

/// Splits at commas that no backslash stands before.
fn split_formats(text: &str) -> Vec<String> {
    let mut formats = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, formats.last_mut()) {
            (',', _) => formats.push(String::new()),
            ('\\', Some(last)) => last.extend(chars.next()),
            (c, Some(last)) => last.push(c),
            _ => {}
        }
    }
    formats.retain(|f| !f.is_empty());
    formats
}

/// Lines at the ends of a file that are no rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SkippedLines {
    /// `skip.header.line.count`
    pub header: usize,
    /// `skip.footer.line.count`
    pub footer: usize,
}

impl SkippedLines {
    /// Reads the properties of a table.
    pub fn new(table: &Parameters) -> Result<Self> {
        let count = |key: &str| match table.get(key).map(|v| v.trim()) {
            None | Some("") => Ok(0),
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| WarehouseError::Invalid(format!("Skip {key} is not a number of lines: '{text}'"))),
        };
        let lines = Self { header: count("skip.header.line.count")?, footer: count("skip.footer.line.count")? };
        if lines.footer > 100 {
            return Err(WarehouseError::Invalid(format!(
                "footer number exceeds the limit defined in hive.file.max.footer ({} > 100)",
                lines.footer
            )));
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties() {
        let mut storage = StorageDescriptor::default();
        let params = LazyParams::new(&storage, &Parameters::new(), "UTC").unwrap();
        assert_eq!(params.separators, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(params.null, b"\\N");
        assert!(params.separator(8).unwrap_err().to_string().contains("supported for LazySimpleSerde is 7"));
        for (key, value) in [
            ("field.delim", ","),
            ("serialization.format", "1"),
            ("colelction.delim", "|"),
            ("mapkey.delim", "58"),
            ("escape.delim", "\\"),
            ("hive.serialization.extend.nesting.levels", "true"),
            ("timestamp.formats", "yyyy-MM-dd'T'HH:mm:ss,a\\,b"),
        ] {
            storage.serde.parameters.insert(key.into(), value.into());
        }
        let params = LazyParams::new(&storage, &Parameters::new(), "UTC").unwrap();
        assert_eq!(params.separators[..9], [b',', b'|', b':', 4, 5, 6, 7, 8, 11]);
        assert_eq!((params.separators.len(), params.escape), (24, Some(b'\\')));
        assert_eq!(params.timestamp_formats, ["yyyy-MM-dd'T'HH:mm:ss", "a,b"]);
        storage.serde.parameters.insert("serialization.encoding".into(), "GBK".into());
        assert!(LazyParams::new(&storage, &Parameters::new(), "UTC").is_err());
    }
}
