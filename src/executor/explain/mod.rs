//! `EXPLAIN`, in all its forms.
//!
//! * `work`: what a statement does, found out without doing it: its plans, what it reads and what it changes.
//! * `tree`: a physical plan as text or as JSON.
//! * `dependency`, `authorization`, `locks`: listings in the form of Hive's.
//! * `ddl`: the statements that make a query's tables anew, with their statistics.

mod authorization;
mod ddl;
mod dependency;
mod locks;
mod names;
mod tree;
mod work;

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::physical_plan::{ExecutionPlan, collect};
use serde_json::{Value, json};

pub(crate) use self::names::Names;
use self::tree::Detail;
pub(crate) use self::tree::described;
use self::work::{Part, Work};
use super::context::StatementContext;
use super::{multi_insert, query};
use crate::analyzer::Analyzer;
use crate::error::Result;
use crate::parser::ast::{Explain, ExplainOption, Statement};
use crate::session::{Outcome, Session};

/// Runs the statement. In plans rows flow from the inner, more indented lines outwards.
pub async fn run(session: &Session, statement: &Explain) -> Result<Outcome> {
    let has = |option: ExplainOption| statement.options.contains(&option);
    // What is explained twice is explained once.
    if let Statement::Explain(inner) = statement.statement.as_ref() {
        return Box::pin(run(session, inner)).await;
    }
    if has(ExplainOption::Ast) {
        return text(&format!("{:#?}", statement.statement));
    }
    if has(ExplainOption::Rewrite) {
        return text(&rewritten(session, statement)?);
    }
    let work = Work::of(session, &statement.statement, &statement.text)?;
    let state = query::state(session)?;
    if has(ExplainOption::Dependency) {
        let json = dependency::listing(session, &state, &work).await?;
        return Outcome::lines("Explain", [json.to_string()]);
    }
    if has(ExplainOption::Authorization) {
        return authorization::explain(session, &state, &work, has(ExplainOption::Formatted)).await;
    }
    if has(ExplainOption::Locks) {
        return locks::explain(&state, &work, has(ExplainOption::Formatted)).await;
    }
    if has(ExplainOption::Ddl) {
        return ddl::explain(session, &work);
    }
    if has(ExplainOption::Formatted) {
        return formatted(&state, &work, &statement.options).await;
    }
    let mut lines = String::new();
    if has(ExplainOption::Vectorization) {
        // Every operator works on batches of columns; there is nothing to be turned on.
        lines.push_str("PLAN VECTORIZATION:\n  enabled: true\n");
        let size = state.config().batch_size();
        lines.push_str(&format!("  rows in a batch: {size}\n\n"));
    }
    if work.parts.is_empty() {
        lines.push_str(&command(&work));
    }
    let only_logical = has(ExplainOption::Logical) || has(ExplainOption::Cbo);
    let mut physical = Vec::new();
    if !only_logical || has(ExplainOption::Extended) {
        physical = plans(&state, &work, ran(&statement.options)).await?;
    }
    for (i, part) in work.parts.iter().enumerate() {
        describe(&state, &names(&work, part)?, part, physical.get(i), &statement.options, &mut lines)?;
    }
    text(&lines)
}

/// Is the statement's query to be run, for what it measures?
fn ran(options: &[ExplainOption]) -> bool {
    options.contains(&ExplainOption::Analyze) || options.contains(&ExplainOption::Reoptimization)
}

/// The physical plans of the statement's queries.
async fn plans(state: &SessionState, work: &Work, run: bool) -> Result<Vec<Arc<dyn ExecutionPlan>>> {
    let mut plans = Vec::with_capacity(work.parts.len());
    if let Some(shared) = &work.shared {
        let (source, branches) = shared.physical(state).await?;
        if run {
            multi_insert::measure(&source, &branches, state.task_ctx()).await?;
        }
        plans.push(source);
        plans.extend(branches);
        return Ok(plans);
    }
    for part in &work.parts {
        let plan = query::physical(state, part.plan.clone()).await?;
        if run {
            collect(Arc::clone(&plan), state.task_ctx()).await?;
        }
        plans.push(plan);
    }
    Ok(plans)
}

/// The names in a part.
fn names(work: &Work, part: &Part) -> Result<Names> {
    let names = Names::of(part)?;
    match (&work.shared, work.parts.first()) {
        (Some(_), Some(source)) => Ok(names.over(&Names::of(source)?)),
        _ => Ok(names),
    }
}

/// A statement without a query.
fn command(work: &Work) -> String {
    let mut lines = format!("Command: {}\n", work.command);
    let mut list = |title: &str, entities: Vec<String>| {
        if !entities.is_empty() {
            lines.push_str(&format!("  {title}: {}\n", entities.join(", ")));
        }
    };
    list("reads", work.reads.iter().map(|table| table.qualified_name()).collect());
    list("changes", work.writes.iter().map(|write| write.name()).collect());
    lines
}

fn describe(
    state: &SessionState,
    names: &Names,
    part: &Part,
    physical: Option<&Arc<dyn ExecutionPlan>>,
    options: &[ExplainOption],
    lines: &mut String,
) -> Result<()> {
    let has = |option: ExplainOption| options.contains(&option);
    lines.push_str(&format!("{}\n", part.title));
    if has(ExplainOption::Extended) || has(ExplainOption::Logical) || has(ExplainOption::Debug) {
        lines.push_str("Logical Plan:\n");
        lines.push_str(&tree::logical(&part.plan, names));
    }
    if has(ExplainOption::Extended) || has(ExplainOption::Cbo) || has(ExplainOption::Debug) {
        lines.push_str("Optimized Logical Plan:\n");
        lines.push_str(&tree::logical(&state.optimize(&part.plan)?, names));
    }
    let Some(physical) = physical else { return Ok(()) };
    let ran = ran(options);
    lines.push_str(if ran { "Physical Plan, as it ran:\n" } else { "Physical Plan:\n" });
    let verbose = has(ExplainOption::Extended) || has(ExplainOption::Debug);
    lines.push_str(&tree::physical(physical, names, Detail { ran, verbose }));
    Ok(())
}

async fn formatted(state: &SessionState, work: &Work, options: &[ExplainOption]) -> Result<Outcome> {
    let ran = ran(options);
    if work.parts.is_empty() {
        let reads: Vec<String> = work.reads.iter().map(|table| table.qualified_name()).collect();
        let writes: Vec<String> = work.writes.iter().map(|write| write.name()).collect();
        let json = json!([{ "statement": work.command, "reads": reads, "changes": writes }]);
        return Outcome::lines("Explain", [json.to_string()]);
    }
    let mut objects = Vec::new();
    for (part, physical) in work.parts.iter().zip(plans(state, work, ran).await?) {
        let plan = tree::json(&physical, &names(work, part)?, Detail { ran, verbose: false });
        objects.push(json!({ "statement": part.title, "plan": plan }));
    }
    Outcome::lines("Explain", [Value::Array(objects).to_string()])
}

/// The query with its names written out, as a view would keep it.
fn rewritten(session: &Session, statement: &Explain) -> Result<String> {
    let source = match statement.statement.as_ref() {
        Statement::Query(source) => source,
        Statement::CreateView(create) => &create.query,
        _ => return Ok(statement.text.clone()),
    };
    let context = StatementContext::new(session);
    Ok(Analyzer::new(&context).analyze_view("", source, &[])?.expanded_text)
}

fn text(text: &str) -> Result<Outcome> {
    Outcome::lines("Explain", text.lines().map(str::to_string))
}
