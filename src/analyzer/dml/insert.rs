//! `INSERT`, also of several branches over one source.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use skep_metastore::model::{Constraint, Table, TableKind, default_of};
use sqlparser::ast::{Query, SetExpr};

use super::row_change::is_default;
use super::span;
use super::target::{Target, Wanted, wanted_columns};
use crate::analyzer::context::ResolvedTable;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::expression;
use crate::analyzer::nodes::SharedRows;
use crate::analyzer::planner::{Env, Planned, Planner, Result};
use crate::analyzer::query::{From, project};
use crate::analyzer::result::{AnalyzedInsert, InsertPlan, TableInsert};
use crate::parser::ast::{Insert, InsertBranch, InsertTable, InsertTarget, ObjectName};

impl Planner<'_> {
    /// Plans all branches of an `INSERT`.
    ///
    /// # Errors
    /// A query has no meaning, or its rows do not fit the target.
    pub fn plan_insert(&self, insert: &Insert) -> Result<AnalyzedInsert> {
        let ctes = insert.with.as_ref().map(|with| with.cte_tables.as_slice()).unwrap_or_default();
        let (source, branches) = self.with_ctes(&Env::default(), ctes, &mut |env| {
            let mut source = insert.from.as_ref().map(|from| self.plan_from(env, from)).transpose()?;
            let mut shared = None;
            if insert.branches.len() > 1 {
                shared = source.as_ref().map(|source| source.plan.clone());
                source = source.map(reading_shared).transpose()?;
            }
            let plan = |(number, branch)| self.plan_branch(env, insert, source.as_ref(), branch, number);
            let branches = insert.branches.iter().enumerate().map(plan).collect::<Result<Vec<_>>>()?;
            Ok((shared, branches))
        })?;
        let branches = joined(branches)?;
        check_targets(insert, &branches)?;
        Ok(AnalyzedInsert { source, branches })
    }

    fn plan_branch(
        &self,
        env: &Env<'_>,
        insert: &Insert,
        source: Option<&From>,
        branch: &InsertBranch,
        number: usize,
    ) -> Result<InsertPlan> {
        match &branch.target {
            InsertTarget::Directory(_) => {
                let planned = self.branch_query(env, source, branch)?;
                Ok(InsertPlan::Directory { query: planned.finish(), branch: number })
            }
            InsertTarget::Table(target) => {
                let table = self.insert_target(&target.table)?;
                let partition = self.partition_values(&table, target)?;
                let columns = wanted_columns(&table, &partition, &target.columns)?;
                let constraints = self.constraints(&table)?;
                let planned = match with_defaults(&branch.query, &columns, &constraints)? {
                    Some(query) if insert.from.is_none() => self.plan_query(env, &query)?,
                    _ => self.branch_query(env, source, branch)?,
                };
                let target_columns = Target {
                    name: &table.name,
                    span: span(target.table.span()),
                    branch: number,
                    listed: target.columns.len(),
                };
                let planned = self.fitted(planned, &columns, &target_columns, &constraints)?;
                let planned = self.checked(planned, 0, &table, &constraints, None)?;
                let target =
                    TableInsert { table, partition, overwrite: target.overwrite, if_not_exists: target.if_not_exists };
                Ok(InsertPlan::Table { plan: planned.plan, target })
            }
        }
    }

    /// The rows of a branch: its own query, or its select over the statement's source.
    fn branch_query(&self, env: &Env<'_>, source: Option<&From>, branch: &InsertBranch) -> Result<Planned> {
        let Some(source) = source else {
            return self.plan_query(env, &branch.query);
        };
        let mut source = source.clone();
        for join in &branch.lateral_views {
            source = self.plan_join(env, source, join)?;
        }
        self.plan_query_over(env, source, &branch.query)
    }

    fn insert_target(&self, name: &ObjectName) -> Result<Arc<Table>> {
        let database = name.database.as_ref().map(|database| database.lower());
        let at = span(name.span());
        match self.resolve(&Env::default(), database.as_deref(), &name.name.value, at)? {
            ResolvedTable::Table { table, .. } if table.kind != TableKind::MaterializedView => Ok(table),
            _ => Err(AnalyzeError::at(
                ErrorCode::DmlAgainstView,
                at,
                "A view cannot be used as target table for LOAD or INSERT",
            )),
        }
    }

    fn partition_values(&self, table: &Table, target: &InsertTable) -> Result<Vec<Option<String>>> {
        let Some(spec) = &target.partition else {
            return self.without_spec(table, target);
        };
        self.partition_spec(table, spec, target)
    }
}

/// `VALUES` with the word `DEFAULT` in it: the query with the columns' defaults in its place, else `None`.
fn with_defaults(query: &Query, wanted: &[Wanted], constraints: &[Constraint]) -> Result<Option<Query>> {
    let SetExpr::Values(values) = query.body.as_ref() else { return Ok(None) };
    if !values.rows.iter().any(|row| row.content.iter().any(is_default)) {
        return Ok(None);
    }
    let mut values = values.clone();
    for row in &mut values.rows {
        for (i, value) in row.content.iter_mut().enumerate().filter(|(_, value)| is_default(value)) {
            let column = wanted.iter().find(|wanted| wanted.source == Some(i)).map(|wanted| &wanted.column);
            let text = column.and_then(|column| default_of(constraints, &column.name));
            *value = expression("the default", text.unwrap_or("NULL"))?;
        }
    }
    Ok(Some(Query { body: Box::new(SetExpr::Values(values)), ..query.clone() }))
}

/// Branches that overwrite the dynamic partitions of one table with rows of several selects are one write, so that none
/// replaces what another has written.
fn joined(branches: Vec<InsertPlan>) -> Result<Vec<InsertPlan>> {
    let mut result: Vec<InsertPlan> = Vec::with_capacity(branches.len());
    for branch in branches {
        let same = |known: &&mut InsertPlan| match (&**known, &branch) {
            (InsertPlan::Table { target: known, .. }, InsertPlan::Table { target: new, .. }) => {
                let dynamic = new.partition.iter().any(Option::is_none);
                let one_place =
                    known.table.qualified_name() == new.table.qualified_name() && known.partition == new.partition;
                known.overwrite && new.overwrite && dynamic && one_place
            }
            _ => false,
        };
        match (result.iter_mut().find(same), branch) {
            (Some(InsertPlan::Table { plan: known, .. }), InsertPlan::Table { plan, .. }) => {
                *known = LogicalPlanBuilder::from(known.clone()).union(plan)?.build()?;
            }
            (_, branch) => result.push(branch),
        }
    }
    Ok(result)
}

/// The source as the branches have it: a table with its columns, under the same ids.
fn reading_shared(source: From) -> Result<From> {
    let schema = Arc::clone(source.plan.schema().inner());
    let column = |field: &Arc<Field>| {
        Expr::Column(Column::new(Some(SharedRows::NAME), field.name())).alias(field.name().as_str())
    };
    let exprs = schema.fields().iter().map(column).collect();
    let rows = LogicalPlanBuilder::scan(SharedRows::NAME, Arc::new(SharedRows::new(Arc::clone(&schema))), None)?;
    Ok(From { plan: project(rows.build()?, exprs)?, scope: source.scope })
}

/// No two branches may overwrite one place.
fn check_targets(insert: &Insert, branches: &[InsertPlan]) -> Result<()> {
    let mut seen: Vec<&TableInsert> = Vec::new();
    let mut folders: Vec<&str> = Vec::new();
    for branch in &insert.branches {
        let InsertTarget::Directory(directory) = &branch.target else { continue };
        if folders.contains(&directory.path.as_str()) {
            return Err(AnalyzeError::new(
                ErrorCode::OutputSpecifiedTwice,
                format!("The same output cannot be present multiple times:  {}", directory.path),
            ));
        }
        folders.push(&directory.path);
    }
    for branch in branches {
        let InsertPlan::Table { target, .. } = branch else { continue };
        let clash = seen.iter().any(|other| {
            other.table.qualified_name() == target.table.qualified_name()
                && other.partition == target.partition
                && (other.overwrite || target.overwrite)
        });
        if clash {
            return Err(AnalyzeError::new(
                ErrorCode::OutputSpecifiedTwice,
                format!("The same output cannot be present multiple times:  {}", target.table.qualified_name()),
            ));
        }
        seen.push(target);
    }
    Ok(())
}
