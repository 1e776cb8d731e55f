//! HiveQL text → syntax tree. Nothing here looks at a catalog.
//!
//! Statements are read by a grammar of our own over sqlparser's tokens; queries and expressions by sqlparser, behind a
//! pass that brings HiveQL's own constructs into its terms (see [`ast::query`]).

pub mod ast;
mod error;
pub mod span;

pub use ast::Statement;
pub use error::{ParseError, ParseErrorKind};
pub use span::{Position, Span};
