//! Records into columns: Avro's schema resolution and Hive's `AvroDeserializer`.

use std::borrow::Cow;
use std::collections::HashMap;

use arrow::array::timezone::Tz;
use serde_json::Value;
use skep_metastore::model::HiveType;
use skep_udf::text::{local_from_utc, offset_at, write_double, write_float};

use super::file::take_zigzag;
use super::order::hash_order;
use super::schema::{Logical, RecordField, Schema, Type};
use crate::format::calendar::{days_from_hybrid, micros_from_hybrid};
use crate::format::lazybinary::{big_integer, rescale};
use crate::format::text::{ColumnBuilder, LazyParams};
use crate::format::writable::{take, take_array};

/// What times of a file mean.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The zone in which the milliseconds are the wall time that was written.
    pub zone: Tz,
    /// Are days counted in Java's hybrid calendar?
    pub hybrid: bool,
    /// What the zone is ahead of UTC before 1900, in microseconds, where it is to be taken for one without a history
    /// then, as `java.util.TimeZone` has it.
    before_1900: Option<i64>,
}

/// 1900-01-01 and two days of 2020, in microseconds since 1970.
const YEAR_1900: i64 = -2_208_988_800_000_000;
const JANUARY_2020: i64 = 1_577_836_800_000_000;
const JULY_2020: i64 = 1_593_561_600_000_000;

impl Times {
    /// Times in a zone; `legacy`: converted as by `java.util`, not as by `java.time`.
    pub fn new(zone: Tz, hybrid: bool, legacy: bool) -> Self {
        let standard = [JANUARY_2020, JULY_2020].into_iter().filter_map(|at| offset_at(zone, at)).min();
        let before_1900 = standard.filter(|_| legacy).map(|seconds| i64::from(seconds) * 1_000_000);
        Self { zone, hybrid, before_1900 }
    }

    /// The wall time of milliseconds since 1970, in microseconds.
    fn wall_time(&self, millis: i64) -> Option<i64> {
        let utc = millis.checked_mul(1000)?;
        let local = match self.before_1900.filter(|_| utc < YEAR_1900) {
            Some(offset) => utc.checked_add(offset)?,
            None => local_from_utc(self.zone, utc)?,
        };
        Some(if self.hybrid { micros_from_hybrid(local) } else { local })
    }
}

/// Reads values of a file's schema into builders of columns.
pub struct Decoder {
    /// What times mean.
    pub times: Times,
    /// What builders are made with.
    pub params: LazyParams,
}

/// A value that is not made of others.
enum Scalar<'a> {
    Boolean(bool),
    Integer(i64),
    Float(f32),
    Double(f64),
    Bytes(&'a [u8]),
    Text(&'a [u8]),
}

type Outcome = Result<(), String>;

fn cut() -> String {
    "a record ends too early".to_string()
}

impl Decoder {
    /// Adds a value of the file's schema. `reader`: the table's schema for it, where there is one.
    pub fn value(
        &self,
        schema: &Schema,
        reader: Option<&Schema>,
        ty: &HiveType,
        builder: &mut ColumnBuilder,
        bytes: &mut &[u8],
    ) -> Outcome {
        match &schema.ty {
            Type::Null => {
                builder.append(None, &self.params);
                Ok(())
            }
            Type::Union(members) => {
                let at = take_zigzag(bytes).and_then(|at| usize::try_from(at).ok());
                let member = at.and_then(|at| members.get(at)).ok_or("a union has no such member")?;
                if member.ty == Type::Null {
                    builder.append(None, &self.params);
                    return Ok(());
                }
                self.member(member, reader, ty, builder, bytes)
            }
            _ => self.member(schema, reader, ty, builder, bytes),
        }
    }

    /// Adds a value that is no union in the file, and may be one in the table.
    fn member(
        &self,
        schema: &Schema,
        reader: Option<&Schema>,
        ty: &HiveType,
        builder: &mut ColumnBuilder,
        bytes: &mut &[u8],
    ) -> Outcome {
        let readers: Vec<&Schema> = match reader.map(|reader| (reader, &reader.ty)) {
            Some((_, Type::Union(members))) => Schema::members(members),
            Some((reader, _)) => vec![reader],
            None => Vec::new(),
        };
        if let (HiveType::Union(types), ColumnBuilder::Union { members, tags, .. }) = (ty, &mut *builder) {
            let fits = |other: &&Schema| same_kind(schema, other);
            let by_schema = readers.iter().position(fits).or_else(|| readers.iter().position(|r| promotes(schema, r)));
            let by_type = || types.iter().position(|ty| schema.hive_type().is_ok_and(|own| own == *ty));
            let tag = by_schema
                .or_else(by_type)
                .filter(|tag| *tag < types.len())
                .ok_or_else(|| format!("Found {}, expecting union", name(schema)))?;
            for (at, (member, ty)) in members.iter_mut().zip(types).enumerate() {
                if at == tag {
                    self.plain(schema, readers.get(tag).copied(), ty, member, bytes)?;
                } else {
                    member.append(None, &self.params);
                }
            }
            tags.append_value(tag as i8);
            return Ok(());
        }
        let reader = readers.iter().find(|reader| same_kind(schema, reader)).or(readers.first()).copied();
        self.plain(schema, reader, ty, builder, bytes)
    }

    /// Adds a value that is no union.
    fn plain(
        &self,
        schema: &Schema,
        reader: Option<&Schema>,
        ty: &HiveType,
        builder: &mut ColumnBuilder,
        bytes: &mut &[u8],
    ) -> Outcome {
        match (&schema.ty, ty, &mut *builder) {
            (Type::Record(record), HiveType::Struct(types), ColumnBuilder::Struct { fields, nulls, .. }) => {
                let readers = match reader.map(|reader| &reader.ty) {
                    Some(Type::Record(record)) => record.fields.as_slice(),
                    _ => &[],
                };
                let mut done = vec![false; types.len()];
                for field in &record.fields {
                    let place = types.iter().position(|ty| is_field(field, &ty.name, readers));
                    match place.filter(|place| !done[*place]) {
                        Some(place) => {
                            let reader = reader_field(readers, &types[place].name).map(|field| &field.schema);
                            self.value(&field.schema, reader, &types[place].ty, &mut fields[place], bytes)?;
                            done[place] = true;
                        }
                        None => skip(&field.schema, bytes)?,
                    }
                }
                for ((ty, field), _) in types.iter().zip(fields.iter_mut()).zip(&done).filter(|(_, done)| !**done) {
                    self.missing(reader_field(readers, &ty.name), &ty.name, &ty.ty, field)?;
                }
                nulls.append(true);
                Ok(())
            }
            (Type::Array(item), HiveType::Array(item_ty), ColumnBuilder::Array { item: items, offsets, nulls, .. }) => {
                let reader = match reader.map(|reader| &reader.ty) {
                    Some(Type::Array(item)) => Some(item.as_ref()),
                    _ => None,
                };
                blocks(bytes, |bytes| self.value(item, reader, item_ty, items, bytes))?;
                nulls.append(true);
                offsets.push(items.len() as i32);
                Ok(())
            }
            (Type::Map(value), HiveType::Map(_, value_ty), ColumnBuilder::Map(map)) => {
                let reader = match reader.map(|reader| &reader.ty) {
                    Some(Type::Map(value)) => Some(value.as_ref()),
                    _ => None,
                };
                let mut entries: Vec<(Cow<'_, str>, &[u8])> = Vec::new();
                let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
                blocks(bytes, |bytes| {
                    let key = String::from_utf8_lossy(counted(bytes)?);
                    let start = *bytes;
                    skip(value, bytes)?;
                    // Of entries with one key the last one counts.
                    match places.get(&key) {
                        Some(place) => entries[*place].1 = start,
                        None => {
                            places.insert(key.clone(), entries.len());
                            entries.push((key, start));
                        }
                    }
                    Ok(())
                })?;
                for at in hash_order(entries.iter().map(|(key, _)| key.as_ref())) {
                    let (key, mut bytes) = (&entries[at].0, entries[at].1);
                    let (keys, values) = map.children();
                    keys.append(Some(key.as_bytes()), &self.params);
                    self.value(value, reader, value_ty, values, &mut bytes)?;
                }
                map.end();
                Ok(())
            }
            (Type::Bytes | Type::Fixed(_), HiveType::Array(_), ColumnBuilder::Array { item, offsets, nulls, .. }) => {
                // What Hive calls faking out: bytes as an array of them.
                let Scalar::Bytes(value) = scalar(schema, bytes)? else { return Err(cut()) };
                for byte in value {
                    self.put(schema, Scalar::Integer((*byte as i8).into()), item)?;
                }
                nulls.append(true);
                offsets.push(item.len() as i32);
                Ok(())
            }
            (Type::Record(_) | Type::Array(_) | Type::Map(_), ..) => {
                Err(format!("Found {}, expecting {ty}", name(schema)))
            }
            _ => {
                let value = scalar(schema, bytes)?;
                self.put(schema, value, builder)
            }
        }
    }

    fn put(&self, schema: &Schema, value: Scalar<'_>, builder: &mut ColumnBuilder) -> Outcome {
        match (&mut *builder, &value) {
            (ColumnBuilder::Boolean(b), Scalar::Boolean(value)) => b.append_value(*value),
            (ColumnBuilder::TinyInt(b), Scalar::Integer(value)) => b.append_value(*value as i8),
            (ColumnBuilder::SmallInt(b), Scalar::Integer(value)) => b.append_value(*value as i16),
            (ColumnBuilder::Int(b), Scalar::Integer(value)) => b.append_option(i32::try_from(*value).ok()),
            (ColumnBuilder::BigInt(b), Scalar::Integer(value)) => b.append_value(*value),
            (ColumnBuilder::Float(b), Scalar::Integer(value)) => b.append_value(*value as f32),
            (ColumnBuilder::Float(b), Scalar::Float(value)) => b.append_value(*value),
            (ColumnBuilder::Float(b), Scalar::Double(value)) => b.append_value(*value as f32),
            (ColumnBuilder::Double(b), Scalar::Integer(value)) => b.append_value(*value as f64),
            (ColumnBuilder::Double(b), Scalar::Float(value)) => b.append_value((*value).into()),
            (ColumnBuilder::Double(b), Scalar::Double(value)) => b.append_value(*value),
            (ColumnBuilder::Decimal { values, precision, scale }, Scalar::Bytes(value)) => {
                let Some(Logical::Decimal { scale: from, .. }) = schema.logical else {
                    return Err("Failed to obtain scale value from file schema".to_string());
                };
                let unscaled = if value.is_empty() { Some(0) } else { big_integer(value) };
                values.append_option(unscaled.and_then(|value| rescale(value, from.into(), *precision, *scale)));
            }
            (ColumnBuilder::Binary(b), Scalar::Bytes(value) | Scalar::Text(value)) => b.append_value(value),
            (ColumnBuilder::Date(b), Scalar::Integer(value)) => {
                let days = i32::try_from(*value).map_err(|_| format!("{value} is no day"))?;
                b.append_value(if self.times.hybrid { days_from_hybrid(days) } else { days });
            }
            (ColumnBuilder::Timestamp(b), Scalar::Integer(value)) => b.append_option(self.times.wall_time(*value)),
            (
                ColumnBuilder::String(_) | ColumnBuilder::Varchar { .. } | ColumnBuilder::Char { .. },
                Scalar::Text(value) | Scalar::Bytes(value),
            ) => builder.append(Some(value), &self.params),
            (ColumnBuilder::String(b), value) => {
                let mut text = String::new();
                match value {
                    Scalar::Boolean(value) => text.push_str(&value.to_string()),
                    Scalar::Integer(value) => text.push_str(&value.to_string()),
                    Scalar::Float(value) => write_float(*value, &mut text),
                    Scalar::Double(value) => write_double(*value, &mut text),
                    Scalar::Bytes(_) | Scalar::Text(_) => {}
                }
                b.append_value(text);
            }
            (ColumnBuilder::Void(_), _) => builder.append(None, &self.params),
            _ => return Err(format!("Found {}, which is not what the column holds", name(schema))),
        }
        Ok(())
    }

    /// Adds what a column is where the file does not have it: the default of the table's schema, or NULL.
    pub fn missing(
        &self,
        field: Option<&RecordField>,
        column: &str,
        ty: &HiveType,
        builder: &mut ColumnBuilder,
    ) -> Outcome {
        match field {
            None => {
                builder.append(None, &self.params);
                Ok(())
            }
            Some(RecordField { default: Some(default), schema, .. }) => self.default(default, schema, ty, builder),
            Some(_) => Err(format!("missing required field {column}")),
        }
    }

    fn default(&self, value: &Value, schema: &Schema, ty: &HiveType, builder: &mut ColumnBuilder) -> Outcome {
        let wrong = || format!("{value} is no default for {ty}");
        // The default of a union is one for its first member.
        let (schema, tag) = match &schema.ty {
            Type::Union(members) => {
                let first = members.first().ok_or_else(wrong)?;
                (first, Schema::members(members).iter().position(|member| *member == first))
            }
            _ => (schema, None),
        };
        if value.is_null() {
            builder.append(None, &self.params);
            return Ok(());
        }
        match (ty, &mut *builder, value, &schema.ty) {
            (HiveType::Union(types), ColumnBuilder::Union { members, tags, .. }, ..) => {
                let tag = tag.filter(|tag| *tag < types.len()).ok_or_else(wrong)?;
                for (at, (member, ty)) in members.iter_mut().zip(types).enumerate() {
                    if at == tag {
                        self.default(value, schema, ty, member)?;
                    } else {
                        member.append(None, &self.params);
                    }
                }
                tags.append_value(tag as i8);
                Ok(())
            }
            (
                HiveType::Struct(types),
                ColumnBuilder::Struct { fields, nulls, .. },
                Value::Object(object),
                Type::Record(record),
            ) => {
                for (ty, builder) in types.iter().zip(fields) {
                    let field = reader_field(&record.fields, &ty.name).ok_or_else(wrong)?;
                    let value = object.get(&field.name).or(field.default.as_ref()).ok_or_else(wrong)?;
                    self.default(value, &field.schema, &ty.ty, builder)?;
                }
                nulls.append(true);
                Ok(())
            }
            (
                HiveType::Array(item_ty),
                ColumnBuilder::Array { item, offsets, nulls, .. },
                Value::Array(values),
                Type::Array(schema),
            ) => {
                for value in values {
                    self.default(value, schema, item_ty, item)?;
                }
                nulls.append(true);
                offsets.push(item.len() as i32);
                Ok(())
            }
            (HiveType::Map(_, value_ty), ColumnBuilder::Map(map), Value::Object(object), Type::Map(schema)) => {
                for (key, value) in object {
                    let (keys, values) = map.children();
                    keys.append(Some(key.as_bytes()), &self.params);
                    self.default(value, schema, value_ty, values)?;
                }
                map.end();
                Ok(())
            }
            (_, _, value, _) => {
                let bytes: Vec<u8>;
                let scalar = match value {
                    Value::Bool(value) => Scalar::Boolean(*value),
                    Value::Number(number) => match (number.as_i64(), &schema.ty) {
                        (Some(number), Type::Int | Type::Long) => Scalar::Integer(number),
                        _ => Scalar::Double(number.as_f64().ok_or_else(wrong)?),
                    },
                    // Bytes are written as the characters of the same numbers.
                    Value::String(text) if matches!(schema.ty, Type::Bytes | Type::Fixed(_)) => {
                        bytes = text.chars().map(|c| c as u32 as u8).collect();
                        Scalar::Bytes(&bytes)
                    }
                    Value::String(text) => Scalar::Text(text.as_bytes()),
                    _ => return Err(wrong()),
                };
                self.put(schema, scalar, builder)
            }
        }
    }
}

/// The field of the table's schema that a column stands for.
pub fn reader_field<'a>(fields: &'a [RecordField], column: &str) -> Option<&'a RecordField> {
    fields.iter().find(|field| field.name.eq_ignore_ascii_case(column))
}

/// Is a file's field the one a column stands for, by its name or by an alias that the table's schema has for it?
pub fn is_field(field: &RecordField, column: &str, readers: &[RecordField]) -> bool {
    field.name.eq_ignore_ascii_case(column)
        || reader_field(readers, column).is_some_and(|reader| reader.aliases.contains(&field.name))
}

fn same_kind(one: &Schema, other: &Schema) -> bool {
    let short = |name: &str| name.rsplit('.').next().unwrap_or(name).to_string();
    match (&one.ty, &other.ty) {
        (Type::Record(one), Type::Record(other)) => short(&one.name) == short(&other.name),
        (Type::Enum(one), Type::Enum(other)) => short(&one.name) == short(&other.name),
        (Type::Fixed(one), Type::Fixed(other)) => short(&one.name) == short(&other.name),
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// May a value of one schema be read as one of another?
fn promotes(from: &Schema, to: &Schema) -> bool {
    matches!(
        (&from.ty, &to.ty),
        (Type::Int, Type::Long | Type::Float | Type::Double)
            | (Type::Long, Type::Float | Type::Double)
            | (Type::Float, Type::Double)
            | (Type::String, Type::Bytes)
            | (Type::Bytes, Type::String)
            | (Type::Record(_), Type::Record(_))
    )
}

fn name(schema: &Schema) -> &str {
    match &schema.ty {
        Type::Null => "null",
        Type::Boolean => "boolean",
        Type::Int => "int",
        Type::Long => "long",
        Type::Float => "float",
        Type::Double => "double",
        Type::Bytes => "bytes",
        Type::String => "string",
        Type::Record(record) => &record.name,
        Type::Enum(names) => &names.name,
        Type::Array(_) => "array",
        Type::Map(_) => "map",
        Type::Union(_) => "union",
        Type::Fixed(fixed) => &fixed.name,
    }
}

fn counted<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let length = take_zigzag(bytes).and_then(|length| usize::try_from(length).ok());
    length.and_then(|length| take(bytes, length)).ok_or_else(cut)
}

/// Calls for each item of an array or a map.
fn blocks<'b>(bytes: &mut &'b [u8], mut item: impl FnMut(&mut &'b [u8]) -> Outcome) -> Outcome {
    loop {
        let mut count = take_zigzag(bytes).ok_or_else(cut)?;
        if count == 0 {
            return Ok(());
        }
        if count < 0 {
            count = count.checked_neg().ok_or_else(cut)?;
            take_zigzag(bytes).ok_or_else(cut)?;
        }
        for _ in 0..count {
            let before = bytes.len();
            item(bytes)?;
            // Items of no bytes could come without end.
            if bytes.len() == before && count > 1 << 20 {
                return Err("an array of too many empty items".to_string());
            }
        }
    }
}

fn scalar<'s, 'b: 's>(schema: &'s Schema, bytes: &mut &'b [u8]) -> Result<Scalar<'s>, String> {
    Ok(match &schema.ty {
        Type::Boolean => Scalar::Boolean(take_array::<1>(bytes).ok_or_else(cut)? != [0]),
        Type::Int | Type::Long => Scalar::Integer(take_zigzag(bytes).ok_or_else(cut)?),
        Type::Float => Scalar::Float(f32::from_le_bytes(take_array(bytes).ok_or_else(cut)?)),
        Type::Double => Scalar::Double(f64::from_le_bytes(take_array(bytes).ok_or_else(cut)?)),
        Type::Bytes => Scalar::Bytes(counted(bytes)?),
        Type::String => Scalar::Text(counted(bytes)?),
        Type::Fixed(fixed) => Scalar::Bytes(take(bytes, fixed.size).ok_or_else(cut)?),
        Type::Enum(names) => {
            let at = take_zigzag(bytes).and_then(|at| usize::try_from(at).ok());
            let symbol = at.and_then(|at| names.symbols.get(at)).ok_or("an enum has no such symbol")?;
            Scalar::Text(symbol.as_bytes())
        }
        _ => return Err(format!("Found {}, which is no single value", name(schema))),
    })
}

/// Passes over a value.
pub fn skip(schema: &Schema, bytes: &mut &[u8]) -> Outcome {
    match &schema.ty {
        Type::Null => Ok(()),
        Type::Union(members) => {
            let at = take_zigzag(bytes).and_then(|at| usize::try_from(at).ok());
            skip(at.and_then(|at| members.get(at)).ok_or("a union has no such member")?, bytes)
        }
        Type::Record(record) => record.fields.iter().try_for_each(|field| skip(&field.schema, bytes)),
        Type::Array(item) => blocks(bytes, |bytes| skip(item, bytes)),
        Type::Map(value) => blocks(bytes, |bytes| {
            counted(bytes)?;
            skip(value, bytes)
        }),
        _ => scalar(schema, bytes).map(drop),
    }
}
