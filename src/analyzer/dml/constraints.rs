//! Constraints as they bear on new rows: defaults, `NOT NULL`, `CHECK`.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use skep_metastore::model::{Constraint, ConstraintKind, FieldSchema, Table, default_of};
use skep_udf::registry::registry;
use sqlparser::ast::Expr as SqlExpr;

use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Clause, expression};
use crate::analyzer::planner::{Env, Planned, PlannedColumn, Planner, Result};
use crate::analyzer::query::filter;
use crate::analyzer::scope::{Relation, Scope, column};
use crate::analyzer::types::Typed;

/// The constraints of one table.
pub(crate) type TableConstraints = Vec<Constraint>;

impl Planner<'_> {
    /// The constraints of a table.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn constraints(&self, table: &Table) -> Result<TableConstraints> {
        self.context.constraints(table)
    }

    /// What a column gets that no value is given for: its default, or NULL.
    ///
    /// # Errors
    /// The default has no meaning any more.
    pub fn default_value(&self, constraints: &[Constraint], column: &FieldSchema) -> Result<Typed> {
        let Some(text) = default_of(constraints, &column.name) else {
            return Typed::null().cast_to(&column.ty);
        };
        let scope = Scope::default();
        let env = Env::default();
        let mut clause = Clause::new(self, &env, &scope);
        clause.values = true;
        clause.expr(&expression("the default", text)?)?.cast_to(&column.ty)
    }

    /// The rows, checked: one that breaks an enabled `NOT NULL` or `CHECK` makes the statement fail. The table's stored
    /// columns begin at `first`; rows whose operation, the first column, is `free` are not checked.
    ///
    /// # Errors
    /// A check has no meaning any more.
    pub fn checked(
        &self,
        planned: Planned,
        first: usize,
        table: &Table,
        constraints: &[Constraint],
        free: Option<i8>,
    ) -> Result<Planned> {
        let Some(columns) = planned.columns.get(first..).filter(|columns| columns.len() >= table.storage.columns.len())
        else {
            return Err(AnalyzeError::new(ErrorCode::Internal, "a row without the table's columns"));
        };
        let mut condition: Option<Expr> = None;
        for constraint in constraints.iter().filter(|constraint| constraint.enable) {
            let Some(one) = self.must_hold(&constraint.kind, table, columns)? else { continue };
            condition = Some(condition.map_or(one.clone(), |all| all.and(one)));
        }
        let Some(mut condition) = condition else { return Ok(planned) };
        if let (Some(free), Some(operation)) = (free, planned.columns.first()) {
            // Rows without an operation are not written either.
            let of = column(&operation.id);
            let written = Expr::IsNotNull(Box::new(of.clone()));
            condition = Expr::Not(Box::new(written)).or(of.eq(super::row_change::operation(free))).or(condition);
        }
        let Some(enforce) = registry().scalar("enforce_constraint") else {
            return Err(AnalyzeError::new(ErrorCode::Internal, "the function enforce_constraint is missing"));
        };
        let plan = filter(planned.plan, enforce.call(vec![condition]))?;
        Ok(Planned { plan, columns: planned.columns })
    }

    fn must_hold(&self, kind: &ConstraintKind, table: &Table, columns: &[PlannedColumn]) -> Result<Option<Expr>> {
        let position = |name: &String| table.storage.columns.iter().position(|column| column.name == *name);
        match kind {
            ConstraintKind::NotNull { column: name } if self.settings().enforce_not_null => {
                let found = position(name).and_then(|position| columns.get(position));
                Ok(found.map(|found| Expr::IsNotNull(Box::new(column(&found.id)))))
            }
            ConstraintKind::Check { expression: text, .. } => {
                let named = columns.iter().zip(&table.storage.columns).map(|(planned, stored)| {
                    let mut planned = planned.clone();
                    planned.name = stored.name.clone();
                    planned.in_scope()
                });
                let relation = Relation { database: None, alias: None, columns: named.collect() };
                let (scope, env) = (Scope::of(relation), Env::default());
                let value = Clause::new(self, &env, &scope).condition(&expression("the check", text)?)?;
                // Like any check of SQL, it holds where it is not known.
                Ok(Some(Expr::IsNotFalse(Box::new(value.expr))))
            }
            _ => Ok(None),
        }
    }

    /// Checks the condition of a `CHECK` over a table's columns.
    ///
    /// # Errors
    /// In Hive's words: it is no boolean, or holds what a check may not hold.
    pub fn check_expression(&self, columns: &[FieldSchema], text: &str, expr: &SqlExpr) -> Result<()> {
        let wrong = |reason: &str| {
            AnalyzeError::new(
                ErrorCode::InvalidConstraintSyntax,
                format!("Invalid Constraint syntax Invalid CHECK constraint expression: {text}. {reason}"),
            )
        };
        let named = columns.iter().map(|field| PlannedColumn {
            id: self.fresh_id(),
            name: field.name.clone(),
            ty: field.ty.clone(),
            qualifier: None,
            starred: false,
        });
        let named: Vec<_> = named.map(|planned| planned.in_scope()).collect();
        let scope = Scope::of(Relation { database: None, alias: None, columns: named });
        let env = Env::default();
        let mut clause = Clause::new(self, &env, &scope);
        clause.windows = true;
        let value = clause.expr(expr).map_err(|error| wrong(&error.message).with_source(error))?;
        if let Some(what) = refused(&value.expr)? {
            return Err(wrong(&format!("Invalid Constraint syntax {what} are not allowed in Check Constraints")));
        }
        if value.ty != skep_metastore::model::HiveType::Boolean {
            let reason = format!(
                "Invalid Constraint syntax Only boolean type is supported for CHECK constraint: {text}. Found: {}",
                value.ty
            );
            return Err(wrong(&reason));
        }
        Ok(())
    }

    /// Checks the value of a `DEFAULT` for a column: a constant, or functions of constants.
    ///
    /// # Errors
    /// In Hive's words: it is no such value, or not of the column's type.
    pub fn check_default(&self, column: &FieldSchema, text: &str, expr: &SqlExpr) -> Result<()> {
        let wrong = |reason: String| {
            AnalyzeError::new(ErrorCode::InvalidConstraintSyntax, format!("Invalid Constraint syntax {reason}"))
        };
        let (scope, env) = (Scope::default(), Env::default());
        let mut clause = Clause::new(self, &env, &scope);
        clause.values = true;
        let value =
            clause.expr(expr).map_err(|error| wrong("Invalid Default value!".to_string()).with_source(error))?;
        if !value.is_null() && value.ty != column.ty {
            return Err(wrong(format!(
                "Invalid type: {} for default value: {text}. Please make sure that the type is compatible with column \
                 type: {}",
                value.ty, column.ty
            )));
        }
        if refused(&value.expr)?.is_some() {
            return Err(wrong(format!(
                "Invalid Default value: {text}. DEFAULT only allows constant or function expressions"
            )));
        }
        Ok(())
    }
}

/// What a check holds that it may not hold.
fn refused(expr: &Expr) -> Result<Option<&'static str>> {
    let mut found = None;
    expr.apply(|part| {
        found = match part {
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_) => {
                Some("Subqueries")
            }
            Expr::WindowFunction(_) => Some("Window functions"),
            _ => return Ok(TreeNodeRecursion::Continue),
        };
        Ok(TreeNodeRecursion::Stop)
    })?;
    Ok(found)
}
