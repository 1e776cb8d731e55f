//! The figures of one column.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use skep_metastore::model::sketch::{DistinctSketch, hash_bytes, hash_number};
use skep_metastore::model::{ColumnStatistics, ColumnStatisticsData as Data, FieldSchema, HiveType};
use skep_udf::text;

use crate::error::{Result, WarehouseError};

/// What has been seen of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnAccumulator {
    values: i64,
    nulls: i64,
    trues: i64,
    /// Whole numbers, days, unscaled decimals, seconds.
    low: Option<i128>,
    high: Option<i128>,
    /// `float` and `double`.
    low_real: Option<f64>,
    high_real: Option<f64>,
    longest: i64,
    length: i64,
    distinct: DistinctSketch,
}

impl ColumnAccumulator {
    pub fn add(&mut self, array: &dyn Array) -> Result<()> {
        let nulls = array.logical_null_count() as i64;
        self.nulls += nulls;
        self.values += array.len() as i64 - nulls;
        match array.data_type() {
            DataType::Int8 => self.whole(array.as_primitive::<Int8Type>()),
            DataType::Int16 => self.whole(array.as_primitive::<Int16Type>()),
            DataType::Int32 => self.whole(array.as_primitive::<Int32Type>()),
            DataType::Int64 => self.whole(array.as_primitive::<Int64Type>()),
            DataType::Date32 => self.whole(array.as_primitive::<Date32Type>()),
            DataType::Timestamp(..) => {
                for micros in array.as_primitive::<TimestampMicrosecondType>().iter().flatten() {
                    self.distinct.add(hash_number(micros as u64));
                    self.bounds(i128::from(micros.div_euclid(1_000_000)));
                }
            }
            DataType::Decimal128(..) => {
                for value in array.as_primitive::<Decimal128Type>().iter().flatten() {
                    self.distinct.add(hash_number(value as u64 ^ hash_number((value >> 64) as u64)));
                    self.bounds(value);
                }
            }
            DataType::Float32 => {
                array.as_primitive::<Float32Type>().iter().flatten().for_each(|value| self.real(f64::from(value)));
            }
            DataType::Float64 => {
                array.as_primitive::<Float64Type>().iter().flatten().for_each(|value| self.real(value));
            }
            DataType::Utf8 => {
                array.as_string::<i32>().iter().flatten().for_each(|value| self.text(value.as_bytes()));
            }
            DataType::Binary => array.as_binary::<i32>().iter().flatten().for_each(|value| self.text(value)),
            DataType::Boolean => self.trues += array.as_boolean().true_count() as i64,
            other => return Err(WarehouseError::Invalid(format!("no statistics are taken of a column of {other}"))),
        }
        Ok(())
    }

    fn whole<T: ArrowPrimitiveType>(&mut self, array: &PrimitiveArray<T>)
    where
        T::Native: Into<i64>,
    {
        let mut ends: Option<(i64, i64)> = None;
        for value in array.iter().flatten() {
            let value: i64 = value.into();
            self.distinct.add(hash_number(value as u64));
            let (low, high) = ends.unwrap_or((value, value));
            ends = Some((low.min(value), high.max(value)));
        }
        if let Some((low, high)) = ends {
            self.bounds(low.into());
            self.bounds(high.into());
        }
    }

    fn bounds(&mut self, value: i128) {
        self.low = Some(self.low.map_or(value, |low| low.min(value)));
        self.high = Some(self.high.map_or(value, |high| high.max(value)));
    }

    fn real(&mut self, value: f64) {
        // 0.0 and -0.0 are one value.
        self.distinct.add(hash_number((value + 0.0).to_bits()));
        self.low_real = Some(self.low_real.map_or(value, |low| low.min(value)));
        self.high_real = Some(self.high_real.map_or(value, |high| high.max(value)));
    }

    fn text(&mut self, bytes: &[u8]) {
        self.distinct.add(hash_bytes(bytes));
        self.longest = self.longest.max(bytes.len() as i64);
        self.length += bytes.len() as i64;
    }

    pub fn merge(&mut self, other: &Self) {
        self.values += other.values;
        self.nulls += other.nulls;
        self.trues += other.trues;
        other.low.into_iter().chain(other.high).for_each(|value| self.bounds(value));
        for value in other.low_real.into_iter().chain(other.high_real) {
            self.low_real = Some(self.low_real.map_or(value, |low| low.min(value)));
            self.high_real = Some(self.high_real.map_or(value, |high| high.max(value)));
        }
        self.longest = self.longest.max(other.longest);
        self.length += other.length;
        self.distinct.merge(&other.distinct);
    }

    pub fn finish(&self, column: &FieldSchema, now: i64) -> ColumnStatistics {
        let (nulls, distinct) = (self.nulls, self.distinct.count());
        let average_length = if self.values == 0 { 0.0 } else { self.length as f64 / self.values as f64 };
        let whole = |value: Option<i128>| value.and_then(|value| i64::try_from(value).ok());
        let data = match &column.ty {
            HiveType::Boolean => Data::Boolean { trues: self.trues, falses: self.values - self.trues, nulls },
            HiveType::Float | HiveType::Double => {
                Data::Double { low: self.low_real, high: self.high_real, nulls, distinct }
            }
            HiveType::Decimal { scale, .. } => {
                let shown = |value: Option<i128>| value.map(|value| decimal(value, i32::from(*scale)));
                Data::Decimal { low: shown(self.low), high: shown(self.high), nulls, distinct }
            }
            HiveType::Date => Data::Date { low: whole(self.low), high: whole(self.high), nulls, distinct },
            HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) => {
                Data::String { max_length: self.longest, average_length, nulls, distinct }
            }
            HiveType::Binary => Data::Binary { max_length: self.longest, average_length, nulls },
            _ => Data::Long { low: whole(self.low), high: whole(self.high), nulls, distinct },
        };
        let counts_distinct = !matches!(column.ty, HiveType::Boolean | HiveType::Binary);
        ColumnStatistics {
            column: column.name.clone(),
            ty: column.ty.clone(),
            data,
            last_analyzed: now,
            sketch: counts_distinct.then(|| self.distinct.clone()),
            foreign: Default::default(),
        }
    }
}

fn decimal(unscaled: i128, scale: i32) -> String {
    let mut shown = String::new();
    text::write_decimal_trimmed(unscaled, scale as i8, &mut shown);
    shown
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, StringArray};

    use super::*;

    fn of(ty: HiveType, arrays: &[ArrayRef]) -> Data {
        let mut all = ColumnAccumulator::default();
        for array in arrays {
            let mut one = ColumnAccumulator::default();
            one.add(array.as_ref()).unwrap();
            all.merge(&one);
        }
        all.finish(&FieldSchema { name: "c".into(), ty, comment: None }, 1).data
    }

    #[test]
    fn figures_by_type() {
        let ints: ArrayRef = Arc::new(Int32Array::from(vec![Some(3), None, Some(-1), Some(3)]));
        let wanted = Data::Long { low: Some(-1), high: Some(3), nulls: 2, distinct: 2 };
        assert_eq!(of(HiveType::Int, &[Arc::clone(&ints), ints]), wanted);
        let reals: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, 1.5]));
        let wanted = Data::Double { low: Some(0.0), high: Some(1.5), nulls: 0, distinct: 2 };
        assert_eq!(of(HiveType::Double, &[reals]), wanted);
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("abc"), None]));
        let wanted = Data::String { max_length: 3, average_length: 2.0, nulls: 1, distinct: 2 };
        assert_eq!(of(HiveType::String, &[texts]), wanted);
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]));
        assert_eq!(of(HiveType::Boolean, &[flags]), Data::Boolean { trues: 2, falses: 1, nulls: 1 });
        let money: ArrayRef = Arc::new(Decimal128Array::from(vec![150, -25]).with_precision_and_scale(5, 2).unwrap());
        let wanted = Data::Decimal { low: Some("-0.25".into()), high: Some("1.5".into()), nulls: 0, distinct: 2 };
        assert_eq!(of(HiveType::Decimal { precision: 5, scale: 2 }, &[money]), wanted);
        let nothing: ArrayRef = Arc::new(Int32Array::from(vec![None, None]));
        assert_eq!(of(HiveType::Int, &[nothing]), Data::Long { low: None, high: None, nulls: 2, distinct: 0 });
    }
}
