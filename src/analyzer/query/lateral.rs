//! `LATERAL VIEW`: a table function over the columns to its left.

use datafusion::common::{Column, NullHandling, ScalarValue, UnnestOptions};
use datafusion::functions::core::get_field;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use skep_metastore::model::HiveType;
use skep_udf::registry::registry;
use skep_warehouse::types::hive_type;
use sqlparser::ast::{
    Array as SqlArray, Expr as SqlExpr, FunctionArg, FunctionArgExpr, Ident, Query, SetExpr, Spanned, TableAlias,
    TableFactor,
};
use sqlparser::tokenizer::Span;

use super::From;
use super::plan::project;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Clause, coerced, function_name, invalid_function};
use crate::analyzer::planner::{Env, Planner, Result};
use crate::analyzer::scope::{Relation, ScopeColumn, column};

/// A call of a table function.
pub(super) struct TableCall<'t> {
    pub name: String,
    pub arguments: Vec<&'t SqlExpr>,
    /// The names its columns are given; its own where there are none.
    pub columns: Vec<String>,
    /// Rows without a result stay, with NULLs.
    pub outer: bool,
    pub span: Span,
}

impl Planner<'_> {
    /// `LATERAL VIEW [OUTER] f(…) alias [AS a, b]`
    pub(super) fn plan_lateral(&self, env: &Env<'_>, left: From, factor: &TableFactor, outer: bool) -> Result<From> {
        let TableFactor::Function { lateral: _, name, args, with_ordinality: false, alias } = factor else {
            return Err(AnalyzeError::unsupported(format!("{factor} in FROM"), Some(factor.span())));
        };
        let call = TableCall {
            name: function_name(name)?,
            arguments: args.iter().map(plain).collect::<Result<_>>()?,
            columns: alias.iter().flat_map(|alias| &alias.columns).map(|c| lower(&c.name)).collect(),
            outer,
            span: name.span(),
        };
        let mut scope = left.scope.clone();
        let (plan, columns) = self.table_call(env, left, &call)?;
        if let Some(alias) = alias {
            self.write_out_alias(env, alias);
        }
        let alias = alias.as_ref().map(|alias| lower(&alias.name));
        // Lateral views may share an alias, as in Hive.
        scope.relations.push(Relation { database: None, alias, columns });
        Ok(From { plan, scope })
    }

    /// `LATERAL TABLE (VALUES (…), …) alias (a, b)` is `LATERAL VIEW inline(array(struct(…), …)) alias AS a, b`, as in
    /// Hive's grammar.
    pub(super) fn plan_lateral_table(
        &self,
        env: &Env<'_>,
        left: From,
        query: &Query,
        alias: Option<&TableAlias>,
    ) -> Result<From> {
        let SetExpr::Values(values) = query.body.as_ref() else {
            return Err(AnalyzeError::unsupported("LATERAL TABLE of other than VALUES", Some(query.span())));
        };
        let rows = values.rows.iter().map(|row| SqlExpr::Tuple(row.content.clone()));
        let array = SqlExpr::Array(SqlArray { elem: rows.collect(), named: false });
        let call = TableCall {
            name: "inline".to_string(),
            arguments: vec![&array],
            columns: alias.iter().flat_map(|alias| &alias.columns).map(|c| lower(&c.name)).collect(),
            outer: false,
            span: alias.map_or(Span::empty(), |alias| alias.name.span),
        };
        let mut scope = left.scope.clone();
        let (plan, columns) = self.table_call(env, left, &call)?;
        let alias = alias.map(|alias| lower(&alias.name));
        scope.relations.push(Relation { database: None, alias, columns });
        Ok(From { plan, scope })
    }

    /// The source with the columns of a table function beside its own: the function's rows as a list, which is then
    /// taken apart.
    pub(super) fn table_call(
        &self,
        env: &Env<'_>,
        source: From,
        call: &TableCall<'_>,
    ) -> Result<(LogicalPlan, Vec<ScopeColumn>)> {
        self.check_function(&call.name).map_err(|error| error.with_span(call.span))?;
        let Some(function) = registry().table(&call.name) else {
            return Err(match registry().scalar(&call.name).is_some() || registry().aggregate(&call.name).is_some() {
                true => AnalyzeError::at(
                    ErrorCode::Semantic,
                    call.span,
                    format!("the function {} gives one row; LATERAL VIEW needs a table function", call.name),
                ),
                false => invalid_function(&call.name).with_span(call.span),
            });
        };
        let arguments = Clause::new(self, env, &source.scope).exprs(call.arguments.iter().copied())?;
        let list = function.as_list();
        let arguments = coerced(list.as_ref(), arguments).map_err(|error| error.with_span(call.span))?;
        let types: Vec<_> = arguments.iter().map(crate::analyzer::types::Typed::arrow).collect();
        let literals: Vec<Option<ScalarValue>> =
            arguments.iter().map(|argument| argument.constant().cloned()).collect();
        let columns = function
            .return_columns(&types, &literals)
            .map_err(|error| AnalyzeError::from(error).with_span(call.span))?;
        let names = self.column_names(call, columns.iter().map(|(name, _)| name.clone()).collect())?;
        let kept: Vec<String> = source.plan.schema().fields().iter().map(|field| field.name().clone()).collect();
        let rows = self.fresh_id();
        let mut exprs: Vec<Expr> = kept.iter().map(|id| column(id)).collect();
        exprs.push(list.call(arguments.into_iter().map(|argument| argument.expr).collect()).alias(&rows));
        let null_handling = if call.outer { NullHandling::PreserveAndExpandEmpty } else { NullHandling::Drop };
        let plan = LogicalPlanBuilder::from(project(source.plan, exprs)?)
            .unnest_columns_with_options(
                vec![Column::new_unqualified(&rows)],
                UnnestOptions { null_handling, recursions: Vec::new() },
            )?
            .build()?;
        let mut exprs: Vec<Expr> = kept.iter().map(|id| column(id)).collect();
        let mut result = Vec::with_capacity(columns.len());
        for ((field, ty), name) in columns.into_iter().zip(names) {
            let id = self.fresh_id();
            let key = Expr::Literal(ScalarValue::Utf8(Some(field)), None);
            exprs.push(get_field().call(vec![column(&rows), key]).alias(&id));
            let ty: HiveType = hive_type(&ty);
            result.push(ScopeColumn { name, id, ty, is_virtual: false, merged: false, shadowed: false });
        }
        Ok((project(plan, exprs)?, result))
    }

    fn column_names(&self, call: &TableCall<'_>, own: Vec<String>) -> Result<Vec<String>> {
        if call.columns.is_empty() {
            return Ok(own.into_iter().map(|name| name.to_lowercase()).collect());
        }
        if call.columns.len() != own.len() {
            return Err(AnalyzeError::at(
                ErrorCode::UdtfAliasMismatch,
                call.span,
                format!(
                    "The number of aliases supplied in the AS clause does not match the number of columns output by \
                     the UDTF expected {} aliases but got {}",
                    own.len(),
                    call.columns.len()
                ),
            ));
        }
        Ok(call.columns.clone())
    }
}

fn lower(ident: &Ident) -> String {
    ident.value.to_lowercase()
}

fn plain(argument: &FunctionArg) -> Result<&SqlExpr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr),
        other => Err(AnalyzeError::unsupported(format!("the argument {other}"), None)),
    }
}
