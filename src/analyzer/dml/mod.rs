//! Queries whose rows are kept: `INSERT`, `CREATE TABLE … AS`, and queries that are kept themselves: views.

mod constraints;
mod create_table_as;
mod insert;
mod partition;
mod row_change;
mod target;
mod view;

pub(crate) use view::{Expansion, quoted};

use sqlparser::tokenizer::{Location, Span};

/// A place in the text as sqlparser's tree has it.
fn span(span: crate::parser::Span) -> Span {
    let location =
        |position: crate::parser::Position| Location { line: position.line as u64, column: position.column as u64 + 1 };
    Span { start: location(span.start), end: location(span.end) }
}
