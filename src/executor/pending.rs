//! What the analyzer is still to learn.

use crate::analyzer::{AnalyzeError, AnalyzedInsert, AnalyzedQuery, Analyzer, ViewDefinition};
use crate::parser::ast::query::Query;
use crate::parser::ast::{Ident, Insert, SourceQuery};

/// Methods that give way to the analyzer's own.
pub trait Pending {
    /// `INSERT`
    fn analyze_insert(&self, _: &Insert) -> Result<AnalyzedInsert, AnalyzeError> {
        Err(AnalyzeError::unsupported("INSERT", None))
    }
    /// `CREATE TABLE … AS`
    fn analyze_create_table_as(&self, _: &Query, _: &[String]) -> Result<AnalyzedQuery, AnalyzeError> {
        Err(AnalyzeError::unsupported("CREATE TABLE AS", None))
    }
    /// `CREATE VIEW`
    fn analyze_view(&self, _: &str, _: &str, _: &SourceQuery, _: &[&Ident]) -> Result<ViewDefinition, AnalyzeError> {
        Err(AnalyzeError::unsupported("CREATE VIEW", None))
    }
}

impl Pending for Analyzer<'_> {}
