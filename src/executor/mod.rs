//! Runs statements: commands here and in the folders below, queries through the analyzer and DataFusion.
//!
//! What changes data keeps one order: files are final before the catalog says so, and a statement that fails leaves the
//! table as it was.

mod analyze_table;
mod authorize;
mod context;
mod ddl;
mod describe;
mod explain;
mod export_import;
mod insert;
mod load;
mod lock;
mod msck;
mod multi_insert;
mod names;
pub(crate) mod operators;
mod partition_filter;
mod partition_spec;
mod prepare;
mod processes;
mod processor;
mod query;
mod row_change;
mod shape;
mod show;
mod statement_lock;
#[cfg(test)]
mod tests;

pub(crate) use describe::column_comment;
pub(crate) use explain::{Names as PlanNames, described};
pub(crate) use shape::{gives_rows, waits_its_turn};
pub(crate) use show::function_names;

use crate::error::Result;
use crate::parser::ast::Statement;
use crate::session::{Outcome, Session};

/// Runs one statement whose variables are replaced already.
pub(crate) async fn run(session: &mut Session, text: &str) -> Result<Outcome> {
    if let Some(outcome) = processor::run(session, text).await? {
        return Ok(outcome);
    }
    let standard = session.config().text("hive.support.quoted.identifiers").eq_ignore_ascii_case("standard");
    let text = if standard { &crate::parser::double_to_back_quotes(text)? } else { text };
    let statement = crate::parser::parse(text)?;
    execute(session, &statement, text).await
}

async fn execute(session: &mut Session, statement: &Statement, text: &str) -> Result<Outcome> {
    let waiting = statement_lock::Waiting::begin(session);
    loop {
        match authorize::check(session, statement) {
            Err(error) if waiting.goes_on(statement, &error).await => {}
            asked => break asked?,
        }
    }
    let held = statement_lock::take(session, statement, text, waiting).await?;
    loop {
        match dispatch(session, statement, text).await {
            Err(error) if waiting.goes_on(statement, &error).await => {}
            done => {
                drop(held);
                return done;
            }
        }
    }
}

async fn dispatch(session: &mut Session, statement: &Statement, text: &str) -> Result<Outcome> {
    match statement {
        Statement::Query(query) => query::run(session, query).await,
        Statement::Insert(statement) => insert::run(session, statement).await,
        Statement::Update(statement) => row_change::update(session, statement).await,
        Statement::Delete(statement) => row_change::delete(session, statement).await,
        Statement::Merge(statement) => row_change::merge(session, statement).await,
        Statement::LoadData(statement) => load::run(session, statement).await,
        Statement::Explain(statement) => match prepare::explained(session, statement)? {
            Some(statement) => explain::run(session, &statement).await,
            None => explain::run(session, statement).await,
        },
        Statement::CreateDatabase(statement) => ddl::database::create(session, statement).await,
        Statement::DropDatabase(statement) => ddl::database::drop(session, statement).await,
        Statement::AlterDatabase(statement) => ddl::database::alter(session, statement),
        Statement::UseDatabase(name) => ddl::database::select(session, name),
        Statement::CreateTable(statement) => ddl::create_table::run(session, statement).await,
        Statement::CreateTableLike(statement) => ddl::create_like::run(session, statement).await,
        Statement::DropTable(statement) => ddl::drop_table::run(session, statement).await,
        Statement::TruncateTable(statement) => ddl::truncate::run(session, statement).await,
        Statement::AlterTable(statement) => ddl::alter_table::run(session, statement).await,
        Statement::CreateView(statement) => ddl::view::create(session, statement),
        Statement::CreateMaterializedView(statement) => ddl::materialized_view::create(session, statement).await,
        Statement::DropMaterializedView(statement) => ddl::materialized_view::drop(session, statement).await,
        Statement::AlterMaterializedView(statement) => ddl::materialized_view::alter(session, statement).await,
        Statement::DropView(statement) => ddl::view::drop(session, statement),
        Statement::AlterView(statement) => ddl::view::alter(session, statement).await,
        Statement::CreateFunction(statement) => ddl::function::create(session, statement),
        Statement::DropFunction(statement) => ddl::function::drop(session, statement),
        Statement::ReloadFunctions => Ok(Outcome::done()),
        Statement::CreateMacro(statement) => ddl::function::create_macro(session, statement),
        Statement::DropMacro(statement) => ddl::function::drop_macro(session, statement),
        Statement::Show(statement) => show::run(session, statement).await,
        Statement::Describe(statement) => describe::run(session, statement).await,
        Statement::AnalyzeTable(statement) => analyze_table::run(session, statement).await,
        Statement::Msck(statement) => msck::run(session, statement).await,
        Statement::AbortCompactions(ids) => ddl::transactional::abort_compactions(session, ids),
        Statement::AbortTransactions(ids) => ddl::transactional::abort(session, ids),
        Statement::KillQueries(queries) => processes::kill(session, queries),
        Statement::Lock(statement) => lock::lock(session, statement).await,
        Statement::Unlock(statement) => lock::unlock(session, statement),
        Statement::Prepare(statement) => prepare::prepare(session, statement),
        Statement::Execute(statement) => {
            let statement = prepare::executed(session, statement)?;
            Box::pin(execute(session, &statement, text)).await
        }
        Statement::Connector(statement) => ddl::connector::run(session, statement),
        Statement::Authorization(statement) => ddl::authorization::run(session, statement),
        Statement::Workload(statement) => ddl::workload::run(session, statement),
        Statement::ScheduledQuery(statement) => ddl::scheduled::run(session, statement),
        Statement::Export(statement) => export_import::export(session, statement).await,
        Statement::Import(statement) => export_import::import(session, statement).await,
    }
}
