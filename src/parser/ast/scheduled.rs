//! Scheduled queries.

use super::{Ident, Statement};

/// A statement about scheduled queries.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduledQueryStatement {
    /// `CREATE SCHEDULED QUERY name schedule [EXECUTED AS 'user'] [ENABLE|DISABLE] [DEFINED] AS statement`
    Create {
        /// Name.
        name: Ident,
        /// When, as a Quartz cron expression.
        schedule: String,
        /// `EXECUTED AS`
        user: Option<String>,
        /// `ENABLE`, `DISABLE`
        enabled: Option<bool>,
        /// The statement.
        query: ScheduledText,
    },
    /// `ALTER SCHEDULED QUERY name …`
    Alter {
        /// Name.
        name: Ident,
        /// What is changed.
        action: AlterScheduledQuery,
    },
    /// `DROP SCHEDULED QUERY name`
    Drop(Ident),
    /// `SHOW SCHEDULED QUERIES`; Hive shows them in `sys.scheduled_queries`
    Show,
}

/// What `ALTER SCHEDULED QUERY` does.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterScheduledQuery {
    /// Another schedule.
    Schedule(String),
    /// `EXECUTED AS`
    User(String),
    /// `ENABLE`, `DISABLE`
    Enabled(bool),
    /// `[DEFINED] AS`
    Query(ScheduledText),
    /// `EXECUTE`: now
    Execute,
}

/// A statement with its text.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduledText {
    /// The statement.
    pub statement: Box<Statement>,
    /// Its text, as typed.
    pub text: String,
}
