//! Statistics of columns, taken from rows as they go by.

mod column;

use arrow::array::RecordBatch;
use skep_metastore::model::{ColumnStatistics, FieldSchema, HiveType};

use self::column::ColumnAccumulator;
use crate::error::Result;

/// Takes the statistics of some columns.
#[derive(Debug, Clone, Default)]
pub struct StatisticsAccumulator {
    rows: u64,
    columns: Vec<(FieldSchema, usize, ColumnAccumulator)>,
}

/// Are statistics kept of columns of this type? Hive's `FOR COLUMNS` takes primitive types only.
pub fn has_statistics(ty: &HiveType) -> bool {
    ty.is_primitive() && !matches!(ty, HiveType::Void | HiveType::IntervalYearMonth | HiveType::IntervalDayTime)
}

impl StatisticsAccumulator {
    /// For those of these columns that statistics are kept of; batches have all of them, in this order.
    pub fn new(columns: &[FieldSchema]) -> Self {
        let kept = columns.iter().enumerate().filter(|(_, column)| has_statistics(&column.ty));
        let columns = kept.map(|(at, column)| (column.clone(), at, ColumnAccumulator::default())).collect();
        Self { rows: 0, columns }
    }

    /// Adds rows.
    ///
    /// # Errors
    /// A column is not of the Arrow type that its Hive type has.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        for (_, at, accumulator) in &mut self.columns {
            accumulator.add(batch.column(*at).as_ref())?;
        }
        Ok(())
    }

    /// Adds what another one of the same columns has seen.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for ((_, _, one), (_, _, more)) in self.columns.iter_mut().zip(&other.columns) {
            one.merge(more);
        }
    }

    /// Rows seen.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The statistics, as of `now` in seconds since 1970.
    pub fn finish(&self, now: i64) -> Vec<ColumnStatistics> {
        let one = |(column, _, accumulator): &(FieldSchema, usize, ColumnAccumulator)| accumulator.finish(column, now);
        self.columns.iter().map(one).collect()
    }
}
