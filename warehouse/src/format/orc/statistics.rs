//! Statistics of stripes and row groups, against which a condition is tried before anything is decoded.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use orc_rust::schema::{DataType, NamedColumn};
use orc_rust::statistics::{ColumnStatistics, TypeStatistics};
use skep_metastore::model::HiveType;

use crate::format::calendar::{CUTOVER_DAYS, CUTOVER_MICROS};
use crate::types::arrow_type;

/// A condition in the form that statistics are tried against.
pub(super) struct Pruner {
    predicate: Arc<PruningPredicate>,
    /// Wanted columns by name, with the column of the file.
    columns: HashMap<String, (DataType, HiveType)>,
}

impl Pruner {
    /// `None` when the condition says nothing that statistics can answer.
    pub fn new(
        predicate: Option<&Arc<dyn PhysicalExpr>>,
        schema: &SchemaRef,
        wanted: &[(usize, HiveType)],
        found: &[Option<&NamedColumn>],
    ) -> Option<Self> {
        let predicate =
            PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema)).build(Arc::clone(predicate?))?;
        let columns = schema
            .fields()
            .iter()
            .zip(wanted)
            .zip(found)
            .filter_map(|((field, (_, ty)), column)| {
                column.map(|column| (field.name().clone(), (column.data_type().clone(), ty.clone())))
            })
            .collect();
        Some(Self { predicate, columns })
    }

    /// For each container (stripe or row group) whether rows of it may satisfy the condition. `rows` is the number of
    /// rows of each, `statistics` gives those of a column of the file in a container.
    pub fn keep(&self, rows: &[u64], statistics: impl Fn(usize, usize) -> Option<ColumnStatistics>) -> Vec<bool> {
        let containers = Containers { pruner: self, rows, statistics: &statistics };
        self.predicate.prune(&containers).unwrap_or_else(|_| vec![true; rows.len()])
    }
}

struct Containers<'a> {
    pruner: &'a Pruner,
    rows: &'a [u64],
    statistics: &'a dyn Fn(usize, usize) -> Option<ColumnStatistics>,
}

impl Containers<'_> {
    fn bounds(&self, column: &Column, low: bool) -> Option<ArrayRef> {
        let (file_type, ty) = self.pruner.columns.get(&column.name)?;
        let wanted = arrow_type(ty);
        let unknown = ScalarValue::try_from(&wanted).ok()?;
        let values = (0..self.rows.len()).map(|container| {
            let statistics = (self.statistics)(container, file_type.column_index());
            let found = statistics.and_then(|statistics| bounds(&statistics, file_type, ty));
            match found {
                Some((min, max)) => {
                    if low {
                        min
                    } else {
                        max
                    }
                }
                None => unknown.clone(),
            }
        });
        ScalarValue::iter_to_array(values).ok()
    }
}

impl PruningStatistics for Containers<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, true)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, false)
    }

    fn num_containers(&self) -> usize {
        self.rows.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let (file_type, ty) = self.pruner.columns.get(&column.name)?;
        if !keeps_values(file_type, ty) {
            return None;
        }
        let counts: UInt64Array = (0..self.rows.len())
            .map(|container| {
                let statistics = (self.statistics)(container, file_type.column_index())?;
                self.rows[container].checked_sub(statistics.number_of_values())
            })
            .collect();
        Some(Arc::new(counts))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from(self.rows.to_vec())))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// The least and the greatest value in the type the column is read as; `None` where they are not known for certain.
fn bounds(statistics: &ColumnStatistics, file: &DataType, ty: &HiveType) -> Option<(ScalarValue, ScalarValue)> {
    match (statistics.type_statistics()?, ty) {
        (TypeStatistics::Integer { min, max, .. }, _) if integer_width(file)? <= hive_integer_width(ty)? => {
            Some((integer(*min, ty)?, integer(*max, ty)?))
        }
        (TypeStatistics::Double { min, max, sum }, HiveType::Float | HiveType::Double) => {
            // NaN is greater than any number in plans, and statistics leave it out; the sum gives it away.
            if sum.is_none_or(f64::is_nan) || min.is_nan() || max.is_nan() {
                return None;
            }
            let low = if *min == 0.0 { -0.0 } else { *min };
            let high = if *max == 0.0 { 0.0 } else { *max };
            match (file, ty) {
                (DataType::Float { .. }, HiveType::Float) => {
                    Some((ScalarValue::from(low as f32), ScalarValue::from(high as f32)))
                }
                (_, HiveType::Double) => Some((ScalarValue::from(low), ScalarValue::from(high))),
                _ => None,
            }
        }
        (TypeStatistics::String { lower_bound, upper_bound, .. }, _) => match (file, ty) {
            (DataType::String { .. } | DataType::Varchar { .. }, HiveType::String) => {
                Some((ScalarValue::from(lower_bound.as_str()), ScalarValue::from(upper_bound.as_str())))
            }
            (DataType::Varchar { max_length, .. }, HiveType::Varchar(length)) if max_length <= length => {
                Some((ScalarValue::from(lower_bound.as_str()), ScalarValue::from(upper_bound.as_str())))
            }
            _ => None,
        },
        (TypeStatistics::Bucket { true_count }, HiveType::Boolean) => {
            let all = *true_count == statistics.number_of_values();
            Some((ScalarValue::from(all), ScalarValue::from(*true_count > 0)))
        }
        (TypeStatistics::Date { min, max }, HiveType::Date) if *min >= CUTOVER_DAYS => {
            Some((ScalarValue::Date32(Some(*min)), ScalarValue::Date32(Some(*max))))
        }
        (TypeStatistics::Timestamp { min_utc, max_utc, .. }, HiveType::Timestamp)
            if matches!(file, DataType::Timestamp { .. }) =>
        {
            // Milliseconds, cut; files of older writers have only local ones, which come out as 0 here.
            if (*min_utc, *max_utc) == (0, 0) || min_utc > max_utc {
                return None;
            }
            let low = min_utc.checked_sub(1)?.checked_mul(1000)?;
            let high = max_utc.checked_add(2)?.checked_mul(1000)?;
            if low < CUTOVER_MICROS {
                return None;
            }
            Some((
                ScalarValue::TimestampMicrosecond(Some(low), None),
                ScalarValue::TimestampMicrosecond(Some(high), None),
            ))
        }
        (TypeStatistics::Decimal { min, max, .. }, HiveType::Decimal { precision, scale }) => {
            let DataType::Decimal { precision: file_precision, scale: file_scale, .. } = file else { return None };
            if (*file_precision, *file_scale) != (u32::from(*precision), u32::from(*scale)) {
                return None;
            }
            let value = |text: &str| {
                let digits = plain_decimal(text, *scale)?;
                Some(ScalarValue::Decimal128(Some(digits), *precision, *scale as i8))
            };
            Some((value(min)?, value(max)?))
        }
        _ => None,
    }
}

/// Is every value of the file's column one of the column it is read as? Others may become NULL, which the file does not
/// count.
fn keeps_values(file: &DataType, ty: &HiveType) -> bool {
    match file {
        DataType::Timestamp { .. } => *ty == HiveType::Timestamp,
        DataType::TimestampWithLocalTimezone { .. } => *ty == HiveType::TimestampLocalTz,
        _ if integer_width(file).is_some() => integer_width(file) <= hive_integer_width(ty),
        _ => file.to_arrow_data_type() == arrow_type(ty),
    }
}

fn integer_width(ty: &DataType) -> Option<u8> {
    match ty {
        DataType::Byte { .. } => Some(8),
        DataType::Short { .. } => Some(16),
        DataType::Int { .. } => Some(32),
        DataType::Long { .. } => Some(64),
        _ => None,
    }
}

fn hive_integer_width(ty: &HiveType) -> Option<u8> {
    match ty {
        HiveType::TinyInt => Some(8),
        HiveType::SmallInt => Some(16),
        HiveType::Int => Some(32),
        HiveType::BigInt => Some(64),
        _ => None,
    }
}

fn integer(value: i64, ty: &HiveType) -> Option<ScalarValue> {
    match ty {
        HiveType::TinyInt => Some(ScalarValue::Int8(Some(i8::try_from(value).ok()?))),
        HiveType::SmallInt => Some(ScalarValue::Int16(Some(i16::try_from(value).ok()?))),
        HiveType::Int => Some(ScalarValue::Int32(Some(i32::try_from(value).ok()?))),
        HiveType::BigInt => Some(ScalarValue::Int64(Some(value))),
        _ => None,
    }
}

/// Digits of a decimal number without exponent at a scale it has room for.
fn plain_decimal(text: &str, scale: u8) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = usize::from(scale).checked_sub(fraction.len())?;
    let digits = format!("{whole}{fraction}{}", "0".repeat(missing));
    digits.parse().ok()
}
