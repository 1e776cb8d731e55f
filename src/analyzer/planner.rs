//! The state of one analysis and the surroundings of each query in it.

use std::cell::Cell;

use arrow::array::timezone::Tz;
use datafusion::logical_expr::LogicalPlan;
use skep_metastore::model::HiveType;
use sqlparser::ast::Cte;

use super::context::{AnalyzerContext, AnalyzerSettings};
use super::dml::Expansion;
use super::error::{AnalyzeError, ErrorCode};
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
    /// The CTEs of the innermost `WITH`.
    pub ctes: Option<&'e CteFrame<'e>>,
    /// The CTEs whose queries these surroundings are in.
    pub expanded: Option<&'e ExpandedCte<'e>>,
    /// The database of names without one, where it is not the session's: inside a view.
    pub database: Option<&'e str>,
    /// Scopes of the queries around a subquery expression.
    pub outer: Option<&'e Outer<'e>>,
    /// The views that the query is part of.
    pub views: Option<&'e ViewFrame<'e>>,
}

/// The CTEs of one `WITH`; each sees all of them, whatever their order, but for itself.
pub(crate) struct CteFrame<'e> {
    pub tables: &'e [Cte],
    /// The surroundings of the `WITH`.
    pub around: Env<'e>,
}

/// A CTE whose query is being planned.
pub(crate) struct ExpandedCte<'e> {
    pub cte: &'e Cte,
    pub parent: Option<&'e ExpandedCte<'e>>,
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
    ///
    /// # Errors
    /// The CTE needs itself, by way of others.
    pub fn find_cte(&self, name: &str) -> Result<Option<(&'e Cte, Env<'e>)>> {
        let mut frame = self.ctes;
        while let Some(found) = frame {
            let cte = found.tables.iter().find(|cte| cte.alias.name.value.eq_ignore_ascii_case(name));
            match cte {
                // Its own name means what it does outside of the `WITH`.
                Some(cte) if self.expanded.is_some_and(|expanded| std::ptr::eq(expanded.cte, cte)) => {}
                Some(cte) => {
                    self.check_recursion(cte)?;
                    let env = Env {
                        ctes: Some(found),
                        expanded: self.expanded,
                        database: found.around.database,
                        outer: None,
                        views: found.around.views,
                    };
                    return Ok(Some((cte, env)));
                }
                None => {}
            }
            frame = found.around.ctes;
        }
        Ok(None)
    }

    fn check_recursion(&self, cte: &Cte) -> Result<()> {
        let mut path = vec![cte.alias.name.value.to_lowercase()];
        let mut expanded = self.expanded;
        while let Some(around) = expanded {
            path.push(around.cte.alias.name.value.to_lowercase());
            if std::ptr::eq(around.cte, cte) {
                path.reverse();
                let message = format!("Recursive cte {} detected (cycle: {})", path[0], path.join(" -> "));
                return Err(AnalyzeError::at(ErrorCode::Semantic, cte.alias.name.span, message));
            }
            expanded = around.parent;
        }
        Ok(())
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
    /// Does it come from a star?
    pub starred: bool,
}

impl Planned {
    /// The result for the outside.
    pub fn finish(self) -> AnalyzedQuery {
        let columns =
            self.columns.into_iter().map(|c| OutputColumn { name: c.name, ty: c.ty, qualifier: c.qualifier }).collect();
        AnalyzedQuery { plan: self.plan, columns }
    }

    /// The columns as a relation of a scope. Of columns of one name that a star stands for the first is meant, as in Hive.
    pub fn relation(&self, alias: Option<String>) -> Relation {
        let mut columns: Vec<ScopeColumn> = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let mut in_scope = column.in_scope();
            in_scope.shadowed = column.starred && columns.iter().any(|other| other.name == in_scope.name);
            columns.push(in_scope);
        }
        Relation { database: None, alias, columns }
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
            shadowed: false,
        }
    }
}
