//! Statements that are not parsed yet: they are known by their first words, so that the error can name them.

use crate::parser::ast::UnsupportedFamily as Family;
use crate::parser::cursor::Parser;
use crate::parser::error::ParseError;

/// First words, and the family they belong to. `CREATE`, `ALTER` and `DROP` in front of `*` stand for each other.
const FAMILIES: &[(&[&str], Family)] = &[
    (&["START", "TRANSACTION"], Family::Transaction),
    (&["COMMIT"], Family::Transaction),
    (&["ROLLBACK"], Family::Transaction),
    (&["SET", "AUTOCOMMIT"], Family::Transaction),
    (&["REPL"], Family::Replication),
];

impl Parser<'_> {
    /// The error for a statement that is known by its first words only.
    pub(super) fn unsupported_statement(&self) -> Option<ParseError> {
        let (words, family) = FAMILIES.iter().find(|(words, _)| {
            words.iter().enumerate().all(|(n, word)| match *word {
                "*" => ["CREATE", "ALTER", "DROP"].iter().any(|word| self.word_at(n, word)),
                word => self.word_at(n, word),
            })
        })?;
        let span = self.span().to(self.token(words.len() - 1).span);
        Some(self.unsupported(span, &format!("{} ({})", span.text(self.text).to_uppercase(), family.name())))
    }
}

impl Family {
    /// What the family is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transaction => "transactions",
            Self::Replication => "replication",
        }
    }
}
