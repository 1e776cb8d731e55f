//! Small pieces of plans.

use std::sync::Arc;

use datafusion::common::DFSchema;
use datafusion::logical_expr::expr::Sort as SortKey;
use datafusion::logical_expr::{EmptyRelation, Expr, Filter, LogicalPlan, Projection, Sort};
use skep_metastore::model::HiveType;

use crate::analyzer::planner::{Planned, PlannedColumn, Planner, Result};
use crate::analyzer::scope::column;
use crate::analyzer::types::Typed;

pub(crate) fn filter(plan: LogicalPlan, condition: Expr) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Filter(Filter::try_new(condition, Arc::new(plan))?))
}

pub(crate) fn project(plan: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?))
}

pub(crate) fn sort(plan: LogicalPlan, keys: Vec<SortKey>) -> LogicalPlan {
    if keys.is_empty() {
        return plan;
    }
    LogicalPlan::Sort(Sort { expr: keys, input: Arc::new(plan), fetch: None })
}

/// One row without columns: what a `SELECT` without `FROM` reads.
pub(crate) fn one_row() -> LogicalPlan {
    LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, schema: Arc::new(DFSchema::empty()) })
}

impl Planner<'_> {
    /// A projection of these values under fresh ids.
    pub fn project_values(&self, plan: LogicalPlan, values: Vec<(PlannedColumn, Expr)>) -> Result<Planned> {
        let mut columns = Vec::with_capacity(values.len());
        let mut exprs = Vec::with_capacity(values.len());
        for (mut column, expr) in values {
            column.id = self.fresh_id();
            exprs.push(expr.alias(&column.id));
            columns.push(column);
        }
        Ok(Planned { plan: project(plan, exprs)?, columns })
    }

    /// The query with its columns cast to these types; the same plan where they are of them.
    pub fn cast_columns(&self, planned: Planned, types: &[HiveType]) -> Result<Planned> {
        if planned.columns.iter().map(|column| &column.ty).eq(types) {
            return Ok(planned);
        }
        let mut values = Vec::with_capacity(types.len());
        for (mut planned, ty) in planned.columns.into_iter().zip(types) {
            let value = Typed::new(column(&planned.id), planned.ty).cast_to(ty)?;
            planned.ty = value.ty;
            values.push((planned, value.expr));
        }
        self.project_values(planned.plan, values)
    }

    /// The query under fresh ids.
    pub fn renamed(&self, planned: Planned) -> Result<Planned> {
        let values = planned.columns.into_iter().map(|planned| (planned.clone(), column(&planned.id))).collect();
        self.project_values(planned.plan, values)
    }
}
