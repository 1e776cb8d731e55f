//! `FROM UNIQUEJOIN [PRESERVE] a (a.key), [PRESERVE] b (b.key), …`: a full outer join of all sources on their keys. Rows that
//! not all sources have a part in are kept if a source with `PRESERVE` has one (`CommonJoinOperator`).

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, JoinType, LogicalPlanBuilder, Operator, lit};
use sqlparser::ast::{Expr as SqlExpr, FunctionArg, FunctionArgExpr, SetExpr, Spanned, TableFactor, Value};

use super::From;
use super::plan::{filter, project};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::Clause;
use crate::analyzer::planner::{Env, Planner, Result};
use crate::analyzer::scope::{Scope, column};
use crate::analyzer::types::{Typed, common_type};

/// One source.
struct Source {
    from: From,
    preserve: bool,
    keys: Vec<Typed>,
    /// The column that is true in each of its rows, and NULL where it has no part in a row of the join.
    there: String,
}

impl Planner<'_> {
    pub(super) fn plan_unique_join(&self, env: &Env<'_>, arguments: &[FunctionArg]) -> Result<From> {
        let mut sources = Vec::with_capacity(arguments.len());
        for argument in arguments {
            sources.push(self.unique_source(env, argument)?);
        }
        let marks: Vec<(String, bool)> = sources.iter().map(|source| (source.there.clone(), source.preserve)).collect();
        let mut rest = sources.into_iter();
        let Some(first) = rest.next() else {
            return Err(AnalyzeError::unsupported("UNIQUEJOIN without sources", None));
        };
        let mut joined = first.from;
        let mut keys = first.keys;
        for source in rest {
            if source.keys.len() != keys.len() {
                return Err(AnalyzeError::new(
                    ErrorCode::Semantic,
                    "Tables with different or invalid number of keys in UNIQUEJOIN",
                ));
            }
            (joined, keys) = self.unique_pair(env, joined, keys, source)?;
        }
        let is_there = |id: &String| Expr::IsNotNull(Box::new(column(id)));
        let all = marks.iter().map(|(id, _)| is_there(id)).reduce(Expr::and);
        let preserved = marks.iter().filter(|(_, preserve)| *preserve).map(|(id, _)| is_there(id));
        let condition = all.into_iter().chain(preserved).reduce(Expr::or).unwrap_or_else(|| lit(true));
        Ok(From { plan: filter(joined.plan, condition)?, scope: joined.scope })
    }

    fn unique_source(&self, env: &Env<'_>, argument: &FunctionArg) -> Result<Source> {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(SqlExpr::Tuple(parts))) = argument else {
            return Err(AnalyzeError::unsupported(format!("{argument} in UNIQUEJOIN"), None));
        };
        let [SqlExpr::Value(preserve), SqlExpr::Subquery(query), SqlExpr::Tuple(keys)] = parts.as_slice() else {
            return Err(AnalyzeError::unsupported(format!("{argument} in UNIQUEJOIN"), None));
        };
        let from = self.plan_factor(env, source_of(query)?)?;
        let clause = Clause::new(self, env, &from.scope);
        let keys = clause.exprs(keys)?;
        let there = self.fresh_id();
        let mut exprs: Vec<Expr> = from.plan.schema().fields().iter().map(|field| column(field.name())).collect();
        exprs.push(lit(true).alias(&there));
        // The keys become columns, as they are compared with those of the joins before.
        let mut named = Vec::with_capacity(keys.len());
        for key in keys {
            let id = self.fresh_id();
            exprs.push(key.expr.alias(&id));
            named.push(Typed::of_id(&id, key.ty));
        }
        let from = From { plan: project(from.plan, exprs)?, scope: from.scope };
        Ok(Source { from, preserve: preserve.value == Value::Boolean(true), keys: named, there })
    }

    /// The join so far with one more source, and the keys of its rows.
    fn unique_pair(&self, env: &Env<'_>, left: From, keys: Vec<Typed>, right: Source) -> Result<(From, Vec<Typed>)> {
        let nothing = Scope::default();
        let clause = Clause::new(self, env, &nothing);
        let mut condition: Option<Expr> = None;
        let mut both = Vec::with_capacity(keys.len());
        for (l, r) in keys.into_iter().zip(right.keys) {
            let equal = clause.compare(l.clone(), Operator::Eq, r.clone())?.expr;
            condition = Some(condition.map_or(equal.clone(), |all| all.and(equal)));
            let ty = common_type(&l.ty, &r.ty).unwrap_or_else(|| l.ty.clone());
            both.push((l.cast_to(&ty)?, r.cast_to(&ty)?));
        }
        let condition = condition.unwrap_or_else(|| lit(ScalarValue::Boolean(Some(true))));
        let mut scope = left.scope;
        scope.extend(right.from.scope, sqlparser::tokenizer::Span::empty())?;
        let plan =
            LogicalPlanBuilder::from(left.plan).join_on(right.from.plan, JoinType::Full, [condition])?.build()?;
        let mut exprs: Vec<Expr> = plan.schema().fields().iter().map(|field| column(field.name())).collect();
        let mut keys = Vec::with_capacity(both.len());
        for (l, r) in both {
            let id = self.fresh_id();
            let there = Expr::IsNotNull(Box::new(l.expr.clone()));
            let value = Case::new(None, vec![(Box::new(there), Box::new(l.expr))], Some(Box::new(r.expr)));
            exprs.push(Expr::Case(value).alias(&id));
            keys.push(Typed::of_id(&id, l.ty));
        }
        Ok((From { plan: project(plan, exprs)?, scope }, keys))
    }
}

/// The source of `SELECT * FROM source`.
pub(super) fn source_of(query: &sqlparser::ast::Query) -> Result<&TableFactor> {
    if let SetExpr::Select(select) = query.body.as_ref()
        && let [table] = select.from.as_slice()
        && table.joins.is_empty()
    {
        return Ok(&table.relation);
    }
    Err(AnalyzeError::unsupported("such a source of a table function", Some(query.span())))
}
