//! `DELETE`

use super::{DELETE, operation};
use crate::analyzer::expr::Clause;
use crate::analyzer::planner::{Env, Planner, Result};
use crate::analyzer::query::filter;
use crate::analyzer::result::AnalyzedChange;
use crate::parser::ast::Delete;

impl Planner<'_> {
    /// Plans a `DELETE`.
    ///
    /// # Errors
    /// The table has no rows that can be deleted, or the condition has no meaning.
    pub fn plan_delete(&self, statement: &Delete) -> Result<AnalyzedChange> {
        let target = self.changed_table(&statement.table, None)?;
        let env = Env::default();
        let mut from = target.from.clone();
        if let Some(condition) = &statement.condition {
            let condition = Clause::new(self, &env, &target.from.scope).filter_condition(condition)?;
            from.plan = filter(from.plan, condition.expr)?;
        }
        let planned = self.changes(from, operation(DELETE), target.row_id()?, target.values()?, &target.table)?;
        Ok(AnalyzedChange { plan: planned.plan, table: target.table, check_cardinality: false })
    }
}
