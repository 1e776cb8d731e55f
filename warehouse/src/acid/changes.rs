//! Rows changed one by one: `UPDATE`, `DELETE` and `MERGE`.

use std::sync::Arc;

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use skep_metastore::model::Table;
use skep_metastore::store::MetaStore;

use crate::error::{Result, WarehouseError};
use crate::sink::WriteOptions;
use crate::store::Stores;

/// What is changed.
#[derive(Debug, Clone)]
pub struct ChangeTarget {
    /// The table; a full ACID one.
    pub table: Arc<Table>,
    /// Limits and habits of the session.
    pub options: WriteOptions,
}

/// What was changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeSummary {
    /// Rows that are new.
    pub inserted: u64,
    /// Rows that have new values.
    pub updated: u64,
    /// Rows that are gone.
    pub deleted: u64,
}

/// Runs a plan and makes the changes that its rows say, all of them or none, as one transaction with one write id.
/// The plan's columns:
///
/// * `operation` Int8, not NULL: 0 inserts a row, 1 updates one (the old version goes, the new one comes), 2 deletes one;
/// * `row__id`: the struct of that virtual column; NULL for inserts;
/// * the table's stored columns in their Arrow types: the new values; not looked at for deletes;
/// * the partition columns: which partition the row is in; for updates that of the old version.
pub async fn write_changes(
    target: ChangeTarget,
    _input: Arc<dyn ExecutionPlan>,
    _ctx: Arc<TaskContext>,
    _metastore: Arc<dyn MetaStore>,
    _stores: Arc<Stores>,
) -> Result<ChangeSummary> {
    Err(WarehouseError::Unsupported(format!("Changing rows of the table {}", target.table.qualified_name())))
}
