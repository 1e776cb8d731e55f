//! From syntax tree to plan: names, scopes, Hive's types and conversions, and the clauses of a query.
//!
//! The analyzer turns a query (or the queries inside an `INSERT`, a CTAS or a view) into a DataFusion
//! [`LogicalPlan`](datafusion::logical_expr::LogicalPlan). Inside the plan every column carries a unique, unqualified
//! id (`c1`, `c2`, …); the names users see are in [`AnalyzedQuery::columns`], in the order of the plan's output.
//! Every conversion that Hive makes silently is written out as a cast, so that DataFusion's own type coercion finds
//! nothing to do. Nothing is ever ignored: a clause that is not supported is an error that names it.

mod context;
mod dml;
mod error;
mod expr;
pub mod nodes;
mod planner;
mod query;
mod result;
mod scope;
#[cfg(test)]
mod tests;
mod types;

use datafusion::config::ConfigOptions;
use planner::{Env, Planner};
use skep_metastore::model::FieldSchema;

use crate::parser::ast::query::Query;
use crate::parser::ast::{Delete, Ident, Insert, Merge, SourceExpr, SourceQuery, Update};

pub use context::{AnalyzerContext, AnalyzerSettings, MacroDefinition, ResolvedTable};
pub use error::{AnalyzeError, ErrorCode, Position};
pub use result::{
    AnalyzedChange, AnalyzedInsert, AnalyzedQuery, InsertPlan, OutputColumn, TableInsert, ViewDefinition, padding,
};

/// Result of an analysis.
pub type Result<T, E = AnalyzeError> = std::result::Result<T, E>;

/// Sets what DataFusion's own passes may not do to the analyzer's plans:
///
/// * no `Utf8View`: text is `Utf8` in every plan, which is what the functions take;
/// * names are taken as they are;
/// * no moving of struct fields down to the scans (`enable_leaf_expression_pushdown`): it fails with `Schema contains
///   duplicate qualified field name` where one table's struct is used on both sides of a join.
pub fn configure(options: &mut ConfigOptions) {
    options.execution.parquet.schema_force_view_types = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.enable_ident_normalization = false;
    options.optimizer.expand_views_at_output = false;
    options.optimizer.enable_leaf_expression_pushdown = false;
}

/// Turns syntax trees into plans, in the surroundings given by an [`AnalyzerContext`].
pub struct Analyzer<'a> {
    context: &'a dyn AnalyzerContext,
}

impl<'a> Analyzer<'a> {
    /// An analyzer for one statement.
    pub fn new(context: &'a dyn AnalyzerContext) -> Self {
        Self { context }
    }

    /// Plans a query.
    ///
    /// # Errors
    /// [`AnalyzeError`] with Hive's code and wording where the query has no meaning, or names what is not supported.
    pub fn analyze_query(&self, query: &Query) -> Result<AnalyzedQuery> {
        let planner = Planner::new(self.context);
        Ok(planner.plan_query(&Env::default(), query)?.finish())
    }

    /// Plans an `INSERT`, a plan for each branch.
    ///
    /// # Errors
    /// As [`Analyzer::analyze_query`]; also where the rows do not fit the target's columns or partitions.
    pub fn analyze_insert(&self, insert: &Insert) -> Result<AnalyzedInsert> {
        Planner::new(self.context).plan_insert(insert)
    }

    /// Plans an `UPDATE`.
    ///
    /// # Errors
    /// As [`Analyzer::analyze_query`]; also where the table's rows cannot be updated or a column may not be set.
    pub fn analyze_update(&self, update: &Update) -> Result<AnalyzedChange> {
        Planner::new(self.context).plan_update(update)
    }

    /// Plans a `DELETE`.
    ///
    /// # Errors
    /// As [`Analyzer::analyze_query`]; also where the table's rows cannot be deleted.
    pub fn analyze_delete(&self, delete: &Delete) -> Result<AnalyzedChange> {
        Planner::new(self.context).plan_delete(delete)
    }

    /// Plans a `MERGE`.
    ///
    /// # Errors
    /// As [`Analyzer::analyze_update`]; also where its clauses do not go together.
    pub fn analyze_merge(&self, merge: &Merge) -> Result<AnalyzedChange> {
        Planner::new(self.context).plan_merge(merge)
    }

    /// Checks the condition of a `CHECK` over a table's columns.
    ///
    /// # Errors
    /// It is no boolean, or holds what a check may not hold.
    pub fn analyze_check(&self, columns: &[FieldSchema], check: &SourceExpr) -> Result<()> {
        Planner::new(self.context).check_expression(columns, &check.text, &check.expr)
    }

    /// Checks the value of a `DEFAULT` of a column.
    ///
    /// # Errors
    /// It is no constant, or not of the column's type.
    pub fn analyze_default(&self, column: &FieldSchema, value: &SourceExpr) -> Result<()> {
        Planner::new(self.context).check_default(column, &value.text, &value.expr)
    }

    /// Plans the query of a `CREATE TABLE … AS`: the result's columns are the new table's, those that it is
    /// partitioned by last, in the order given.
    ///
    /// # Errors
    /// As [`Analyzer::analyze_query`]; also where columns have no name of their own or no type.
    pub fn analyze_create_table_as(&self, query: &Query, partition_columns: &[String]) -> Result<AnalyzedQuery> {
        Ok(Planner::new(self.context).plan_create_table_as(query, partition_columns)?.finish())
    }

    /// Checks the query of a view that is to be made or changed, and writes its names out. `names` are those in
    /// `CREATE VIEW v (a, b)`, empty where there are none.
    ///
    /// # Errors
    /// As [`Analyzer::analyze_query`]; also where the names do not fit the query's columns.
    pub fn analyze_view(&self, name: &str, query: &SourceQuery, names: &[&Ident]) -> Result<ViewDefinition> {
        let mut planner = Planner::new(self.context);
        planner.expansion = Some(dml::Expansion::default());
        planner.plan_view_definition(name, query, names)
    }
}
