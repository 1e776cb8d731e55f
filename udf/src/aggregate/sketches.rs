//! Aggregates that estimate the number of distinct values: `GenericUDAFComputeBitVectorHLL`,
//! `GenericUDAFComputeBitVectorFM`, `GenericUDAFApproximateDistinct`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Field, FieldRef, Float32Type, Float64Type,
    Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion_common::{Result as DfResult, ScalarValue, internal_datafusion_err, not_impl_err};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::utils::format_state_name;
use datafusion_expr::{Accumulator, GroupsAccumulator};

use super::check::{one_argument, primitive};
use super::function::{Behaviour, entry};
use crate::error::{Result, UdfError};
use crate::hash::{hash64, hash64_int, hash64_long, java_hash};
use crate::registry::FunctionEntry;
use crate::scalar::check::{category, is_primitive, type_error, type_name};
use crate::sketch::{FlajoletMartin, HyperLogLog};
use crate::text::{TextStyle, value_text};

/// Registers of the sketches of statistics and of `approx_distinct`, as powers of two.
const STATISTICS_BITS: u32 = 10;
const COUNT_BITS: u32 = 12;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry("compute_bit_vector_hll", BitVectorHll, "_FUNC_(x) - Computes bit vector for NDV computation.", ""),
        entry("compute_bit_vector_fm", BitVectorFm, "_FUNC_(x) - Computes bit vector for NDV computation.", ""),
        entry("approx_distinct", ApproxDistinct, "_FUNC_(x) - generate an approximate distinct from input column", ""),
    ]
}

/// The type in which a column's values are counted.
fn counted_type(types: &[DataType]) -> Result<DataType> {
    primitive(types, 0)?;
    match types.first() {
        Some(ty) if ty.is_integer() => Ok(DataType::Int64),
        Some(ty) if ty.is_floating() => Ok(DataType::Float64),
        Some(ty @ (DataType::Utf8 | DataType::Date32 | DataType::Timestamp(_, None) | DataType::Decimal128(_, _))) => {
            Ok(ty.clone())
        }
        other => type_error(
            0,
            format!(
                "Only integer/long/timestamp/date/float/double/decimal/string/varchar/char/boolean/binary type \
                 argument is accepted but {} is passed.",
                other.map(type_name).unwrap_or_default()
            ),
        ),
    }
}

fn binary_state(args: &StateFieldsArgs) -> Vec<FieldRef> {
    vec![Arc::new(Field::new(format_state_name(args.name, "sketch"), DataType::Binary, true))]
}

/// The sketches that partial aggregations made.
fn sketches(states: &[ArrayRef]) -> DfResult<impl Iterator<Item = &[u8]>> {
    let states = states
        .first()
        .and_then(|states| states.as_binary_opt::<i32>())
        .ok_or_else(|| internal_datafusion_err!("a state that is no sketch"))?;
    Ok(states.iter().flatten())
}

#[derive(Debug)]
struct BitVectorHll;

impl Behaviour for BitVectorHll {
    fn name(&self) -> &'static str {
        "compute_bit_vector_hll"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        one_argument(types)?;
        Ok(vec![counted_type(types)?])
    }

    fn returns(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Binary)
    }

    fn handles_distinct(&self, _types: &[DataType]) -> bool {
        true
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        Ok(binary_state(&args))
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(Counter { bits: STATISTICS_BITS, hashes: statistics_hashes, sketch: None, counts: false }))
    }

    fn groups(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        not_impl_err!("compute_bit_vector_hll over many groups at once")
    }
}

#[derive(Debug)]
struct ApproxDistinct;

impl Behaviour for ApproxDistinct {
    fn name(&self) -> &'static str {
        "approx_distinct"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [ty] = types else { return Err(UdfError::Execution("Function only takes 1 parameter".into())) };
        if !is_primitive(ty) && category(ty) != "STRUCT" {
            let given = type_name(ty);
            return type_error(1, format!("Only primitive/struct rows are accepted but {given} was passed."));
        }
        Ok(vec![if matches!(ty, DataType::Int8 | DataType::Int16) { DataType::Int32 } else { ty.clone() }])
    }

    fn returns(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Int64)
    }

    fn nullable(&self) -> bool {
        false
    }

    fn handles_distinct(&self, _types: &[DataType]) -> bool {
        true
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        Ok(binary_state(&args))
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(Counter { bits: COUNT_BITS, hashes: count_hashes, sketch: None, counts: true }))
    }

    fn groups(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        not_impl_err!("approx_distinct over many groups at once")
    }
}

/// Hands out the hash of each value that is not NULL.
type Hashes = fn(&dyn Array, &mut dyn FnMut(u64)) -> Result<()>;

/// One group of a HyperLogLog; `sketch` is there from the first row on, be it NULL.
#[derive(Debug)]
struct Counter {
    bits: u32,
    hashes: Hashes,
    sketch: Option<HyperLogLog>,
    counts: bool,
}

impl Accumulator for Counter {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let Some(column) = values.first().filter(|column| !column.is_empty()) else { return Ok(()) };
        let sketch = self.sketch.get_or_insert_with(|| HyperLogLog::new(self.bits));
        (self.hashes)(column.as_ref(), &mut |hash| sketch.add(hash))?;
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        for bytes in sketches(states)? {
            let more = HyperLogLog::read(bytes)?;
            match &mut self.sketch {
                Some(sketch) => sketch.merge(&more)?,
                None => self.sketch = Some(more),
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        if self.counts {
            let count = self.sketch.as_ref().map_or(0, HyperLogLog::count);
            return Ok(ScalarValue::Int64(Some(count)));
        }
        Ok(ScalarValue::Binary(self.sketch.as_ref().map(HyperLogLog::bytes)))
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(self.sketch.as_ref().map(HyperLogLog::bytes))])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.sketch.as_ref().map_or(0, HyperLogLog::size)
    }
}

/// The number that stands for a double: every NaN is one.
fn double_bits(value: f64) -> i64 {
    if value.is_nan() { f64::NAN.to_bits() as i64 } else { value.to_bits() as i64 }
}

fn decimal_to_double(value: i128, scale: i8) -> f64 {
    let mut text = String::new();
    crate::text::write_decimal(value, scale, &mut text);
    text.parse().unwrap_or(f64::NAN)
}

/// The hashes that statistics of columns are made of (`HyperLogLog.addToEstimator`).
fn statistics_hashes(column: &dyn Array, add: &mut dyn FnMut(u64)) -> Result<()> {
    match column.data_type() {
        DataType::Int64 => {
            column.as_primitive::<Int64Type>().iter().flatten().for_each(|value| add(hash64_long(value)));
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>();
            values.iter().flatten().for_each(|value| add(hash64_long(double_bits(value))));
        }
        DataType::Decimal128(_, scale) => {
            let values = column.as_primitive::<Decimal128Type>();
            values.iter().flatten().for_each(|value| add(hash64_long(double_bits(decimal_to_double(value, *scale)))));
        }
        DataType::Utf8 => column.as_string::<i32>().iter().flatten().for_each(|text| add(hash64(text.as_bytes()))),
        DataType::Date32 => {
            let values = column.as_primitive::<Date32Type>();
            values.iter().flatten().for_each(|days| add(hash64_long(i64::from(days))));
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = column.as_primitive::<TimestampMicrosecondType>();
            values.iter().flatten().for_each(|micros| add(hash64_long(micros.div_euclid(1_000_000))));
        }
        other => return Err(UdfError::Execution(format!("no sketch is made of {other}"))),
    }
    Ok(())
}

/// The hashes that `approx_distinct` counts. Of types that Hive writes with Java's serialization, the text counts.
fn count_hashes(column: &dyn Array, add: &mut dyn FnMut(u64)) -> Result<()> {
    match column.data_type() {
        DataType::Int32 => {
            column.as_primitive::<Int32Type>().iter().flatten().for_each(|value| add(hash64_int(value)));
        }
        DataType::Float32 => {
            let bits = |value: f32| if value.is_nan() { f32::NAN.to_bits() } else { value.to_bits() };
            let values = column.as_primitive::<Float32Type>();
            values.iter().flatten().for_each(|value| add(hash64_int(bits(value) as i32)));
        }
        DataType::Date32 => {
            column.as_primitive::<Date32Type>().iter().flatten().for_each(|days| add(hash64_int(days)));
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            let values = column.as_primitive::<TimestampMicrosecondType>();
            values.iter().flatten().for_each(|micros| add(hash64_long(micros.div_euclid(1000))));
        }
        DataType::Duration(TimeUnit::Microsecond) => {
            let values = column.as_primitive::<DurationMicrosecondType>();
            values.iter().flatten().for_each(|micros| add(hash64_long(micros / 1_000_000)));
        }
        DataType::Int64 | DataType::Float64 | DataType::Decimal128(_, _) | DataType::Utf8 => {
            return statistics_hashes(column, add);
        }
        _ => {
            let nulls = column.logical_nulls();
            for row in (0..column.len()).filter(|row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row))) {
                let style = TextStyle { null: "null", zone: crate::text::utc() };
                add(hash64(value_text(column, row, style)?.as_bytes()));
            }
        }
    }
    Ok(())
}

#[derive(Debug)]
struct BitVectorFm;

impl Behaviour for BitVectorFm {
    fn name(&self) -> &'static str {
        "compute_bit_vector_fm"
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let [_, number] = types else {
            return type_error(
                types.len().saturating_sub(1),
                "Exactly 2 (col + number of bit vectors) arguments are expected.",
            );
        };
        if !number.is_integer() {
            return type_error(1, format!("Only an integer argument is accepted but {} is passed.", type_name(number)));
        }
        Ok(vec![counted_type(types)?, DataType::Int32])
    }

    fn returns(&self, _types: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Binary)
    }

    fn handles_distinct(&self, _types: &[DataType]) -> bool {
        true
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DfResult<Vec<FieldRef>> {
        Ok(binary_state(&args))
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn Accumulator>> {
        Ok(Box::new(Vectors { sketch: None }))
    }

    fn groups(&self, _args: AccumulatorArgs) -> DfResult<Box<dyn GroupsAccumulator>> {
        not_impl_err!("compute_bit_vector_fm over many groups at once")
    }
}

/// One group of bit vectors.
#[derive(Debug)]
struct Vectors {
    sketch: Option<FlajoletMartin>,
}

impl Accumulator for Vectors {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let [column, number] = values else { return Ok(()) };
        if column.is_empty() {
            return Ok(());
        }
        if self.sketch.is_none() {
            let number = number.as_primitive_opt::<Int32Type>().and_then(|number| number.iter().flatten().next());
            self.sketch = Some(FlajoletMartin::new(vector_count(number.unwrap_or_default())?));
        }
        let Some(sketch) = &mut self.sketch else { return Ok(()) };
        match column.data_type() {
            DataType::Int64 => {
                column.as_primitive::<Int64Type>().iter().flatten().for_each(|value| sketch.add(value));
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let micros = column.as_primitive::<TimestampMicrosecondType>();
                micros.iter().flatten().for_each(|micros| sketch.add(micros.div_euclid(1_000_000)));
            }
            // Java's hashes of the values; `String.hashCode` is of UTF-16.
            DataType::Utf8 => {
                for text in column.as_string::<i32>().iter().flatten() {
                    let hash = text
                        .encode_utf16()
                        .fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
                    sketch.add(i64::from(hash));
                }
            }
            _ => {
                let valid: BooleanArray = arrow::compute::is_not_null(column)?;
                for (hash, valid) in java_hash(column.as_ref())?.into_iter().zip(valid.values()) {
                    if valid {
                        sketch.add(i64::from(hash));
                    }
                }
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        for bytes in sketches(states)? {
            let more = FlajoletMartin::read(bytes)?;
            match &mut self.sketch {
                Some(sketch) => sketch.merge(&more)?,
                None => self.sketch = Some(more),
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        Ok(ScalarValue::Binary(self.sketch.as_ref().map(FlajoletMartin::bytes)))
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.sketch.as_ref().map_or(0, FlajoletMartin::size)
    }
}

/// At most 1024 bit vectors.
fn vector_count(number: i32) -> Result<u16> {
    match u16::try_from(number) {
        Ok(count @ 1..=1024) => Ok(count),
        _ => Err(UdfError::Execution(format!(
            "The maximum allowed value for number of bit vectors is 1024, but was passed {number} bit vectors"
        ))),
    }
}
