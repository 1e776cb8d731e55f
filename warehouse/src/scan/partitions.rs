//! Which partitions of a table a query reads.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::Expr;
use skep_metastore::model::{FieldSchema, Partition, PartitionFilter, Table};
use skep_metastore::store::MetaStore;

use super::evolve::convert;
use super::file_rules::Rules;
use super::filter::{all_of, partition_filter};
use crate::error::{Result, WarehouseError};
use crate::types::arrow_schema;

/// A partition and its values as values.
#[derive(Debug)]
pub(super) struct ChosenPartition {
    /// The partition; `None` for the whole of a table without partitions.
    pub partition: Option<Partition>,
    /// Values of the partition columns.
    pub values: Vec<ScalarValue>,
}

/// The partitions that satisfy all the filters, which are on partition columns only.
pub(super) async fn choose(
    metastore: &Arc<dyn MetaStore>,
    table: &Arc<Table>,
    filters: &[&Expr],
    session: &dyn Session,
    null_name: &str,
    tz: Tz,
) -> Result<Vec<ChosenPartition>> {
    if !table.is_partitioned() {
        return Ok(vec![ChosenPartition { partition: None, values: Vec::new() }]);
    }
    let keys = &table.partition_keys;
    let wanted = match null_name == skep_metastore::model::DEFAULT_PARTITION {
        true => all_of(filters.iter().map(|filter| partition_filter(filter, keys))),
        // The catalog knows NULL by its usual name only.
        false => PartitionFilter::All,
    };
    let partitions = {
        let (metastore, table) = (Arc::clone(metastore), Arc::clone(table));
        tokio::task::spawn_blocking(move || metastore.partitions(&table.database, &table.name, &wanted, None))
            .await
            .map_err(|e| WarehouseError::Invalid(format!("listing partitions was cut short: {e}")))??
    };
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let columns = value_columns(keys, &partitions, null_name, tz)?;
    let keep = matching(keys, &columns, partitions.len(), filters, session)?;
    let mut chosen = Vec::new();
    for (row, partition) in partitions.into_iter().enumerate() {
        if keep.as_ref().is_none_or(|keep| keep.value(row)) {
            let values = columns.iter().map(|column| ScalarValue::try_from_array(column, row));
            let values = values.collect::<Result<Vec<_>, _>>()?;
            chosen.push(ChosenPartition { partition: Some(partition), values });
        }
    }
    Ok(chosen)
}

/// The values of all partitions, a column for each partition column. Values that are no text of the type are NULL; in a
/// column of text the name of the default partition is a value like any other, as in Hive.
fn value_columns(keys: &[FieldSchema], partitions: &[Partition], null_name: &str, tz: Tz) -> Result<Vec<ArrayRef>> {
    let column = |(at, key): (usize, &FieldSchema)| {
        let texts: StringArray = partitions
            .iter()
            .map(|partition| partition.values.get(at).map(String::as_str))
            .map(|value| value.filter(|value| *value != null_name || key.ty.is_character()))
            .collect();
        convert(&(Arc::new(texts) as ArrayRef), &key.ty, tz, Rules::Casts)
    };
    keys.iter().enumerate().map(column).collect()
}

/// Rows for which all filters hold; `None`: all rows.
fn matching(
    keys: &[FieldSchema],
    columns: &[ArrayRef],
    rows: usize,
    filters: &[&Expr],
    session: &dyn Session,
) -> Result<Option<BooleanArray>> {
    let schema = arrow_schema(keys);
    let names = DFSchema::try_from(schema.as_ref().clone())?;
    let batch = RecordBatch::try_new(schema, columns.to_vec())?;
    let mut keep: Option<BooleanArray> = None;
    for filter in filters {
        let expr = session.create_physical_expr(super::table::unqualified((*filter).clone())?, &names)?;
        let holds = expr.evaluate(&batch)?.into_array(rows)?;
        let holds = datafusion::common::cast::as_boolean_array(&holds)?;
        let holds: BooleanArray = holds.iter().map(|holds| Some(holds == Some(true))).collect();
        keep = Some(match keep {
            Some(before) => arrow::compute::and(&before, &holds)?,
            None => holds,
        });
    }
    Ok(keep)
}
