//! From syntax tree to plan: names, scopes, Hive's types and conversions, and the clauses of a query.
//!
//! The analyzer turns a query (or the queries inside an `INSERT`, a CTAS or a view) into a DataFusion
//! [`LogicalPlan`](datafusion::logical_expr::LogicalPlan). Inside the plan every column carries a unique, unqualified
//! id (`c1`, `c2`, …); the names users see are in [`AnalyzedQuery::columns`], in the order of the plan's output.
//! Every conversion that Hive makes silently is written out as a cast, so that DataFusion's own type coercion finds
//! nothing to do. Nothing is ever ignored: a clause that is not supported is an error that names it.

mod context;
mod error;
mod expr;
mod planner;
mod query;
mod result;
mod scope;
#[cfg(test)]
mod tests;
mod types;

use planner::{Env, Planner};

pub use context::{AnalyzerContext, AnalyzerSettings, MacroDefinition, ResolvedTable};
pub use error::{AnalyzeError, ErrorCode, Position};
pub use result::{AnalyzedInsert, AnalyzedQuery, InsertPlan, OutputColumn, TableInsert, ViewDefinition};

/// Result of an analysis.
pub type Result<T, E = AnalyzeError> = std::result::Result<T, E>;

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
    pub fn analyze_query(&self, query: &sqlparser::ast::Query) -> Result<AnalyzedQuery> {
        let planner = Planner::new(self.context);
        Ok(planner.plan_query(&Env::default(), query)?.finish())
    }
}
