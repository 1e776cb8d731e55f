//! `SELECT … FROM … WHERE … GROUP BY … HAVING … QUALIFY …`.

use datafusion::logical_expr::{Expr, LogicalPlan};
use sqlparser::ast::{Distinct, OrderByExpr, Select, Spanned};

use super::aggregate::{Replacements, aggregates, aggregation, check_grouped, replace};
use super::group_by::group_by;
use super::items::{Item, aliases, items};
use super::order::{self, Order};
use super::plan::filter;
use super::transform::script;
use super::window::windows;
use super::{From, GroupBy};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Alias, Clause};
use crate::analyzer::planner::{Env, Planned, PlannedColumn, Planner, Result};
use crate::analyzer::types::Typed;

/// A condition on the output: `HAVING`, `QUALIFY`.
struct Condition {
    value: Typed,
    references: Vec<crate::analyzer::expr::Reference>,
}

/// The analyzed parts of a select, all over the columns of its `FROM`.
struct Parts {
    group_by: GroupBy,
    items: Vec<Item>,
    having: Option<Condition>,
    qualify: Option<Condition>,
    order: Order,
}

impl Planner<'_> {
    /// Plans a select; `order_by` is the `ORDER BY` of the query it is the body of.
    ///
    /// # Errors
    /// It has no meaning.
    pub fn plan_select(&self, env: &Env<'_>, select: &Select, order_by: &[OrderByExpr]) -> Result<Planned> {
        let from = self.plan_from(env, &select.from)?;
        self.plan_select_over(env, from, select, order_by)
    }

    /// Plans a select over a source that is planned already.
    ///
    /// # Errors
    /// It has no meaning.
    pub fn plan_select_over(
        &self,
        env: &Env<'_>,
        from: From,
        select: &Select,
        order_by: &[OrderByExpr],
    ) -> Result<Planned> {
        refuse_foreign(select)?;
        order::check(select, order_by)?;
        check_windows(select)?;
        let mut from = from;
        if let Some(condition) = &select.selection {
            let condition = Clause::new(self, env, &from.scope).filter_condition(condition)?;
            from.plan = filter(from.plan, condition.expr)?;
        }
        if let Some(udtf) = self.udtf(select)? {
            return self.plan_udtf_select(env, from, select, &udtf, order_by);
        }
        if let Some(script) = script(select)? {
            return self.plan_script_select(env, from, select, script, order_by);
        }
        self.plan_projection(env, &from, select, order_by)
    }

    /// Plans what follows `WHERE`: grouping, select list, order.
    pub(super) fn plan_projection(
        &self,
        env: &Env<'_>,
        from: &From,
        select: &Select,
        order_by: &[OrderByExpr],
    ) -> Result<Planned> {
        let parts = self.parts(env, from, select, order_by)?;
        let distinct = match &select.distinct {
            None | Some(Distinct::All) => false,
            Some(Distinct::Distinct) => true,
            Some(on @ Distinct::On(_)) => return Err(AnalyzeError::unsupported(on, None)),
        };
        self.assemble(from.plan.clone(), parts, distinct)
    }

    fn parts(&self, env: &Env<'_>, from: &From, select: &Select, order_by: &[OrderByExpr]) -> Result<Parts> {
        let group_by = group_by(Clause::new(self, env, &from.scope), &select.group_by, &select.projection)?;
        let clause = |aliases| {
            let mut clause: Clause<'_> = Clause::new(self, env, &from.scope);
            clause.aggregates = true;
            clause.windows = true;
            clause.named_windows = &select.named_window;
            clause.group_by = Some(&group_by);
            clause.aliases = aliases;
            clause.values = true;
            clause
        };
        let items = items(&clause(&[]), &select.projection)?;
        let distinct_keys = distinct_groups(select, &items);
        let aliases: Vec<Alias> = aliases(&items);
        let mut having_clause = clause(&aliases);
        having_clause.windows = false;
        having_clause.values = false;
        let having = select.having.as_ref().map(|expr| condition(having_clause, expr)).transpose()?;
        let qualify = select
            .qualify
            .as_ref()
            .map(|expr| condition(Clause { values: false, ..clause(&aliases) }, expr))
            .transpose()?;
        let order = order::order(clause(&aliases), select, order_by, &items)?;
        let group_by = distinct_keys.unwrap_or(group_by);
        Ok(Parts { group_by, items, having, qualify, order })
    }

    fn assemble(&self, plan: LogicalPlan, mut parts: Parts, distinct: bool) -> Result<Planned> {
        let plan = aggregate(plan, &mut parts)?;
        let plan = match parts.having.take() {
            Some(having) => filter(plan, having.value.expr)?,
            None => plan,
        };
        let mut plan = plan;
        loop {
            let (above, replacements) = windows(plan, parts.exprs())?;
            plan = above;
            if replacements.is_empty() {
                break;
            }
            parts.replace(&replacements)?;
        }
        if let Some(qualify) = parts.qualify.take() {
            plan = filter(plan, qualify.value.expr)?;
        }
        let values = parts
            .items
            .into_iter()
            .map(|item| {
                let column = PlannedColumn {
                    id: String::new(),
                    name: item.name,
                    ty: item.value.ty,
                    qualifier: item.qualifier,
                    starred: item.starred,
                };
                (column, item.value.expr)
            })
            .collect();
        self.apply_order(plan, values, parts.order, distinct)
    }
}

/// `SELECT DISTINCT a, b … HAVING …` groups by what it selects, as in Hive.
fn distinct_groups(select: &Select, items: &[Item]) -> Option<GroupBy> {
    let ungrouped = matches!(&select.group_by, sqlparser::ast::GroupByExpr::Expressions(exprs, modifiers)
        if exprs.is_empty() && modifiers.is_empty());
    let applies = matches!(select.distinct, Some(Distinct::Distinct)) && select.having.is_some() && ungrouped;
    if !applies || items.iter().any(|item| item.value.is_computed_later()) {
        return None;
    }
    let mut keys: Vec<Typed> = Vec::new();
    for item in items {
        if !keys.contains(&item.value) {
            keys.push(item.value.clone());
        }
    }
    Some(GroupBy { keys, sets: None })
}

fn condition(clause: Clause<'_>, expr: &sqlparser::ast::Expr) -> Result<Condition> {
    let value = clause.filter_condition(expr)?;
    Ok(Condition { value, references: clause.references.into_inner() })
}

/// Puts the aggregation on the plan, where there is one, and brings all parts above it.
fn aggregate(plan: LogicalPlan, parts: &mut Parts) -> Result<LogicalPlan> {
    let found = aggregates(parts.exprs())?;
    if parts.group_by.is_empty() && found.is_empty() {
        if parts.having.is_some() {
            return Err(AnalyzeError::new(ErrorCode::Semantic, "HAVING specified without GROUP BY"));
        }
        return Ok(plan);
    }
    let (plan, replacements) = aggregation(plan, &parts.group_by, found)?;
    parts.replace(&replacements)?;
    for item in &parts.items {
        check_grouped(&item.value.expr, &plan, &item.references)?;
    }
    for condition in parts.having.iter().chain(&parts.qualify) {
        check_grouped(&condition.value.expr, &plan, &condition.references)?;
    }
    for expr in parts.order.exprs() {
        let references: Vec<_> = parts
            .order
            .references
            .iter()
            .chain(parts.items.iter().flat_map(|item| &item.references))
            .cloned()
            .collect();
        check_grouped(expr, &plan, &references)?;
    }
    Ok(plan)
}

impl Parts {
    fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let conditions = self.having.iter().chain(&self.qualify).map(|condition| &condition.value.expr);
        self.items.iter().map(|item| &item.value.expr).chain(conditions).chain(self.order.exprs())
    }

    fn replace(&mut self, replacements: &Replacements) -> Result<()> {
        if replacements.is_empty() {
            return Ok(());
        }
        let conditions = self.having.iter_mut().chain(&mut self.qualify).map(|condition| &mut condition.value.expr);
        let items = self.items.iter_mut().map(|item| &mut item.value.expr);
        for expr in items.chain(conditions).chain(self.order.exprs_mut()) {
            *expr = replace(std::mem::take(expr), replacements)?;
        }
        Ok(())
    }
}

/// Each window of the `WINDOW` clause has a name of its own.
fn check_windows(select: &Select) -> Result<()> {
    for (i, window) in select.named_window.iter().enumerate() {
        if select.named_window[..i].iter().any(|other| other.0.value.eq_ignore_ascii_case(&window.0.value)) {
            return Err(AnalyzeError::at(
                ErrorCode::Semantic,
                window.0.span,
                format!("Duplicate definition of window {} is not allowed", window.0.value),
            ));
        }
    }
    Ok(())
}

/// What sqlparser reads and Hive does not know.
fn refuse_foreign(select: &Select) -> Result<()> {
    let Select {
        select_token: _,
        optimizer_hints: _,
        distinct: _,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection: _,
        exclude,
        into,
        from: _,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by: _,
        cluster_by: _,
        distribute_by: _,
        sort_by: _,
        having: _,
        named_window: _,
        qualify: _,
        window_before_qualify: _,
        value_table_mode,
        flavor: _,
    } = select;
    let found = match () {
        () if select_modifiers.as_ref().is_some_and(sqlparser::ast::SelectModifiers::is_any_set) => {
            "a modifier of SELECT"
        }
        () if top.is_some() => "TOP",
        () if exclude.is_some() => "EXCLUDE",
        () if into.is_some() => "SELECT INTO",
        () if !lateral_views.is_empty() => "LATERAL VIEW in this place",
        () if prewhere.is_some() => "PREWHERE",
        () if !connect_by.is_empty() => "CONNECT BY",
        () if value_table_mode.is_some() => "SELECT AS",
        () => return Ok(()),
    };
    Err(AnalyzeError::unsupported(found, Some(select.span())))
}
