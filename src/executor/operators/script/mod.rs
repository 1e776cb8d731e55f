//! `TRANSFORM … USING 'script'`: one child process for each stream of rows (`ScriptOperator` of Hive).
//!
//! ```text
//! input ──► LineWriter ──► standard input ─┐
//!                                          script
//! rows  ◄── LineReader ◄── standard output ┤
//! log   ◄────────────────── standard error ┘
//! ```
//!
//! All three run at the same time, so that no pipe that is full stops another. The process begins with the first row
//! and is killed when the rows are no longer wanted.

mod command;
mod error;
mod run;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};

pub use command::ScriptSettings;

use crate::analyzer::nodes::ScriptSpec;

/// Batches that are made before they are asked for.
const BATCHES_AHEAD: usize = 2;

/// See the module.
#[derive(Debug, Clone)]
pub struct ScriptExec {
    input: Arc<dyn ExecutionPlan>,
    spec: Arc<ScriptSpec>,
    schema: SchemaRef,
    settings: Arc<ScriptSettings>,
    /// The order that the script is to read its rows in.
    order: Option<LexOrdering>,
    properties: Arc<PlanProperties>,
}

impl ScriptExec {
    /// The operator; `schema` names the columns of the script's rows.
    pub fn new(
        input: Arc<dyn ExecutionPlan>,
        spec: Arc<ScriptSpec>,
        schema: SchemaRef,
        settings: Arc<ScriptSettings>,
    ) -> Self {
        let order = input.output_ordering().cloned();
        let properties = properties(&input, &schema);
        Self { input, spec, schema, settings, order, properties }
    }

    fn over(&self, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[_; 1]>::try_from(children)
            .map_err(|_| DataFusionError::Internal("ScriptExec has one input".to_string()))?;
        let properties = properties(&input, &self.schema);
        Ok(Arc::new(Self { input, properties, ..self.clone() }))
    }
}

fn properties(input: &Arc<dyn ExecutionPlan>, schema: &SchemaRef) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(Arc::clone(schema)),
        Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
        EmissionType::Incremental,
        input.boundedness(),
    ))
}

impl DisplayAs for ScriptExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScriptExec: {}", self.spec.command)
    }
}

impl ExecutionPlan for ScriptExec {
    fn name(&self) -> &str {
        "ScriptExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.order.clone().map(OrderingRequirements::from)]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        // A script may count on what `DISTRIBUTE BY` has brought together.
        vec![false]
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.over(children)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.over(children)
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let zone = context.session_config().options().execution.time_zone.clone();
        let input = self.input.execute(partition, context)?;
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), BATCHES_AHEAD);
        let run = run::Run {
            spec: Arc::clone(&self.spec),
            settings: Arc::clone(&self.settings),
            schema: Arc::clone(&self.schema),
            time_zone: zone.unwrap_or_else(|| "UTC".to_string()),
            partition,
        };
        let rows = builder.tx();
        builder.spawn(async move { run.run(input, rows).await });
        Ok(builder.build())
    }
}
