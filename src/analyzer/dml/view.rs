//! The text of a view with its names written out.

use std::cell::RefCell;

use sqlparser::ast::TableAlias;
use sqlparser::tokenizer::Span;

use super::span;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Env, Planned, Planner, Result};
use crate::analyzer::result::ViewDefinition;
use crate::parser::ast::{Ident, SourceQuery};

/// What is written out while a view's query is analyzed: pieces of the text and what stands for them.
#[derive(Debug, Default)]
pub(crate) struct Expansion {
    pieces: RefCell<Vec<(Span, String)>>,
}

impl Expansion {
    /// Notes what stands for a piece of the text; a piece that was noted before is left.
    pub fn note(&self, span: Span, text: impl FnOnce() -> String) {
        let mut pieces = self.pieces.borrow_mut();
        if span.start.line > 0 && !pieces.iter().any(|(other, _)| other.start == span.start) {
            pieces.push((span, text()));
        }
    }
}

/// A name in back quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

impl Planner<'_> {
    /// In a view's text aliases stand in back quotes.
    pub(crate) fn write_out_alias(&self, env: &Env<'_>, alias: &TableAlias) {
        if let Some(expansion) = self.expansion(env) {
            for ident in std::iter::once(&alias.name).chain(alias.columns.iter().map(|column| &column.name)) {
                expansion.note(ident.span, || quoted(&ident.value));
            }
        }
    }

    /// Plans a view's query and writes its text out: tables get their databases, stars become columns,
    /// and columns and aliases stand in back quotes (Hive's `UnparseTranslator`). So the view means the same in any database and after columns are added to its tables.
    ///
    /// # Errors
    /// The query has no meaning, or its columns do not fit the names.
    pub fn plan_view_definition(&self, name: &str, source: &SourceQuery, names: &[&Ident]) -> Result<ViewDefinition> {
        let mut planned = self.plan_query(&Env::default(), &source.query)?;
        let selected: Vec<String> = planned.columns.iter().map(|column| column.name.to_lowercase()).collect();
        if let Some(twice) = selected.iter().enumerate().find(|(i, name)| selected[..*i].contains(name)) {
            let message = format!("Duplicate column name: {}", twice.1);
            return Err(AnalyzeError::at(ErrorCode::DuplicateColumn, span(source.span), message)
                .with_hint("give each column of the query an alias of its own"));
        }
        self.name_columns(&mut planned, source, names)?;
        let mut text = self.expanded(source)?;
        if !names.is_empty() {
            let columns: Vec<String> = selected
                .iter()
                .zip(&planned.columns)
                .map(|(selected, column)| format!("{} AS {}", quoted(selected), quoted(&column.name)))
                .collect();
            text = format!("SELECT {} FROM ({text}) {}", columns.join(", "), quoted(name));
        }
        Ok(ViewDefinition { columns: planned.finish().columns, expanded_text: text })
    }

    fn name_columns(&self, planned: &mut Planned, source: &SourceQuery, names: &[&Ident]) -> Result<()> {
        if !names.is_empty() && names.len() != planned.columns.len() {
            return Err(AnalyzeError::at(
                ErrorCode::ViewColumnMismatch,
                span(source.span),
                "The number of columns produced by the SELECT clause does not match the number of column names \
                 specified by CREATE VIEW",
            ));
        }
        // As in Hive, the query's own names must differ, whatever names the view gives them.
        unique(planned, source)?;
        for (i, column) in planned.columns.iter_mut().enumerate() {
            column.name = names.get(i).map_or_else(|| column.name.to_lowercase(), |ident| ident.lower());
        }
        unique(planned, source)
    }

    /// The text with the noted pieces replaced.
    fn expanded(&self, source: &SourceQuery) -> Result<String> {
        let Some(expansion) = &self.expansion else {
            return Ok(source.text.clone());
        };
        let mut pieces: Vec<(usize, usize, String)> = Vec::new();
        for (piece, text) in expansion.pieces.take() {
            let (from, to) = (offset(source, piece.start), offset(source, piece.end));
            let (Some(from), Some(to)) = (from, to) else {
                return Err(AnalyzeError::new(ErrorCode::Internal, "a name of the view is not in its text"));
            };
            pieces.push((from, to, text));
        }
        pieces.sort();
        let mut result = String::with_capacity(source.text.len());
        let mut done = 0;
        for (from, to, text) in pieces {
            if from < done {
                continue;
            }
            result.push_str(&source.text[done..from]);
            result.push_str(&text);
            done = to;
        }
        result.push_str(&source.text[done..]);
        Ok(result)
    }
}

/// The byte of the query's text that a place in the statement is.
fn offset(source: &SourceQuery, place: sqlparser::tokenizer::Location) -> Option<usize> {
    let line = (place.line as usize).checked_sub(source.span.start.line)?;
    let mut column = (place.column as usize).checked_sub(1)?;
    if line == 0 {
        column = column.checked_sub(source.span.start.column)?;
    }
    let start = match line {
        0 => 0,
        line => source.text.match_indices('\n').nth(line - 1)?.0 + 1,
    };
    let rest = &source.text[start..];
    let bytes = rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at);
    Some(start + bytes)
}

fn unique(planned: &Planned, source: &SourceQuery) -> Result<()> {
    for (i, column) in planned.columns.iter().enumerate() {
        if planned.columns[..i].iter().any(|other| other.name.eq_ignore_ascii_case(&column.name)) {
            return Err(AnalyzeError::at(
                ErrorCode::DuplicateColumn,
                span(source.span),
                format!("Duplicate column name: {}", column.name),
            ));
        }
    }
    Ok(())
}
