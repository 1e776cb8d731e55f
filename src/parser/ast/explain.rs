//! `EXPLAIN`

use super::Statement;

/// `EXPLAIN [options] statement`
#[derive(Debug, Clone, PartialEq)]
pub struct Explain {
    /// What is shown.
    pub options: Vec<ExplainOption>,
    /// The statement.
    pub statement: Box<Statement>,
    /// The statement's text.
    pub text: String,
}

/// An option of `EXPLAIN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainOption {
    /// `EXTENDED`
    Extended,
    /// `FORMATTED`: JSON
    Formatted,
    /// `DEPENDENCY`: tables and partitions read
    Dependency,
    /// `CBO`, `CBO COST`, `CBO JOINCOST`
    Cbo,
    /// `LOGICAL`
    Logical,
    /// `AUTHORIZATION`
    Authorization,
    /// `ANALYZE`: runs the statement and shows row counts
    Analyze,
    /// `REOPTIMIZATION`
    Reoptimization,
    /// `LOCKS`
    Locks,
    /// `AST`
    Ast,
    /// `VECTORIZATION [ONLY] [SUMMARY|OPERATOR|EXPRESSION|DETAIL]`
    Vectorization,
    /// `DEBUG`
    Debug,
    /// `DDL`: statements that make the tables of a query anew
    Ddl,
    /// `REWRITE`
    Rewrite,
}
