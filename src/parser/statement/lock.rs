//! `LOCK`, `UNLOCK`, `PREPARE`, `EXECUTE`.

use skep_metastore::model::LockMode;

use crate::parser::ast::{Execute, Lock, LockTarget, Prepare, Statement};
use crate::parser::cursor::{Parsed, Parser};
use crate::parser::lexer::TokenKind;

impl Parser<'_> {
    pub(super) fn lock(&mut self) -> Parsed<Statement> {
        let context = if self.word_at(1, "TABLE") { "lock statement" } else { "lock database statement" };
        self.within(context, |p| {
            let start = p.span();
            p.expect("LOCK")?;
            let target = p.lock_target()?;
            let mode = match p.eat_one_of(&["SHARED", "EXCLUSIVE"]) {
                Some("SHARED") => LockMode::Shared,
                Some(_) => LockMode::Exclusive,
                None => return Err(p.unrecognized()),
            };
            Ok(Statement::Lock(Lock { target, mode, text: p.span_from(start).text(p.text).to_string() }))
        })
    }

    pub(super) fn unlock(&mut self) -> Parsed<Statement> {
        let context = if self.word_at(1, "TABLE") { "unlock statement" } else { "unlock database statement" };
        self.within(context, |p| {
            p.expect("UNLOCK")?;
            Ok(Statement::Unlock(p.lock_target()?))
        })
    }

    fn lock_target(&mut self) -> Parsed<LockTarget> {
        if self.eat("TABLE") {
            let name = self.object_name()?;
            return Ok(LockTarget::Table(name, self.optional_partition_spec()?));
        }
        self.database_word()?;
        Ok(LockTarget::Database(self.ident()?))
    }

    /// `PREPARE name FROM query`: the query is read with NULL for its parameters, to find its errors now.
    pub(super) fn prepare(&mut self) -> Parsed<Statement> {
        self.within("prepare statement", |p| {
            p.expect("PREPARE")?;
            let name = p.ident()?;
            p.expect("FROM")?;
            let start = p.span();
            let mut parameters = 0;
            let mut end = start;
            while !p.at_end() && !p.is_symbol(";") {
                parameters += usize::from(p.is_symbol("?"));
                end = p.advance().span;
            }
            let text = start.to(end).text(p.text).to_string();
            Ok(Statement::Prepare(Prepare { name, text, parameters }))
        })
    }

    pub(super) fn execute(&mut self) -> Parsed<Statement> {
        self.within("execute statement", |p| {
            p.expect("EXECUTE")?;
            let name = p.ident()?;
            let mut values = Vec::new();
            if p.eat("USING") {
                values = p.separated(|p| {
                    let start = p.span();
                    let constant = p.constant()?;
                    Ok((constant, p.span_from(start).text(p.text).to_string()))
                })?;
            }
            Ok(Statement::Execute(Execute { name, values }))
        })
    }
}

/// The text with values in the places of its parameters `?`, one after the other.
///
/// # Errors
/// What is no token of HiveQL.
pub fn with_values(text: &str, values: &[&str]) -> Result<String, crate::parser::ParseError> {
    let tokens = crate::parser::lexer::tokenize(text, crate::parser::ParseOptions::default())?;
    let mut values = values.iter();
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for token in tokens.iter().filter(|token| token.kind == TokenKind::Symbol("?")) {
        let Some(value) = values.next() else { break };
        let range = token.span.range();
        result.push_str(&text[done..range.start]);
        result.push_str(value);
        done = range.end;
    }
    result.push_str(&text[done..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::with_values;

    #[test]
    fn values_take_the_places_of_parameters() {
        let text = "select '?' from t where a = ? and b <?";
        assert_eq!(with_values(text, &["'x'", "-1"]).unwrap(), "select '?' from t where a = 'x' and b <-1");
    }
}
