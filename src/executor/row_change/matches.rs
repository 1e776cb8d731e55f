//! The check of a `MERGE` that no row of its target is matched twice.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::StreamExt;
use parking_lot::Mutex;
use skep_udf::text::{TextStyle, value_text};

/// Passes on the rows of a `MERGE` that have an operation. Fails where the id of one row of the target comes twice,
/// be it with an operation or without (`GenericUDFCardinalityViolation` of Hive). Ids are unique in a partition only.
#[derive(Debug)]
pub struct MatchesExec {
    input: Arc<dyn ExecutionPlan>,
    partition_columns: usize,
    seen: Arc<Mutex<Option<Seen>>>,
    properties: Arc<PlanProperties>,
}

/// The ids that came so far, over all partitions of the plan.
#[derive(Debug)]
struct Seen {
    ids: HashSet<Box<[u8]>>,
    memory: MemoryReservation,
}

impl MatchesExec {
    /// A check of a plan whose columns are those of `skep_warehouse::acid::write_changes`, the last
    /// `partition_columns` of them the partition columns.
    pub fn new(input: Arc<dyn ExecutionPlan>, partition_columns: usize) -> Self {
        let mut fields: Vec<Arc<Field>> = input.schema().fields().iter().cloned().collect();
        if let Some(first) = fields.first_mut() {
            *first = Arc::new(first.as_ref().clone().with_nullable(false));
        }
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(Schema::new(fields))),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { input, partition_columns, seen: Arc::default(), properties: Arc::new(properties) }
    }
}

impl DisplayAs for MatchesExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MatchesExec: each row of the target once")
    }
}

impl ExecutionPlan for MatchesExec {
    fn name(&self) -> &str {
        "MatchesExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(input, self.partition_columns)))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, Arc::clone(&context))?;
        let schema = self.schema();
        let seen = Arc::clone(&self.seen);
        seen.lock().get_or_insert_with(|| {
            let memory = MemoryConsumer::new("MatchesExec").register(context.memory_pool());
            Seen { ids: HashSet::new(), memory }
        });
        let out = Arc::clone(&schema);
        let keys = self.partition_columns;
        let batches = input.map(move |batch| checked(&batch?, &out, keys, &seen));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

fn checked(batch: &RecordBatch, schema: &SchemaRef, keys: usize, seen: &Mutex<Option<Seen>>) -> Result<RecordBatch> {
    let mut identity = vec![Arc::clone(batch.column(1))];
    identity.extend(batch.columns()[batch.num_columns().saturating_sub(keys).max(2)..].iter().cloned());
    let fields = identity.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    let rows = RowConverter::new(fields)?.convert_columns(&identity)?;
    let ids = batch.column(1);
    if let Some(seen) = seen.lock().as_mut() {
        let mut bytes = 0;
        for row in (0..batch.num_rows()).filter(|row| ids.is_valid(*row)) {
            let id: Box<[u8]> = rows.row(row).as_ref().into();
            bytes += id.len() + 2 * size_of::<Box<[u8]>>();
            if !seen.ids.insert(id) {
                let style = TextStyle::cli("UTC".parse().map_err(|_| DataFusionError::Internal("no UTC".into()))?);
                let texts = identity.iter().map(|column| value_text(column.as_ref(), row, style));
                let texts = texts.collect::<skep_udf::Result<Vec<_>>>()?;
                let text = format!("Cardinality Violation in Merge statement: [{}]", texts.join(","));
                return Err(DataFusionError::Execution(text));
            }
        }
        seen.memory.try_grow(bytes)?;
    }
    let written = BooleanArray::new((0..batch.num_rows()).map(|row| batch.column(0).is_valid(row)).collect(), None);
    let kept = filter_record_batch(batch, &written)?;
    debug_assert_eq!(kept.column(0).as_primitive::<arrow::datatypes::Int8Type>().null_count(), 0);
    Ok(RecordBatch::try_new(Arc::clone(schema), kept.columns().to_vec())?)
}
