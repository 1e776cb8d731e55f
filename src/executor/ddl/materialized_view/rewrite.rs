//! Which queries Hive takes for materialized views that other queries may be rewritten to.

use skep_metastore::model::{IncrementalRebuild, Table};
use sqlparser::ast::{Expr, GroupByExpr, JoinOperator, Query, Select, SelectItem, SetExpr, TableFactor};

use crate::error::{ErrorKind, Result, SkepError};

/// Checks that rewriting can be enabled.
///
/// # Errors
/// In Hive's words: a source is not transactional, or the query has what rewriting does not know.
pub fn check(sources: &[std::sync::Arc<Table>], query: &Query, command: bool) -> Result<()> {
    let refused = |text: String| {
        let kind = if command { ErrorKind::Command } else { ErrorKind::Semantic };
        Err(SkepError::new(kind, text).with_hint("DISABLE REWRITE makes a view that queries are not rewritten to"))
    };
    if sources.iter().any(|table| !table.is_view() && table.acid_kind().is_none()) {
        let text = "Automatic rewriting for materialized view cannot be enabled if the materialized view uses \
                    non-transactional tables";
        return refused(text.to_string());
    }
    let start = "Cannot enable automatic rewriting for materialized view.";
    match obstacle(query) {
        Some(Obstacle::NotOptimized(what)) => {
            refused(format!("{start} Plan not optimized by CBO because the statement has {what}"))
        }
        Some(Obstacle::NotSupported(what)) => {
            refused(format!("{start} {what} is not supported by rewriting algorithm."))
        }
        None => Ok(()),
    }
}

enum Obstacle {
    NotOptimized(&'static str),
    NotSupported(&'static str),
}

fn obstacle(query: &Query) -> Option<Obstacle> {
    match query.body.as_ref() {
        SetExpr::Select(select) => of_select(select),
        SetExpr::Query(inner) => obstacle(inner),
        _ => None,
    }
}

fn of_select(select: &Select) -> Option<Obstacle> {
    if !select.sort_by.is_empty() {
        return Some(Obstacle::NotOptimized("sort by"));
    }
    if !select.distribute_by.is_empty() {
        return Some(Obstacle::NotOptimized("distribute by"));
    }
    if !select.cluster_by.is_empty() {
        return Some(Obstacle::NotOptimized("cluster by"));
    }
    for join in select.from.iter().flat_map(|from| &from.joins) {
        let kind = match &join.join_operator {
            JoinOperator::Left(_) | JoinOperator::LeftOuter(_) => "LEFT join type",
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) => "RIGHT join type",
            JoinOperator::FullOuter(_) => "FULL join type",
            JoinOperator::LeftSemi(_) | JoinOperator::Semi(_) => "SEMI join type",
            JoinOperator::LeftAnti(_) | JoinOperator::Anti(_) => "ANTI join type",
            _ => continue,
        };
        return Some(Obstacle::NotSupported(kind));
    }
    let relations = select
        .from
        .iter()
        .flat_map(|from| std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation)));
    relations
        .filter_map(|relation| match relation {
            TableFactor::Derived { subquery, .. } => obstacle(subquery),
            _ => None,
        })
        .next()
}

/// Could Hive rebuild the view from what is new only?
pub fn incremental(query: &Query) -> IncrementalRebuild {
    let SetExpr::Select(select) = query.body.as_ref() else { return IncrementalRebuild::NotAvailable };
    if of_select(select).is_some() || query.order_by.is_some() || query.limit_clause.is_some() {
        return IncrementalRebuild::NotAvailable;
    }
    let mut calls = Vec::new();
    for item in &select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item
            && let Expr::Function(function) = expr
        {
            calls.push((function.name.to_string().to_lowercase(), function.to_string().to_lowercase()));
        }
    }
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let aggregates = ["sum", "count", "avg", "min", "max"];
    let aggregated = calls.iter().any(|(name, _)| aggregates.contains(&name.as_str()));
    if !grouped && !aggregated {
        return IncrementalRebuild::Available;
    }
    let counts = calls.iter().any(|(_, text)| ["count(*)", "count(1)"].contains(&text.as_str()));
    let only_adds = calls.iter().any(|(name, _)| ["min", "max"].contains(&name.as_str()));
    if counts && !only_adds { IncrementalRebuild::Available } else { IncrementalRebuild::InsertOnly }
}
