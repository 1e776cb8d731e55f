//! Tests of the parser, a family to a file.

mod ddl;
mod errors;
mod expressions;
mod hostile;
mod insert;
mod measure;
mod queries;
mod show;

use crate::parser::ast::Statement;
use crate::parser::parse;

/// The statement of a text that must parse.
fn ok(text: &str) -> Statement {
    match parse(text) {
        Ok(statement) => statement,
        Err(error) => panic!("{}", error.render(text)),
    }
}

/// The query of a text, as sqlparser writes it.
fn sql(text: &str) -> String {
    match ok(text) {
        Statement::Query(query) => query.query.to_string(),
        other => panic!("no query: {other:?}"),
    }
}

/// The message of a text that must not parse.
fn refused(text: &str) -> String {
    match parse(text) {
        Ok(statement) => panic!("accepted: {text}: {statement:?}"),
        Err(error) => error.to_string(),
    }
}
