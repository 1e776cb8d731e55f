//! A table function as the select list: `SELECT explode(x) AS c FROM t`.

use skep_udf::registry::registry;
use sqlparser::ast::{Expr as SqlExpr, GroupByExpr, OrderByExpr, Select, SelectItem, Spanned};

use super::From;
use super::lateral::TableCall;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{arguments, function_name};
use crate::analyzer::planner::{Env, Planned, PlannedColumn, Planner, Result};

impl Planner<'_> {
    /// The table function that the select list consists of, if it does.
    pub(super) fn udtf<'s>(&self, select: &'s Select) -> Result<Option<TableCall<'s>>> {
        let mut found = None;
        for item in &select.projection {
            let (expr, aliases) = match item {
                SelectItem::UnnamedExpr(expr) => (expr, Vec::new()),
                SelectItem::ExprWithAlias { expr, alias } => (expr, vec![alias]),
                SelectItem::ExprWithAliases { expr, aliases } => (expr, aliases.iter().collect()),
                _ => continue,
            };
            let mut expr = expr;
            while let SqlExpr::Nested(inner) = expr {
                expr = inner;
            }
            let SqlExpr::Function(function) = expr else { continue };
            let name = function_name(&function.name)?;
            if function.over.is_some() || registry().table(&name).is_none() {
                continue;
            }
            let call = arguments(function)?;
            if call.star || call.distinct {
                return Err(AnalyzeError::unsupported(format!("* or DISTINCT in {name}"), Some(expr.span())));
            }
            found = Some(TableCall {
                name,
                arguments: call.exprs,
                columns: aliases.into_iter().map(|alias| alias.value.to_lowercase()).collect(),
                outer: false,
                span: function.name.span(),
            });
        }
        let Some(call) = found else { return Ok(None) };
        check(select, &call)?;
        Ok(Some(call))
    }

    pub(super) fn plan_udtf_select(
        &self,
        env: &Env<'_>,
        from: From,
        select: &Select,
        call: &TableCall<'_>,
        order_by: &[OrderByExpr],
    ) -> Result<Planned> {
        let (plan, columns) = self.table_call(env, from, call)?;
        let values = columns
            .into_iter()
            .map(|column| {
                let expr = column.expr();
                (
                    PlannedColumn { id: column.id, name: column.name, ty: column.ty, qualifier: None, starred: false },
                    expr,
                )
            })
            .collect();
        let mut planned = self.project_values(plan, values)?;
        if select.distinct.is_some() {
            let plan = datafusion::logical_expr::LogicalPlanBuilder::from(planned.plan).distinct()?.build()?;
            planned = Planned { plan, columns: planned.columns };
        }
        self.sort_output(env, planned, order_by)
    }
}

/// What may not stand beside a table function.
fn check(select: &Select, call: &TableCall<'_>) -> Result<()> {
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(exprs, modifiers) if exprs.is_empty() && modifiers.is_empty());
    let error = match () {
        () if select.projection.len() > 1 => (
            ErrorCode::UdtfMultipleExpressions,
            "Only a single expression in the SELECT clause is supported with UDTF's",
        ),
        () if grouped => (ErrorCode::UdtfGroupBy, "GROUP BY is not supported with a UDTF in the SELECT clause"),
        () if !select.sort_by.is_empty() => {
            (ErrorCode::UdtfSortBy, "SORT BY is not supported with a UDTF in the SELECT clause")
        }
        () if !select.cluster_by.is_empty() => {
            (ErrorCode::UdtfClusterBy, "CLUSTER BY is not supported with a UDTF in the SELECT clause")
        }
        () if !select.distribute_by.is_empty() => {
            (ErrorCode::UdtfDistributeBy, "DISTRUBTE BY is not supported with a UDTF in the SELECT clause")
        }
        () if select.having.is_some() || select.qualify.is_some() => {
            (ErrorCode::Unsupported, "HAVING or QUALIFY with a UDTF in the SELECT clause is not supported")
        }
        () => return Ok(()),
    };
    let mut message = error.1.to_string();
    if error.0 == ErrorCode::UdtfMultipleExpressions {
        message.push_str(&format!(". Error encountered near token '{}'", call.name));
    }
    Err(AnalyzeError::at(error.0, call.span, message))
}
