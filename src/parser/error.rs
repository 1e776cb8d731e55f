//! Errors of the parser.

use std::fmt;

use super::span::Span;

/// What kind of trouble a [`ParseError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// The text is no HiveQL.
    Syntax,
    /// The text is HiveQL, or near to it, but Skep has not learnt this statement or clause.
    Unsupported,
}

/// A statement that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What kind of trouble it is.
    pub kind: ParseErrorKind,
    /// What is wrong, in Hive's words where Hive has them, e.g.
    /// `cannot recognize input near 'selec' 'a' 'from'`.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What may help.
    pub hint: Option<String>,
}

impl ParseError {
    /// SQLSTATE of a syntax error (`42000`) or of a feature that is not there (`0A000`).
    pub fn sqlstate(&self) -> &'static str {
        match self.kind {
            ParseErrorKind::Syntax => "42000",
            ParseErrorKind::Unsupported => "0A000",
        }
    }

    /// Hive's error code: 40000 for a ParseException.
    pub fn code(&self) -> i32 {
        40000
    }

    /// The whole message for a user: Hive's line, the line of the text with a caret under the place, the hint.
    pub fn render(&self, text: &str) -> String {
        let mut out = format!("FAILED: {self}");
        let start = self.span.start;
        if let Some(line) = text.lines().nth(start.line.saturating_sub(1)).filter(|line| !line.trim().is_empty()) {
            let width = if self.span.end.line == start.line {
                self.span.end.column.saturating_sub(start.column).max(1)
            } else {
                line.chars().count().saturating_sub(start.column).max(1)
            };
            // Tabs stay tabs in front of the caret, so that it stands right whatever their width is.
            let pad: String = line.chars().take(start.column).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            out.push_str(&format!("\n  {line}\n  {pad}{}", "^".repeat(width)));
        }
        if let Some(hint) = &self.hint {
            out.push_str(&format!("\nHint: {hint}"));
        }
        out
    }
}

impl fmt::Display for ParseError {
    /// Hive's line without `FAILED: `: `ParseException line 1:7 cannot recognize input near …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParseException line {}:{} {}", self.span.start.line, self.span.start.column, self.message)
    }
}

impl std::error::Error for ParseError {}
