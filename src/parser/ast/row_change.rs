//! `UPDATE`, `DELETE`, `MERGE`.

use super::query::{Expr, TableWithJoins};
use super::{Ident, ObjectName};
use crate::parser::span::Span;

/// `UPDATE table SET column = value, … [WHERE …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Table.
    pub table: ObjectName,
    /// `SET`; never empty.
    pub assignments: Vec<Assignment>,
    /// `WHERE`
    pub condition: Option<Box<Expr>>,
}

/// `column = value`
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// Column.
    pub column: Ident,
    /// The value; the bare name `DEFAULT` stands for the column's default.
    pub value: Box<Expr>,
}

/// `DELETE FROM table [WHERE …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// Table.
    pub table: ObjectName,
    /// `WHERE`
    pub condition: Option<Box<Expr>>,
}

/// `MERGE INTO table [[AS] alias] USING source ON condition WHEN …`
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// The table that is changed.
    pub target: ObjectName,
    /// Its alias.
    pub alias: Option<Ident>,
    /// A table or a query, with an alias.
    pub source: Box<TableWithJoins>,
    /// `ON`
    pub condition: Box<Expr>,
    /// In the order of the text; never empty.
    pub clauses: Vec<MergeClause>,
    /// Where the statement stands.
    pub span: Span,
}

/// `WHEN [NOT] MATCHED [AND condition] THEN action`
#[derive(Debug, Clone, PartialEq)]
pub struct MergeClause {
    /// `AND`
    pub condition: Option<Box<Expr>>,
    /// What is done.
    pub action: MergeAction,
    /// Where the clause stands.
    pub span: Span,
}

/// What a clause of `MERGE` does.
#[derive(Debug, Clone, PartialEq)]
pub enum MergeAction {
    /// `WHEN MATCHED … THEN UPDATE SET …`
    Update(Vec<Assignment>),
    /// `WHEN MATCHED … THEN DELETE`
    Delete,
    /// `WHEN NOT MATCHED … THEN INSERT [(columns)] VALUES (…)`
    Insert {
        /// Columns that the values go to; all if empty.
        columns: Vec<Ident>,
        /// The values; the bare name `DEFAULT` stands for the column's default.
        values: Vec<Expr>,
    },
}
