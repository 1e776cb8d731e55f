//! The statements that administrators use: found by their first words, a family to a file.

use crate::parser::ast::{ScheduledQueryStatement, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    /// A statement of one of these families, if one is next.
    pub(super) fn administration(&mut self) -> Parsed<Option<Statement>> {
        let verb = self.is_one_of(&["CREATE", "ALTER", "DROP"]);
        let statement = match () {
            () if self.is("LOCK") => self.lock(),
            () if self.is("UNLOCK") => self.unlock(),
            () if self.is("PREPARE") => self.prepare(),
            () if self.is("EXECUTE") => self.execute(),
            () if self.are(&["CREATE", "CONNECTOR"]) => self.create_connector(),
            () if self.are(&["ALTER", "CONNECTOR"]) => self.alter_connector(),
            () if self.are(&["DROP", "CONNECTOR"]) => self.drop_connector(),
            () if self.are(&["SHOW", "CONNECTORS"]) => self.show_connectors(),
            () if self.are(&["CREATE", "REMOTE"]) => self.create_remote_database(),
            // `DESCRIBE connector` may be a table, too.
            () if self.is_one_of(&["DESCRIBE", "DESC"])
                && self.word_at(1, "CONNECTOR")
                && (self.name_at(2) || self.word_at(2, "EXTENDED")) =>
            {
                self.describe_connector()
            }
            () if self.eat_all(&["SHOW", "SCHEDULED", "QUERIES"]) => {
                Ok(Statement::ScheduledQuery(ScheduledQueryStatement::Show))
            }
            () if verb && self.word_at(1, "SCHEDULED") && self.word_at(2, "QUERY") => self.scheduled_query(),
            () => {
                return match self.authorization()? {
                    None => self.workload(),
                    found => Ok(found),
                };
            }
        };
        statement.map(Some)
    }
}
