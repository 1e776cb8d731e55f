//! Statements: `execStatement` and `ddlStatement` of `HiveParser.g`, a family to a file.

mod administration;
mod alter_partition;
mod alter_table;
mod analyze;
mod authorization;
mod connector;
mod constraint;
mod create_table;
mod database;
mod describe;
mod explain;
mod export_import;
mod function;
mod insert;
mod load;
mod lock;
mod materialized_view;
mod parts;
mod prepare;
mod row_change;
mod scheduled;
mod show;
mod storage;
mod table;
mod transaction;
mod unsupported;
mod view;
mod workload;

use super::ast::Statement;
use super::cursor::{Parsed, Parser};
use super::error::ParseError;
use super::lexer::TokenKind;

/// First words of statements, for hints.
const FIRST_WORDS: &[&str] = &[
    "SELECT", "WITH", "FROM", "INSERT", "LOAD", "EXPLAIN", "CREATE", "DROP", "ALTER", "USE", "SHOW", "DESCRIBE",
    "TRUNCATE", "ANALYZE", "MSCK", "RELOAD", "UPDATE", "DELETE", "MERGE", "GRANT", "REVOKE", "EXPORT", "IMPORT",
];

impl Parser<'_> {
    /// A statement, up to the end of the text.
    pub(super) fn whole_statement(&mut self) -> Parsed<Statement> {
        let statement = self.statement()?;
        self.expect_end()?;
        Ok(statement)
    }

    /// A statement.
    #[recursive::recursive]
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        if self.is_symbol("(") {
            return Ok(Statement::Query(self.source_query()?));
        }
        let TokenKind::Word(word) = self.kind().clone() else { return Err(self.unrecognized()) };
        if let Some(statement) = self.administration()? {
            return Ok(statement);
        }
        match word.as_str() {
            "SELECT" | "VALUES" | "MAP" | "REDUCE" => Ok(Statement::Query(self.source_query()?)),
            "WITH" | "FROM" | "INSERT" => self.query_or_insert(),
            "EXPLAIN" => self.explain(),
            "LOAD" => self.load_data(),
            "UPDATE" => self.update(),
            "DELETE" => self.delete(),
            "MERGE" => self.merge(),
            "CREATE" => self.create(),
            "DROP" => self.drop(),
            "ALTER" => self.alter(),
            "USE" => {
                self.advance();
                self.within("switch database statement", |p| Ok(Statement::UseDatabase(p.ident()?)))
            }
            "SHOW" => self.show(),
            "DESCRIBE" | "DESC" => self.describe(),
            "TRUNCATE" => self.truncate_table(),
            "ANALYZE" => self.analyze_table(),
            "MSCK" => self.msck(),
            "ABORT" if self.word_at(1, "TRANSACTIONS") || self.word_at(1, "COMPACTIONS") => self.abort(),
            "KILL" if self.word_at(1, "QUERY") => self.kill_queries(),
            "EXPORT" => self.export_table(),
            "IMPORT" => self.import_table(),
            "RELOAD" if self.word_at(1, "FUNCTION") || self.word_at(1, "FUNCTIONS") => {
                self.advance();
                self.advance();
                Ok(Statement::ReloadFunctions)
            }
            _ => Err(self.unsupported_statement().unwrap_or_else(|| self.unknown_statement(&word))),
        }
    }

    fn create(&mut self) -> Parsed<Statement> {
        if self.word_at(1, "MATERIALIZED") && self.word_at(2, "VIEW") {
            return self.create_materialized_view();
        }
        let after = usize::from(self.word_at(1, "TEMPORARY")) + 1;
        let is = |word| self.word_at(after, word);
        if is("DATABASE") || is("SCHEMA") {
            return self.create_database();
        }
        if is("FUNCTION") {
            return self.create_function();
        }
        if is("MACRO") {
            return self.create_macro();
        }
        if is("VIEW") || is("OR") && self.word_at(3, "VIEW") {
            return self.within("create view statement", Self::create_view);
        }
        if is("TABLE") || is("EXTERNAL") || is("TRANSACTIONAL") || is("MANAGED") {
            return self.within("create table statement", Self::create_table);
        }
        Err(self.unsupported_statement().unwrap_or_else(|| self.unrecognized_behind(1, "ddl statement")))
    }

    fn drop(&mut self) -> Parsed<Statement> {
        if self.word_at(1, "MATERIALIZED") && self.word_at(2, "VIEW") {
            return self.drop_materialized_view();
        }
        let after = usize::from(self.word_at(1, "TEMPORARY")) + 1;
        let is = |word| self.word_at(after, word);
        if is("DATABASE") || is("SCHEMA") {
            return self.drop_database();
        }
        if is("TABLE") {
            return self.drop_table();
        }
        if is("VIEW") {
            return self.drop_view();
        }
        if is("FUNCTION") {
            return self.drop_function();
        }
        if is("MACRO") {
            return self.drop_macro();
        }
        Err(self.unsupported_statement().unwrap_or_else(|| self.unrecognized_behind(1, "ddl statement")))
    }

    fn alter(&mut self) -> Parsed<Statement> {
        if self.word_at(1, "MATERIALIZED") && self.word_at(2, "VIEW") {
            return self.alter_materialized_view();
        }
        if self.word_at(1, "DATABASE") || self.word_at(1, "SCHEMA") {
            return self.alter_database();
        }
        if self.word_at(1, "TABLE") {
            return self.alter_table();
        }
        if self.word_at(1, "VIEW") {
            return self.alter_view();
        }
        Err(self.unsupported_statement().unwrap_or_else(|| self.unrecognized_behind(1, "alter statement")))
    }

    /// The error for a statement whose word `n` is not known.
    fn unrecognized_behind(&mut self, n: usize, context: &'static str) -> ParseError {
        let mark = self.mark();
        let near = self.within(context, |p| Err::<(), _>(p.unrecognized())).err();
        for _ in 0..n {
            self.advance();
        }
        let mut error = self.unrecognized();
        self.back_to(mark);
        // Hive names the tokens from the start of the statement and the place where it could not go on.
        if let Some(near) = near {
            error.message = near.message;
        }
        error
    }

    fn unknown_statement(&self, word: &str) -> ParseError {
        let error = self.unrecognized();
        // A word of another length is another word; one may be megabytes long.
        let near = |known: &str| known.len().abs_diff(word.len()) <= 2 && distance(known, word) <= 2;
        match FIRST_WORDS.iter().find(|known| word.len() > 2 && near(known)) {
            Some(known) => error.with_hint(format!("did you mean {known}?")),
            None => error,
        }
    }
}

/// How many letters must be put in, taken out or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn measures_typing_errors() {
        assert_eq!(distance("SELECT", "SELECT"), 0);
        assert_eq!(distance("SELECT", "SELEC"), 1);
        assert_eq!(distance("SELECT", "SLECT"), 1);
        assert_eq!(distance("SELECT", "SELETC"), 2);
        assert!(distance("SELECT", "DROP") > 2);
    }
}
