//! Where in a statement's text something stands.

use std::ops::Range;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 0, as Hive's messages count.
    pub column: usize,
    /// Bytes from the start of the text.
    pub offset: usize,
}

impl Position {
    /// The start of a text.
    pub const START: Position = Position { line: 1, column: 0, offset: 0 };

    /// The place of a byte offset in a text; an offset behind the end is taken as the end.
    pub fn at(text: &str, offset: usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Position {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count(),
            offset,
        }
    }
}

impl Default for Position {
    fn default() -> Self {
        Position::START
    }
}

/// A stretch of a text; the end is exclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First character.
    pub start: Position,
    /// Behind the last character.
    pub end: Position,
}

impl Span {
    /// The stretch from the start of one to the end of the other.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end }
    }

    /// The byte range.
    pub fn range(&self) -> Range<usize> {
        self.start.offset..self.end.offset
    }

    /// The text of the stretch; empty if it does not lie in `text`.
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.range()).unwrap_or("")
    }
}
