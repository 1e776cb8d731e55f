//! Statements that are not parsed yet: they are known by their first words, so that the error can name them.

use crate::parser::ast::UnsupportedFamily as Family;
use crate::parser::cursor::Parser;
use crate::parser::error::ParseError;

/// First words, and the family they belong to. `CREATE`, `ALTER` and `DROP` in front of `*` stand for each other.
const FAMILIES: &[(&[&str], Family)] = &[
    (&["START", "TRANSACTION"], Family::Transaction),
    (&["COMMIT"], Family::Transaction),
    (&["ROLLBACK"], Family::Transaction),
    (&["ABORT", "COMPACTIONS"], Family::Transaction),
    (&["SET", "AUTOCOMMIT"], Family::Transaction),
    (&["GRANT"], Family::Authorization),
    (&["REVOKE"], Family::Authorization),
    (&["SET", "ROLE"], Family::Authorization),
    (&["SHOW", "GRANT"], Family::Authorization),
    (&["SHOW", "ROLE"], Family::Authorization),
    (&["SHOW", "PRINCIPALS"], Family::Authorization),
    (&["*", "ROLE"], Family::Authorization),
    (&["REPL"], Family::Replication),
    (&["*", "SCHEDULED"], Family::ScheduledQuery),
    (&["*", "RESOURCE"], Family::WorkloadManagement),
    (&["*", "POOL"], Family::WorkloadManagement),
    (&["*", "TRIGGER"], Family::WorkloadManagement),
    (&["*", "USER"], Family::WorkloadManagement),
    (&["*", "GROUP"], Family::WorkloadManagement),
    (&["*", "APPLICATION"], Family::WorkloadManagement),
    (&["*", "UNMANAGED"], Family::WorkloadManagement),
    (&["*", "WORKLOAD"], Family::WorkloadManagement),
    (&["SHOW", "RESOURCE"], Family::WorkloadManagement),
    (&["REPLACE", "RESOURCE"], Family::WorkloadManagement),
    (&["REPLACE", "ACTIVE"], Family::WorkloadManagement),
    (&["KILL"], Family::WorkloadManagement),
    (&["DISABLE"], Family::WorkloadManagement),
    (&["ENABLE"], Family::WorkloadManagement),
    (&["LOCK"], Family::Lock),
    (&["UNLOCK"], Family::Lock),
    (&["*", "CONNECTOR"], Family::DataConnector),
    (&["*", "REMOTE"], Family::DataConnector),
    (&["SHOW", "CONNECTORS"], Family::DataConnector),
    (&["PREPARE"], Family::PreparedStatement),
    (&["EXECUTE"], Family::PreparedStatement),
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

    /// The error for `DESCRIBE CONNECTOR`.
    pub(super) fn unsupported_described(&self) -> Option<ParseError> {
        (self.is("CONNECTOR") && (self.name_at(1) || self.word_at(1, "EXTENDED")))
            .then(|| self.unsupported(self.span(), "DESCRIBE CONNECTOR (data connectors)"))
    }
}

impl Family {
    /// What the family is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transaction => "transactions",
            Self::Authorization => "roles and privileges",
            Self::Replication => "replication",
            Self::ScheduledQuery => "scheduled queries",
            Self::WorkloadManagement => "workload management",
            Self::Lock => "explicit locks",
            Self::DataConnector => "data connectors",
            Self::PreparedStatement => "prepared statements",
        }
    }
}
