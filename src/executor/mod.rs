//! Runs statements: commands here and in the folders below, queries through the analyzer and DataFusion.
//!
//! What changes data keeps one order: files are final before the catalog says so, and a statement that fails leaves the
//! table as it was.

mod context;
mod ddl;
mod describe;
mod names;
mod partition_filter;
mod partition_spec;
mod processor;
mod query;
mod show;

use crate::error::{Result, SkepError};
use crate::parser::ast::Statement;
use crate::session::{Outcome, Session};

/// Runs one statement whose variables are replaced already.
pub(crate) async fn run(session: &mut Session, text: &str) -> Result<Outcome> {
    if let Some(outcome) = processor::run(session, text).await? {
        return Ok(outcome);
    }
    let statement = crate::parser::parse(text)?;
    execute(session, statement).await
}

async fn execute(session: &mut Session, statement: Statement) -> Result<Outcome> {
    match statement {
        Statement::Query(query) => query::run(session, &query).await,
        Statement::CreateDatabase(statement) => ddl::database::create(session, &statement).await,
        Statement::DropDatabase(statement) => ddl::database::drop(session, &statement).await,
        Statement::AlterDatabase(statement) => ddl::database::alter(session, &statement),
        Statement::UseDatabase(name) => ddl::database::select(session, &name),
        Statement::CreateTable(statement) => ddl::create_table::run(session, &statement).await,
        Statement::DropTable(statement) => ddl::drop_table::run(session, &statement).await,
        Statement::Show(statement) => show::run(session, &statement).await,
        Statement::Describe(statement) => describe::run(session, &statement).await,
        other => Err(SkepError::unsupported(format!("the statement {other:?}"))),
    }
}
