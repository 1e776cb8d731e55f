//! Statements about transactions, compactions and queries that run.

use super::Parsed;
use crate::parser::ast::{ShowCompactions, Statement};
use crate::parser::cursor::Parser;

impl Parser<'_> {
    /// `ABORT TRANSACTIONS id…`, `ABORT COMPACTIONS id…`
    pub(super) fn abort(&mut self) -> Parsed<Statement> {
        let compactions = self.word_at(1, "COMPACTIONS");
        let context = if compactions { "abort compactions statement" } else { "abort transactions statement" };
        self.within(context, |p| {
            p.advance();
            p.advance();
            let mut ids = vec![p.integer()?];
            while !p.at_end() {
                ids.push(p.integer()?);
            }
            Ok(if compactions { Statement::AbortCompactions(ids) } else { Statement::AbortTransactions(ids) })
        })
    }

    /// `KILL QUERY 'id'…`; commas may stand between them
    pub(super) fn kill_queries(&mut self) -> Parsed<Statement> {
        self.within("kill query statement", |p| {
            p.advance();
            p.advance();
            let mut queries = vec![p.string()?];
            while !p.at_end() {
                p.eat_symbol(",");
                queries.push(p.string()?);
            }
            Ok(Statement::KillQueries(queries))
        })
    }

    /// What stands behind `SHOW COMPACTIONS`.
    pub(super) fn show_compactions(&mut self) -> Parsed<ShowCompactions> {
        let mut wanted = ShowCompactions::default();
        if self.eat("COMPACTIONID") {
            self.eat_equal();
            wanted.id = Some(self.integer()?);
            return Ok(wanted);
        }
        if self.eat_one_of(&["SCHEMA", "DATABASE"]).is_some() {
            wanted.database = Some(self.ident()?);
        } else if self.name_at(0) && !self.is_one_of(&["POOL", "TYPE", "STATE", "ORDER", "STATUS", "LIMIT"]) {
            wanted.table = Some(self.object_name()?);
            wanted.partition = self.optional_partition_spec()?;
        }
        if self.eat("POOL") {
            wanted.pool = Some(self.string()?);
        }
        if self.eat("TYPE") {
            wanted.kind = Some(self.string()?);
        }
        if self.eat_one_of(&["STATE", "STATUS"]).is_some() {
            wanted.state = Some(self.string()?);
        }
        if self.eat_all(&["ORDER", "BY"]) {
            wanted.order_by = self.separated(|p| {
                let column = match p.eat_string() {
                    Some(column) => column,
                    None => p.any_word()?.value,
                };
                let descending = p.eat_one_of(&["ASC", "DESC"]) == Some("DESC");
                Ok((column, !descending))
            })?;
        }
        if self.eat("LIMIT") {
            wanted.limit = Some(self.integer()?);
        }
        Ok(wanted)
    }
}
