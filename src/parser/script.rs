//! Scripts → statements, as the Hive CLI splits them: at `;` outside of quotes and comments, where `\;` is a `;` that
//! does not split. Nothing is parsed here, for scripts hold commands too (`SET`, `dfs`, `!ls`) that are no HiveQL.

use super::span::{Position, Span};

/// A statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptStatement {
    /// Its text from the first to the last character that is neither blank nor in a comment around it; comments inside
    /// it are kept, `\;` is `;`.
    pub text: String,
    /// Where it stands in the script, without the `;`.
    pub span: Span,
    /// Was there a `;` behind it?
    pub terminated: bool,
}

impl ScriptStatement {
    /// The place in the script of a place in the statement's text.
    pub fn locate(&self, place: Position) -> Position {
        locate(self.span.start, place)
    }
}

/// The place in a text of a place in a part of it that starts at `start`.
fn locate(start: Position, place: Position) -> Position {
    Position {
        line: start.line + place.line - 1,
        column: if place.line == 1 { start.column + place.column } else { place.column },
        offset: start.offset + place.offset,
    }
}

/// What the text fed so far ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputState {
    /// Nothing but blanks and comments since the last statement.
    Empty,
    /// A statement without its `;`.
    Statement,
    /// A string in single quotes.
    SingleQuotes,
    /// A string in double quotes.
    DoubleQuotes,
    /// A name in back quotes.
    BackQuotes,
    /// A comment `/* … */`.
    Comment,
}

/// Splits a whole script.
pub fn split(script: &str) -> Vec<ScriptStatement> {
    let mut splitter = Splitter::default();
    let mut statements = splitter.feed(script);
    statements.extend(splitter.finish());
    statements
}

/// Takes the comments `-- …` and `/* … */` out of a command, but not hints `/*+ … */` and nothing in quotes
/// (`HiveStringUtils.removeComments`).
pub fn remove_comments(command: &str) -> String {
    let mut splitter = Splitter { buffer: command.to_string(), ..Default::default() };
    let mut out = String::with_capacity(command.len());
    while let Some(step) = splitter.step(true) {
        let text = &command[step.from..step.to];
        let hint = step.kind == StepKind::Comment && splitter.comment_is_hint;
        if step.kind != StepKind::Comment || hint || text == "\n" {
            out.push_str(text);
        }
    }
    out.trim().to_string()
}

/// Splits a script that comes piece by piece, e.g. line by line.
#[derive(Debug, Default)]
pub struct Splitter {
    /// Text that is not yet given out, and in front of `base` text that is.
    buffer: String,
    /// Where in the buffer the text since the last statement starts.
    base: usize,
    /// The same in the script.
    start: Position,
    /// Up to where the buffer is read.
    at: usize,
    mode: Mode,
    comment_is_hint: bool,
    /// From the first to behind the last character of the statement.
    content: Option<(usize, usize)>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Mode {
    #[default]
    Plain,
    Quotes(char),
    LineComment,
    Comment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StepKind {
    Content,
    Blank,
    Comment,
    Semicolon,
}

/// A stretch of the buffer.
#[derive(Debug, Clone, Copy)]
struct Step {
    from: usize,
    to: usize,
    kind: StepKind,
}

impl Splitter {
    /// Takes more of the script; gives the statements that are complete now.
    pub fn feed(&mut self, text: &str) -> Vec<ScriptStatement> {
        self.buffer.push_str(text);
        let mut statements = Vec::new();
        self.run(false, &mut statements);
        self.buffer.drain(..self.base);
        self.at -= self.base;
        self.content = self.content.map(|(from, to)| (from - self.base, to - self.base));
        self.base = 0;
        statements
    }

    /// The statement at the end that has no `;`, if there is one. The splitter starts anew.
    pub fn finish(&mut self) -> Option<ScriptStatement> {
        let mut statements = Vec::new();
        self.run(true, &mut statements);
        let statement = self.take(self.buffer.len(), false);
        *self = Splitter::default();
        // What was held back at the end of a piece can at most end one statement.
        statements.pop().or(statement)
    }

    /// Drops what is not yet a statement, e.g. when the user gives up the line.
    pub fn reset(&mut self) {
        *self = Splitter::default();
    }

    /// What the text so far ends in.
    pub fn state(&self) -> InputState {
        match self.mode {
            Mode::Quotes('\'') => InputState::SingleQuotes,
            Mode::Quotes('"') => InputState::DoubleQuotes,
            Mode::Quotes(_) => InputState::BackQuotes,
            Mode::Comment => InputState::Comment,
            Mode::Plain | Mode::LineComment => {
                let held_back = !self.buffer[self.at..].trim().is_empty();
                if self.content.is_some() || held_back { InputState::Statement } else { InputState::Empty }
            }
        }
    }

    fn run(&mut self, last: bool, statements: &mut Vec<ScriptStatement>) {
        while let Some(step) = self.step(last) {
            match step.kind {
                StepKind::Content => {
                    let from = self.content.map_or(step.from, |(from, _)| from);
                    self.content = Some((from, step.to));
                }
                // A comment in the midst of a statement belongs to it once more of the statement follows.
                StepKind::Blank | StepKind::Comment => {}
                StepKind::Semicolon => statements.extend(self.take(step.to, true)),
            }
        }
    }

    /// Starts a new statement at `end`; gives the one before it.
    fn take(&mut self, end: usize, terminated: bool) -> Option<ScriptStatement> {
        let (base, start) = (self.base, self.start);
        let place = |offset: usize| locate(start, Position::at(&self.buffer[base..], offset - base));
        let statement = self.content.map(|(from, to)| {
            let text = unescape_semicolons(&self.buffer[from..to]);
            ScriptStatement { text, span: Span { start: place(from), end: place(to) }, terminated }
        });
        self.start = place(end);
        self.content = None;
        self.base = end;
        statement
    }

    /// Reads one stretch; none at the end of the buffer, or where what follows must be known first.
    fn step(&mut self, last: bool) -> Option<Step> {
        let from = self.at;
        let rest = &self.buffer[from..];
        let mut chars = rest.chars();
        let first = chars.next()?;
        let second = chars.next();
        let waits = second.is_none() && !last;
        let (kind, mode, length) = match self.mode {
            Mode::Plain => match (first, second) {
                ('-' | '/' | '\\', None) if waits => return None,
                ('-', Some('-')) => (StepKind::Comment, Mode::LineComment, 2),
                ('/', Some('*')) => {
                    // A hint is told by the third character.
                    if rest.len() < 3 && !last {
                        return None;
                    }
                    self.comment_is_hint = rest.starts_with("/*+");
                    (StepKind::Comment, Mode::Comment, 2)
                }
                ('\\', Some(';')) => (StepKind::Content, Mode::Plain, 2),
                ('\'' | '"' | '`', _) => (StepKind::Content, Mode::Quotes(first), 1),
                (';', _) => (StepKind::Semicolon, Mode::Plain, 1),
                (c, _) if c.is_whitespace() => (StepKind::Blank, Mode::Plain, c.len_utf8()),
                (c, _) => (StepKind::Content, Mode::Plain, c.len_utf8()),
            },
            Mode::Quotes(quote) => match (first, second) {
                ('\\', None) if waits && quote != '`' => return None,
                ('\\', Some(escaped)) if quote != '`' => (StepKind::Content, self.mode, 1 + escaped.len_utf8()),
                (c, _) if c == quote => (StepKind::Content, Mode::Plain, 1),
                (c, _) => (StepKind::Content, self.mode, c.len_utf8()),
            },
            Mode::LineComment => match first {
                '\n' => (StepKind::Comment, Mode::Plain, 1),
                c => (StepKind::Comment, self.mode, c.len_utf8()),
            },
            Mode::Comment => match (first, second) {
                ('*', None) if waits => return None,
                ('*', Some('/')) => (StepKind::Comment, Mode::Plain, 2),
                (c, _) => (StepKind::Comment, self.mode, c.len_utf8()),
            },
        };
        if first == '-' && mode == Mode::LineComment && kind == StepKind::Comment {
            self.comment_is_hint = false;
        }
        self.mode = mode;
        self.at += length;
        Some(Step { from, to: self.at, kind })
    }
}

/// `\;` → `;` outside of quotes and comments.
fn unescape_semicolons(text: &str) -> String {
    if !text.contains("\\;") {
        return text.to_string();
    }
    let mut splitter = Splitter { buffer: text.to_string(), ..Default::default() };
    let mut out = String::with_capacity(text.len());
    loop {
        let plain = splitter.mode == Mode::Plain;
        let Some(step) = splitter.step(true) else { break };
        let piece = &text[step.from..step.to];
        out.push_str(if plain && piece == "\\;" { ";" } else { piece });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<String> {
        split(script).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn splits_outside_of_quotes_and_comments() {
        assert_eq!(texts("a;b"), ["a", "b"]);
        assert_eq!(texts(";; a ;\n;"), ["a"]);
        assert_eq!(texts("select ';' , \"a;'\" , `b;` ; x"), ["select ';' , \"a;'\" , `b;`", "x"]);
        assert_eq!(texts(r"select 'it\';s' ; x"), [r"select 'it\';s'", "x"]);
        assert_eq!(texts("-- a;\nb -- c;\n; /* d; */ e"), ["b", "e"]);
        assert_eq!(texts("a -- x;\n, b /* y; */ c;"), ["a -- x;\n, b /* y; */ c"]);
        assert_eq!(texts(r"set x=a\;b; y"), ["set x=a;b", "y"]);
        assert_eq!(texts("a - b / c; d"), ["a - b / c", "d"]);
        assert_eq!(texts("select `a\\`; x"), ["select `a\\`", "x"]);
    }

    #[test]
    fn keeps_places() {
        let statements = split("-- é\n  a\nb ;  c");
        assert_eq!(statements[0].span.start, Position { line: 2, column: 2, offset: 8 });
        assert_eq!(statements[0].span.end, Position { line: 3, column: 1, offset: 11 });
        assert_eq!(statements[1].span.start, Position { line: 3, column: 5, offset: 15 });
        assert!(statements[0].terminated && !statements[1].terminated);
        let second_line = Position { line: 2, column: 0, offset: 2 };
        assert_eq!(statements[0].locate(second_line), Position { line: 3, column: 0, offset: 10 });
    }

    #[test]
    fn takes_pieces_of_any_length() {
        let script = "-- x;\nselect 'a\\';', \"b\" /* ; */ -- y\n; `z;` \\; w; /*+ h */ v--";
        let whole = split(script);
        let mut splitter = Splitter::default();
        let mut pieces: Vec<_> = script.chars().flat_map(|c| splitter.feed(&c.to_string())).collect();
        pieces.extend(splitter.finish());
        assert_eq!(pieces, whole);
        assert_eq!(whole.len(), 3);
    }

    #[test]
    fn long_scripts_take_time_by_their_length() {
        let statements = split(&"select 'a;b' from t; -- x\n".repeat(100_000));
        assert_eq!(statements.len(), 100_000);
        assert_eq!(statements[99_999].span.start.line, 100_000);
    }

    #[test]
    fn tells_what_is_open() {
        for (text, state) in [
            ("", InputState::Empty),
            ("a;", InputState::Empty),
            ("a; -- b", InputState::Empty),
            ("a", InputState::Statement),
            ("a -", InputState::Statement),
            ("-", InputState::Statement),
            ("a 'b;", InputState::SingleQuotes),
            ("a \"b'", InputState::DoubleQuotes),
            ("a `b", InputState::BackQuotes),
            ("a /* b;", InputState::Comment),
        ] {
            let mut splitter = Splitter::default();
            splitter.feed(text);
            assert_eq!(splitter.state(), state, "{text}");
        }
    }

    #[test]
    fn removes_comments() {
        assert_eq!(remove_comments("-- a\nset x=1 -- b\n"), "set x=1");
        assert_eq!(remove_comments("select /*+ MAPJOIN(b) */ '--' /* c */ d"), "select /*+ MAPJOIN(b) */ '--'  d");
    }
}
