//! What the optimizer is told of a scan's size.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use skep_metastore::model::{ColumnStatistics, ColumnStatisticsData};

use super::split::FileSplit;
use super::unit::ScanUnit;
use crate::format::FileFormatKind;

/// How much longer rows are in memory than in a compressed columnar file.
const COLUMNAR_FACTOR: u64 = 4;

/// Rows and bytes of a scan: the rows that were counted when they were written (`numRows`), or a guess from the bytes
/// of the files. Never exact: nobody answers for `numRows` once files were added by hand.
pub(super) fn scan_statistics(
    units: &[Arc<ScanUnit>],
    splits: &[FileSplit],
    table_schema: &SchemaRef,
    schema: &SchemaRef,
    columns: &[ColumnStatistics],
) -> Statistics {
    let mut statistics = Statistics::new_unknown(schema);
    for (field, known) in schema.fields().iter().zip(&mut statistics.column_statistics) {
        let Some(column) = columns.iter().find(|column| column.column == *field.name()) else { continue };
        let (nulls, distinct) = figures(&column.data);
        known.null_count = count(nulls);
        known.distinct_count = distinct.map_or(Precision::Absent, count);
    }
    if splits.is_empty() {
        statistics = Statistics::new_unknown(schema);
        statistics.num_rows = Precision::Inexact(0);
        statistics.total_byte_size = Precision::Inexact(0);
        return statistics;
    }
    let counted: Option<u64> = units.iter().map(|unit| unit.rows).sum();
    let rows = counted.unwrap_or_else(|| {
        let bytes: u64 = splits
            .iter()
            .map(|split| match split.unit.kind {
                FileFormatKind::Text | FileFormatKind::Sequence | FileFormatKind::Avro => split.len(),
                FileFormatKind::Orc | FileFormatKind::Parquet | FileFormatKind::Rc => split.len() * COLUMNAR_FACTOR,
            })
            .sum();
        (bytes / row_width(table_schema).max(1)).max(1)
    });
    statistics.num_rows = Precision::Inexact(rows as usize);
    statistics.total_byte_size = Precision::Inexact((rows * row_width(schema)) as usize);
    statistics
}

/// Numbers of NULLs and of distinct values. Bounds are left out: rows may have come since they were taken.
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
