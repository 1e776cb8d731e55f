//! Partitioned table functions: `f(ON source [PARTITION BY …] [ORDER BY …] [name(value), …]) [alias]`.
//!
//! Hive has `noop` and its variants, which give their rows back partitioned and in order, and `matchpath`.

use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::Sort;
use sqlparser::ast::{Expr as SqlExpr, FunctionArg, FunctionArgExpr, ObjectName, Select, SetExpr, Spanned, TableAlias};

use super::From;
use super::unique_join::source_of;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Clause, function_name, invalid_function};
use crate::analyzer::planner::{Env, Planner, Result};

/// The rows a partitioned table function works on.
pub(super) struct Partitioned {
    pub from: From,
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<Sort>,
}

impl Planner<'_> {
    pub(super) fn plan_partitioned_table_function(
        &self,
        env: &Env<'_>,
        name: &ObjectName,
        arguments: &[FunctionArg],
        alias: Option<&TableAlias>,
    ) -> Result<From> {
        let function = function_name(name)?;
        let Some((FunctionArg::Unnamed(FunctionArgExpr::Expr(SqlExpr::Subquery(query))), rest)) =
            arguments.split_first()
        else {
            return Err(AnalyzeError::unsupported(format!("the call of {name} in FROM"), Some(name.span())));
        };
        let source = self.plan_factor(env, source_of(query)?)?;
        let SetExpr::Select(select) = query.body.as_ref() else {
            return Err(AnalyzeError::unsupported(format!("the call of {name} in FROM"), Some(name.span())));
        };
        let input = self.partitioned(env, source, select)?;
        let from = match function.as_str() {
            "noop" | "noopwithmap" | "noopstreaming" | "noopwithmapstreaming" => {
                if let Some(argument) = rest.first() {
                    return Err(AnalyzeError::at(
                        ErrorCode::Semantic,
                        argument.span(),
                        format!("{function} takes no arguments beside its rows"),
                    ));
                }
                self.spread_partitions(input)
            }
            "matchpath" => self.plan_match_path(env, input, rest, name.span())?,
            _ => return Err(invalid_function(&function).with_span(name.span())),
        };
        self.aliased_function(from, alias)
    }

    fn partitioned(&self, env: &Env<'_>, from: From, select: &Select) -> Result<Partitioned> {
        let clause = Clause::new(self, env, &from.scope);
        let partition_by = clause.exprs(&select.distribute_by)?;
        let order_by = select.sort_by.iter().map(|key| clause.sort(key)).collect::<Result<Vec<_>>>()?;
        let partition_by = partition_by.into_iter().map(|value| value.expr).collect();
        Ok(Partitioned { from, partition_by, order_by })
    }

    /// The rows of a partition one behind the other, in the order asked for.
    fn spread_partitions(&self, input: Partitioned) -> From {
        let mut sort: Vec<Sort> = Vec::with_capacity(input.partition_by.len() + input.order_by.len());
        for key in &input.partition_by {
            if input.order_by.iter().all(|sort| sort.expr != *key) {
                sort.push(Sort::new(key.clone(), true, !self.settings().default_nulls_last));
            }
        }
        sort.extend(input.order_by);
        From { plan: self.spread(input.from.plan, input.partition_by, sort), scope: input.from.scope }
    }

    /// Gives the function's rows a name; without one they keep that of their source.
    fn aliased_function(&self, mut from: From, alias: Option<&TableAlias>) -> Result<From> {
        let Some(alias) = alias else { return Ok(from) };
        for relation in &mut from.scope.relations {
            relation.alias = Some(alias.name.value.to_lowercase());
            relation.database = None;
        }
        Ok(from)
    }
}
