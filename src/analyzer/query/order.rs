//! `ORDER BY`, `SORT BY`, `CLUSTER BY`, `DISTRIBUTE BY`.
//!
//! `ORDER BY` sorts all rows in one stream. The others are one [`SpreadNode`]: rows of one `DISTRIBUTE BY` value come
//! into one of its streams, and `SORT BY` sorts each stream for itself.

use std::sync::Arc;

use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, LogicalPlanBuilder};
use sqlparser::ast::{Expr as SqlExpr, OrderByExpr, OrderByOptions, Select, Spanned, Value, ValueWithSpan};

use super::items::{Item, aliases};
use super::plan::{project, sort};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Clause, Reference};
use crate::analyzer::nodes::SpreadNode;
use crate::analyzer::planner::{Env, Planned, Planner, Result};
use crate::analyzer::scope::{Scope, column};
use crate::analyzer::types::Typed;

/// The keys that the rows of a select are ordered and spread by.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Of `ORDER BY`.
    pub keys: Vec<Sort>,
    /// Of `SORT BY` and `CLUSTER BY`: the order in each stream.
    pub local: Vec<Sort>,
    /// Of `DISTRIBUTE BY` and `CLUSTER BY`.
    pub distribute: Vec<Expr>,
    pub references: Vec<Reference>,
}

impl Order {
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let keys = self.keys.iter_mut().chain(&mut self.local).map(|key| &mut key.expr);
        keys.chain(self.distribute.iter_mut())
    }

    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.keys.iter().chain(&self.local).map(|key| &key.expr).chain(self.distribute.iter())
    }
}

/// The clauses that exclude each other.
pub(super) fn check(select: &Select, order: &[OrderByExpr]) -> Result<()> {
    let (ordered, sorted) = (!order.is_empty(), !select.sort_by.is_empty());
    let (clustered, distributed) = (!select.cluster_by.is_empty(), !select.distribute_by.is_empty());
    let error = match () {
        () if clustered && distributed => {
            (ErrorCode::ClusterByDistributeBy, "Cannot have both CLUSTER BY and DISTRIBUTE BY clauses")
        }
        () if ordered && distributed => {
            (ErrorCode::OrderByDistributeBy, "Cannot have both ORDER BY and DISTRIBUTE BY clauses")
        }
        () if clustered && sorted => (ErrorCode::ClusterBySortBy, "Cannot have both CLUSTER BY and SORT BY clauses"),
        () if ordered && sorted => (ErrorCode::OrderBySortBy, "Cannot have both ORDER BY and SORT BY clauses"),
        () if ordered && clustered => (ErrorCode::ClusterByOrderBy, "Cannot have both CLUSTER BY and ORDER BY clauses"),
        () => return Ok(()),
    };
    Err(AnalyzeError::at(error.0, select.span(), error.1))
}

/// Analyzes the keys. Aliases of the select list come first, then the columns of `FROM`.
pub(super) fn order(clause: Clause<'_>, select: &Select, order_by: &[OrderByExpr], items: &[Item]) -> Result<Order> {
    let mut order = Order::default();
    for key in order_by {
        order.keys.push(match position(clause.planner, &key.expr, items.len())? {
            Some(index) => clause.sort_key(items[index].value.clone(), &key.options),
            None => clause.sort(key)?,
        });
    }
    check_output_names(select, items)?;
    spread_keys(&clause, select, &mut order)?;
    order.references = clause.references.into_inner();
    Ok(order)
}

/// `SORT BY`, `DISTRIBUTE BY` and `CLUSTER BY` see the names of the result, not, as `ORDER BY` does, those of `FROM` too
/// (`SemanticAnalyzer.genReduceSinkPlan`).
fn check_output_names(select: &Select, items: &[Item]) -> Result<()> {
    let sorted = select.sort_by.iter().map(|key| &key.expr);
    for key in sorted.chain(&select.cluster_by).chain(&select.distribute_by) {
        if let SqlExpr::Identifier(ident) = key
            && items.iter().all(|item| !item.name.eq_ignore_ascii_case(&ident.value))
        {
            let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
            return Err(AnalyzeError::at(
                ErrorCode::InvalidTableOrColumn,
                ident.span,
                format!(
                    "Invalid table alias or column reference '{}': (possible column names are: {})",
                    ident.value,
                    names.join(", ")
                ),
            )
            .with_hint("only columns of the result can be named here"));
        }
    }
    Ok(())
}

fn spread_keys(clause: &Clause<'_>, select: &Select, order: &mut Order) -> Result<()> {
    for key in &select.sort_by {
        order.local.push(clause.sort(key)?);
    }
    for expr in &select.cluster_by {
        let value = clause.expr(expr)?;
        order.distribute.push(value.expr.clone());
        order.local.push(clause.sort_key(value, &OrderByOptions { asc: None, nulls_first: None }));
    }
    for expr in &select.distribute_by {
        order.distribute.push(clause.expr(expr)?.expr);
    }
    Ok(())
}

/// The index of the select item that a number in `ORDER BY` stands for.
fn position(planner: &Planner<'_>, expr: &SqlExpr, count: usize) -> Result<Option<usize>> {
    let SqlExpr::Value(ValueWithSpan { value: Value::Number(text, _), span }) = expr else {
        return Ok(None);
    };
    if !planner.settings().order_by_position_alias {
        return Ok(None);
    }
    match text.parse::<usize>().ok().and_then(|position| position.checked_sub(1)).filter(|index| *index < count) {
        Some(index) => Ok(Some(index)),
        None => Err(AnalyzeError::at(
            ErrorCode::Semantic,
            *span,
            format!(
                "Invalid position alias in Order By: Position alias: {text} does not exist. The Select List is indexed from 1 to {count}"
            ),
        )),
    }
}

impl Planner<'_> {
    /// Sorts the output of a set operation, a `VALUES` or a query in brackets: only its columns can be seen.
    pub(super) fn sort_output(&self, env: &Env<'_>, planned: Planned, order_by: &[OrderByExpr]) -> Result<Planned> {
        if order_by.is_empty() {
            return Ok(planned);
        }
        let scope = Scope::of(planned.relation(None));
        let items: Vec<Item> = planned
            .columns
            .iter()
            .map(|c| Item {
                value: Typed::of_id(&c.id, c.ty.clone()),
                name: c.name.clone(),
                qualifier: None,
                starred: false,
                references: Vec::new(),
            })
            .collect();
        let aliases = aliases(&items);
        let mut clause = Clause::new(self, env, &scope);
        clause.aliases = &aliases;
        let mut keys = Vec::with_capacity(order_by.len());
        for key in order_by {
            keys.push(match position(self, &key.expr, items.len())? {
                Some(index) => clause.sort_key(items[index].value.clone(), &key.options),
                None => clause.sort(key)?,
            });
        }
        Ok(Planned { plan: sort(planned.plan, keys), columns: planned.columns })
    }

    /// Sorts and spreads the rows of a script, whose columns are all that can be seen.
    pub(super) fn spread_output(
        &self,
        env: &Env<'_>,
        planned: Planned,
        select: &Select,
        order_by: &[OrderByExpr],
    ) -> Result<Planned> {
        let mut order = Order::default();
        let scope = Scope::of(planned.relation(None));
        spread_keys(&Clause::new(self, env, &scope), select, &mut order)?;
        let plan = self.spread(planned.plan, order.distribute, order.local);
        self.sort_output(env, Planned { plan, columns: planned.columns }, order_by)
    }

    /// The rows spread over streams, each of them sorted.
    pub(super) fn spread(&self, plan: LogicalPlan, distribute: Vec<Expr>, sort: Vec<Sort>) -> LogicalPlan {
        if distribute.is_empty() && sort.is_empty() {
            return plan;
        }
        let node = SpreadNode { input: Arc::new(plan), distribute, sort, streams: self.settings().reducers };
        LogicalPlan::Extension(Extension { node: Arc::new(node) })
    }

    /// Sorts and spreads a projected select. Keys that are not among its columns are carried along in columns of
    /// their own until then.
    pub(super) fn apply_order(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        values: Vec<(crate::analyzer::planner::PlannedColumn, Expr)>,
        mut order: Order,
        distinct: bool,
    ) -> Result<Planned> {
        let known: Vec<Expr> = values.iter().map(|(_, expr)| expr.clone()).collect();
        let mut planned = values;
        let count = planned.len();
        let mut carried: Vec<Expr> = Vec::new();
        for expr in order.exprs() {
            if !known.contains(expr) && !carried.contains(expr) {
                carried.push(expr.clone());
            }
        }
        if distinct && !carried.is_empty() {
            return Err(AnalyzeError::new(
                ErrorCode::InvalidColumn,
                "ORDER BY of a SELECT DISTINCT can only name selected columns",
            ));
        }
        for expr in &carried {
            planned.push((hidden_column(), expr.clone()));
        }
        let projected = self.project_values(plan, planned)?;
        let ids: Vec<String> = projected.columns.iter().map(|column| column.id.clone()).collect();
        let all: Vec<Expr> = known.into_iter().chain(carried).collect();
        for expr in order.exprs_mut() {
            if let Some(index) = all.iter().position(|other| other == expr) {
                *expr = column(&ids[index]);
            }
        }
        let mut plan = projected.plan;
        if distinct {
            plan = LogicalPlanBuilder::from(plan).distinct()?.build()?;
        }
        plan = self.spread(plan, order.distribute, order.local);
        plan = sort(plan, order.keys);
        let mut columns = projected.columns;
        if columns.len() > count {
            columns.truncate(count);
            plan = project(plan, columns.iter().map(|c| column(&c.id)).collect())?;
        }
        Ok(Planned { plan, columns })
    }
}

fn hidden_column() -> crate::analyzer::planner::PlannedColumn {
    crate::analyzer::planner::PlannedColumn {
        id: String::new(),
        name: String::new(),
        ty: skep_metastore::model::HiveType::Void,
        qualifier: None,
        starred: false,
    }
}
