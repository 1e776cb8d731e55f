//! The shared source as the branches' plans have it: a table, and the operator that reads it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::datasource::TableType;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown};
use datafusion::physical_expr::equivalence::ProjectionMapping;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::StreamExt;
use tokio::sync::OnceCell;

use super::tee::Outlet;
use crate::analyzer::nodes::SharedRows;

/// The source, once it is known what the branches want of it.
#[derive(Debug)]
pub struct Wanted {
    /// Gives these columns of the source, and at least the rows that a branch wants.
    pub plan: LogicalPlan,
    /// Which ones, by position.
    pub columns: Vec<usize>,
}

/// The shared source as a table.
#[derive(Debug)]
pub struct SharedTable {
    schema: SchemaRef,
    wanted: OnceLock<Wanted>,
    physical: OnceCell<Arc<dyn ExecutionPlan>>,
}

impl SharedTable {
    /// A source with these columns, of which it is not known yet what is wanted.
    pub fn new(schema: SchemaRef) -> Self {
        Self { schema, wanted: OnceLock::new(), physical: OnceCell::new() }
    }

    /// Says what is wanted of the source, the first time that it is called.
    pub fn want(&self, wanted: Wanted) -> &Wanted {
        self.wanted.get_or_init(|| wanted)
    }

    /// The plan that is run for all branches: the same every time.
    ///
    /// # Errors
    /// There is none.
    pub async fn physical(&self, state: &dyn Session) -> Result<&Arc<dyn ExecutionPlan>> {
        let plan = &self.known()?.plan;
        self.physical.get_or_try_init(|| state.create_physical_plan(plan)).await
    }

    fn known(&self) -> Result<&Wanted> {
        let unknown = || DataFusionError::Internal("nobody has said what is wanted of a shared source".to_string());
        self.wanted.get().ok_or_else(unknown)
    }
}

#[async_trait]
impl TableProvider for SharedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(SharedRows::pushdown(filters))
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let source = Arc::clone(self.physical(state).await?);
        let all = || (0..self.schema.fields().len()).collect();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(all);
        let given = &self.known()?.columns;
        let positions = wanted.iter().map(|column| given.iter().position(|given| given == column));
        let Some(positions) = positions.collect::<Option<Vec<usize>>>() else {
            return Err(DataFusionError::Internal("a shared source does not give a column".to_string()));
        };
        Ok(Arc::new(SharedScanExec::try_new(source, positions)?))
    }
}

/// Reads what the one run of the source gives.
#[derive(Debug)]
pub struct SharedScanExec {
    source: Arc<dyn ExecutionPlan>,
    columns: Vec<usize>,
    schema: SchemaRef,
    outlet: Arc<Outlet>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl SharedScanExec {
    fn try_new(source: Arc<dyn ExecutionPlan>, columns: Vec<usize>) -> Result<Self> {
        let from = source.schema();
        let schema = Arc::new(from.project(&columns)?);
        let partitions = source.output_partitioning().partition_count();
        // Who merges ordered partitions reads on in none of them while it waits for the first row of another. Two that
        // wait for different ones would hold each other up for ever.
        let equivalences = match partitions {
            1 => {
                let mapping = ProjectionMapping::from_indices(&columns, &from)?;
                source.equivalence_properties().project(&mapping, Arc::clone(&schema))
            }
            _ => EquivalenceProperties::new(Arc::clone(&schema)),
        };
        let properties = PlanProperties::new(
            equivalences,
            Partitioning::UnknownPartitioning(partitions),
            source.pipeline_behavior(),
            source.boundedness(),
        );
        Ok(Self {
            outlet: Arc::new(Outlet::new(partitions)),
            source,
            columns,
            schema,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// What has to be fed for the rows to come.
    pub fn outlet(&self) -> &Arc<Outlet> {
        &self.outlet
    }

    /// The plan whose rows it reads.
    pub fn source(&self) -> &Arc<dyn ExecutionPlan> {
        &self.source
    }
}

impl DisplayAs for SharedScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, "SharedScanExec: columns=[{}]", names.join(", "))
    }
}

impl ExecutionPlan for SharedScanExec {
    fn name(&self) -> &str {
        "SharedScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let columns = self.columns.clone();
        let batches = self.outlet.read(partition)?.map(move |batch| {
            let batch = batch?.project(&columns)?;
            baseline.record_output(batch.num_rows());
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        if args.partition().is_some() {
            return Ok(Arc::new(Statistics::new_unknown(&self.schema)));
        }
        let known = StatisticsContext::new().compute(self.source.as_ref(), &StatisticsArgs::new())?;
        Ok(Arc::new(known.as_ref().clone().project(Some(&self.columns))))
    }
}
