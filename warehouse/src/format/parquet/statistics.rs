//! Statistics of row groups, against which a condition is tried before anything is decoded.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::{DataType, Fields, Schema};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::RowGroupMetaData;
use skep_metastore::model::HiveType;

use super::metadata::{Times, is_int96};
use super::read::start_of;
use crate::format::ReadRequest;
use crate::types::arrow_type;

/// Row groups that begin in the wanted range and that the condition does not rule out.
pub(super) fn wanted_row_groups(
    request: &ReadRequest,
    metadata: &ArrowReaderMetadata,
    fields: &Fields,
    sources: &[Option<usize>],
    times: Times,
) -> Vec<usize> {
    let groups = metadata.metadata().row_groups();
    let in_range = |group: &RowGroupMetaData| match &request.range {
        Some(range) => range.contains(&start_of(group)),
        None => true,
    };
    let wanted: Vec<usize> =
        (0..groups.len()).filter(|at| groups[*at].num_rows() > 0 && in_range(&groups[*at])).collect();
    let schema = request.schema();
    let Some(predicate) = &request.predicate else { return wanted };
    let builder = PruningPredicateBuilder::new().with_file_schema(Arc::clone(&schema));
    let Some(pruning) = builder.build(Arc::clone(predicate)) else { return wanted };
    let statistics = RowGroups {
        groups: wanted.iter().map(|at| &groups[*at]).collect(),
        schema: &schema,
        request,
        metadata,
        fields,
        sources,
        times,
    };
    match pruning.prune(&statistics) {
        Ok(keep) => wanted.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(at, _)| at).collect(),
        Err(_) => wanted,
    }
}

struct RowGroups<'a> {
    groups: Vec<&'a RowGroupMetaData>,
    schema: &'a Schema,
    request: &'a ReadRequest,
    metadata: &'a ArrowReaderMetadata,
    fields: &'a Fields,
    sources: &'a [Option<usize>],
    times: Times,
}

impl RowGroups<'_> {
    /// Place of a wanted column in the file and the type it is read as.
    fn source(&self, column: &Column) -> Option<(usize, &HiveType)> {
        let at = self.schema.index_of(&column.name).ok()?;
        Some(((*self.sources.get(at)?)?, &self.request.columns.get(at)?.1))
    }

    /// Leaf column of a root column that is one.
    fn leaf(&self, root: usize) -> Option<usize> {
        let schema = self.metadata.parquet_schema();
        let leaf = (0..schema.num_columns()).find(|leaf| schema.get_column_root_idx(*leaf) == root)?;
        schema.get_column_root(leaf).is_primitive().then_some(leaf)
    }

    fn bounds(&self, column: &Column, low: bool) -> Option<ArrayRef> {
        let (root, ty) = self.source(column)?;
        let leaf = self.leaf(root)?;
        let field = &self.fields[root];
        let wanted = arrow_type(ty);
        // Where values are converted in a way that does not keep their order, bounds say nothing. Statistics of
        // floating-point numbers leave NaN out, which plans hold to be the greatest number.
        let ordered = match ty {
            HiveType::TinyInt | HiveType::SmallInt | HiveType::Int | HiveType::BigInt => {
                field.data_type().is_signed_integer() && field.data_type().primitive_width() <= wanted.primitive_width()
            }
            HiveType::Boolean | HiveType::Decimal { .. } | HiveType::String => *field.data_type() == wanted,
            HiveType::Date => *field.data_type() == DataType::Date32 && !self.times.date_hybrid,
            HiveType::Timestamp => *field.data_type() == wanted && !is_int96(field),
            _ => false,
        };
        // parquet-mr before 1.10 compared bytes as signed numbers.
        let trusted = || {
            self.groups.iter().all(|group| {
                group
                    .column(leaf)
                    .statistics()
                    .is_none_or(|s| !s.is_min_max_deprecated() || field.data_type().is_integer())
            })
        };
        if !ordered || !trusted() {
            return None;
        }
        let schema = self.metadata.parquet_schema();
        let converter = StatisticsConverter::from_column_index(leaf, field, schema).ok()?;
        let groups = self.groups.iter().copied();
        let values = if low { converter.row_group_mins(groups) } else { converter.row_group_maxes(groups) };
        arrow::compute::cast(&values.ok()?, &wanted).ok()
    }
}

impl PruningStatistics for RowGroups<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, true)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, false)
    }

    fn num_containers(&self) -> usize {
        self.groups.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let (root, ty) = self.source(column)?;
        // A value that does not convert becomes NULL, which the file does not count.
        if *self.fields[root].data_type() != arrow_type(ty) {
            return None;
        }
        let leaf = self.leaf(root)?;
        let converter =
            StatisticsConverter::from_column_index(leaf, &self.fields[root], self.metadata.parquet_schema()).ok()?;
        let converter = converter.with_missing_null_counts_as_zero(false);
        Some(Arc::new(converter.row_group_null_counts(self.groups.iter().copied()).ok()?))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let counts: arrow::array::UInt64Array =
            self.groups.iter().map(|group| Some(group.num_rows().max(0) as u64)).collect();
        Some(Arc::new(counts))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
