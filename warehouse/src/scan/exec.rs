//! The scan of a table as a physical operator.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::array::timezone::Tz;
use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result as PlanResult, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr, conjunction_opt, split_conjunction};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::{StreamExt, TryStreamExt, stream};

use super::split::{FileSplit, Queues, Round, share_out};
use super::unit::{OutputColumn, UnitReader};
use crate::error::Result;
use crate::format::BatchStream;
use crate::store::Stores;

/// What a scan reads and gives.
#[derive(Debug, Clone)]
pub(super) struct ScanDefinition {
    /// `database.table`
    pub table: String,
    /// Names of the partitions read; `None` for a table without partitions.
    pub partitions: Option<Arc<[String]>>,
    pub stores: Arc<Stores>,
    /// Columns of the output.
    pub output: Vec<OutputColumn>,
    pub schema: SchemaRef,
    /// The parts of files, in order.
    pub splits: Arc<[FileSplit]>,
    /// Readers at most.
    pub readers: usize,
    /// A condition over the output. Rows for which it does not hold may be left out.
    pub predicate: Option<Arc<dyn PhysicalExpr>>,
    /// Rows that are enough.
    pub limit: Option<usize>,
    pub statistics: Arc<Statistics>,
    /// Session time zone.
    pub time_zone: Arc<str>,
    pub tz: Tz,
}

/// Reads the files of a table. Its output has no order and no partitioning that a plan may rely on: readers take over
/// files from each other, and Hive's buckets are made by another hash than DataFusion's.
#[derive(Debug)]
pub struct HiveScanExec {
    definition: ScanDefinition,
    /// What each reader reads first.
    shares: Arc<[Range<usize>]>,
    queues: Queues,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl HiveScanExec {
    pub(super) fn new(definition: ScanDefinition) -> Result<Self> {
        let shares: Arc<[Range<usize>]> = share_out(&definition.splits, definition.readers).into();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&definition.schema)),
            Partitioning::UnknownPartitioning(shares.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self {
            definition,
            shares,
            queues: Queues::default(),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// The same scan with another definition of the same files and columns.
    fn with_definition(&self, definition: ScanDefinition) -> Self {
        Self {
            definition,
            shares: Arc::clone(&self.shares),
            queues: Queues::default(),
            properties: Arc::clone(&self.properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// The table that is read, `database.table`.
    pub fn table(&self) -> &str {
        &self.definition.table
    }

    /// Names of the partitions that are read (`ds=2024-01-01/hr=12`); `None` for a table without partitions.
    pub fn partitions(&self) -> Option<&[String]> {
        self.definition.partitions.as_deref()
    }

    /// Number of files that are read, counting each once.
    pub fn file_count(&self) -> usize {
        let mut paths: Vec<&str> = self.definition.splits.iter().map(|split| split.file.path.as_str()).collect();
        paths.dedup();
        paths.len()
    }

    /// Bytes of the files that are read.
    pub fn total_bytes(&self) -> u64 {
        self.definition.splits.iter().map(FileSplit::len).sum()
    }
}

impl DisplayAs for HiveScanExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let definition = &self.definition;
        if matches!(format, DisplayFormatType::TreeRender) {
            writeln!(f, "table={}", definition.table)?;
            return writeln!(f, "files={}", self.file_count());
        }
        write!(f, "HiveScanExec: table={}", definition.table)?;
        if let Some(partitions) = &definition.partitions {
            write!(f, ", partitions={}", partitions.len())?;
        }
        write!(f, ", files={}, columns=[", self.file_count())?;
        for (at, field) in definition.schema.fields().iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, field.name())?;
        }
        f.write_str("]")?;
        if let Some(predicate) = &definition.predicate {
            write!(f, ", predicate={predicate}")?;
        }
        if let Some(limit) = definition.limit {
            write!(f, ", limit={limit}")?;
        }
        Ok(())
    }
}

impl ExecutionPlan for HiveScanExec {
    fn name(&self) -> &str {
        "HiveScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn reset_state(self: Arc<Self>) -> PlanResult<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(self.with_definition(self.definition.clone())))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        match &self.definition.predicate {
            Some(predicate) => f(predicate),
            None => Ok(TreeNodeRecursion::Continue),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> PlanResult<SendableRecordBatchStream> {
        let config = context.session_config();
        let help = config.options().execution.enable_file_stream_work_stealing;
        let run = Run {
            definition: self.definition.clone(),
            round: self.queues.begin(partition, &self.shares, help),
            reader: partition,
            batch_size: config.batch_size(),
            bytes: MetricBuilder::new(&self.metrics).counter("bytes_scanned", partition),
            files: MetricBuilder::new(&self.metrics).counter("splits_read", partition),
            skipped: MetricBuilder::new(&self.metrics).counter("splits_skipped", partition),
        };
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let limit = self.definition.limit;
        let batches = stream::try_unfold(run, |run| async move {
            let next = run.open_next().await?;
            Ok::<_, datafusion::common::DataFusionError>(next.map(|batches| (batches.map_err(Into::into), run)))
        });
        let mut inner = batches.try_flatten().boxed();
        let time = baseline.elapsed_compute().clone();
        let timed = stream::poll_fn(move |context| {
            let _timer = time.timer();
            inner.poll_next_unpin(context)
        });
        let batches = Limited { inner: timed, left: limit.unwrap_or(usize::MAX) }.into_stream().map(move |batch| {
            let batch: PlanResult<RecordBatch> = batch;
            if let Ok(batch) = &batch {
                baseline.record_output(batch.num_rows());
            }
            batch
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.definition.schema), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(&self, _input: &[Arc<Statistics>], args: &StatisticsArgs) -> PlanResult<Arc<Statistics>> {
        match args.partition() {
            // What is left out is known when it is read.
            None if self.definition.predicate.is_some() || self.definition.limit.is_some() => {
                Ok(Arc::new(self.definition.statistics.as_ref().clone().to_inexact()))
            }
            None => Ok(Arc::clone(&self.definition.statistics)),
            Some(_) => Ok(Arc::new(Statistics::new_unknown(&self.definition.schema))),
        }
    }

    fn supports_limit_pushdown(&self) -> bool {
        false
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(self.with_definition(ScanDefinition { limit, ..self.definition.clone() })))
    }

    fn fetch(&self) -> Option<usize> {
        self.definition.limit
    }

    /// Takes filters, those that are found while the query runs among them, to leave out what need not be read. They
    /// stay where they are: they must be checked row by row.
    fn handle_child_pushdown_result(
        &self,
        _phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> PlanResult<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let mut parts: Vec<Arc<dyn PhysicalExpr>> = match &self.definition.predicate {
            Some(predicate) => split_conjunction(predicate).into_iter().cloned().collect(),
            None => Vec::new(),
        };
        let before = parts.len();
        let width = self.definition.schema.fields().len();
        for filter in &result.parent_filters {
            for part in split_conjunction(&filter.filter) {
                if !parts.contains(part) && collect_columns(part).iter().all(|column| column.index() < width) {
                    parts.push(Arc::clone(part));
                }
            }
        }
        let answer =
            FilterPushdownPropagation::with_parent_pushdown_result(vec![PushedDown::No; result.parent_filters.len()]);
        if parts.len() == before {
            return Ok(answer);
        }
        let definition = ScanDefinition { predicate: conjunction_opt(parts), ..self.definition.clone() };
        Ok(answer.with_updated_node(Arc::new(self.with_definition(definition))))
    }
}

/// One reader of a running scan.
struct Run {
    definition: ScanDefinition,
    round: Arc<Round>,
    reader: usize,
    batch_size: usize,
    bytes: Count,
    files: Count,
    skipped: Count,
}

impl Run {
    /// Opens the next part that may have rows.
    async fn open_next(&self) -> Result<Option<BatchStream>> {
        while let Some(split) = self.round.next(self.reader).and_then(|at| self.definition.splits.get(at)) {
            let reader = UnitReader {
                unit: &split.unit,
                stores: &self.definition.stores,
                output: &self.definition.output,
                schema: &self.definition.schema,
                predicate: self.definition.predicate.as_ref(),
                limit: self.definition.limit,
                batch_size: self.batch_size,
                time_zone: &self.definition.time_zone,
                tz: self.definition.tz,
            };
            match reader.open(split).await? {
                Some(batches) => {
                    self.files.add(1);
                    self.bytes.add(split.len() as usize);
                    return Ok(Some(batches));
                }
                None => self.skipped.add(1),
            }
        }
        Ok(None)
    }
}

/// A stream that ends after so many rows.
struct Limited<S> {
    inner: S,
    left: usize,
}

impl<S> Limited<S>
where
    S: futures::Stream<Item = PlanResult<RecordBatch>> + Unpin,
{
    fn into_stream(self) -> impl futures::Stream<Item = PlanResult<RecordBatch>> {
        stream::unfold(self, |mut limited| async move {
            if limited.left == 0 {
                return None;
            }
            let batch = limited.inner.next().await?;
            let batch = batch.map(|batch| {
                let rows = batch.num_rows().min(limited.left);
                limited.left -= rows;
                if rows == batch.num_rows() { batch } else { batch.slice(0, rows) }
            });
            Some((batch, limited))
        })
    }
}
