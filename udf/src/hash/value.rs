//! Hashes of whole arrays, by type.

use super::encode::{big_integer_bytes, timestamp_bytes, trimmed_decimal};
use super::murmur3::hash32;
use arrow::array::{Array, ArrayRef, AsArray, MapArray, StructArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, IntervalUnit, IntervalYearMonthType, TimeUnit, TimestampMicrosecondType,
};
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use datafusion_common::{Result, not_impl_err};

/// Which of Hive's two hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashVersion {
    /// Bucketing version 1.
    Java,
    /// Bucketing version 2.
    Murmur,
}

/// The hash of every value of an array, 0 for NULL.
pub(super) fn hash_array(version: HashVersion, array: &dyn Array, tz: Tz) -> Result<Vec<i32>> {
    let murmur = version == HashVersion::Murmur;
    let hashes = match array.data_type() {
        DataType::Null => vec![0; array.len()],
        DataType::Boolean => {
            let array = array.as_boolean();
            (0..array.len()).map(|row| i32::from(array.is_valid(row) && array.value(row))).collect()
        }
        DataType::Int8 => each::<Int8Type>(array, i32::from),
        DataType::Int16 if murmur => each::<Int16Type>(array, |value| hash32(&value.to_be_bytes())),
        DataType::Int16 => each::<Int16Type>(array, i32::from),
        DataType::Int32 if murmur => each::<Int32Type>(array, |value| hash32(&value.to_be_bytes())),
        DataType::Int32 => each::<Int32Type>(array, |value| value),
        DataType::Int64 if murmur => each::<Int64Type>(array, |value| hash32(&value.to_be_bytes())),
        DataType::Int64 => each::<Int64Type>(array, long_hash),
        // Hive writes the *number* of the bit pattern as a float, not the pattern itself.
        DataType::Float32 if murmur => {
            each::<Float32Type>(array, |value| hash32(&(float_bits(value) as f32).to_be_bytes()))
        }
        DataType::Float32 => each::<Float32Type>(array, float_bits),
        DataType::Float64 if murmur => {
            each::<Float64Type>(array, |value| hash32(&(double_bits(value) as f64).to_be_bytes()))
        }
        DataType::Float64 => each::<Float64Type>(array, |value| long_hash(double_bits(value))),
        DataType::Decimal128(_, scale) => {
            let scale = *scale;
            each::<Decimal128Type>(array, |value| decimal_hash(murmur, value, scale))
        }
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            bytes(array, murmur, |row| array.value(row).as_bytes(), string_hash)
        }
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            bytes(array, murmur, |row| array.value(row), text_hash)
        }
        DataType::Date32 if murmur => each::<Date32Type>(array, |value| hash32(&value.to_be_bytes())),
        DataType::Date32 => each::<Date32Type>(array, |value| value),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let zoned = zone.is_some();
            let mut buffer = Vec::with_capacity(16);
            each::<TimestampMicrosecondType>(array, |value| {
                if murmur {
                    timestamp_bytes(value, &mut buffer);
                    hash32(&buffer)
                } else if zoned {
                    instant_hash(value)
                } else {
                    timestamp_hash(value, tz)
                }
            })
        }
        DataType::Interval(IntervalUnit::YearMonth) if murmur => {
            each::<IntervalYearMonthType>(array, |value| hash32(&value.to_be_bytes()))
        }
        DataType::Interval(IntervalUnit::YearMonth) => each::<IntervalYearMonthType>(array, |value| value),
        DataType::Duration(TimeUnit::Microsecond) => each::<DurationMicrosecondType>(array, |value| {
            let hash = duration_hash(value);
            if murmur { hash32(&hash.to_be_bytes()) } else { hash }
        }),
        DataType::List(_) => {
            let array = array.as_list::<i32>();
            let items = hash_array(version, array.values().as_ref(), tz)?;
            fold(array, array.value_offsets(), |range| {
                range.fold(0, |hash: i32, at| hash.wrapping_mul(31).wrapping_add(items[at]))
            })
        }
        DataType::Map(_, _) => hash_map(version, array.as_map(), tz)?,
        DataType::Struct(fields) if fields.first().is_some_and(|field| field.name() == "tag") => {
            hash_union(version, array.as_struct(), tz)?
        }
        DataType::Struct(_) => hash_struct(version, array.as_struct(), tz)?,
        other => return not_impl_err!("hash of {other}"),
    };
    Ok(hashes)
}

fn hash_map(version: HashVersion, array: &MapArray, tz: Tz) -> Result<Vec<i32>> {
    let keys = hash_array(version, array.keys().as_ref(), tz)?;
    // Hive's version 2 takes the version 1 hash of map values.
    let values = hash_array(HashVersion::Java, array.values().as_ref(), tz)?;
    Ok(fold(array, array.value_offsets(), |range| {
        range.fold(0, |hash: i32, at| hash.wrapping_add(keys[at] ^ values[at]))
    }))
}

fn hash_struct(version: HashVersion, array: &StructArray, tz: Tz) -> Result<Vec<i32>> {
    let mut hashes = vec![0_i32; array.len()];
    for column in array.columns() {
        for (hash, field) in hashes.iter_mut().zip(hash_array(version, column.as_ref(), tz)?) {
            *hash = hash.wrapping_mul(31).wrapping_add(field);
        }
    }
    Ok(without_nulls(array, hashes))
}

/// A union value hashes as the member that its tag names.
fn hash_union(version: HashVersion, array: &StructArray, tz: Tz) -> Result<Vec<i32>> {
    let Some((tags, members)) = array.columns().split_first() else { return Ok(vec![0; array.len()]) };
    let tags = tags.as_primitive::<Int8Type>();
    let members =
        members.iter().map(|member: &ArrayRef| hash_array(version, member.as_ref(), tz)).collect::<Result<Vec<_>>>()?;
    let hashes = (0..array.len())
        .map(|row| {
            usize::try_from(tags.value(row)).ok().and_then(|tag| members.get(tag)).map_or(0, |member| member[row])
        })
        .collect();
    Ok(without_nulls(array, hashes))
}

fn without_nulls(array: &dyn Array, mut hashes: Vec<i32>) -> Vec<i32> {
    if let Some(nulls) = array.nulls() {
        for (row, hash) in hashes.iter_mut().enumerate() {
            if nulls.is_null(row) {
                *hash = 0;
            }
        }
    }
    hashes
}

fn each<T: ArrowPrimitiveType>(array: &dyn Array, mut hash: impl FnMut(T::Native) -> i32) -> Vec<i32> {
    let array = array.as_primitive::<T>();
    if array.null_count() == 0 {
        array.values().iter().map(|value| hash(*value)).collect()
    } else {
        array.iter().map(|value| value.map_or(0, &mut hash)).collect()
    }
}

fn bytes<'a>(
    array: &dyn Array,
    murmur: bool,
    value: impl Fn(usize) -> &'a [u8],
    java: impl Fn(&[u8]) -> i32,
) -> Vec<i32> {
    (0..array.len())
        .map(|row| match (array.is_null(row), murmur) {
            (true, _) => 0,
            (false, true) => hash32(value(row)),
            (false, false) => java(value(row)),
        })
        .collect()
}

fn fold(array: &dyn Array, offsets: &[i32], hash: impl Fn(std::ops::Range<usize>) -> i32) -> Vec<i32> {
    offsets
        .windows(2)
        .enumerate()
        .map(|(row, ends)| if array.is_null(row) { 0 } else { hash(ends[0] as usize..ends[1] as usize) })
        .collect()
}

/// `String.hashCode()` over the bytes, each as a signed number.
fn string_hash(bytes: &[u8]) -> i32 {
    bytes.iter().fold(0, |hash: i32, byte| hash.wrapping_mul(31).wrapping_add(i32::from(*byte as i8)))
}

/// `WritableComparator.hashBytes`: the hash of Hadoop's `Text` and `BytesWritable`.
pub(super) fn text_hash(bytes: &[u8]) -> i32 {
    bytes.iter().fold(1, |hash: i32, byte| hash.wrapping_mul(31).wrapping_add(i32::from(*byte as i8)))
}

fn long_hash(value: i64) -> i32 {
    ((value as u64 >> 32) as i64 ^ value) as i32
}

/// `Float.floatToIntBits`: every NaN is one.
fn float_bits(value: f32) -> i32 {
    if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() as i32 }
}

/// `Double.doubleToLongBits`: every NaN is one.
fn double_bits(value: f64) -> i64 {
    if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() as i64 }
}

fn decimal_hash(murmur: bool, value: i128, scale: i8) -> i32 {
    let (value, scale) = trimmed_decimal(value, scale);
    if murmur {
        let (bytes, start) = big_integer_bytes(value);
        return hash32(&bytes[start..]);
    }
    // `BigDecimal.hashCode`: 31 * BigInteger.hashCode + scale.
    let magnitude = value.unsigned_abs();
    let words = (0..4)
        .rev()
        .fold(0_i32, |hash, word| hash.wrapping_mul(31).wrapping_add((magnitude >> (32 * word)) as u32 as i32));
    let signed = if value < 0 { words.wrapping_neg() } else { words };
    signed.wrapping_mul(31).wrapping_add(scale)
}

/// `TimestampWritable.hashCode`, with the wall time read in a time zone.
fn timestamp_hash(micros: i64, tz: Tz) -> i32 {
    let mut seconds = micros.div_euclid(1_000_000);
    if tz != Tz::UTC {
        seconds = instant_of(seconds, tz);
    }
    let nanos = micros.rem_euclid(1_000_000) * 1000;
    long_hash((seconds << 30) | nanos)
}

/// The instant of a wall time; of an ambiguous one the earlier, of a skipped one that with the offset before the gap.
fn instant_of(wall: i64, tz: Tz) -> i64 {
    let Some(local) = chrono::DateTime::from_timestamp(wall, 0).map(|time| time.naive_utc()) else { return wall };
    match tz.from_local_datetime(&local).earliest() {
        Some(time) => time.timestamp(),
        None => before_gap(local, tz).unwrap_or(wall),
    }
}

fn before_gap(local: NaiveDateTime, tz: Tz) -> Option<i64> {
    let day_before = local.checked_sub_signed(chrono::TimeDelta::days(1))?;
    let before = tz.from_local_datetime(&day_before).earliest()?;
    Some(before.timestamp() + 86_400)
}

/// `Instant.hashCode`.
fn instant_hash(micros: i64) -> i32 {
    let seconds = micros.div_euclid(1_000_000);
    let nanos = (micros.rem_euclid(1_000_000) * 1000) as i32;
    long_hash(seconds).wrapping_add(nanos.wrapping_mul(51))
}

/// `HiveIntervalDayTime.hashCode` (commons-lang `HashCodeBuilder`).
fn duration_hash(micros: i64) -> i32 {
    let (seconds, nanos) = (micros / 1_000_000, (micros % 1_000_000 * 1000) as i32);
    let hash = 17_i32.wrapping_mul(37).wrapping_add((seconds ^ (seconds >> 32)) as i32);
    hash.wrapping_mul(37).wrapping_add(nanos)
}
