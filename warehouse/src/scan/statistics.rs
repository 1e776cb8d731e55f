//! What the optimizer is told of a scan's size.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics as PlanStatistics, ScalarValue, Statistics};
use skep_metastore::model::{ColumnStatistics, ColumnStatisticsData};

use super::split::FileSplit;
use super::unit::ScanUnit;
use crate::format::FileFormatKind;
use crate::types::arrow_type;

/// How much longer rows are in memory than in a compressed columnar file.
const COLUMNAR_FACTOR: u64 = 4;

/// Rows and bytes of a scan: the rows that were counted when they were written (`numRows`), or a guess from the bytes
/// of the files; and what is known of the columns, a list for each unit. `exact` is set where every unit is known to
/// have as many rows as the catalog says.
pub(super) fn scan_statistics(
    units: &[Arc<ScanUnit>],
    splits: &[FileSplit],
    table_schema: &SchemaRef,
    schema: &SchemaRef,
    columns: &[Vec<ColumnStatistics>],
    exact: bool,
) -> Statistics {
    let sure = |number: u64| match exact {
        true => Precision::Exact(number as usize),
        false => Precision::Inexact(number as usize),
    };
    let mut statistics = Statistics::new_unknown(schema);
    if splits.is_empty() {
        statistics.num_rows = sure(0);
        statistics.total_byte_size = Precision::Inexact(0);
        return statistics;
    }
    for (field, known) in schema.fields().iter().zip(&mut statistics.column_statistics) {
        *known = of_column(field, units, columns, exact).unwrap_or_default();
    }
    // A unit that was counted as empty has no number here.
    let counted: Option<u64> = units.iter().map(|unit| unit.rows.or(exact.then_some(0))).sum();
    let rows = counted.unwrap_or_else(|| {
        let bytes: u64 = splits
            .iter()
            .map(|split| match split.unit.kind {
                FileFormatKind::Text | FileFormatKind::Sequence | FileFormatKind::Avro | FileFormatKind::Teradata => {
                    split.len()
                }
                FileFormatKind::Orc | FileFormatKind::Parquet | FileFormatKind::Rc => split.len() * COLUMNAR_FACTOR,
            })
            .sum();
        (bytes / row_width(table_schema).max(1)).max(1)
    });
    statistics.num_rows = sure(rows);
    statistics.total_byte_size = Precision::Inexact((rows * row_width(schema)) as usize);
    statistics
}

/// What is known of a column, from the statistics of all units; `None` if one of them lacks it.
fn of_column(
    field: &Field,
    units: &[Arc<ScanUnit>],
    columns: &[Vec<ColumnStatistics>],
    exact: bool,
) -> Option<PlanStatistics> {
    if columns.len() != units.len() {
        return None;
    }
    let mut all: Option<(ColumnStatistics, u64)> = None;
    let mut right = exact;
    for (unit, known) in units.iter().zip(columns) {
        let rows = unit.rows.unwrap_or(0);
        let Some(one) = known.iter().find(|column| column.column == *field.name()) else {
            // A partition without rows has no say.
            if exact && rows == 0 {
                continue;
            }
            return None;
        };
        right &= unit.accurate_columns.iter().any(|name| name == field.name());
        match &mut all {
            None => all = Some((one.clone(), rows)),
            Some((sum, before)) => {
                if !sum.merge(*before, one, rows) {
                    return None;
                }
                *before += rows;
            }
        }
    }
    let (all, _) = all?;
    right &= arrow_type(&all.ty) == *field.data_type();
    let (nulls, distinct) = figures(&all.data);
    let (low, high) = bounds(&all.data, field.data_type()).unzip();
    let sure = |value: Option<ScalarValue>| match value {
        Some(value) if right => Precision::Exact(value),
        // Rows may have come since bounds were taken that are not right any more: they are of no use.
        _ => Precision::Absent,
    };
    Some(PlanStatistics {
        null_count: match usize::try_from(nulls) {
            Ok(nulls) if right => Precision::Exact(nulls),
            Ok(nulls) => Precision::Inexact(nulls),
            Err(_) => Precision::Absent,
        },
        distinct_count: distinct.map_or(Precision::Absent, count),
        min_value: sure(low),
        max_value: sure(high),
        ..PlanStatistics::default()
    })
}

/// Smallest and largest value. Left out: reals, of which NaN has no place, and timestamps, of which only the seconds are
/// known.
fn bounds(data: &ColumnStatisticsData, ty: &DataType) -> Option<(ScalarValue, ScalarValue)> {
    let whole = |low: i64, high: i64| {
        let of = |value: i64| {
            Some(match ty {
                DataType::Int8 => ScalarValue::Int8(Some(value.try_into().ok()?)),
                DataType::Int16 => ScalarValue::Int16(Some(value.try_into().ok()?)),
                DataType::Int32 => ScalarValue::Int32(Some(value.try_into().ok()?)),
                DataType::Int64 => ScalarValue::Int64(Some(value)),
                DataType::Date32 => ScalarValue::Date32(Some(value.try_into().ok()?)),
                _ => return None,
            })
        };
        of(low).zip(of(high))
    };
    match data {
        ColumnStatisticsData::Long { low: Some(low), high: Some(high), .. }
        | ColumnStatisticsData::Date { low: Some(low), high: Some(high), .. } => whole(*low, *high),
        ColumnStatisticsData::Decimal { low: Some(low), high: Some(high), .. } => {
            let DataType::Decimal128(precision, scale) = ty else { return None };
            let of = |text: &str| {
                let value = skep_udf::text::parse_decimal(text, *precision, *scale)?;
                Some(ScalarValue::Decimal128(Some(value), *precision, *scale))
            };
            of(low).zip(of(high))
        }
        _ => None,
    }
}

/// Numbers of NULLs and of distinct values.
fn figures(data: &ColumnStatisticsData) -> (i64, Option<i64>) {
    match data {
        ColumnStatisticsData::Boolean { nulls, .. } => (*nulls, Some(2)),
        ColumnStatisticsData::Long { nulls, distinct, .. }
        | ColumnStatisticsData::Double { nulls, distinct, .. }
        | ColumnStatisticsData::Decimal { nulls, distinct, .. }
        | ColumnStatisticsData::Date { nulls, distinct, .. }
        | ColumnStatisticsData::String { nulls, distinct, .. } => (*nulls, Some(*distinct)),
        ColumnStatisticsData::Binary { nulls, .. } => (*nulls, None),
    }
}

fn count(number: i64) -> Precision<usize> {
    usize::try_from(number).map_or(Precision::Absent, Precision::Inexact)
}

/// About how many bytes a row takes.
fn row_width(schema: &SchemaRef) -> u64 {
    schema.fields().iter().map(|field| width(field.data_type())).sum::<u64>().max(1)
}

fn width(ty: &DataType) -> u64 {
    match ty {
        DataType::Boolean => 1,
        DataType::Utf8 | DataType::Binary => 24,
        DataType::List(item) => 4 + 4 * width(item.data_type()),
        DataType::Map(entries, _) => 4 + 4 * width(entries.data_type()),
        DataType::Struct(fields) => fields.iter().map(|field| width(field.data_type())).sum(),
        other => other.primitive_width().unwrap_or(8) as u64,
    }
}
