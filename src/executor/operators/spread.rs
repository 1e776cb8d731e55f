//! `DISTRIBUTE BY`, `SORT BY`, `CLUSTER BY`: asks DataFusion for its input spread and sorted, and hands it on.

use std::fmt;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, LexOrdering, OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::InputDistributionRequirements;
use datafusion::physical_plan::execution_plan::{CardinalityEffect, ReplaceChildrenOptions};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, Statistics,
};

/// Rows of equal keys in one stream, each stream in order.
#[derive(Debug, Clone)]
pub struct SpreadExec {
    input: Arc<dyn ExecutionPlan>,
    distribute: Vec<Arc<dyn PhysicalExpr>>,
    sort: Option<LexOrdering>,
    /// All rows in one stream?
    single: bool,
    properties: Arc<PlanProperties>,
}

impl SpreadExec {
    /// The operator; `single` brings all rows into one stream.
    ///
    /// # Errors
    /// The order is none of the input's columns.
    pub fn try_new(
        input: Arc<dyn ExecutionPlan>,
        distribute: Vec<Arc<dyn PhysicalExpr>>,
        sort: Option<LexOrdering>,
        single: bool,
    ) -> Result<Self> {
        let mut equivalences = input.equivalence_properties().clone();
        if let Some(sort) = &sort {
            // It asks for this order, so it has it.
            equivalences.reorder(sort.clone())?;
        }
        let properties = PlanProperties::new(
            equivalences,
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Ok(Self { input, distribute, sort, single, properties: Arc::new(properties) })
    }
}

impl DisplayAs for SpreadExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpreadExec: single={}", self.single)?;
        if !self.distribute.is_empty() {
            let keys: Vec<String> = self.distribute.iter().map(ToString::to_string).collect();
            write!(f, ", distribute=[{}]", keys.join(", "))?;
        }
        match &self.sort {
            Some(sort) => write!(f, ", sort=[{sort}]"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for SpreadExec {
    fn name(&self) -> &str {
        "SpreadExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![match () {
            () if self.single => Distribution::SinglePartition,
            () if self.distribute.is_empty() => Distribution::UnspecifiedDistribution,
            () => Distribution::KeyPartitioned(self.distribute.clone()),
        }])
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.sort.clone().map(OrderingRequirements::from)]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[_; 1]>::try_from(children)
            .map_err(|_| DataFusionError::Internal("SpreadExec has one input".to_string()))?;
        Ok(Arc::new(Self::try_new(input, self.distribute.clone(), self.sort.clone(), self.single)?))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[_; 1]>::try_from(children)
            .map_err(|_| DataFusionError::Internal("SpreadExec has one input".to_string()))?;
        Ok(Arc::new(Self::try_new(input, self.distribute.clone(), self.sort.clone(), self.single)?))
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        // The keys only say what is asked of the input.
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }

    fn statistics_from_inputs(&self, input: &[Arc<Statistics>], _args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        match input {
            [input] => Ok(Arc::clone(input)),
            _ => Ok(Arc::new(Statistics::new_unknown(&self.schema()))),
        }
    }

    fn cardinality_effect(&self) -> CardinalityEffect {
        CardinalityEffect::Equal
    }
}
