//! Hive's tabular text: fields padded to 20 characters and set apart by tabs.

use crate::error::Result;
use crate::session::Outcome;

/// Width that fields are padded to.
const WIDTH: usize = 20;

/// Lines being put together; [`Lines::outcome`] makes rows of three columns of them, split at the tabs, as Hive's
/// fetch of its own listing does: what a line does not have is NULL.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Vec<String>,
    padded: bool,
}

impl Lines {
    /// No lines; see [`crate::Session::padded`].
    pub fn new(padded: bool) -> Self {
        Self { lines: Vec::new(), padded }
    }

    /// A line as it is.
    pub fn plain(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// An empty line and a heading.
    pub fn heading(&mut self, text: &str) {
        self.plain("");
        self.plain(text);
    }

    /// A row of a table of columns. When padded, a multi-line last field continues on lines of its own.
    pub fn row(&mut self, prefix: &str, fields: &[&str]) {
        if !self.padded {
            let escaped: Vec<String> = fields.iter().map(|field| escape_java(field)).collect();
            self.plain(format!("{prefix}{}", escaped.join("\t")));
            return;
        }
        let Some((last, first)) = fields.split_last() else { return self.plain(prefix) };
        let mut line = prefix.to_string();
        let mut indent = String::new();
        for field in first {
            line.push_str(&format!("{field:<WIDTH$}\t"));
            indent.push_str(&format!("{:1$}\t", "", WIDTH.max(field.chars().count())));
        }
        for (at, part) in break_lines(last).into_iter().enumerate() {
            let start = if at == 0 { line.as_str() } else { indent.as_str() };
            self.plain(format!("{start}{part:<WIDTH$}"));
        }
    }

    /// `Name:   value`
    pub fn pair(&mut self, name: &str, value: &str) {
        let mut start = format!("{name:<WIDTH$}\t");
        for part in split_lines(value) {
            self.plain(format!("{start}{part:<WIDTH$}"));
            start = format!("\t{:1$}\t", "", WIDTH.max(name.chars().count()));
        }
    }

    /// A pair of a list of parameters, indented; the value is escaped.
    pub fn parameter(&mut self, name: &str, value: &str) {
        let mut start = format!("\t{name:<WIDTH$}\t");
        let escaped = escape_java(value);
        let parts = if self.padded { break_lines(&escaped) } else { vec![escaped] };
        for part in parts {
            self.plain(format!("{start}{part:<WIDTH$}"));
            start = format!("\t{:1$}\t", "", WIDTH.max(name.chars().count()));
        }
    }

    /// The rows.
    pub fn outcome(self, columns: &[&str]) -> Result<Outcome> {
        let rows = self.lines.iter().map(|line| line.split('\t').map(|field| Some(field.to_string())).collect());
        Outcome::text(columns, rows.collect())
    }
}

fn split_lines(text: &str) -> Vec<String> {
    let lines: Vec<String> = text.split(['\n', '\r']).map(str::to_string).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// Splits at line ends and at their escaped forms.
fn break_lines(text: &str) -> Vec<String> {
    split_lines(&text.replace("\\n", "\n").replace("\\r", "\n"))
}

/// Hive's `HiveStringUtils.escapeJava`: control characters, quotes and backslashes; other letters stay as they are.
pub fn escape_java(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            c if u32::from(c) < 32 => escaped.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_padded() {
        let mut lines = Lines::new(true);
        lines.row("# ", &["col_name", "data_type", "comment"]);
        lines.row("", &["a", "int", "one\ntwo"]);
        lines.parameter("comment", "x\"y");
        assert_eq!(lines.lines[0], "# col_name            \tdata_type           \tcomment             ");
        assert_eq!(lines.lines[1], "a                   \tint                 \tone                 ");
        assert_eq!(lines.lines[2], "                    \t                    \ttwo                 ");
        assert_eq!(lines.lines[3], "\tcomment             \tx\\\"y                ");
    }
}
