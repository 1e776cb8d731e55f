//! `UNION`, `INTERSECT`, `EXCEPT`, `MINUS`.

use datafusion::common::{Column, NullEquality, ScalarValue};
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, JoinType, LogicalPlanBuilder, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition,
};
use skep_metastore::model::HiveType;
use skep_udf::registry::registry;
use sqlparser::ast::{SetExpr, SetOperator, SetQuantifier, Spanned};
use sqlparser::tokenizer::Span;

use super::aggregate::output;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Env, Planned, PlannedColumn, Planner, Result};
use crate::analyzer::scope::column;
use crate::analyzer::types::common_type;

impl Planner<'_> {
    /// A chain of set operations, from left to right.
    pub(super) fn plan_set_operation(&self, env: &Env<'_>, body: &SetExpr) -> Result<Planned> {
        // Chains of thousands of UNIONs are met in the wild, so they are taken apart in a loop.
        let mut chain = Vec::new();
        let mut first = body;
        while let SetExpr::SetOperation { left, op, set_quantifier, right } = first {
            chain.push((*op, *set_quantifier, right.as_ref()));
            first = left;
        }
        let mut result = self.plan_body(env, first)?;
        for (op, quantifier, right) in chain.into_iter().rev() {
            let right_plan = self.plan_body(env, right)?;
            result = self.combine(result, op, quantifier, right_plan, right.span())?;
        }
        Ok(result)
    }

    fn combine(
        &self,
        left: Planned,
        op: SetOperator,
        quantifier: SetQuantifier,
        right: Planned,
        span: Span,
    ) -> Result<Planned> {
        let all = match quantifier {
            SetQuantifier::All => true,
            SetQuantifier::Distinct | SetQuantifier::None => false,
            other => return Err(AnalyzeError::unsupported(format!("{op} {other}"), Some(span))),
        };
        let types = merged_types(&left.columns, &right.columns, op, span)?;
        let left = self.cast_columns(left, &types)?;
        let right = self.cast_columns(right, &types)?;
        let columns = left.columns.iter().map(|column| PlannedColumn { qualifier: None, ..column.clone() }).collect();
        let plan = match (op, all) {
            (SetOperator::Union, true) => LogicalPlanBuilder::from(left.plan).union(right.plan)?.build()?,
            (SetOperator::Union, false) => {
                LogicalPlanBuilder::from(left.plan).union(right.plan)?.distinct()?.build()?
            }
            (SetOperator::Intersect, false) => LogicalPlanBuilder::intersect(left.plan, right.plan, false)?,
            (SetOperator::Except | SetOperator::Minus, false) => {
                LogicalPlanBuilder::except(left.plan, right.plan, false)?
            }
            (SetOperator::Intersect, true) => self.multiset(left, right, JoinType::LeftSemi)?,
            (SetOperator::Except | SetOperator::Minus, true) => self.multiset(left, right, JoinType::LeftAnti)?,
        };
        self.renamed(Planned { plan, columns })
    }

    /// `INTERSECT ALL` and `EXCEPT ALL`: equal rows are numbered on both sides, and the numbers compared too.
    fn multiset(
        &self,
        left: Planned,
        right: Planned,
        join_type: JoinType,
    ) -> Result<datafusion::logical_expr::LogicalPlan> {
        let (left, left_keys) = self.numbered(left)?;
        let (right, right_keys) = self.numbered(right)?;
        Ok(LogicalPlanBuilder::from(left)
            .join_detailed(right, join_type, (left_keys, right_keys), None, NullEquality::NullEqualsNull)?
            .build()?)
    }

    fn numbered(&self, planned: Planned) -> Result<(datafusion::logical_expr::LogicalPlan, Vec<Column>)> {
        let Some(row_number) = registry().window("row_number") else {
            return Err(AnalyzeError::unsupported("INTERSECT ALL and EXCEPT ALL without row_number", None));
        };
        let frame = WindowFrame::new_bounds(
            WindowFrameUnits::Rows,
            WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
            WindowFrameBound::CurrentRow,
        );
        let window = Expr::WindowFunction(Box::new(WindowFunction {
            fun: WindowFunctionDefinition::WindowUDF(row_number),
            params: WindowFunctionParams {
                args: Vec::new(),
                partition_by: planned.columns.iter().map(|c| column(&c.id)).collect(),
                order_by: Vec::new(),
                window_frame: frame,
                filter: None,
                null_treatment: None,
                distinct: false,
            },
        }));
        let number = self.fresh_id();
        let plan = LogicalPlanBuilder::window_plan(planned.plan, [window.clone()])?;
        let mut exprs: Vec<Expr> = planned.columns.iter().map(|c| column(&c.id)).collect();
        exprs.push(output(&window).alias(&number));
        let plan = super::plan::project(plan, exprs)?;
        let ids = planned.columns.into_iter().map(|c| c.id).chain([number]);
        Ok((plan, ids.map(Column::new_unqualified).collect()))
    }
}

/// The types that the columns of both sides are brought to: only within numbers, within texts and within dates and
/// timestamps (`FunctionRegistry.getCommonClassForUnionAll` of Hive).
fn merged_types(left: &[PlannedColumn], right: &[PlannedColumn], op: SetOperator, span: Span) -> Result<Vec<HiveType>> {
    if left.len() != right.len() {
        return Err(AnalyzeError::at(
            ErrorCode::Semantic,
            span,
            format!(
                "Schema of both sides of {} should match.  The first has {} columns, the second {}",
                op.to_string().to_lowercase(),
                left.len(),
                right.len()
            ),
        ));
    }
    left.iter()
        .zip(right)
        .map(|(l, r)| {
            union_type(&l.ty, &r.ty).ok_or_else(|| {
                AnalyzeError::at(
                    ErrorCode::Semantic,
                    span,
                    format!(
                        "Schema of both sides of {} should match: Column {} is of type {} on first table and type {} on \
                         second table",
                        op.to_string().to_lowercase(),
                        l.name,
                        l.ty,
                        r.ty
                    ),
                )
                .with_hint("cast one of the two columns")
            })
        })
        .collect()
}

fn union_type(left: &HiveType, right: &HiveType) -> Option<HiveType> {
    let same_group = left == right
        || *left == HiveType::Void
        || *right == HiveType::Void
        || (left.is_numeric() && right.is_numeric())
        || (left.is_character() && right.is_character())
        || (is_date(left) && is_date(right))
        || (!left.is_primitive() && !right.is_primitive());
    same_group.then(|| common_type(left, right)).flatten()
}

fn is_date(ty: &HiveType) -> bool {
    matches!(ty, HiveType::Date | HiveType::Timestamp | HiveType::TimestampLocalTz)
}
