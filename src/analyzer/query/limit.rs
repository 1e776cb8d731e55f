//! `LIMIT` and `OFFSET`.

use datafusion::logical_expr::LogicalPlanBuilder;
use sqlparser::ast::{Expr as SqlExpr, LimitClause, Query, Spanned, Value, ValueWithSpan};

use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Planned, Planner, Result};

/// How many rows to leave out and how many to give.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limit {
    pub skip: usize,
    pub fetch: Option<usize>,
}

pub(super) fn limit(query: &Query) -> Result<Limit> {
    match &query.limit_clause {
        None => Ok(Limit::default()),
        Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
            if let Some(by) = limit_by.first() {
                return Err(AnalyzeError::unsupported("LIMIT BY", Some(by.span())));
            }
            Ok(Limit {
                skip: offset.as_ref().map(|offset| count(&offset.value)).transpose()?.unwrap_or(0),
                fetch: limit.as_ref().map(count).transpose()?,
            })
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            Ok(Limit { skip: count(offset)?, fetch: Some(count(limit)?) })
        }
    }
}

fn count(expr: &SqlExpr) -> Result<usize> {
    if let SqlExpr::Value(ValueWithSpan { value: Value::Number(text, _), .. }) = expr
        && let Ok(count) = text.parse()
    {
        return Ok(count);
    }
    Err(AnalyzeError::at(ErrorCode::Semantic, expr.span(), "LIMIT and OFFSET take a number of rows"))
}

impl Planner<'_> {
    pub(super) fn apply_limit(&self, planned: Planned, limit: Limit) -> Result<Planned> {
        if limit.skip == 0 && limit.fetch.is_none() {
            return Ok(planned);
        }
        let plan = LogicalPlanBuilder::from(planned.plan).limit(limit.skip, limit.fetch)?.build()?;
        Ok(Planned { plan, columns: planned.columns })
    }
}
