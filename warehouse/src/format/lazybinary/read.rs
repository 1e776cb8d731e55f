//! Values out of LazyBinary bytes.

use arrow::array::ArrayRef;
use skep_metastore::model::HiveType;

use crate::error::{Result, WarehouseError};
use crate::format::ReadRequest;
use crate::format::text::{ColumnBuilder, LazyParams, LineParser, Span};
use crate::format::writable::{take, take_array, take_length, take_vlong};

/// A parser for the rows of a request.
pub fn parser(request: &ReadRequest) -> Result<Box<dyn LineParser>> {
    let reader = ValueReader::new(request)?;
    let builders = request.columns.iter().map(|(_, ty)| reader.builder(ty)).collect::<Result<_>>()?;
    let types: Vec<HiveType> = request.storage.columns.iter().map(|column| column.ty.clone()).collect();
    let last = request.columns.iter().map(|(index, _)| index + 1).max().unwrap_or(0);
    let mut places = vec![None; types.len().max(last)];
    for (place, (index, _)) in request.columns.iter().enumerate() {
        places[*index] = Some(place);
    }
    Ok(Box::new(RowParser { reader, types, places, last, builders }))
}

/// Reads values into builders of columns.
pub struct ValueReader {
    params: LazyParams,
    path: String,
}

impl ValueReader {
    /// A reader for a file.
    pub fn new(request: &ReadRequest) -> Result<Self> {
        let params = LazyParams::binary(&request.time_zone);
        Ok(Self { params, path: format!("file:/{}", request.object.location) })
    }

    /// A builder for values of a type.
    pub fn builder(&self, ty: &HiveType) -> Result<ColumnBuilder> {
        ColumnBuilder::new(ty, 1, &self.params)
    }

    /// Adds a NULL.
    pub fn null(&self, builder: &mut ColumnBuilder) {
        builder.append(None, &self.params);
    }

    /// Adds a value that is alone in `bytes`, without a length before it.
    pub fn alone(&self, builder: &mut ColumnBuilder, ty: &HiveType, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        let done = match ty {
            HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) | HiveType::Binary => {
                self.text(builder, bytes);
                Some(())
            }
            ty if ty.is_primitive() => self.value(builder, ty, &mut rest),
            ty => self.nested(builder, ty, bytes),
        };
        done.ok_or_else(|| self.corrupt(ty))
    }

    fn corrupt(&self, ty: &HiveType) -> WarehouseError {
        WarehouseError::corrupt(&self.path, format!("bytes are no value of type {ty}"))
    }

    /// Adds a text or a binary value.
    fn text(&self, builder: &mut ColumnBuilder, bytes: &[u8]) {
        match builder {
            ColumnBuilder::Binary(values) => values.append_value(bytes),
            builder => builder.append(Some(bytes), &self.params),
        }
    }

    /// Takes a value off the front.
    fn value(&self, builder: &mut ColumnBuilder, ty: &HiveType, bytes: &mut &[u8]) -> Option<()> {
        match builder {
            ColumnBuilder::Void(_) => builder.append(None, &self.params),
            ColumnBuilder::Boolean(b) => b.append_value(take_array::<1>(bytes)? != [0]),
            ColumnBuilder::TinyInt(b) => b.append_value(i8::from_be_bytes(take_array(bytes)?)),
            ColumnBuilder::SmallInt(b) => b.append_value(i16::from_be_bytes(take_array(bytes)?)),
            ColumnBuilder::Int(b) => b.append_value(take_vlong(bytes)? as i32),
            ColumnBuilder::BigInt(b) => b.append_value(take_vlong(bytes)?),
            ColumnBuilder::Float(b) => b.append_value(f32::from_be_bytes(take_array(bytes)?)),
            ColumnBuilder::Double(b) => b.append_value(f64::from_be_bytes(take_array(bytes)?)),
            ColumnBuilder::Date(b) => b.append_value(i32::try_from(take_vlong(bytes)?).ok()?),
            ColumnBuilder::Timestamp(b) | ColumnBuilder::TimestampLocalTz(b) => b.append_value(timestamp(bytes)?),
            ColumnBuilder::YearMonth(b) => b.append_value(i32::try_from(take_vlong(bytes)?).ok()?),
            ColumnBuilder::DayTime(b) => {
                let (seconds, nanos) = (take_vlong(bytes)?, take_vlong(bytes)?);
                b.append_value(seconds.checked_mul(1_000_000)?.checked_add(nanos / 1000)?);
            }
            ColumnBuilder::Decimal { values, precision, scale } => {
                let from = take_vlong(bytes)?;
                let length = take_length(bytes)?;
                let unscaled = big_integer(take(bytes, length)?)?;
                values.append_option(rescale(unscaled, from, *precision, *scale));
            }
            ColumnBuilder::String(_)
            | ColumnBuilder::Varchar { .. }
            | ColumnBuilder::Char { .. }
            | ColumnBuilder::Binary(_) => {
                let length = take_length(bytes)?;
                self.text(builder, take(bytes, length)?);
            }
            _ => {
                let length = usize::try_from(i32::from_be_bytes(take_array(bytes)?)).ok()?;
                self.nested(builder, ty, take(bytes, length)?)?;
            }
        }
        Some(())
    }

    /// Adds an array, a map, a struct or a union that is alone in `bytes`.
    fn nested(&self, builder: &mut ColumnBuilder, ty: &HiveType, mut bytes: &[u8]) -> Option<()> {
        match (builder, ty) {
            (ColumnBuilder::Array { item, offsets, nulls, .. }, HiveType::Array(item_ty)) => {
                let count = take_length(&mut bytes)?;
                let there = take(&mut bytes, count.div_ceil(8))?;
                for at in 0..count {
                    if is_set(there, at) {
                        self.value(item, item_ty, &mut bytes)?;
                    } else {
                        self.null(item);
                    }
                }
                nulls.append(true);
                offsets.push(item.len() as i32);
            }
            (ColumnBuilder::Map(map), HiveType::Map(key_ty, value_ty)) => {
                let count = take_length(&mut bytes)?;
                let there = take(&mut bytes, count.checked_mul(2)?.div_ceil(8))?;
                for at in 0..count {
                    let (keys, values) = map.children();
                    let has_key = is_set(there, 2 * at);
                    if has_key {
                        self.value(keys, key_ty, &mut bytes)?;
                    }
                    // Entries without a key are passed over, as LazyBinaryMap does.
                    let kept = has_key;
                    match (is_set(there, 2 * at + 1), kept) {
                        (true, true) => self.value(values, value_ty, &mut bytes)?,
                        (false, true) => self.null(values),
                        (true, false) => {
                            let mut unwanted = self.builder(value_ty).ok()?;
                            self.value(&mut unwanted, value_ty, &mut bytes)?;
                        }
                        (false, false) => {}
                    }
                }
                map.end();
            }
            (ColumnBuilder::Struct { fields, nulls, .. }, HiveType::Struct(types)) => {
                let mut there = 0;
                for (at, (field, ty)) in fields.iter_mut().zip(types).enumerate() {
                    if at % 8 == 0 {
                        // Fields that were added later are not there.
                        there = take_array::<1>(&mut bytes).map_or(0, |[byte]| byte);
                    }
                    if there & (1 << (at % 8)) != 0 && !bytes.is_empty() {
                        self.value(field, &ty.ty, &mut bytes)?;
                    } else {
                        self.null(field);
                    }
                }
                nulls.append(true);
            }
            (ColumnBuilder::Union { members, tags, .. }, HiveType::Union(types)) => {
                let [tag] = take_array::<1>(&mut bytes)?;
                for (at, (member, ty)) in members.iter_mut().zip(types).enumerate() {
                    if at == usize::from(tag) && !bytes.is_empty() {
                        self.value(member, ty, &mut bytes)?;
                    } else {
                        self.null(member);
                    }
                }
                tags.append_value(i8::try_from(tag).ok()?);
            }
            _ => return None,
        }
        Some(())
    }
}

fn is_set(bits: &[u8], at: usize) -> bool {
    bits.get(at / 8).is_some_and(|byte| byte & (1 << (at % 8)) != 0)
}

/// Java's `BigInteger.toByteArray`, back.
pub(crate) fn big_integer(bytes: &[u8]) -> Option<i128> {
    let first = *bytes.first()?;
    let sign: u8 = if first & 0x80 != 0 { 0xff } else { 0 };
    let skip = bytes.len().saturating_sub(16);
    if bytes[..skip].iter().any(|byte| *byte != sign) {
        return None;
    }
    let mut wide = [sign; 16];
    wide[16 - (bytes.len() - skip)..].copy_from_slice(&bytes[skip..]);
    Some(i128::from_be_bytes(wide))
}

/// A decimal as one of another scale: rounded half up where digits go, `None` where it does not fit.
pub(crate) fn rescale(unscaled: i128, from: i64, precision: u8, scale: i8) -> Option<i128> {
    let up = i64::from(scale) - from;
    let value = match u32::try_from(up) {
        Ok(up) => unscaled.checked_mul(10i128.checked_pow(up)?)?,
        Err(_) => match 10i128.checked_pow(u32::try_from(-up).ok()?) {
            Some(divisor) => {
                let (whole, rest) = (unscaled / divisor, unscaled % divisor);
                let round = i128::from(rest.unsigned_abs() * 2 >= divisor.unsigned_abs());
                whole + round * unscaled.signum()
            }
            None => 0,
        },
    };
    (value.unsigned_abs() < 10u128.pow(precision.into())).then_some(value)
}

/// `TimestampWritable`: 31 bits of the seconds and a flag; if that is set, the digits of the nanoseconds in reverse
/// order; if those are negative, the upper bits of the seconds.
fn timestamp(bytes: &mut &[u8]) -> Option<i64> {
    let first = i32::from_be_bytes(take_array(bytes)?);
    let mut seconds = i64::from(first & i32::MAX);
    let mut nanos = 0;
    if first < 0 {
        let reversed = take_vlong(bytes)?;
        let mut rest = reversed;
        if reversed < 0 {
            seconds |= take_vlong(bytes)?.checked_mul(1 << 31)?;
            rest = -1 - reversed;
        }
        if rest > 999_999_999 {
            return None;
        }
        let mut place = 100_000_000;
        while rest > 0 {
            nanos += rest % 10 * place;
            rest /= 10;
            place /= 10;
        }
    }
    seconds.checked_mul(1_000_000)?.checked_add(nanos / 1000)
}

struct RowParser {
    reader: ValueReader,
    types: Vec<HiveType>,
    /// Place among the wanted columns of each column.
    places: Vec<Option<usize>>,
    /// Columns up to the last wanted one.
    last: usize,
    builders: Vec<ColumnBuilder>,
}

impl RowParser {
    fn row(&mut self, mut bytes: &[u8]) -> Result<()> {
        let mut there = 0;
        for at in 0..self.last {
            if at % 8 == 0 {
                there = take_array::<1>(&mut bytes).map_or(0, |[byte]| byte);
            }
            let has_value = there & (1 << (at % 8)) != 0 && !bytes.is_empty();
            let ty = &self.types[at];
            let corrupt = || self.reader.corrupt(ty);
            match self.places[at] {
                Some(place) if has_value => {
                    self.reader.value(&mut self.builders[place], ty, &mut bytes).ok_or_else(corrupt)?;
                }
                Some(place) => self.reader.null(&mut self.builders[place]),
                None if has_value => skip(ty, &mut bytes).ok_or_else(corrupt)?,
                None => {}
            }
        }
        Ok(())
    }
}

/// Passes over a value.
fn skip(ty: &HiveType, bytes: &mut &[u8]) -> Option<()> {
    match ty {
        HiveType::Void => {}
        HiveType::Boolean | HiveType::TinyInt => drop(take(bytes, 1)?),
        HiveType::SmallInt => drop(take(bytes, 2)?),
        HiveType::Int | HiveType::BigInt | HiveType::Date | HiveType::IntervalYearMonth => drop(take_vlong(bytes)?),
        HiveType::Float => drop(take(bytes, 4)?),
        HiveType::Double => drop(take(bytes, 8)?),
        HiveType::Timestamp | HiveType::TimestampLocalTz => drop(timestamp(bytes)?),
        HiveType::IntervalDayTime => drop((take_vlong(bytes)?, take_vlong(bytes)?)),
        HiveType::Decimal { .. } => {
            take_vlong(bytes)?;
            let length = take_length(bytes)?;
            take(bytes, length)?;
        }
        HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) | HiveType::Binary => {
            let length = take_length(bytes)?;
            take(bytes, length)?;
        }
        _ => {
            let length = usize::try_from(i32::from_be_bytes(take_array(bytes)?)).ok()?;
            take(bytes, length)?;
        }
    }
    Some(())
}

impl LineParser for RowParser {
    fn parse(&mut self, data: &[u8], lines: &[Span]) -> Result<()> {
        if self.builders.is_empty() {
            return Ok(());
        }
        lines.iter().try_for_each(|line| self.row(line.of(data).unwrap_or_default()))
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.builders.iter_mut().map(ColumnBuilder::finish).collect()
    }
}
