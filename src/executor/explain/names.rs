//! The names users know, for the ids that columns have in plans.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use skep_warehouse::scan::HiveScanExec;

use super::work::Part;
use crate::OutputColumn;
use crate::analyzer::nodes::SharedRows;
use crate::error::Result;

/// Ids and names.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// The names of a part's columns: those of tables as `table.column`, those of its result as they are called.
    pub fn of(part: &Part) -> Result<Names> {
        let mut names = Names::default();
        part.plan.apply_with_subqueries(|node| {
            if let LogicalPlan::Projection(projection) = node {
                for expr in &projection.expr {
                    if let Expr::Alias(alias) = expr
                        && let Expr::Column(column) = alias.expr.as_ref()
                        && let Some(relation) = &column.relation
                        && (relation.schema().is_some() || relation.table() != SharedRows::NAME)
                    {
                        let name = format!("{}.{}", relation.table(), column.name);
                        names.0.insert(alias.name.clone(), name);
                    }
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        for (field, column) in part.plan.schema().fields().iter().zip(&part.columns) {
            names.0.entry(field.name().clone()).or_insert_with(|| column.name.clone());
        }
        Ok(names)
    }

    /// The names of a physical plan's columns, whose rows are those of a result with these columns.
    pub fn of_physical(plan: &Arc<dyn ExecutionPlan>, columns: &[OutputColumn]) -> Names {
        let mut names = Names::default();
        names.add_scanned(plan);
        for (field, column) in plan.schema().fields().iter().zip(columns) {
            names.0.entry(field.name().clone()).or_insert_with(|| column.name.clone());
        }
        names
    }

    /// Adds the columns of tables; returns the table whose stored columns the plan's rows have.
    #[recursive::recursive]
    fn add_scanned(&mut self, plan: &Arc<dyn ExecutionPlan>) -> Option<String> {
        if let Some(scan) = plan.downcast_ref::<HiveScanExec>() {
            return Some(scan.table().rsplit('.').next().unwrap_or_default().to_string());
        }
        let read: Vec<Option<String>> = plan.children().into_iter().map(|child| self.add_scanned(child)).collect();
        let [Some(table)] = read.as_slice() else { return None };
        let Some(projection) = plan.downcast_ref::<ProjectionExec>() else { return Some(table.clone()) };
        for projected in projection.expr() {
            if let Some(column) = projected.expr.downcast_ref::<Column>() {
                self.0.insert(projected.alias.clone(), format!("{table}.{}", column.name()));
            }
        }
        None
    }

    /// With those of what the part reads, where it has none itself.
    pub fn over(mut self, read: &Names) -> Names {
        for (id, name) in &read.0 {
            self.0.entry(id.clone()).or_insert_with(|| name.clone());
        }
        self
    }

    /// The name of an id, or the id itself.
    pub fn name<'n>(&'n self, id: &'n str) -> &'n str {
        self.0.get(id).map_or(id, String::as_str)
    }

    /// Text of a plan with ids replaced; positions behind names (`c1@0`) are left out. Where `ids` is not set, the text
    /// speaks of columns by their own names and only the positions go.
    pub fn replace(&self, text: &str, ids: bool) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_alphanumeric() || c == '_' || c == '\'' || c == '"') {
            replaced.push_str(&rest[..start]);
            rest = &rest[start..];
            if rest.starts_with(['\'', '"']) {
                let quote = &rest[..1];
                let end = rest[1..].find(quote).map_or(rest.len(), |end| end + 2);
                replaced.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let word = &rest[..end];
            rest = &rest[end..];
            // The position behind a computed column: `max(c1)@2`.
            if word.chars().all(|c| c.is_ascii_digit()) && (replaced.ends_with(")@") || replaced.ends_with("]@")) {
                replaced.pop();
                continue;
            }
            replaced.push_str(if ids { self.name(word) } else { word });
            rest = without_position(rest);
        }
        replaced.push_str(rest);
        replaced
    }
}

/// The text behind `@12`.
fn without_position(text: &str) -> &str {
    match text.strip_prefix('@') {
        Some(behind) if behind.starts_with(|c: char| c.is_ascii_digit()) => {
            behind.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_names() {
        let names = Names(HashMap::from([("c1".into(), "t.id".into()), ("c2".into(), "total".into())]));
        assert_eq!(names.replace("c1@0 > 5 AND c11@3 = 'c1' as c2", true), "t.id > 5 AND c11 = 'c1' as total");
        assert_eq!(names.replace("c1@0 > 5", false), "c1 > 5");
        assert_eq!(names.replace("max(c1)@2 as c2, x", true), "max(t.id) as total, x");
        assert_eq!(names.replace("a@b", false), "a@b");
    }
}
