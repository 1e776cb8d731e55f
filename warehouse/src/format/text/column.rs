//! Columns made of pieces of text.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryBuilder, BooleanBuilder, ListArray, MapArray, NullArray, NullBufferBuilder,
    PrimitiveBuilder, StringBuilder, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Field, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalYearMonthType, TimestampMicrosecondType,
};
use skep_metastore::model::HiveType;

use super::params::LazyParams;
use super::primitive;
use super::split::{Span, find, split_items};
use super::timestamp;
use crate::error::{Result, WarehouseError};
use crate::types::arrow_type;

/// Collects the values of a column, or of what is nested in it.
pub enum ColumnBuilder {
    Void(usize),
    Boolean(BooleanBuilder),
    TinyInt(PrimitiveBuilder<Int8Type>),
    SmallInt(PrimitiveBuilder<Int16Type>),
    Int(PrimitiveBuilder<Int32Type>),
    BigInt(PrimitiveBuilder<Int64Type>),
    Float(PrimitiveBuilder<Float32Type>),
    Double(PrimitiveBuilder<Float64Type>),
    Decimal { values: PrimitiveBuilder<Decimal128Type>, precision: u8, scale: i8 },
    String(StringBuilder),
    Varchar { values: StringBuilder, length: u32 },
    Char { values: StringBuilder, length: u32 },
    Date(PrimitiveBuilder<Date32Type>),
    Timestamp(PrimitiveBuilder<TimestampMicrosecondType>),
    TimestampLocalTz(PrimitiveBuilder<TimestampMicrosecondType>),
    Binary(BinaryBuilder),
    YearMonth(PrimitiveBuilder<IntervalYearMonthType>),
    DayTime(PrimitiveBuilder<DurationMicrosecondType>),
    Array { item: Box<ColumnBuilder>, offsets: Vec<i32>, nulls: NullBufferBuilder, separator: u8 },
    Map(Box<MapBuilder>),
    Struct { fields: Vec<ColumnBuilder>, ty: DataType, nulls: NullBufferBuilder, separator: u8 },
    Union { members: Vec<ColumnBuilder>, ty: DataType, tags: PrimitiveBuilder<Int8Type>, separator: u8 },
}

/// Collects maps.
pub struct MapBuilder {
    keys: ColumnBuilder,
    values: ColumnBuilder,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
    entry_separator: u8,
    key_separator: u8,
    ty: DataType,
}

impl ColumnBuilder {
    /// A builder for values of a type, of which the separators begin at a nesting level: 1 for a column of a row.
    pub fn new(ty: &HiveType, level: usize, params: &LazyParams) -> Result<Self> {
        let nested = |ty: &HiveType, level| Self::new(ty, level, params);
        Ok(match ty {
            HiveType::Void => Self::Void(0),
            HiveType::Boolean => Self::Boolean(BooleanBuilder::new()),
            HiveType::TinyInt => Self::TinyInt(PrimitiveBuilder::new()),
            HiveType::SmallInt => Self::SmallInt(PrimitiveBuilder::new()),
            HiveType::Int => Self::Int(PrimitiveBuilder::new()),
            HiveType::BigInt => Self::BigInt(PrimitiveBuilder::new()),
            HiveType::Float => Self::Float(PrimitiveBuilder::new()),
            HiveType::Double => Self::Double(PrimitiveBuilder::new()),
            HiveType::Decimal { precision, scale } => Self::Decimal {
                values: PrimitiveBuilder::new().with_data_type(arrow_type(ty)),
                precision: *precision,
                scale: *scale as i8,
            },
            HiveType::String => Self::String(StringBuilder::new()),
            HiveType::Varchar(length) => Self::Varchar { values: StringBuilder::new(), length: *length },
            HiveType::Char(length) => Self::Char { values: StringBuilder::new(), length: *length },
            HiveType::Date => Self::Date(PrimitiveBuilder::new()),
            HiveType::Timestamp => Self::Timestamp(PrimitiveBuilder::new()),
            HiveType::TimestampLocalTz => {
                Self::TimestampLocalTz(PrimitiveBuilder::new().with_data_type(arrow_type(ty)))
            }
            HiveType::Binary => Self::Binary(BinaryBuilder::new()),
            HiveType::IntervalYearMonth => Self::YearMonth(PrimitiveBuilder::new()),
            HiveType::IntervalDayTime => Self::DayTime(PrimitiveBuilder::new()),
            HiveType::Array(item) => Self::Array {
                item: Box::new(nested(item, level + 1)?),
                offsets: vec![0],
                nulls: NullBufferBuilder::new(0),
                separator: params.separator(level)?,
            },
            HiveType::Map(key, value) => Self::Map(Box::new(MapBuilder {
                keys: nested(key, level + 2)?,
                values: nested(value, level + 2)?,
                offsets: vec![0],
                nulls: NullBufferBuilder::new(0),
                entry_separator: params.separator(level)?,
                key_separator: params.separator(level + 1)?,
                ty: arrow_type(ty),
            })),
            HiveType::Struct(fields) => Self::Struct {
                fields: fields.iter().map(|f| nested(&f.ty, level + 1)).collect::<Result<_>>()?,
                ty: arrow_type(ty),
                nulls: NullBufferBuilder::new(0),
                separator: params.separator(level)?,
            },
            HiveType::Union(types) => Self::Union {
                members: types.iter().map(|ty| nested(ty, level + 1)).collect::<Result<_>>()?,
                ty: arrow_type(ty),
                tags: PrimitiveBuilder::new(),
                separator: params.separator(level)?,
            },
        })
    }

    /// Adds a column's values of many lines: every `step`-th span.
    pub fn extend(&mut self, data: &[u8], spans: impl Iterator<Item = Span>, params: &LazyParams) {
        // The dispatch on the type happens once here for the types that tables are full of.
        let null = params.null.as_slice();
        let values = spans.map(|span| span.of(data).filter(|text| *text != null));
        match self {
            Self::TinyInt(b) => fill(b, values, |t| i8::try_from(primitive::integer(t)?).ok()),
            Self::SmallInt(b) => fill(b, values, |t| i16::try_from(primitive::integer(t)?).ok()),
            Self::Int(b) => fill(b, values, |t| i32::try_from(primitive::integer(t)?).ok()),
            Self::BigInt(b) => fill(b, values, primitive::integer),
            Self::Double(b) => fill(b, values, primitive::double),
            Self::Date(b) => fill(b, values, primitive::date),
            Self::Decimal { values: b, precision, scale } => {
                fill(b, values, |t| primitive::decimal(t, *precision, *scale));
            }
            Self::String(b) => {
                for value in values {
                    match value {
                        None => b.append_null(),
                        Some(text) => append_text(b, text, params.escape),
                    }
                }
            }
            builder => values.for_each(|value| builder.append(value, params)),
        }
    }

    /// Adds a value; the text that stands for NULL is to be `None` already.
    pub fn append(&mut self, text: Option<&[u8]>, params: &LazyParams) {
        match self {
            Self::Void(count) => *count += 1,
            Self::Boolean(b) => b.append_option(text.and_then(|t| primitive::boolean(t, params.extended_booleans))),
            Self::TinyInt(b) => b.append_option(text.and_then(primitive::integer).and_then(|v| i8::try_from(v).ok())),
            Self::SmallInt(b) => b.append_option(text.and_then(primitive::integer).and_then(|v| i16::try_from(v).ok())),
            Self::Int(b) => b.append_option(text.and_then(primitive::integer).and_then(|v| i32::try_from(v).ok())),
            Self::BigInt(b) => b.append_option(text.and_then(primitive::integer)),
            Self::Float(b) => b.append_option(text.and_then(primitive::float)),
            Self::Double(b) => b.append_option(text.and_then(primitive::double)),
            Self::Decimal { values, precision, scale } => {
                values.append_option(text.and_then(|t| primitive::decimal(t, *precision, *scale)));
            }
            Self::String(b) => match text {
                None => b.append_null(),
                Some(text) => append_text(b, text, params.escape),
            },
            Self::Varchar { values, length } => match text {
                None => values.append_null(),
                Some(text) => {
                    let plain = primitive::unescape(text, params.escape);
                    values.append_value(primitive::cut(&primitive::text(&plain), *length));
                }
            },
            Self::Char { values, length } => match text {
                None => values.append_null(),
                Some(text) => {
                    let plain = primitive::unescape(text, params.escape);
                    values.append_value(primitive::cut(&primitive::text(&plain), *length).trim_end_matches(' '));
                }
            },
            Self::Date(b) => b.append_option(text.and_then(primitive::date)),
            Self::Timestamp(b) => b.append_option(text.and_then(|t| timestamp::parse(t, &params.timestamp_formats))),
            Self::TimestampLocalTz(b) => b.append_option(
                text.and_then(|t| skep_udf::text::parse_timestamp_tz(std::str::from_utf8(t).ok()?, params.zone)),
            ),
            Self::Binary(b) => b.append_option(text.map(primitive::binary)),
            Self::YearMonth(b) => b.append_option(
                text.and_then(|t| skep_udf::text::parse_interval_year_month(std::str::from_utf8(t).ok()?)),
            ),
            Self::DayTime(b) => b.append_option(
                text.and_then(|t| skep_udf::text::parse_interval_day_time(std::str::from_utf8(t).ok()?)),
            ),
            Self::Array { item, offsets, nulls, separator } => {
                nulls.append(text.is_some());
                // An empty text is an empty array, not an array of one empty item.
                if let Some(text) = text.filter(|t| !t.is_empty()) {
                    split_items(text, *separator, params.escape, |t| item.append(not_null(t, params), params));
                }
                offsets.push(item.len() as i32);
            }
            Self::Map(map) => map.append(text, params),
            Self::Struct { fields, nulls, separator, .. } => {
                nulls.append(text.is_some());
                append_struct(fields, text, *separator, params);
            }
            Self::Union { members, tags, separator, .. } => {
                // A tag that names no member makes the whole value NULL.
                let value = text.and_then(|t| {
                    let end = memchr::memchr(*separator, t)?;
                    let tag = i8::try_from(primitive::integer(&t[..end])?).ok()?;
                    (usize::try_from(tag).ok()? < members.len()).then_some((tag, &t[end + 1..]))
                });
                tags.append_option(value.map(|(tag, _)| tag));
                for (i, member) in members.iter_mut().enumerate() {
                    let own = value.filter(|(tag, _)| *tag as usize == i);
                    member.append(own.and_then(|(_, text)| not_null(text, params)), params);
                }
            }
        }
    }

    /// Values so far.
    pub fn len(&self) -> usize {
        match self {
            Self::Void(count) => *count,
            Self::Boolean(b) => arrow::array::ArrayBuilder::len(b),
            Self::TinyInt(b) => arrow::array::ArrayBuilder::len(b),
            Self::SmallInt(b) => arrow::array::ArrayBuilder::len(b),
            Self::Int(b) => arrow::array::ArrayBuilder::len(b),
            Self::BigInt(b) => arrow::array::ArrayBuilder::len(b),
            Self::Float(b) => arrow::array::ArrayBuilder::len(b),
            Self::Double(b) => arrow::array::ArrayBuilder::len(b),
            Self::Decimal { values, .. } => arrow::array::ArrayBuilder::len(values),
            Self::String(values) | Self::Varchar { values, .. } | Self::Char { values, .. } => {
                arrow::array::ArrayBuilder::len(values)
            }
            Self::Date(b) => arrow::array::ArrayBuilder::len(b),
            Self::Timestamp(b) | Self::TimestampLocalTz(b) => arrow::array::ArrayBuilder::len(b),
            Self::Binary(b) => arrow::array::ArrayBuilder::len(b),
            Self::YearMonth(b) => arrow::array::ArrayBuilder::len(b),
            Self::DayTime(b) => arrow::array::ArrayBuilder::len(b),
            Self::Array { nulls, .. } | Self::Struct { nulls, .. } => nulls.len(),
            Self::Map(map) => map.nulls.len(),
            Self::Union { tags, .. } => arrow::array::ArrayBuilder::len(tags),
        }
    }

    /// The values, leaving the builder empty.
    pub fn finish(&mut self) -> Result<ArrayRef> {
        Ok(match self {
            Self::Void(count) => Arc::new(NullArray::new(std::mem::take(count))),
            Self::Boolean(b) => Arc::new(b.finish()),
            Self::TinyInt(b) => Arc::new(b.finish()),
            Self::SmallInt(b) => Arc::new(b.finish()),
            Self::Int(b) => Arc::new(b.finish()),
            Self::BigInt(b) => Arc::new(b.finish()),
            Self::Float(b) => Arc::new(b.finish()),
            Self::Double(b) => Arc::new(b.finish()),
            Self::Decimal { values, .. } => Arc::new(values.finish()),
            Self::String(values) | Self::Varchar { values, .. } | Self::Char { values, .. } => {
                Arc::new(values.finish())
            }
            Self::Date(b) => Arc::new(b.finish()),
            Self::Timestamp(b) | Self::TimestampLocalTz(b) => Arc::new(b.finish()),
            Self::Binary(b) => Arc::new(b.finish()),
            Self::YearMonth(b) => Arc::new(b.finish()),
            Self::DayTime(b) => Arc::new(b.finish()),
            Self::Array { item, offsets, nulls, .. } => {
                let items = item.finish()?;
                let field = Arc::new(Field::new("item", items.data_type().clone(), true));
                Arc::new(ListArray::try_new(field, take_offsets(offsets)?, items, nulls.finish())?)
            }
            Self::Map(map) => map.finish()?,
            Self::Struct { fields, ty, nulls, .. } => struct_array(fields, ty, nulls)?,
            Self::Union { members, ty, tags, .. } => {
                let tags = tags.finish();
                let nulls = tags.nulls().cloned();
                let mut columns: Vec<ArrayRef> = vec![Arc::new(tags)];
                for member in members {
                    columns.push(member.finish()?);
                }
                match ty {
                    DataType::Struct(fields) => Arc::new(StructArray::try_new(fields.clone(), columns, nulls)?),
                    other => return Err(WarehouseError::Invalid(format!("{other} is no union"))),
                }
            }
        })
    }
}

impl MapBuilder {
    /// The builders of keys and values.
    pub fn children(&mut self) -> (&mut ColumnBuilder, &mut ColumnBuilder) {
        (&mut self.keys, &mut self.values)
    }

    /// Ends a map whose entries were added to the builders.
    pub fn end(&mut self) {
        self.nulls.append(true);
        self.offsets.push(self.keys.len() as i32);
    }

    fn append(&mut self, text: Option<&[u8]>, params: &LazyParams) {
        self.nulls.append(text.is_some());
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            // Hive keeps the first of entries with the same key and passes over those whose key is NULL.
            let mut seen: Vec<&[u8]> = Vec::new();
            let mut rest = Some(text);
            while let Some(text) = rest {
                let end = find(text, 0, self.entry_separator, params.escape);
                let entry = &text[..end.unwrap_or(text.len())];
                rest = end.map(|end| &text[end + 1..]);
                let middle = find(entry, 0, self.key_separator, params.escape);
                let key = &entry[..middle.unwrap_or(entry.len())];
                if key != params.null && !seen.contains(&key) && self.keys.can_be(key, params) {
                    seen.push(key);
                    self.keys.append(Some(key), params);
                    self.values.append(middle.and_then(|m| not_null(&entry[m + 1..], params)), params);
                }
            }
        }
        self.offsets.push(self.keys.len() as i32);
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        let DataType::Map(entries, ordered) = &self.ty else {
            return Err(WarehouseError::Invalid(format!("{} is no map", self.ty)));
        };
        let DataType::Struct(fields) = entries.data_type() else {
            return Err(WarehouseError::Invalid(format!("{} is no map", self.ty)));
        };
        let columns = vec![self.keys.finish()?, self.values.finish()?];
        let both = StructArray::try_new(fields.clone(), columns, None)?;
        let offsets = take_offsets(&mut self.offsets)?;
        Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, both, self.nulls.finish(), *ordered)?))
    }
}

impl ColumnBuilder {
    /// Is the text a value of this type, so that it can be the key of a map?
    fn can_be(&self, text: &[u8], params: &LazyParams) -> bool {
        let int = |min: i64, max: i64| primitive::integer(text).is_some_and(|v| (min..=max).contains(&v));
        match self {
            Self::Void(_) => false,
            Self::Boolean(_) => primitive::boolean(text, params.extended_booleans).is_some(),
            Self::TinyInt(_) => int(i8::MIN.into(), i8::MAX.into()),
            Self::SmallInt(_) => int(i16::MIN.into(), i16::MAX.into()),
            Self::Int(_) => int(i32::MIN.into(), i32::MAX.into()),
            Self::BigInt(_) => int(i64::MIN, i64::MAX),
            Self::Float(_) | Self::Double(_) => primitive::double(text).is_some(),
            Self::Decimal { precision, scale, .. } => primitive::decimal(text, *precision, *scale).is_some(),
            Self::Date(_) => primitive::date(text).is_some(),
            Self::Timestamp(_) => timestamp::parse(text, &params.timestamp_formats).is_some(),
            Self::TimestampLocalTz(_) => std::str::from_utf8(text)
                .ok()
                .and_then(|t| skep_udf::text::parse_timestamp_tz(t, params.zone))
                .is_some(),
            Self::YearMonth(_) => {
                std::str::from_utf8(text).ok().and_then(skep_udf::text::parse_interval_year_month).is_some()
            }
            Self::DayTime(_) => {
                std::str::from_utf8(text).ok().and_then(skep_udf::text::parse_interval_day_time).is_some()
            }
            _ => true,
        }
    }
}

fn not_null<'a>(text: &'a [u8], params: &LazyParams) -> Option<&'a [u8]> {
    (text != params.null).then_some(text)
}

fn append_struct(fields: &mut [ColumnBuilder], text: Option<&[u8]>, separator: u8, params: &LazyParams) {
    let last = fields.len().saturating_sub(1);
    let mut rest = text;
    for (i, field) in fields.iter_mut().enumerate() {
        let Some(text) = rest else {
            field.append(None, params);
            continue;
        };
        let takes_rest = params.last_column_takes_rest && i == last;
        let end = if takes_rest { None } else { find(text, 0, separator, params.escape) };
        rest = end.map(|end| &text[end + 1..]);
        field.append(not_null(&text[..end.unwrap_or(text.len())], params), params);
    }
}

fn struct_array(fields: &mut [ColumnBuilder], ty: &DataType, nulls: &mut NullBufferBuilder) -> Result<ArrayRef> {
    let DataType::Struct(types) = ty else {
        return Err(WarehouseError::Invalid(format!("{ty} is no struct")));
    };
    let rows = nulls.len();
    let columns = fields.iter_mut().map(ColumnBuilder::finish).collect::<Result<Vec<_>>>()?;
    if columns.is_empty() {
        return Ok(Arc::new(StructArray::new_empty_fields(rows, nulls.finish())));
    }
    Ok(Arc::new(StructArray::try_new(types.clone(), columns, nulls.finish())?))
}

fn take_offsets(offsets: &mut Vec<i32>) -> Result<OffsetBuffer<i32>> {
    if offsets.windows(2).any(|w| w[0] > w[1]) {
        return Err(WarehouseError::Unsupported("a batch with more than 2147483647 nested values".to_string()));
    }
    Ok(OffsetBuffer::new(std::mem::replace(offsets, vec![0]).into()))
}

fn fill<'a, T: ArrowPrimitiveType>(
    builder: &mut PrimitiveBuilder<T>,
    values: impl Iterator<Item = Option<&'a [u8]>>,
    parse: impl Fn(&[u8]) -> Option<T::Native>,
) {
    for value in values {
        builder.append_option(value.and_then(&parse));
    }
}

fn append_text(builder: &mut StringBuilder, text: &[u8], escape: Option<u8>) {
    let plain = primitive::unescape(text, escape);
    match std::str::from_utf8(&plain) {
        Ok(text) => builder.append_value(text),
        Err(_) => builder.append_value(primitive::text(&plain)),
    }
}
