//! `FROM`.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use sqlparser::ast::{Spanned, TableFactor, TableWithJoins};

use super::plan::one_row;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Env, Planned, Planner, Result};
use crate::analyzer::scope::Scope;
use crate::parser::ast::query::UNIQUE_JOIN;

/// The rows that a select reads, and the names in them.
#[derive(Debug, Clone)]
pub(crate) struct From {
    pub plan: LogicalPlan,
    pub scope: Scope,
}

impl Planner<'_> {
    /// The relations of a `FROM`, joined from left to right; a comma is a join as in Hive's grammar. One row where
    /// there is none.
    pub fn plan_from(&self, env: &Env<'_>, from: &[TableWithJoins]) -> Result<From> {
        let Some((first, rest)) = from.split_first() else {
            return Ok(From { plan: one_row(), scope: Scope::default() });
        };
        let mut source = self.plan_table_with_joins(env, first)?;
        for table in rest {
            source = match &table.relation {
                factor @ TableFactor::Function { lateral: true, .. } => {
                    self.plan_lateral(env, source, factor, false)?
                }
                factor => {
                    let right = self.plan_factor(env, factor)?;
                    self.cross_join(source, right, factor.span())?
                }
            };
            for join in &table.joins {
                source = self.plan_join(env, source, join)?;
            }
        }
        Ok(source)
    }

    fn plan_table_with_joins(&self, env: &Env<'_>, table: &TableWithJoins) -> Result<From> {
        let mut source = match &table.relation {
            factor @ TableFactor::Function { lateral: true, .. } => {
                let none = From { plan: one_row(), scope: Scope::default() };
                self.plan_lateral(env, none, factor, false)?
            }
            factor => self.plan_factor(env, factor)?,
        };
        for join in &table.joins {
            source = self.plan_join(env, source, join)?;
        }
        Ok(source)
    }

    pub(super) fn cross_join(&self, left: From, right: From, span: sqlparser::tokenizer::Span) -> Result<From> {
        if self.settings().strict_cartesian_product {
            return Err(AnalyzeError::at(
                ErrorCode::Semantic,
                span,
                "Cartesian products are disabled for safety reasons. If you know what you are doing, please set \
                 hive.strict.checks.cartesian.product to false and make sure that hive.mapred.mode is not set to \
                 'strict' to proceed.",
            ));
        }
        let mut scope = left.scope;
        scope.extend(right.scope, span)?;
        let plan = LogicalPlanBuilder::from(left.plan).cross_join(right.plan)?.build()?;
        Ok(From { plan, scope })
    }

    /// One relation.
    pub(super) fn plan_factor(&self, env: &Env<'_>, factor: &TableFactor) -> Result<From> {
        if let TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } = factor
        {
            self.write_out_alias(env, alias);
        }
        match factor {
            TableFactor::Table { .. } => self.plan_table(env, factor),
            TableFactor::Derived { lateral: false, subquery, alias, sample } => {
                let planned = self.plan_query(&env.without_outer(), subquery)?;
                let source = self.named(planned, alias.as_ref(), None)?;
                self.sampled(env, source, sample.as_ref(), None)
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.plan_table_with_joins(env, table_with_joins)
            }
            TableFactor::Function { lateral: false, name, args, alias, .. } => {
                if name.to_string() == UNIQUE_JOIN {
                    return self.plan_unique_join(env, args);
                }
                self.plan_partitioned_table_function(env, name, args, alias.as_ref())
            }
            other => Err(AnalyzeError::unsupported(format!("{other} in FROM"), Some(other.span()))),
        }
    }

    /// A planned query as a relation, with the alias and the column names it is given.
    pub(super) fn named(
        &self,
        mut planned: Planned,
        alias: Option<&sqlparser::ast::TableAlias>,
        name: Option<&str>,
    ) -> Result<From> {
        if let Some(alias) = alias
            && !alias.columns.is_empty()
        {
            if alias.columns.len() != planned.columns.len() {
                return Err(AnalyzeError::at(
                    ErrorCode::ViewColumnMismatch,
                    alias.name.span,
                    format!("{} column names are given for {} columns", alias.columns.len(), planned.columns.len()),
                ));
            }
            for (column, alias) in planned.columns.iter_mut().zip(&alias.columns) {
                column.name = alias.name.value.to_lowercase();
            }
        }
        let alias = alias.map(|alias| alias.name.value.to_lowercase()).or_else(|| name.map(str::to_lowercase));
        let relation = planned.relation(alias);
        Ok(From { plan: planned.plan, scope: Scope::of(relation) })
    }
}
