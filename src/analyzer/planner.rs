//! The state of one analysis and the surroundings of each query in it.

use std::cell::Cell;

use arrow::array::timezone::Tz;
use datafusion::logical_expr::LogicalPlan;
use skep_metastore::model::HiveType;
use sqlparser::ast::Cte;

use super::context::{AnalyzerContext, AnalyzerSettings};
use super::dml::Expansion;
use super::error::AnalyzeError;
use super::result::{AnalyzedQuery, OutputColumn};
use super::scope::{Relation, Scope, ScopeColumn};

/// Result of an analysis.
pub(crate) type Result<T, E = AnalyzeError> = std::result::Result<T, E>;

/// One analysis: the context and the counter of column ids.
pub(crate) struct Planner<'a> {
    pub context: &'a dyn AnalyzerContext,
    next_id: Cell<usize>,
    /// Where names of a view's text are noted, while one is made.
    pub expansion: Option<Expansion>,
}

impl<'a> Planner<'a> {
    pub fn new(context: &'a dyn AnalyzerContext) -> Self {
        Self { context, next_id: Cell::new(1), expansion: None }
    }

    /// A column id that the plan does not have yet.
    pub fn fresh_id(&self) -> String {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        format!("c{id}")
    }

    /// Where names of the text are noted: not those inside a view that the query reads.
    pub fn expansion(&self, env: &Env<'_>) -> Option<&Expansion> {
        self.expansion.as_ref().filter(|_| env.views.is_none())
    }

    /// The session's time zone, as Arrow has it.
    pub fn time_zone(&self) -> Option<Tz> {
        self.context.time_zone().name().parse().ok()
    }

    pub fn settings(&self) -> &'a AnalyzerSettings {
        self.context.settings()
    }
}

/// Surroundings of a query: what it sees of the queries and names around it. A chain that grows inwards.
#[derive(Clone, Copy, Default)]
pub(crate) struct Env<'e> {
    /// The surroundings without the innermost CTE.
    pub parent: Option<&'e Env<'e>>,
    /// The innermost CTE.
    pub cte: Option<&'e Cte>,
    /// The database of names without one, where it is not the session's: inside a view.
    pub database: Option<&'e str>,
    /// Scopes of the queries around a subquery expression.
    pub outer: Option<&'e Outer<'e>>,
    /// The views that the query is part of.
    pub views: Option<&'e ViewFrame<'e>>,
}

/// The scope of a query around a subquery expression.
pub(crate) struct Outer<'e> {
    pub scope: &'e Scope,
    pub parent: Option<&'e Outer<'e>>,
}

/// A view whose query is being planned.
pub(crate) struct ViewFrame<'e> {
    pub name: String,
    pub parent: Option<&'e ViewFrame<'e>>,
}

impl<'e> Env<'e> {
    /// The CTE of that name and the surroundings its query is planned in.
    pub fn find_cte(&self, name: &str) -> Option<(&'e Cte, Env<'e>)> {
        if let Some(cte) = self.cte
            && cte.alias.name.value.eq_ignore_ascii_case(name)
        {
            let inner = self.parent.copied().unwrap_or_default();
            return Some((cte, Env { outer: None, database: self.database, views: self.views, ..inner }));
        }
        self.parent?.find_cte(name)
    }

    /// The same without the scopes around: for a query in `FROM`.
    pub fn without_outer(&self) -> Env<'e> {
        Env { outer: None, ..*self }
    }
}

/// A planned query or part of one.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub plan: LogicalPlan,
    pub columns: Vec<PlannedColumn>,
}

/// An output column of a [`Planned`].
#[derive(Debug, Clone)]
pub(crate) struct PlannedColumn {
    /// Its id in the plan.
    pub id: String,
    /// The name that users see.
    pub name: String,
    /// Type.
    pub ty: HiveType,
    /// Alias of the relation it comes from as it is.
    pub qualifier: Option<String>,
}

impl Planned {
    /// The result for the outside.
    pub fn finish(self) -> AnalyzedQuery {
        let columns =
            self.columns.into_iter().map(|c| OutputColumn { name: c.name, ty: c.ty, qualifier: c.qualifier }).collect();
        AnalyzedQuery { plan: self.plan, columns }
    }

    /// The columns as a relation of a scope.
    pub fn relation(&self, alias: Option<String>) -> Relation {
        Relation { database: None, alias, columns: self.columns.iter().map(PlannedColumn::in_scope).collect() }
    }
}

impl PlannedColumn {
    /// The column as a name can stand for it.
    pub fn in_scope(&self) -> ScopeColumn {
        ScopeColumn {
            name: self.name.to_lowercase(),
            id: self.id.clone(),
            ty: self.ty.clone(),
            is_virtual: false,
            merged: false,
        }
    }
}
