//! `JsonSerDe`: an object on each line, read as Hive's `HiveJsonReader` does.

use arrow::array::ArrayRef;
use skep_metastore::model::{HiveType, Parameters, StorageDescriptor};

use super::column::ColumnBuilder;
use super::json_scan::{self, items, members};
use super::params::LazyParams;
use super::reader::LineParser;
use super::split::Span;
use super::{primitive, timestamp};
use crate::error::{Result, WarehouseError};

/// How binary values stand in JSON (`json.binary.format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryFormat {
    /// Base64.
    Base64,
    /// The bytes as text.
    RawString,
}

impl BinaryFormat {
    /// Reads the property.
    pub fn new(properties: &Parameters) -> Result<Self> {
        match properties.get("json.binary.format").map(|v| v.to_ascii_lowercase()).as_deref() {
            None | Some("base64") => Ok(Self::Base64),
            Some("rawstring") => Ok(Self::RawString),
            Some(other) => Err(WarehouseError::Unsupported(format!("json.binary.format '{other}'"))),
        }
    }
}

/// Makes columns of lines.
pub struct JsonParser {
    path: String,
    params: LazyParams,
    binary: BinaryFormat,
    null_empty_lines: bool,
    ignore_extra: bool,
    /// Names of all columns of the table, for objects may name them by position, too.
    names: Vec<String>,
    /// Wanted columns by position and type.
    columns: Vec<(usize, HiveType)>,
    builders: Vec<ColumnBuilder>,
}

impl JsonParser {
    /// `columns` are the wanted columns by position and type; `path` names the file in errors.
    pub fn new(
        storage: &StorageDescriptor,
        params: LazyParams,
        columns: &[(usize, HiveType)],
        path: String,
    ) -> Result<Self> {
        let properties = &storage.serde.parameters;
        let is = |key: &str, default: bool| properties.get(key).map_or(default, |v| v.eq_ignore_ascii_case("true"));
        let builders = columns.iter().map(|(_, ty)| ColumnBuilder::new(ty, 0, &unlimited(&params)));
        Ok(Self {
            path,
            binary: BinaryFormat::new(properties)?,
            null_empty_lines: is("text.null.empty.line", false),
            ignore_extra: is("text.ignore.extra.fields", true),
            names: storage.columns.iter().map(|c| c.name.to_lowercase()).collect(),
            builders: builders.collect::<Result<_>>()?,
            columns: columns.to_vec(),
            params: LazyParams { escape: None, ..params },
        })
    }

    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.is_empty() {
            if !self.null_empty_lines {
                return Err("Encountered an empty row in the text file".to_string());
            }
            self.builders.iter_mut().for_each(|builder| builder.append(None, &self.params));
            return Ok(());
        }
        let text = String::from_utf8_lossy(line);
        let text = text.trim();
        let mut values: Vec<Option<&str>> = vec![None; self.columns.len()];
        if text != "null" {
            for (name, value) in members(text)? {
                match position(&name, &self.names) {
                    Some(index) => {
                        // Of members with one name the last one counts.
                        if let Some(place) = self.columns.iter().position(|(wanted, _)| *wanted == index) {
                            values[place] = Some(value);
                        }
                    }
                    None if self.ignore_extra => {}
                    None => return Err(format!("Field found in JSON does not match table definition: {name}")),
                }
            }
        }
        let reader = Reader { params: &self.params, binary: self.binary };
        for (((_, ty), builder), value) in self.columns.iter().zip(&mut self.builders).zip(values) {
            reader.append(builder, ty, value)?;
        }
        Ok(())
    }
}

/// JSON nests without separators, so any depth has one.
fn unlimited(params: &LazyParams) -> LazyParams {
    LazyParams { separators: vec![0; 256], ..params.clone() }
}

/// Position of a member among the columns or fields: by name in any case, or `_colN`.
fn position(name: &str, names: &[String]) -> Option<usize> {
    let by_index = name.strip_prefix("_col").and_then(|n| n.parse::<usize>().ok()).filter(|i| *i < names.len());
    by_index.or_else(|| {
        let lower = name.to_lowercase();
        names.iter().position(|known| *known == lower)
    })
}

struct Reader<'a> {
    params: &'a LazyParams,
    binary: BinaryFormat,
}

impl Reader<'_> {
    fn append(&self, builder: &mut ColumnBuilder, ty: &HiveType, value: Option<&str>) -> Result<(), String> {
        let Some(value) = value.map(str::trim).filter(|v| *v != "null") else {
            builder.append(None, self.params);
            return Ok(());
        };
        match (ty, builder) {
            (HiveType::Array(item_ty), ColumnBuilder::Array { item, offsets, nulls, .. }) => {
                for value in items(value)? {
                    self.append(item, item_ty, Some(value))?;
                }
                nulls.append(true);
                offsets.push(item.len() as i32);
            }
            (HiveType::Map(key_ty, value_ty), ColumnBuilder::Map(map)) => {
                let members = members(value)?;
                for (i, (key, value)) in members.iter().enumerate() {
                    // Of entries with one key the last one counts.
                    if members[i + 1..].iter().all(|(later, _)| later != key) {
                        let text = serde_json::to_string(key).map_err(|e| e.to_string())?;
                        let (keys, values) = map.children();
                        self.append(keys, key_ty, Some(&text))?;
                        self.append(values, value_ty, Some(value))?;
                    }
                }
                map.end();
            }
            (HiveType::Struct(types), ColumnBuilder::Struct { fields, nulls, .. }) => {
                let names: Vec<String> = types.iter().map(|f| f.name.to_lowercase()).collect();
                let mut values: Vec<Option<&str>> = vec![None; fields.len()];
                for (name, value) in members(value)? {
                    if let Some(index) = position(&name, &names) {
                        values[index] = Some(value);
                    }
                }
                for ((field, builder), value) in types.iter().zip(fields).zip(values) {
                    self.append(builder, &field.ty, value)?;
                }
                nulls.append(true);
            }
            (HiveType::Union(_), _) => return Err("Parsing of: UNION is not supported".to_string()),
            (ty, builder) => self.leaf(builder, ty, value)?,
        }
        Ok(())
    }

    fn leaf(&self, builder: &mut ColumnBuilder, ty: &HiveType, value: &str) -> Result<(), String> {
        if value.starts_with(['{', '[']) {
            return Err(format!("a value of type {ty} is expected where there is {value}"));
        }
        // Texts lose their quotes, everything else is its own text.
        let is_text = value.starts_with('"');
        let text: String = match is_text {
            true => json_scan::text(value)?,
            false => value.to_string(),
        };
        match builder {
            ColumnBuilder::Boolean(b) => b.append_value(match value {
                "true" | "false" => value == "true",
                _ if is_text => text.trim() == "true",
                _ => integer(&text) != 0,
            }),
            ColumnBuilder::TinyInt(b) => b.append_value(integer(&text) as i8),
            ColumnBuilder::SmallInt(b) => b.append_value(integer(&text) as i16),
            ColumnBuilder::Int(b) => b.append_value(narrow(&text)),
            ColumnBuilder::BigInt(b) => b.append_value(integer(&text)),
            ColumnBuilder::Float(b) => b.append_value(double(&text) as f32),
            ColumnBuilder::Double(b) => b.append_value(double(&text)),
            ColumnBuilder::Date(b) => {
                b.append_value(primitive::date(text.as_bytes()).ok_or_else(|| format!("{value} is no date"))?);
            }
            ColumnBuilder::Timestamp(b) => {
                let micros = timestamp::parse(text.as_bytes(), &self.params.timestamp_formats);
                b.append_value(micros.ok_or_else(|| format!("{value} is no timestamp"))?);
            }
            ColumnBuilder::Binary(b) if self.binary == BinaryFormat::RawString => b.append_value(text.as_bytes()),
            builder => builder.append(Some(text.as_bytes()), self.params),
        }
        Ok(())
    }
}

/// Jackson's `asLong`: what is no number is 0, `true` is 1, fractions are cut.
fn integer(text: &str) -> i64 {
    let text = text.trim();
    match text {
        "true" => 1,
        _ => text.parse::<i64>().ok().unwrap_or_else(|| text.parse::<f64>().map_or(0, |number| number as i64)),
    }
}

/// Jackson's `asInt`: whole numbers wrap, fractions stop at the limits.
fn narrow(text: &str) -> i32 {
    match text.trim().parse::<i64>() {
        Ok(number) => number as i32,
        Err(_) => integer(text).clamp(i32::MIN.into(), i32::MAX.into()) as i32,
    }
}

/// Jackson's `asDouble`: what is no number is 0, `true` is 1.
fn double(text: &str) -> f64 {
    match text.trim() {
        "true" => 1.0,
        text => skep_udf::text::parse_double(text).unwrap_or(0.0),
    }
}

impl LineParser for JsonParser {
    fn parse(&mut self, data: &[u8], lines: &[Span]) -> Result<()> {
        if self.builders.is_empty() {
            return Ok(());
        }
        for line in lines {
            let line = line.of(data).unwrap_or_default();
            self.line(line).map_err(|reason| {
                let text: String = String::from_utf8_lossy(line).chars().take(100).collect();
                WarehouseError::corrupt(&self.path, format!("{reason}, in the line {text}"))
            })?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.builders.iter_mut().map(ColumnBuilder::finish).collect()
    }
}
