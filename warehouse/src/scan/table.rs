//! A table as plans refer to it.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{Field, Fields, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Column, DFSchema, Result as PlanResult};
use datafusion::datasource::TableType;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::{PhysicalExpr, conjunction_opt};
use datafusion::physical_plan::ExecutionPlan;
use futures::{StreamExt, TryStreamExt, stream};
use skep_metastore::model::{AcidKind, ColumnStatistics, FieldSchema, Parameters, Table, TableKind, partition_name};
use skep_metastore::store::MetaStore;

use super::evolve::time_zone;
use super::exec::{HiveScanExec, ScanDefinition};
use super::files::{FOLDERS_AT_ONCE, list_all};
use super::partitions::choose;
use super::split::split_files;
use super::statistics::scan_statistics;
use super::symlink::follow_links;
use super::unit::{OutputColumn, ScanUnit};
use super::{ScanOptions, virtual_columns};
use crate::acid::{AcidReads, AcidState};
use crate::error::Result;
use crate::layout::commit::{DIRECTORIES, complete_pending};
use crate::store::{FileStatus, Stores};
use crate::types::{arrow_field, arrow_type};

/// Partitions that the statistics of columns are looked up of; for more it would take longer than it is worth.
const STATISTICS_OF_PARTITIONS: usize = 1000;

/// A table of the metastore. Its schema is the stored columns, the partition columns, then [`virtual_columns`].
#[derive(Debug)]
pub struct HiveTable {
    metastore: Arc<dyn MetaStore>,
    stores: Arc<Stores>,
    table: Arc<Table>,
    options: Arc<ScanOptions>,
    schema: SchemaRef,
    columns: Arc<[FieldSchema]>,
    parameters: Arc<Parameters>,
}

impl HiveTable {
    /// A table as it is defined now; partitions and files are looked up when it is scanned.
    pub fn new(
        metastore: Arc<dyn MetaStore>,
        stores: Arc<Stores>,
        table: Arc<Table>,
        options: Arc<ScanOptions>,
    ) -> Self {
        let virtuals = virtual_columns().into_iter().map(|(name, ty)| Field::new(name, arrow_type(&ty), true));
        let fields: Fields = table.all_columns().map(arrow_field).chain(virtuals).collect();
        let mut parameters = options.reader_properties.clone();
        parameters.extend(table.parameters.iter().map(|(key, value)| (key.clone(), value.clone())));
        Self {
            schema: Arc::new(Schema::new(fields)),
            columns: table.storage.columns.clone().into(),
            parameters: Arc::new(parameters),
            metastore,
            stores,
            table,
            options,
        }
    }

    /// The definition it was made from.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// Does the filter look at partition columns and at nothing else?
    fn is_on_keys(&self, filter: &Expr) -> bool {
        let columns = filter.column_refs();
        let keys = &self.table.partition_keys;
        !columns.is_empty() && columns.iter().all(|column| keys.iter().any(|key| key.name == column.name))
    }

    async fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<HiveScanExec> {
        let config = state.config();
        let time_zone_name = config.options().execution.time_zone.clone();
        let time_zone_name = time_zone_name.unwrap_or_else(|| self.options.time_zone.clone());
        let tz = time_zone(&time_zone_name)?;
        // What a writer decided and did not live to finish is the table's content all the same.
        if !self.table.temporary {
            let (database, name) = (&self.table.database, &self.table.name);
            complete_pending(self.metastore.as_ref(), &self.stores, database, name).await?;
            if self.table.kind == TableKind::External {
                // Its folder may be one that rows are written into without it.
                complete_pending(self.metastore.as_ref(), &self.stores, DIRECTORIES.0, DIRECTORIES.1).await?;
            }
        }

        let on_keys: Vec<&Expr> = filters.iter().filter(|filter| self.is_on_keys(filter)).collect();
        let null_name = &self.options.default_partition_name;
        let chosen = choose(&self.metastore, &self.table, &on_keys, state, null_name, tz).await?;
        let names = chosen.iter().filter_map(|chosen| chosen.partition.as_ref());
        let names: Arc<[String]> =
            names.map(|partition| partition_name(&self.table.partition_keys, &partition.values)).collect();
        let units = chosen
            .into_iter()
            .map(|chosen| ScanUnit::new(&self.table, &self.columns, &self.parameters, chosen))
            .collect::<Result<Vec<_>>>()?;
        let readers = config.target_partitions().max(1);
        let projection = match projection {
            Some(projection) => projection.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let output: Vec<OutputColumn> = projection.iter().map(|index| OutputColumn::at(*index, &self.table)).collect();
        let units = self.with_files(units, &output).await?;
        let splits = split_files(units.clone(), readers);
        let schema = Arc::new(self.schema.project(&projection)?);
        let exact = self.options.answer_from_statistics
            && self.table.kind == TableKind::Managed
            && self.table.acid_kind().is_none()
            && units.iter().all(|(unit, files)| unit.is_counted(files));
        let units: Vec<Arc<ScanUnit>> = units.into_iter().map(|(unit, _)| unit).collect();
        let known = self.column_statistics(&schema, &units).await;
        let statistics = scan_statistics(&units, &splits, &self.schema, &schema, &known, exact);
        let predicate = self.predicate(state, &schema, filters)?;
        HiveScanExec::new(ScanDefinition {
            table: self.table.qualified_name(),
            partitions: self.table.is_partitioned().then_some(names),
            stores: Arc::clone(&self.stores),
            output,
            schema,
            splits: splits.into(),
            readers,
            predicate,
            limit,
            statistics: Arc::new(statistics),
            time_zone: time_zone_name.into(),
            tz,
        })
    }

    /// The files of each unit, as far as they are to be read.
    async fn with_files(
        &self,
        units: Vec<ScanUnit>,
        output: &[OutputColumn],
    ) -> Result<Vec<(Arc<ScanUnit>, Vec<FileStatus>)>> {
        let Some(acid) = self.table.acid_kind() else {
            let recursive = self.options.recursive;
            let folders =
                units.iter().map(|unit| (unit.location.clone(), recursive || unit.has_sub_directories())).collect();
            let files = list_all(&self.stores, folders).await?;
            let allowed = self.options.folders.as_deref();
            return follow_links(&self.stores, allowed, units.into_iter().map(Arc::new).zip(files).collect()).await;
        };
        let (database, name) = (&self.table.database, &self.table.name);
        let valid = self.metastore.valid_write_ids(database, name)?;
        let ids = output.iter().any(|column| matches!(column, OutputColumn::RowId | OutputColumn::RowIsDeleted));
        let options = &self.options;
        stream::iter(units.into_iter().map(|unit| {
            let valid = &valid;
            async move {
                let state = AcidState::read(&self.stores, &unit.location, valid).await?;
                let mut reads = AcidReads::new(state, valid.clone(), options.show_deleted_rows, ids);
                let files = reads.row_files();
                let unit = match acid {
                    AcidKind::Full => unit.with_acid(reads),
                    AcidKind::InsertOnly if options.insert_only_ids && ids => {
                        reads.plain_files(unit.kind);
                        unit.with_acid(reads)
                    }
                    AcidKind::InsertOnly => unit,
                };
                Ok((Arc::new(unit), files))
            }
        }))
        .buffered(FOLDERS_AT_ONCE)
        .try_collect()
        .await
    }

    /// What the catalog knows of the columns of each unit: a list for each.
    async fn column_statistics(&self, schema: &SchemaRef, units: &[Arc<ScanUnit>]) -> Vec<Vec<ColumnStatistics>> {
        let stored: HashSet<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let wanted: Vec<String> =
            schema.fields().iter().map(|f| f.name().clone()).filter(|name| stored.contains(name.as_str())).collect();
        if wanted.is_empty() || units.len() > STATISTICS_OF_PARTITIONS {
            return Vec::new();
        }
        let (metastore, table) = (Arc::clone(&self.metastore), Arc::clone(&self.table));
        let places: Vec<Option<Vec<String>>> = units.iter().map(|unit| unit.partition.clone()).collect();
        let found = tokio::task::spawn_blocking(move || {
            let of = |place: &Option<Vec<String>>| {
                metastore.column_statistics(&table.database, &table.name, place.as_deref(), &wanted)
            };
            places.iter().map(of).collect::<std::result::Result<Vec<_>, _>>()
        });
        // Without them a plan may be slow, not wrong.
        found.await.ok().and_then(std::result::Result::ok).unwrap_or_default()
    }

    /// The filters over the scan's output, as far as they can be told from it. Filters on partition columns have done
    /// their work by now.
    fn predicate(
        &self,
        state: &dyn Session,
        schema: &SchemaRef,
        filters: &[Expr],
    ) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let names = DFSchema::try_from(schema.as_ref().clone())?;
        let there: HashSet<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let mut parts = Vec::new();
        for filter in filters.iter().filter(|filter| !self.is_on_keys(filter)) {
            if filter.column_refs().iter().all(|column| there.contains(column.name.as_str())) {
                parts.push(state.create_physical_expr(unqualified(filter.clone())?, &names)?);
            }
        }
        Ok(conjunction_opt(parts))
    }
}

/// The expression with its columns' tables left out.
pub(super) fn unqualified(expr: Expr) -> PlanResult<Expr> {
    expr.transform(|expr| match expr {
        Expr::Column(column) if column.relation.is_some() => {
            Ok(Transformed::yes(Expr::Column(Column::new_unqualified(column.name))))
        }
        other => Ok(Transformed::no(other)),
    })
    .data()
}

#[async_trait]
impl TableProvider for HiveTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match self.is_on_keys(filter) && !filter.is_volatile() && !has_subquery(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(self.plan(state, projection, filters, limit).await?))
    }
}

/// Is there a subquery in the expression, or a column of the query around one? Sources cannot answer such conditions.
pub fn has_subquery(expr: &Expr) -> bool {
    expr.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::ScalarSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
        ))
    })
    .unwrap_or(true)
}
