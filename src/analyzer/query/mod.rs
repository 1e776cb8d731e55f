//! Queries, a file for each clause.

mod aggregate;
mod from;
mod group_by;
mod items;
mod join;
mod lateral;
mod limit;
mod match_path;
mod order;
mod plan;
mod ptf;
mod sample;
mod select;
mod set_operation;
mod table;
mod transform;
mod udtf;
mod unique_join;
mod values;
mod window;

use sqlparser::ast::{Cte, OrderBy, OrderByExpr, OrderByKind, Query, SetExpr, Spanned};

pub(crate) use from::From;
pub(crate) use group_by::GroupBy;
pub(crate) use plan::{filter, project};

use super::error::{AnalyzeError, ErrorCode};
use super::planner::{CteFrame, Env, Planned, Planner, Result};

impl Planner<'_> {
    /// Plans a query with its `WITH`, `ORDER BY` and `LIMIT`.
    ///
    /// # Errors
    /// It has no meaning.
    #[recursive::recursive]
    pub fn plan_query(&self, env: &Env<'_>, query: &Query) -> Result<Planned> {
        refuse_foreign(query)?;
        let ctes = match &query.with {
            None => &[],
            Some(with) if with.recursive => {
                return Err(AnalyzeError::unsupported("WITH RECURSIVE", Some(with.span())));
            }
            Some(with) => with.cte_tables.as_slice(),
        };
        check_ctes(ctes)?;
        self.with_ctes(env, ctes, &mut |env| self.plan_without_ctes(env, query))
    }

    /// Calls `body` where the CTEs can be seen, which see each other.
    pub fn with_ctes<T>(&self, env: &Env<'_>, ctes: &[Cte], body: &mut dyn FnMut(&Env<'_>) -> Result<T>) -> Result<T> {
        if ctes.is_empty() {
            return body(env);
        }
        let frame = CteFrame { tables: ctes, around: *env };
        body(&Env { ctes: Some(&frame), ..*env })
    }

    /// Plans a query whose `FROM` stands elsewhere: a branch of `FROM … INSERT … SELECT …`.
    ///
    /// # Errors
    /// It has no meaning.
    pub fn plan_query_over(&self, env: &Env<'_>, source: From, query: &Query) -> Result<Planned> {
        refuse_foreign(query)?;
        let (SetExpr::Select(select), None) = (query.body.as_ref(), &query.with) else {
            return Err(AnalyzeError::unsupported("other than a SELECT over a shared FROM", Some(query.span())));
        };
        if !select.from.is_empty() {
            return Err(AnalyzeError::unsupported("a FROM of a branch beside the shared one", Some(query.span())));
        }
        let order = order_keys(query.order_by.as_ref())?;
        let limit = limit::limit(query)?;
        let planned = self.plan_select_over(env, source, select, order)?;
        self.apply_limit(planned, limit)
    }

    fn plan_without_ctes(&self, env: &Env<'_>, query: &Query) -> Result<Planned> {
        let order = order_keys(query.order_by.as_ref())?;
        let limit = limit::limit(query)?;
        if !order.is_empty() && limit.fetch.is_none() && self.settings().strict_order_by_without_limit {
            return Err(AnalyzeError::new(
                ErrorCode::OrderByWithoutLimit,
                "Order by-s without limit are disabled for safety reasons. If you know what you are doing, please set \
                 hive.strict.checks.orderby.no.limit to false and make sure that hive.mapred.mode is not set to \
                 'strict' to proceed.",
            ));
        }
        let planned = match query.body.as_ref() {
            SetExpr::Select(select) => self.plan_select(env, select, order)?,
            body => {
                let planned = self.plan_body(env, body)?;
                self.sort_output(env, planned, order)?
            }
        };
        self.apply_limit(planned, limit)
    }

    /// Plans what stands between `WITH` and `ORDER BY`.
    pub fn plan_body(&self, env: &Env<'_>, body: &SetExpr) -> Result<Planned> {
        match body {
            SetExpr::Select(select) => self.plan_select(env, select, &[]),
            SetExpr::Query(query) => self.plan_query(env, query),
            SetExpr::SetOperation { .. } => self.plan_set_operation(env, body),
            SetExpr::Values(values) => self.plan_values(env, values),
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                Err(AnalyzeError::unsupported("a change of a table inside a query", Some(body.span())))
            }
            SetExpr::Table(_) => Err(AnalyzeError::unsupported("TABLE as a query", Some(body.span()))),
        }
    }
}

/// What sqlparser reads and Hive does not know.
fn refuse_foreign(query: &Query) -> Result<()> {
    let Query {
        with: _,
        body: _,
        order_by: _,
        limit_clause: _,
        fetch,
        locks,
        for_clause,
        settings,
        format_clause,
        pipe_operators,
    } = query;
    let found = match () {
        () if fetch.is_some() => "FETCH",
        () if !locks.is_empty() => "FOR UPDATE",
        () if for_clause.is_some() => "FOR",
        () if settings.is_some() => "SETTINGS",
        () if format_clause.is_some() => "FORMAT",
        () if !pipe_operators.is_empty() => "|>",
        () => return Ok(()),
    };
    Err(AnalyzeError::unsupported(found, Some(query.span())))
}

fn check_ctes(ctes: &[Cte]) -> Result<()> {
    for (i, cte) in ctes.iter().enumerate() {
        let name = &cte.alias.name;
        if ctes[..i].iter().any(|other| other.alias.name.value.eq_ignore_ascii_case(&name.value)) {
            let message = format!("Duplicate definition of {}", name.value);
            return Err(AnalyzeError::at(ErrorCode::AmbiguousTableAlias, name.span, message));
        }
        if cte.from.is_some() {
            return Err(AnalyzeError::unsupported("FROM behind a common table expression", Some(name.span)));
        }
    }
    Ok(())
}

/// The keys of an `ORDER BY`.
pub(crate) fn order_keys(order_by: Option<&OrderBy>) -> Result<&[OrderByExpr]> {
    match order_by {
        None => Ok(&[]),
        Some(OrderBy { kind: OrderByKind::Expressions(keys), interpolate: None }) => Ok(keys),
        Some(_) => Err(AnalyzeError::unsupported("ORDER BY ALL or INTERPOLATE", None)),
    }
}
