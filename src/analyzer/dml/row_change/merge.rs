//! `MERGE`: one pass over the source joined with the target.

use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, JoinType, LogicalPlanBuilder};
use skep_metastore::model::FieldSchema;

use super::{ChangedTable, DELETE, INSERT, UPDATE, operation, place, span};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::Clause;
use crate::analyzer::planner::{Env, Planned, Planner, Result};
use crate::analyzer::query::{From, filter, project};
use crate::analyzer::result::AnalyzedChange;
use crate::analyzer::scope::{Scope, column};
use crate::analyzer::types::Typed;
use crate::parser::ast::{Ident, Merge, MergeAction, MergeClause};

/// What a clause does to the rows that it takes.
struct Branch {
    operation: i8,
    condition: Expr,
    /// New values of all columns; none where the row goes.
    values: Option<Vec<Typed>>,
}

impl Planner<'_> {
    /// Plans a `MERGE`. The plan's operation is NULL for rows that match and that no clause takes; they count in the
    /// check that each row of the target matches once.
    ///
    /// # Errors
    /// The table has no rows that can be changed, the clauses do not go together, or an expression has no meaning.
    pub fn plan_merge(&self, statement: &Merge) -> Result<AnalyzedChange> {
        let target = self.changed_table(&statement.target, statement.alias.as_ref())?;
        check_clauses(statement)?;
        let inserts = statement.clauses.iter().any(|clause| matches!(clause.action, MergeAction::Insert { .. }));
        let changes = statement.clauses.iter().any(|clause| !matches!(clause.action, MergeAction::Insert { .. }));
        let joined = self.joined(statement, &target, inserts)?;
        let matched = Expr::IsNotNull(Box::new(target.row_id()?.expr));
        let mut branches: Vec<Branch> = Vec::with_capacity(statement.clauses.len());
        for clause in &statement.clauses {
            let branch = self.branch(clause, &target, &joined.scope, &matched, &branches)?;
            branches.push(branch);
        }
        let check_cardinality = changes && self.settings().merge_cardinality_check;
        let planned = self.merged(joined, &target, branches, &matched, check_cardinality)?;
        let planned = self.checked(planned, 2, &target.table, &target.constraints, Some(DELETE))?;
        Ok(AnalyzedChange { plan: planned.plan, table: target.table, check_cardinality })
    }

    /// The source with the rows of the target that match, or without one.
    fn joined(&self, statement: &Merge, target: &ChangedTable, outer: bool) -> Result<From> {
        let env = Env::default();
        let source = self.plan_from(&env, std::slice::from_ref(statement.source.as_ref()))?;
        let mut scope = target.from.scope.clone();
        scope.extend(source.scope, span(statement.span))?;
        let clause = Clause::new(self, &env, &scope);
        let condition = clause.condition(&statement.condition)?.expr;
        let kind = if outer { JoinType::Left } else { JoinType::Inner };
        let plan =
            LogicalPlanBuilder::from(source.plan).join_on(target.from.plan.clone(), kind, [condition])?.build()?;
        Ok(From { plan, scope })
    }

    fn branch(
        &self,
        clause: &MergeClause,
        target: &ChangedTable,
        scope: &Scope,
        matched: &Expr,
        before: &[Branch],
    ) -> Result<Branch> {
        let env = Env::default();
        let mut names = Clause::new(self, &env, scope);
        names.values = true;
        let extra = clause.condition.as_ref().map(|expr| names.condition(expr)).transpose()?.map(|value| value.expr);
        let (number, mut condition, values) = match &clause.action {
            MergeAction::Update(list) => (UPDATE, matched.clone(), Some(self.assigned(target, &names, list)?)),
            MergeAction::Delete => (DELETE, matched.clone(), None),
            MergeAction::Insert { columns, values } => {
                let values = self.inserted(clause, target, &names, columns, values)?;
                (INSERT, Expr::Not(Box::new(matched.clone())), Some(values))
            }
        };
        // As in Hive, a row for which the first condition is neither true nor false is left to no other clause.
        if number != INSERT
            && let Some(first) = before.first()
        {
            condition = condition.and(Expr::Not(Box::new(first.condition.clone())));
        }
        if let Some(extra) = extra {
            condition = condition.and(extra);
        }
        Ok(Branch { operation: number, condition, values })
    }

    /// The values of a new row, in the order of the table's columns.
    fn inserted(
        &self,
        clause: &MergeClause,
        target: &ChangedTable,
        names: &Clause<'_>,
        columns: &[Ident],
        values: &[sqlparser::ast::Expr],
    ) -> Result<Vec<Typed>> {
        let all: Vec<&FieldSchema> = target.table.all_columns().collect();
        super::super::target::check_list(&target.table, &all, columns)?;
        let expected = if columns.is_empty() { all.len() } else { columns.len() };
        if values.len() != expected {
            return Err(AnalyzeError::at(
                ErrorCode::TargetTableColumnMismatch,
                values.first().map_or(span(clause.span), place),
                format!(
                    "Cannot insert into target table because column number/types are different '{}': Table {} has \
                     {expected} columns, but query has {} columns.",
                    target.table.name,
                    target.table.qualified_name(),
                    values.len()
                ),
            ));
        }
        all.iter()
            .enumerate()
            .map(|(i, column)| {
                let position = match columns {
                    [] => Some(i),
                    columns => columns.iter().position(|ident| ident.lower() == column.name),
                };
                match position.and_then(|position| values.get(position)) {
                    Some(value) => self.new_value(target, names, column, value),
                    None => self.default_value(&target.constraints, column),
                }
            })
            .collect()
    }

    /// The operation of each row, and then its values.
    fn merged(
        &self,
        joined: From,
        target: &ChangedTable,
        branches: Vec<Branch>,
        matched: &Expr,
        keep_matched: bool,
    ) -> Result<Planned> {
        let cases = branches
            .iter()
            .map(|branch| (Box::new(branch.condition.clone()), Box::new(operation(branch.operation))))
            .collect();
        let number = Expr::Case(Case::new(None, cases, None));
        let id = self.fresh_id();
        let mut exprs: Vec<Expr> = joined.plan.schema().fields().iter().map(|field| column(field.name())).collect();
        exprs.push(number.alias(&id));
        let plan = project(joined.plan, exprs)?;
        let mut wanted = Expr::IsNotNull(Box::new(column(&id)));
        if keep_matched {
            wanted = wanted.or(matched.clone());
        }
        let from = From { plan: filter(plan, wanted)?, scope: joined.scope };
        let mut values = target.values()?;
        for branch in branches {
            let Some(new) = branch.values else { continue };
            let here = column(&id).eq(operation(branch.operation));
            for (value, new) in values.iter_mut().zip(new) {
                if value.expr != new.expr {
                    let case = datafusion::logical_expr::when(here.clone(), new.expr).otherwise(value.expr.clone())?;
                    value.expr = case;
                }
            }
        }
        self.changes(from, column(&id), target.row_id()?, values, &target.table)
    }
}

/// `UPDATE` and `DELETE` at most once each, and the first of two with a condition.
fn check_clauses(statement: &Merge) -> Result<()> {
    let count =
        |wanted: fn(&MergeAction) -> bool| statement.clauses.iter().filter(|clause| wanted(&clause.action)).count();
    let updates = count(|action| matches!(action, MergeAction::Update(_)));
    let deletes = count(|action| matches!(action, MergeAction::Delete));
    let at = |code, message: &str| {
        let last = statement.clauses.last().map_or(statement.span, |clause| clause.span);
        Err(AnalyzeError::at(code, span(last), message))
    };
    if deletes > 1 {
        return at(ErrorCode::MergeManyDeletes, "MERGE statment can have at most 1 WHEN MATCHED ... DELETE clause");
    }
    if updates > 1 {
        return at(ErrorCode::MergeManyUpdates, "MERGE statment can have at most 1 WHEN MATCHED ... UPDATE clause");
    }
    let first = statement.clauses.first();
    if updates + deletes == 2 && first.is_some_and(|clause| clause.condition.is_none()) {
        return at(
            ErrorCode::MergePredicateRequired,
            "MERGE statement with both UPDATE and DELETE clauses requires \"AND <boolean>\" on the 1st WHEN MATCHED clause",
        );
    }
    Ok(())
}
