//! `UPDATE`, `DELETE` and `MERGE`: queries that say for each row what becomes of it.
//!
//! All three give the plan that `skep_warehouse::acid::write_changes` takes: the operation, the row's id, the stored
//! columns, the partition columns.

mod delete;
mod merge;
mod update;

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use skep_metastore::model::{AcidKind, FieldSchema, HiveType, Table};
use sqlparser::ast::{Expr as SqlExpr, TableAlias, TableFactor};
use sqlparser::tokenizer::Span;

use super::constraints::TableConstraints;
use super::span;
use crate::analyzer::context::ResolvedTable;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::{Clause, castable};
use crate::analyzer::planner::{Env, Planned, PlannedColumn, Planner, Result};
use crate::analyzer::query::From;
use crate::analyzer::scope::{Relation, ScopeColumn};
use crate::analyzer::types::Typed;
use crate::parser::ast::{Assignment, Ident, ObjectName};

/// Inserts a row.
const INSERT: i8 = 0;
/// Deletes a row and inserts its new version.
const UPDATE: i8 = 1;
/// Deletes a row.
const DELETE: i8 = 2;

/// The virtual column that identifies a row.
const ROW_ID: &str = "row__id";

/// The table that is changed, and its rows.
struct ChangedTable {
    table: Arc<Table>,
    constraints: TableConstraints,
    from: From,
}

impl ChangedTable {
    fn relation(&self) -> Result<&Relation> {
        self.from
            .scope
            .relations
            .first()
            .ok_or_else(|| AnalyzeError::new(ErrorCode::Internal, "a table without columns"))
    }

    fn column(&self, name: &str) -> Result<&ScopeColumn> {
        self.relation()?.find(name).ok_or_else(|| {
            let message = format!("the column {name} of {} is not read", self.table.qualified_name());
            AnalyzeError::new(ErrorCode::Internal, message)
        })
    }

    fn row_id(&self) -> Result<Typed> {
        self.column(ROW_ID).map(Typed::column)
    }

    /// Each column of the table as it is.
    fn values(&self) -> Result<Vec<Typed>> {
        self.table.all_columns().map(|column| self.column(&column.name).map(Typed::column)).collect()
    }
}

impl Planner<'_> {
    /// The table that an `UPDATE`, `DELETE` or `MERGE` names, with the columns of its rows.
    fn changed_table(&self, name: &ObjectName, alias: Option<&Ident>) -> Result<ChangedTable> {
        let at = span(name.span());
        let database = name.database.as_ref().map(Ident::lower);
        let table = match self.resolve(&Env::default(), database.as_deref(), &name.name.value, at)? {
            ResolvedTable::Table { table, .. } if table.kind != skep_metastore::model::TableKind::MaterializedView => {
                table
            }
            _ => {
                let message = "You cannot update or delete records in a view";
                return Err(AnalyzeError::at(ErrorCode::UpdateDeleteView, at, message));
            }
        };
        let refused = match table.acid_kind() {
            Some(AcidKind::Full) => None,
            Some(AcidKind::InsertOnly) => Some((ErrorCode::AcidOnInsertOnly, "insert-only transactional")),
            None => Some((ErrorCode::AcidOnNonAcid, "not transactional")),
        };
        if let Some((code, what)) = refused {
            let message = format!("Attempt to do update or delete on table {} that is {what}", table.qualified_name());
            let hint = "tables with 'transactional'='true', stored as ORC, can be changed row by row";
            return Err(AnalyzeError::at(code, at, message).with_hint(hint));
        }
        let from = self.plan_from(&Env::default(), &[plain_source(name, alias)])?;
        let constraints = self.constraints(&table)?;
        Ok(ChangedTable { table, constraints, from })
    }

    /// The new values of all columns after a `SET`.
    fn assigned(&self, target: &ChangedTable, clause: &Clause<'_>, list: &[Assignment]) -> Result<Vec<Typed>> {
        let mut values = target.values()?;
        for (i, assignment) in list.iter().enumerate() {
            let column = settable(&target.table, &assignment.column)?;
            if list[..i].iter().any(|other| other.column == assignment.column) {
                return Err(AnalyzeError::at(
                    ErrorCode::DuplicateColumn,
                    span(assignment.column.span),
                    format!("Duplicate column name: {}", assignment.column.lower()),
                ));
            }
            let value = self.new_value(target, clause, column, &assignment.value)?;
            let position = target.table.storage.columns.iter().position(|other| other.name == column.name);
            if let Some(slot) = position.and_then(|position| values.get_mut(position)) {
                *slot = value;
            }
        }
        Ok(values)
    }

    /// An expression as the value of a column; `DEFAULT` is the column's default.
    fn new_value(
        &self,
        target: &ChangedTable,
        clause: &Clause<'_>,
        column: &FieldSchema,
        value: &SqlExpr,
    ) -> Result<Typed> {
        if is_default(value) {
            return self.default_value(&target.constraints, column);
        }
        let typed = clause.expr(value)?;
        if !castable(&typed.ty, &column.ty) {
            return Err(AnalyzeError::at(
                ErrorCode::TargetTableColumnMismatch,
                sqlparser::ast::Spanned::span(value),
                format!(
                    "Cannot insert into target table because column number/types are different '{}': Cannot convert \
                     column {} from {} to {}.",
                    target.table.name, column.name, typed.ty, column.ty
                ),
            ));
        }
        typed.cast_to(&column.ty)
    }

    /// The plan of the changes over a source whose rows have these values.
    fn changes(
        &self,
        from: From,
        operation: Expr,
        row_id: Typed,
        values: Vec<Typed>,
        table: &Table,
    ) -> Result<Planned> {
        let column = |name: &str, ty: &HiveType| PlannedColumn {
            id: String::new(),
            name: name.to_string(),
            ty: ty.clone(),
            qualifier: None,
            starred: false,
        };
        let mut all =
            vec![(column("operation", &HiveType::TinyInt), operation), (column(ROW_ID, &row_id.ty), row_id.expr)];
        for (field, value) in table.all_columns().zip(values) {
            all.push((column(&field.name, &field.ty), value.cast_to(&field.ty)?.expr));
        }
        self.project_values(from.plan, all)
    }
}

/// The column of a `SET`.
fn settable<'t>(table: &'t Table, name: &Ident) -> Result<&'t FieldSchema> {
    let lower = name.lower();
    let at = span(name.span);
    if table.partition_keys.iter().any(|key| key.name == lower) {
        let message = "Updating values of partition columns is not supported";
        return Err(AnalyzeError::at(ErrorCode::UpdatePartitionColumn, at, message));
    }
    if table.storage.bucket_columns.contains(&lower) {
        let message = format!("Updating values of bucketing columns is not supported.  Column {lower}.");
        return Err(AnalyzeError::at(ErrorCode::UpdateBucketColumn, at, message));
    }
    table.storage.columns.iter().find(|column| column.name == lower).ok_or_else(|| {
        let message = format!(
            "Target column \"{}\" of set clause is not found in table \"{}\".",
            name.value,
            table.qualified_name()
        );
        AnalyzeError::at(ErrorCode::InvalidSetColumn, at, message)
    })
}

/// Is it the word `DEFAULT` in the place of a value?
pub(super) fn is_default(value: &SqlExpr) -> bool {
    matches!(value, SqlExpr::Identifier(ident)
        if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
}

pub(super) fn operation(number: i8) -> Expr {
    Expr::Literal(ScalarValue::Int8(Some(number)), None)
}

/// A table as the source of a query.
fn plain_source(name: &ObjectName, alias: Option<&Ident>) -> sqlparser::ast::TableWithJoins {
    let parts = name.database.iter().chain(Some(&name.name));
    let parts = parts.map(|ident| sqlparser::ast::ObjectNamePart::Identifier(ident.clone().into())).collect();
    let alias =
        alias.map(|alias| TableAlias { explicit: false, name: alias.clone().into(), columns: Vec::new(), at: None });
    let relation = TableFactor::Table {
        name: sqlparser::ast::ObjectName(parts),
        alias,
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    };
    sqlparser::ast::TableWithJoins { relation, joins: Vec::new() }
}

/// The place of an expression in the text.
fn place(expr: &SqlExpr) -> Span {
    sqlparser::ast::Spanned::span(expr)
}
