//! `VALUES`.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use datafusion::common::DFSchema;
use datafusion::logical_expr::LogicalPlanBuilder;
use skep_metastore::model::HiveType;
use skep_warehouse::types::arrow_type;
use sqlparser::ast::{Expr as SqlExpr, Ident, Values};

use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::Clause;
use crate::analyzer::planner::{Env, Planned, PlannedColumn, Planner, Result};
use crate::analyzer::scope::Scope;
use crate::analyzer::types::{Typed, common_type};

impl Planner<'_> {
    /// Rows of constants; their columns are `col1`, `col2`, … of the common type of their values, or have the names that
    /// stand in the first row.
    pub(super) fn plan_values(&self, env: &Env<'_>, values: &Values) -> Result<Planned> {
        let scope = Scope::default();
        let clause = Clause::new(self, env, &scope);
        let rows = values
            .rows
            .iter()
            .map(|row| clause.exprs(row.content.iter().map(|value| named(value).0)))
            .collect::<Result<Vec<Vec<Typed>>>>()?;
        let names: Vec<Option<&Ident>> =
            values.rows.first().into_iter().flat_map(|row| &row.content).map(|value| named(value).1).collect();
        let types = column_types(&rows)?;
        let fields: Vec<Field> = types
            .iter()
            .enumerate()
            .map(|(i, ty)| Field::new(format!("column{}", i + 1), arrow_type(ty), true))
            .collect();
        let schema = Arc::new(DFSchema::try_from(Schema::new(fields))?);
        let mut exprs = Vec::with_capacity(rows.len());
        for row in rows {
            let row = row.into_iter().zip(&types).map(|(value, ty)| Ok(value.cast_to(ty)?.expr));
            exprs.push(row.collect::<Result<Vec<_>>>()?);
        }
        let plan = LogicalPlanBuilder::values_with_schema(exprs, &schema)?.build()?;
        let columns = types
            .into_iter()
            .enumerate()
            .map(|(i, ty)| PlannedColumn {
                id: format!("column{}", i + 1),
                name: match names.get(i) {
                    Some(Some(name)) => name.value.to_lowercase(),
                    _ => format!("col{}", i + 1),
                },
                ty,
                qualifier: None,
                starred: false,
            })
            .collect();
        self.renamed(Planned { plan, columns })
    }
}

/// A value and the name behind it: `1 AS a`.
fn named(value: &SqlExpr) -> (&SqlExpr, Option<&Ident>) {
    match value {
        SqlExpr::Named { expr, name } => (expr, Some(name)),
        other => (other, None),
    }
}

fn column_types(rows: &[Vec<Typed>]) -> Result<Vec<HiveType>> {
    let Some(first) = rows.first() else {
        return Err(AnalyzeError::new(ErrorCode::Semantic, "VALUES without rows"));
    };
    let mut types: Vec<HiveType> = first.iter().map(|value| value.ty.clone()).collect();
    for (number, row) in rows.iter().enumerate().skip(1) {
        if row.len() != types.len() {
            return Err(AnalyzeError::new(
                ErrorCode::Semantic,
                format!("Expected {} columns but found {} in row {} of VALUES", types.len(), row.len(), number + 1),
            ));
        }
        for (ty, value) in types.iter_mut().zip(row) {
            // What has nothing in common is text, as in the files that Hive makes of VALUES.
            *ty = common_type(ty, &value.ty).unwrap_or(HiveType::String);
        }
    }
    Ok(types)
}
