//! Rows made ready for their files: partition values in one form, and the bucket's number beside them.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Result as DfResult;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::StreamExt;
use skep_metastore::model::{HiveType, StorageDescriptor};

use crate::error::{Result, WarehouseError};
use crate::layout::bucket::BucketHash;

/// Name of the column with the bucket's number.
const BUCKET_COLUMN: &str = "__skep_bucket";

/// The buckets of a table.
#[derive(Debug, Clone)]
pub struct Buckets {
    hash: BucketHash,
    /// Bucket columns by position, with their types.
    columns: Vec<(usize, HiveType)>,
    /// How many there are.
    pub count: u32,
    zone: Arc<str>,
}

impl Buckets {
    /// The buckets of a table, if it has any.
    pub fn new(storage: &StorageDescriptor, version: u8, zone: &Arc<str>) -> Result<Option<Self>> {
        let Some(count) = u32::try_from(storage.num_buckets).ok().filter(|n| *n > 0) else {
            return Ok(None);
        };
        if storage.bucket_columns.is_empty() {
            return Ok(None);
        }
        let columns = storage.bucket_columns.iter().map(|name| {
            let index = column_index(storage, name)?;
            Ok((index, storage.columns[index].ty.clone()))
        });
        let columns = columns.collect::<Result<_>>()?;
        Ok(Some(Self { hash: BucketHash::of_version(version), columns, count, zone: Arc::clone(zone) }))
    }
}

fn column_index(storage: &StorageDescriptor, name: &str) -> Result<usize> {
    let found = storage.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        WarehouseError::Invalid(format!("Invalid column reference '{name}' in CLUSTERED BY or SORTED BY"))
    })
}

/// Rows as writers want them. Columns: the stored ones, then the dynamic partition columns, then the bucket's number.
#[derive(Debug)]
pub struct Routed {
    /// The plan; every one of its partitions is written by one task.
    pub plan: Arc<dyn ExecutionPlan>,
    /// Do the rows of one file come one after the other?
    pub ordered: bool,
}

/// Puts a plan's rows on the way to their files: those of one bucket into one partition of the plan, and sorted where
/// the table is `SORTED BY`.
pub fn route(
    input: Arc<dyn ExecutionPlan>,
    storage: &StorageDescriptor,
    dynamic: usize,
    buckets: Option<&Buckets>,
    tasks: usize,
) -> Result<Routed> {
    let stored = storage.columns.len();
    if dynamic == 0 && buckets.is_none() {
        return Ok(Routed { plan: input, ordered: false });
    }
    let plan: Arc<dyn ExecutionPlan> = Arc::new(RouteExec::new(input, stored, dynamic, buckets.cloned()));
    let Some(buckets) = buckets else {
        return Ok(Routed { plan, ordered: false });
    };
    let column = |index: usize| -> Arc<dyn PhysicalExpr> {
        let name = plan.schema().field(index).name().clone();
        Arc::new(Column::new(&name, index))
    };
    let bucket = column(stored + dynamic);
    let tasks = tasks.clamp(1, buckets.count as usize);
    let mut keys: Vec<PhysicalSortExpr> = (stored..=stored + dynamic).map(|i| ascending(column(i))).collect();
    for order in &storage.sort_columns {
        let index = column_index(storage, &order.column)?;
        // Hive's order of NULLs: first when ascending, last when descending.
        let options = SortOptions { descending: !order.ascending, nulls_first: order.ascending };
        keys.push(PhysicalSortExpr { expr: column(index), options });
    }
    let partitions = plan.output_partitioning().partition_count();
    let plan: Arc<dyn ExecutionPlan> = if tasks == 1 && partitions == 1 {
        plan
    } else {
        Arc::new(RepartitionExec::try_new(plan, Partitioning::Hash(vec![bucket], tasks))?)
    };
    if storage.sort_columns.is_empty() {
        return Ok(Routed { plan, ordered: false });
    }
    Ok(Routed { plan: sorted(plan, keys), ordered: true })
}

/// Sorts every partition of a plan for itself; spills when memory is short.
fn sorted(plan: Arc<dyn ExecutionPlan>, keys: Vec<PhysicalSortExpr>) -> Arc<dyn ExecutionPlan> {
    match LexOrdering::new(keys) {
        Some(ordering) => Arc::new(SortExec::new(ordering, plan).with_preserve_partitioning(true)),
        None => plan,
    }
}

/// Sorts a plan of one partition by the columns from `first` on.
pub fn sort_by_key(plan: Arc<dyn ExecutionPlan>, first: usize) -> Arc<dyn ExecutionPlan> {
    let schema = plan.schema();
    let fields = schema.fields().iter().enumerate().skip(first);
    let keys = fields.map(|(i, field)| ascending(Arc::new(Column::new(field.name(), i)))).collect();
    sorted(plan, keys)
}

fn ascending(expr: Arc<dyn PhysicalExpr>) -> PhysicalSortExpr {
    PhysicalSortExpr { expr, options: SortOptions { descending: false, nulls_first: true } }
}

/// Makes NULL of empty partition values (both are the default partition) and adds the bucket's number.
#[derive(Debug)]
struct RouteExec {
    input: Arc<dyn ExecutionPlan>,
    stored: usize,
    dynamic: usize,
    buckets: Option<Buckets>,
    properties: Arc<PlanProperties>,
}

impl RouteExec {
    fn new(input: Arc<dyn ExecutionPlan>, stored: usize, dynamic: usize, buckets: Option<Buckets>) -> Self {
        let mut fields: Vec<Field> = Vec::new();
        for (i, field) in input.schema().fields().iter().enumerate() {
            // Names may repeat in a query's result; here they only have to be told apart.
            fields.push(Field::new(format!("c{i}"), field.data_type().clone(), true));
        }
        if buckets.is_some() {
            fields.push(Field::new(BUCKET_COLUMN, DataType::Int32, false));
        }
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(Schema::new(fields))),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { input, stored, dynamic, buckets, properties: Arc::new(properties) }
    }
}

impl DisplayAs for RouteExec {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RouteExec: dynamic={}", self.dynamic)?;
        match &self.buckets {
            Some(buckets) => write!(f, ", buckets={}", buckets.count),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for RouteExec {
    fn name(&self) -> &str {
        "RouteExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion>,
    ) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(input, self.stored, self.dynamic, self.buckets.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let schema = self.schema();
        let (first, last) = (self.stored, self.stored + self.dynamic);
        let buckets = self.buckets.clone();
        let out = Arc::clone(&schema);
        let batches = input.map(move |batch| Ok(routed(&batch?, &out, first..last, buckets.as_ref())?));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

fn routed(
    batch: &RecordBatch,
    schema: &SchemaRef,
    dynamic: std::ops::Range<usize>,
    buckets: Option<&Buckets>,
) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    for column in columns.iter_mut().take(dynamic.end).skip(dynamic.start) {
        if let Some(texts) = column.as_string_opt::<i32>()
            && texts.iter().any(|text| text == Some(""))
        {
            *column = Arc::new(texts.iter().map(|text| text.filter(|t| !t.is_empty())).collect::<StringArray>());
        }
    }
    if let Some(buckets) = buckets {
        let keys: Vec<_> =
            buckets.columns.iter().map(|(index, ty)| (Arc::clone(&columns[*index]), ty.clone())).collect();
        let numbers = buckets.hash.buckets(&keys, buckets.count, &buckets.zone)?;
        columns.push(Arc::new(Int32Array::from_iter_values(numbers.into_iter().map(|n| n as i32))));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}
