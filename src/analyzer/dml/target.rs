//! Fitting a query's columns to those of a table.

use datafusion::logical_expr::Expr;
use skep_metastore::model::{Constraint, FieldSchema, Table};
use sqlparser::tokenizer::Span;

use super::span;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::castable;
use crate::analyzer::planner::{Planned, PlannedColumn, Planner, Result};
use crate::analyzer::types::Typed;
use crate::parser::ast::Ident;

/// A column of the target and the position of the query's column that goes there; `None` gives the column's default.
pub(super) struct Wanted {
    pub column: FieldSchema,
    pub source: Option<usize>,
}

/// The target, for errors.
pub(super) struct Target<'t> {
    pub name: &'t str,
    pub span: Span,
    pub branch: usize,
    /// Length of the list of columns; 0 without one.
    pub listed: usize,
}

/// What the plan of an insert has to give: the stored columns, then the dynamic partition columns, in the table's
/// order. With a column list the query's columns go where it says.
pub(super) fn wanted_columns(table: &Table, partition: &[Option<String>], list: &[Ident]) -> Result<Vec<Wanted>> {
    let dynamic = table.partition_keys.iter().zip(partition).filter(|(_, value)| value.is_none()).map(|(key, _)| key);
    let columns: Vec<&FieldSchema> = table.storage.columns.iter().chain(dynamic).collect();
    if list.is_empty() {
        let wanted = |(i, column): (usize, &&FieldSchema)| Wanted { column: (*column).clone(), source: Some(i) };
        return Ok(columns.iter().enumerate().map(wanted).collect());
    }
    check_list(table, &columns, list)?;
    let mut next = list.len();
    let partition_names: Vec<&str> = table.partition_keys.iter().map(|key| key.name.as_str()).collect();
    Ok(columns
        .into_iter()
        .map(|column| {
            let listed = list.iter().position(|ident| ident.lower() == column.name);
            let source = listed.or_else(|| {
                // A dynamic partition column that the list leaves out comes behind the listed ones, as in Hive.
                partition_names.contains(&column.name.as_str()).then(|| {
                    next += 1;
                    next - 1
                })
            });
            Wanted { column: column.clone(), source }
        })
        .collect())
}

pub(super) fn check_list(table: &Table, columns: &[&FieldSchema], list: &[Ident]) -> Result<()> {
    for (i, ident) in list.iter().enumerate() {
        if list[..i].contains(ident) {
            return Err(AnalyzeError::at(
                ErrorCode::DuplicateColumn,
                span(ident.span),
                format!(
                    "Duplicate column name detected in {} table's schema specification: {}",
                    table.name,
                    ident.lower()
                ),
            ));
        }
    }
    let unknown: Vec<&Ident> =
        list.iter().filter(|ident| !columns.iter().any(|column| column.name == ident.lower())).collect();
    let Some(first) = unknown.first() else { return Ok(()) };
    let names: Vec<String> = unknown.iter().map(|ident| ident.lower()).collect();
    let (names, verb) = match names.as_slice() {
        [name] => (name.clone(), "is"),
        names => (format!("[{}]", names.join(", ")), "are"),
    };
    Err(AnalyzeError::at(
        ErrorCode::Semantic,
        span(first.span),
        format!(
            "'{names}' in insert schema specification {verb} not found among regular columns of {} nor dynamic \
             partition columns.",
            table.qualified_name()
        ),
    ))
}

impl Planner<'_> {
    /// The query with the target's columns, cast to its types.
    pub(super) fn fitted(
        &self,
        planned: Planned,
        wanted: &[Wanted],
        target: &Target<'_>,
        constraints: &[Constraint],
    ) -> Result<Planned> {
        let expected = wanted.iter().filter(|wanted| wanted.source.is_some()).count();
        // Dynamic partition columns that the list leaves out may come behind the listed columns, or not at all.
        let only_listed = target.listed > 0 && planned.columns.len() == target.listed;
        let expected = if only_listed { target.listed } else { expected };
        let mismatch = |reason: String| {
            AnalyzeError::at(
                ErrorCode::TargetTableColumnMismatch,
                target.span,
                format!(
                    "Cannot insert into target table because column number/types are different '{}': {reason}",
                    target.name
                ),
            )
        };
        if planned.columns.len() != expected {
            return Err(mismatch(format!(
                "Table insclause-{} has {expected} columns, but query has {} columns.",
                target.branch,
                planned.columns.len()
            )));
        }
        let mut values: Vec<(PlannedColumn, Expr)> = Vec::with_capacity(wanted.len());
        for (position, wanted) in wanted.iter().enumerate() {
            let value = match wanted.source.filter(|source| *source < planned.columns.len()) {
                None => self.default_value(constraints, &wanted.column)?,
                Some(source) => {
                    let column = &planned.columns[source];
                    if !castable(&column.ty, &wanted.column.ty) {
                        return Err(mismatch(format!(
                            "Cannot convert column {position} from {} to {}.",
                            column.ty, wanted.column.ty
                        )));
                    }
                    Typed::of_id(&column.id, column.ty.clone())
                }
            };
            let value = value.cast_to(&wanted.column.ty)?;
            let column = PlannedColumn {
                id: String::new(),
                name: wanted.column.name.clone(),
                ty: wanted.column.ty.clone(),
                qualifier: None,
                starred: false,
            };
            values.push((column, value.expr));
        }
        self.project_values(planned.plan, values)
    }
}
