//! `UPDATE`

use super::{UPDATE, operation};
use crate::analyzer::expr::Clause;
use crate::analyzer::planner::{Env, Planner, Result};
use crate::analyzer::query::filter;
use crate::analyzer::result::AnalyzedChange;
use crate::parser::ast::Update;

impl Planner<'_> {
    /// Plans an `UPDATE`.
    ///
    /// # Errors
    /// The table has no rows that can be updated, a column may not be set, or an expression has no meaning.
    pub fn plan_update(&self, statement: &Update) -> Result<AnalyzedChange> {
        let target = self.changed_table(&statement.table, None)?;
        let env = Env::default();
        let mut from = target.from.clone();
        let mut clause = Clause::new(self, &env, &target.from.scope);
        clause.values = true;
        let values = self.assigned(&target, &clause, &statement.assignments)?;
        if let Some(condition) = &statement.condition {
            let condition = Clause::new(self, &env, &target.from.scope).filter_condition(condition)?;
            from.plan = filter(from.plan, condition.expr)?;
        }
        let planned = self.changes(from, operation(UPDATE), target.row_id()?, values, &target.table)?;
        let planned = self.checked(planned, 2, &target.table, &target.constraints, None)?;
        Ok(AnalyzedChange { plan: planned.plan, table: target.table, check_cardinality: false })
    }
}
