//! HiveQL text → syntax tree. Nothing here looks at a catalog.
//!
//! ```text
//! text ──lexer──▶ tokens ──statement/, query/, expr/, types──▶ ast
//! ```
//!
//! The grammar is written by hand after Hive's own (`HiveLexer.g`, `HiveParser.g`, `IdentifiersParser.g`,
//! `FromClauseParser.g`, `SelectClauseParser.g` of Hive 4), a rule to a function, each an `impl Parser` in the file of
//! its family; so precedence, reserved words and what is refused are Hive's. The tree of queries is sqlparser's
//! ([`ast::query`]); its parser is not used, for it has no place for `LATERAL VIEW` among joins, multi-insert, scripts,
//! and Hive's precedence.
//!
//! Brackets, subqueries and types nest 400 levels deep at most, and the stack grows on the heap where a thread's own is
//! too small for that, so that no text can crash the process.

pub mod ast;
mod cursor;
mod error;
mod expr;
mod keywords;
mod lexer;
mod query;
mod rewrite;
pub mod script;
pub mod span;
mod statement;
mod strings;
#[cfg(test)]
mod tests;
mod types;

pub use ast::Statement;
pub use error::{ParseError, ParseErrorKind};
pub use keywords::RESERVED_WORDS;
pub use rewrite::{double_to_back_quotes, parse_with_any_quotes, with_values};
pub use span::{Position, Span};

use cursor::Parser;

/// What the session's settings change in the grammar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// `hive.support.quoted.identifiers=standard`: double quotes make names, as back quotes do, not strings.
    pub double_quotes_are_names: bool,
}

/// Parses one statement; `;` behind it is allowed.
///
/// # Errors
/// [`ParseErrorKind::Syntax`] with Hive's message where the text is no HiveQL, [`ParseErrorKind::Unsupported`] where it
/// is but Skep has not learnt the statement.
pub fn parse(text: &str) -> Result<Statement, ParseError> {
    parse_with(text, ParseOptions::default())
}

/// [`parse`] under options.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(text: &str, options: ParseOptions) -> Result<Statement, ParseError> {
    Parser::new(text, options)?.whole_statement()
}

/// Parses a query alone, e.g. the text of a view.
///
/// # Errors
/// As [`parse`].
pub fn parse_query(text: &str) -> Result<ast::SourceQuery, ParseError> {
    let mut parser = Parser::new(text, ParseOptions::default())?;
    let query = parser.source_query()?;
    parser.expect_end()?;
    Ok(query)
}

/// Puts other texts in the place of names: `replace` is given each name of the text as typed, without back quotes, and
/// says what is to stand there, or `None` to leave it. Names of functions, in front of a bracket, are left.
///
/// # Errors
/// The text has a string or a name that is not closed.
pub fn replace_names(text: &str, replace: &dyn Fn(&str) -> Option<String>) -> Result<String, ParseError> {
    let tokens = lexer::tokenize(text, ParseOptions::default())?;
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (i, token) in tokens.iter().enumerate() {
        let called = tokens.get(i + 1).is_some_and(|next| next.kind == lexer::TokenKind::Symbol("("));
        let new = match &token.kind {
            lexer::TokenKind::Word(_) if !called => replace(token.span.text(text)),
            lexer::TokenKind::QuotedName(name) => replace(name),
            _ => None,
        };
        if let Some(new) = new {
            result.push_str(&text[done..token.span.start.offset]);
            result.push_str(&new);
            done = token.span.end.offset;
        }
    }
    result.push_str(&text[done..]);
    Ok(result)
}
