//! `matchpath(ON source PARTITION BY … ORDER BY … pattern('A.B*'), 'A', condition, …, 'expressions')`: sequences of rows
//! that match a pattern (`MatchPath` of Hive).

use std::sync::Arc;

use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, WindowFrame, WindowFunctionDefinition};
use skep_metastore::model::{HiveType, StructField};
use skep_udf::window::{MatchPattern, match_path};
use sqlparser::ast::{Expr as SqlExpr, FunctionArg, FunctionArgExpr, FunctionArguments, SetExpr};
use sqlparser::tokenizer::Span;

use super::From;
use super::aggregate::output;
use super::items::items;
use super::plan::{filter, project};
use super::ptf::Partitioned;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::Clause;
use crate::analyzer::planner::{Env, PlannedColumn, Planner, Result};
use crate::analyzer::scope::{Relation, Scope, ScopeColumn, column};
use crate::analyzer::types::Typed;

/// Name of the column with the rows of a match, for the expressions of the result.
const PATH: &str = "tpath";

impl Planner<'_> {
    pub(super) fn plan_match_path(
        &self,
        env: &Env<'_>,
        input: Partitioned,
        arguments: &[FunctionArg],
        span: Span,
    ) -> Result<From> {
        let wrong = |message: &str| AnalyzeError::at(ErrorCode::Semantic, span, message);
        let arguments = arguments.iter().map(value).collect::<Result<Vec<_>>>()?;
        let [pattern, symbols @ .., result] = arguments.as_slice() else {
            return Err(wrong("matchpath: Invalid number of arguments; a pattern, symbols and a result are needed"));
        };
        if symbols.is_empty() || symbols.len() % 2 != 0 {
            return Err(wrong(
                "matchpath: Symbol Name, Expression need to be specified in pairs: there are odd number of symbol args",
            ));
        }
        let clause = Clause::new(self, env, &input.from.scope);
        let pattern = text(&clause, pattern)?
            .ok_or_else(|| wrong("matchpath: Currently the symbol Pattern must be a Constant String"))?;
        let result = text(&clause, result)?
            .ok_or_else(|| wrong("matchpath: Currently the result Expr parameter must be a Constant String"))?;
        let mut names = Vec::with_capacity(symbols.len() / 2);
        let mut conditions = Vec::with_capacity(symbols.len() / 2);
        for pair in symbols.chunks(2) {
            let name = text(&clause, pair[0])?
                .ok_or_else(|| wrong("matchpath: Currently a Symbol Name must be a Constant String"))?;
            let condition = clause.expr(pair[1])?;
            if condition.ty != HiveType::Boolean {
                return Err(wrong(&format!("matchpath: The expression of the symbol {name} must be of type boolean")));
            }
            names.push(name);
            conditions.push(condition.expr);
        }
        let pattern = MatchPattern::parse(&pattern, &names).map_err(|error| wrong(&error.to_string()))?;
        let (plan, scope) = self.matches(env, input, pattern, conditions)?;
        self.match_result(env, From { plan, scope }, &result)
    }

    /// The first row of each match, with the rows of the match beside it.
    fn matches(
        &self,
        env: &Env<'_>,
        input: Partitioned,
        pattern: MatchPattern,
        conditions: Vec<Expr>,
    ) -> Result<(datafusion::logical_expr::LogicalPlan, Scope)> {
        let visible: Vec<ScopeColumn> = input.from.scope.star().map(|(_, column)| column.clone()).collect();
        let mut fields = Vec::with_capacity(visible.len() * 2);
        for column in &visible {
            fields.push(Typed::string(&column.name));
            fields.push(Typed::column(column));
        }
        let row = Clause::new(self, env, &input.from.scope).call("named_struct", fields)?;
        let ty = visible.iter().map(|c| StructField { name: c.name.clone(), ty: c.ty.clone() }).collect();
        let mut order_by = input.order_by;
        let window_frame = WindowFrame::new((!order_by.is_empty()).then_some(false));
        window_frame.regularize_order_bys(&mut order_by)?;
        let window = Expr::WindowFunction(Box::new(WindowFunction {
            fun: WindowFunctionDefinition::WindowUDF(Arc::new(match_path(pattern))),
            params: WindowFunctionParams {
                args: std::iter::once(row.expr).chain(conditions).collect(),
                partition_by: input.partition_by,
                order_by,
                window_frame,
                filter: None,
                null_treatment: None,
                distinct: false,
            },
        }));
        let plan = LogicalPlanBuilder::window_plan(input.from.plan, [window.clone()])?;
        let path = self.fresh_id();
        let mut exprs: Vec<Expr> = visible.iter().map(|c| column(&c.id)).collect();
        exprs.push(output(&window).alias(&path));
        let plan = filter(project(plan, exprs)?, Expr::IsNotNull(Box::new(column(&path))))?;
        let ty = HiveType::Array(Box::new(HiveType::Struct(ty)));
        let mut scope = Scope::of(Relation { database: None, alias: None, columns: visible });
        let column =
            ScopeColumn { name: PATH.to_string(), id: path, ty, is_virtual: false, merged: false, shadowed: false };
        scope.relations.push(Relation { database: None, alias: None, columns: vec![column] });
        Ok((plan, scope))
    }

    /// The expressions of the result, which come as text.
    fn match_result(&self, env: &Env<'_>, from: From, text: &str) -> Result<From> {
        let wrong = |message: String| AnalyzeError::new(ErrorCode::Semantic, message);
        let query = crate::parser::parse_query(&format!("SELECT {text}"))
            .map_err(|error| wrong(format!("matchpath: the result '{text}' is no select list: {error}")))?;
        let SetExpr::Select(select) = query.query.body.as_ref() else {
            return Err(wrong(format!("matchpath: the result '{text}' is no select list")));
        };
        let items = items(&Clause::new(self, env, &from.scope), &select.projection)
            // The place is one of the text, not of the statement.
            .map_err(|error| AnalyzeError { span: None, ..error })?;
        let values = items
            .into_iter()
            .map(|item| {
                let column = PlannedColumn {
                    id: String::new(),
                    name: item.name,
                    ty: item.value.ty,
                    qualifier: None,
                    starred: false,
                };
                (column, item.value.expr)
            })
            .collect();
        let planned = self.project_values(from.plan, values)?;
        let relation = planned.relation(None);
        Ok(From { plan: planned.plan, scope: Scope::of(relation) })
    }
}

/// An argument's value; `name(value)` names it, which says nothing more.
fn value(argument: &FunctionArg) -> Result<&SqlExpr> {
    let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else {
        return Err(AnalyzeError::unsupported(format!("the argument {argument} of matchpath"), None));
    };
    if let SqlExpr::Function(function) = expr
        && let FunctionArguments::List(list) = &function.args
        && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(value))] = list.args.as_slice()
        && function.over.is_none()
    {
        return Ok(value);
    }
    Ok(expr)
}

fn text(clause: &Clause<'_>, expr: &SqlExpr) -> Result<Option<String>> {
    let value = clause.expr(expr)?;
    Ok(match value.constant() {
        Some(datafusion::common::ScalarValue::Utf8(text)) => text.clone(),
        _ => None,
    })
}
