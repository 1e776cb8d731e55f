//! The one error that statements give, and how it is shown.

mod codes;
mod from;

pub use codes::{CODES, HiveError};

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Of a line of a statement so many characters are shown in front of the place that an error is about, and behind it.
const SHOWN: usize = 200;
/// Of a text that an error repeats so many bytes are shown.
const MAX_TEXT: usize = 10_000;

/// Result of anything a session does.
pub type Result<T, E = SkepError> = std::result::Result<T, E>;

/// Where in a statement something is: lines count from 1, columns (in characters) from 0, as Hive prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 0.
    pub column: u32,
    /// Number of characters; at least 1.
    pub length: u32,
}

/// In which stage a statement failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is no statement (`ParseException`).
    Parse,
    /// The statement means nothing with these tables, columns and types (`SemanticException`).
    Semantic,
    /// A command could not be carried out (`DDLTask`, `MoveTask`).
    Command,
    /// A query failed while it ran.
    Execution,
    /// A configuration value is not allowed.
    Configuration,
    /// The user stopped it.
    Cancelled,
    /// The user may not do what the statement does (`HiveAccessControlException`).
    AccessControl,
    /// The statement is HiveQL, but Skep does not do it (yet).
    Unsupported,
    /// A server that a client talks to says so, in its own words; or it cannot be talked to.
    Remote,
}

/// What a statement failed with. Shown (by [`fmt::Display`]) in Hive's wording, e.g.
/// `FAILED: SemanticException [Error 10001]: Line 1:14 Table not found 'x'`; [`SkepError::render`] adds the line of
/// the statement with a caret, and the hint.
#[derive(Debug)]
pub struct SkepError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    code: i32,
    sqlstate: Cow<'static, str>,
    message: String,
    span: Option<Span>,
    hint: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl SkepError {
    /// An error of a kind with its text and the kind's usual code and SQLSTATE.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (code, sqlstate) = match kind {
            ErrorKind::Parse => (40000, "42000"),
            ErrorKind::Semantic | ErrorKind::AccessControl => (40000, "42000"),
            ErrorKind::Command => (1, "08S01"),
            ErrorKind::Execution => (2, "08S01"),
            ErrorKind::Configuration => (1, "42000"),
            ErrorKind::Cancelled => (20006, "57014"),
            ErrorKind::Unsupported => (10000, "0A000"),
            ErrorKind::Remote => (1, "08S01"),
        };
        let sqlstate = Cow::Borrowed(sqlstate);
        let inner = Inner { kind, code, sqlstate, message: message.into(), span: None, hint: None, source: None };
        Self(Box::new(inner))
    }

    /// `SemanticException` with one of Hive's codes; `detail` follows Hive's text, as in `Table not found x`.
    pub fn semantic(error: HiveError, detail: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Semantic, join(error.text, &detail.to_string())).with_code(error.code, error.sqlstate)
    }

    /// `SemanticException` without a code of its own.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Semantic, message)
    }

    /// A command failed with an exception of the metastore API, e.g. `AlreadyExistsException`.
    pub fn exception(class: &str, message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Command, format!("{class}(message:{message})"))
    }

    /// HiveQL that Skep does not do; `what` names it.
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Unsupported, format!("{what} is not supported"))
    }

    /// With another code and SQLSTATE.
    #[must_use]
    pub fn with_code(mut self, code: i32, sqlstate: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = code;
        self.0.sqlstate = sqlstate.into();
        self
    }

    /// With the place in the statement.
    #[must_use]
    pub fn with_span(mut self, span: Option<Span>) -> Self {
        self.0.span = span;
        self
    }

    /// With advice on what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// With the error behind it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// In which stage it failed.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Hive's error code (`ErrorMsg`); 40000 and less telling ones where Hive has none.
    pub fn code(&self) -> i32 {
        self.0.code
    }

    /// The SQLSTATE.
    pub fn sqlstate(&self) -> &str {
        &self.0.sqlstate
    }

    /// The text alone, without `FAILED:` and the like.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where in the statement.
    pub fn span(&self) -> Option<Span> {
        self.0.span
    }

    /// Advice on what to do.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The error as a terminal shows it: its text, the causes behind it that say more, the line of `statement` that
    /// it is about with a caret under the place, and the hint.
    pub fn render(&self, statement: &str) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let shown = error.to_string();
            if !text.contains(&shown) {
                text.push_str("\n  caused by: ");
                text.push_str(&shown);
            }
            cause = error.source();
        }
        if let Some(span) = self.0.span {
            let line = statement.lines().nth(span.line.saturating_sub(1) as usize);
            if let Some(line) = line {
                text.push_str(&pointed_at(line, span));
            }
        }
        if let Some(hint) = &self.0.hint {
            text.push_str("\nhint: ");
            text.push_str(hint);
        }
        text
    }
}

/// A line of a statement, and carets under the place; of a long line, what is around the place.
fn pointed_at(line: &str, span: Span) -> String {
    let column = span.column as usize;
    let skipped = column.saturating_sub(SHOWN);
    let mut shown = String::new();
    let mut blanks = String::new();
    if skipped > 0 {
        shown.push('…');
        blanks.push(' ');
    }
    let mut rest = line.chars().skip(skipped);
    for c in rest.by_ref().take(column - skipped) {
        shown.push(c);
        blanks.push(if c == '\t' { '\t' } else { ' ' });
    }
    shown.extend(rest.by_ref().take(SHOWN));
    if rest.next().is_some() {
        shown.push('…');
    }
    let carets = "^".repeat((span.length.max(1) as usize).min(SHOWN));
    format!("\n  {shown}\n  {blanks}{carets}")
}

/// The beginning of a long text, or all of a short one: what an error repeats of what it was given.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT {
        return Cow::Borrowed(text);
    }
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    Cow::Owned(format!("{}… ({} bytes)", &text[..end], text.len()))
}

fn join(text: &str, detail: &str) -> String {
    match (text.is_empty(), detail.is_empty()) {
        (true, _) => detail.to_string(),
        (_, true) => text.to_string(),
        _ => format!("{text} {detail}"),
    }
}

impl fmt::Display for SkepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, code, message, span, .. } = self.0.as_ref();
        match kind {
            ErrorKind::Parse => {
                f.write_str("FAILED: ParseException ")?;
                if let Some(span) = span {
                    write!(f, "line {}:{} ", span.line, span.column)?;
                }
                f.write_str(message)
            }
            ErrorKind::Semantic => {
                f.write_str("FAILED: SemanticException ")?;
                if *code != 40000 {
                    write!(f, "[Error {code}]: ")?;
                }
                if let Some(span) = span {
                    write!(f, "Line {}:{} ", span.line, span.column)?;
                }
                f.write_str(message)
            }
            ErrorKind::Command => {
                write!(f, "FAILED: Execution Error, return code {code} from DDLTask. {message}")
            }
            ErrorKind::Execution => write!(f, "FAILED: Execution Error, return code {code}. {message}"),
            ErrorKind::Configuration => write!(f, "Query returned non-zero code: {code}, cause: {message}"),
            ErrorKind::Remote => f.write_str(message),
            ErrorKind::AccessControl => write!(f, "FAILED: HiveAccessControlException {message}"),
            ErrorKind::Cancelled => write!(f, "FAILED: Cancelled: {message}"),
            ErrorKind::Unsupported => write!(f, "FAILED: SemanticException [Error {code}]: {message}"),
        }
    }
}

impl Error for SkepError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, SkepError, Span, shortened};

    #[test]
    fn of_a_long_line_the_place_is_shown() {
        let at = |column: u32, length: u32| {
            let error = SkepError::new(ErrorKind::Parse, "wrong");
            error.with_span(Some(Span { line: 1, column, length }))
        };
        let text = at(7, 1).render("select\t1 +");
        assert_eq!(text, "FAILED: ParseException line 1:7 wrong\n  select\t1 +\n        \t^");
        let long = format!("{}#{}", "ä".repeat(300), "b".repeat(300));
        let text = at(300, 100_000).render(&long);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], format!("  …{}#{}…", "ä".repeat(200), "b".repeat(199)));
        assert_eq!(lines[2], format!("{}{}", " ".repeat(203), "^".repeat(200)));
    }

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(shortened("short"), "short");
        let long = shortened(&format!("a{}", "ä".repeat(10_000))).into_owned();
        assert_eq!(long, format!("a{}… (20001 bytes)", "ä".repeat(4_999)));
    }
}
