//! `PREPARE`, `EXECUTE`: queries with parameters, kept by the session.

use crate::error::{Result, SkepError};
use crate::parser::ast::{Execute, Explain, Prepare, Statement};
use crate::parser::{parse, with_values};
use crate::session::{Outcome, Session};

/// `PREPARE`: the query is read and planned with NULL for its parameters, so that its errors come out now.
pub fn prepare(session: &mut Session, statement: &Prepare) -> Result<Outcome> {
    let name = statement.name.lower();
    let query = as_query(with_nulls(statement)?, statement)?;
    if session.extras().prepared.contains_key(&name) {
        let text = format!("Prepare query: {name} already exists.");
        return Err(SkepError::invalid(text).with_span(Some(statement.name.span.into())));
    }
    if let Statement::Query(query) = &query {
        super::query::analyze(session, query)?;
    }
    session.extras_mut().prepared.insert(name, statement.clone());
    Ok(Outcome::done())
}

/// The statement of a `PREPARE` with NULL for its parameters, for `EXPLAIN`.
pub fn with_nulls(statement: &Prepare) -> Result<Statement> {
    let nulls = vec!["NULL"; statement.parameters];
    Ok(parse(&with_values(&statement.text, &nulls)?)?)
}

/// The statement that `EXECUTE` runs: the prepared one with the values in the places of its parameters.
pub fn executed(session: &Session, statement: &Execute) -> Result<Statement> {
    let name = statement.name.lower();
    let Some(prepared) = session.extras().prepared.get(&name) else {
        let error = SkepError::invalid(format!("Prepare plan: {name} is not found"));
        return Err(error
            .with_span(Some(statement.name.span.into()))
            .with_hint("PREPARE name FROM query makes one for the session"));
    };
    if statement.values.len() != prepared.parameters {
        let text = format!(
            "the query {name} has {} parameter(s), but {} value(s) are given",
            prepared.parameters,
            statement.values.len()
        );
        return Err(SkepError::invalid(text).with_span(Some(statement.name.span.into())));
    }
    let values: Vec<&str> = statement.values.iter().map(|(_, text)| text.as_str()).collect();
    Ok(parse(&with_values(&prepared.text, &values)?)?)
}

/// `EXPLAIN` of a `PREPARE` or an `EXECUTE` explains the query itself.
pub fn explained(session: &Session, statement: &Explain) -> Result<Option<Explain>> {
    let inner = match statement.statement.as_ref() {
        Statement::Prepare(prepare) => with_nulls(prepare)?,
        Statement::Execute(execute) => executed(session, execute)?,
        _ => return Ok(None),
    };
    Ok(Some(Explain { statement: Box::new(inner), ..statement.clone() }))
}

fn as_query(statement: Statement, prepared: &Prepare) -> Result<Statement> {
    match statement {
        Statement::Query(_) => Ok(statement),
        _ => Err(SkepError::unsupported("PREPARE of anything but a query").with_span(Some(prepared.name.span.into()))),
    }
}
