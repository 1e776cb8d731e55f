//! `EXPLAIN`

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::{ExecutionPlan, collect, displayable};
use serde_json::{Value, json};

use super::context::StatementContext;
use super::query;
use crate::analyzer::{Analyzer, InsertPlan};
use crate::error::{Result, SkepError};
use crate::parser::ast::{Explain, ExplainOption, Statement};
use crate::session::{Outcome, Session};

/// Runs the statement. The plan is shown as a tree: rows flow from the inner, more indented lines outwards.
pub async fn run(session: &Session, statement: &Explain) -> Result<Outcome> {
    let has = |option: ExplainOption| statement.options.contains(&option);
    for option in &statement.options {
        let known = matches!(
            option,
            ExplainOption::Extended
                | ExplainOption::Formatted
                | ExplainOption::Dependency
                | ExplainOption::Logical
                | ExplainOption::Analyze
                | ExplainOption::Ast
        );
        if !known {
            return Err(SkepError::unsupported(format!("EXPLAIN {}", format!("{option:?}").to_uppercase())));
        }
    }
    if has(ExplainOption::Ast) {
        return text(&format!("{:#?}", statement.statement));
    }
    if has(ExplainOption::Dependency) {
        return dependency(session, &statement.statement);
    }
    let Some(parts) = plans(session, &statement.statement)? else {
        let words: Vec<&str> = statement.text.split_whitespace().take(3).collect();
        return text(&format!("Command: {}", words.join(" ").to_uppercase()));
    };
    let state = query::state(session)?;
    let mut lines = String::new();
    let mut objects = Vec::new();
    for (title, plan) in parts {
        if has(ExplainOption::Formatted) {
            let physical = query::physical(&state, plan).await?;
            objects.push(json!({ "statement": title, "plan": tree(&physical) }));
            continue;
        }
        lines.push_str(&format!("{title}\n"));
        describe(&state, plan, &statement.options, &mut lines).await?;
    }
    if has(ExplainOption::Formatted) {
        return Outcome::lines("Explain", [Value::Array(objects).to_string()]);
    }
    text(&lines)
}

async fn describe(
    state: &SessionState,
    plan: LogicalPlan,
    options: &[ExplainOption],
    lines: &mut String,
) -> Result<()> {
    let has = |option: ExplainOption| options.contains(&option);
    let indented = |text: String| text.lines().map(|line| format!("  {line}\n")).collect::<String>();
    if has(ExplainOption::Extended) || has(ExplainOption::Logical) {
        lines.push_str(&format!("Logical Plan:\n{}", indented(plan.display_indent().to_string())));
        let optimized = state.optimize(&plan)?;
        lines.push_str(&format!("Optimized Logical Plan:\n{}", indented(optimized.display_indent().to_string())));
        if has(ExplainOption::Logical) {
            return Ok(());
        }
    }
    let physical = query::physical(state, plan).await?;
    if has(ExplainOption::Analyze) {
        collect(Arc::clone(&physical), state.task_ctx()).await?;
        let shown = DisplayableExecutionPlan::with_metrics(physical.as_ref());
        lines.push_str(&format!("Physical Plan, as it ran:\n{}", indented(shown.indent(false).to_string())));
        return Ok(());
    }
    let verbose = has(ExplainOption::Extended);
    let shown = displayable(physical.as_ref()).indent(verbose).to_string();
    lines.push_str(&format!("Physical Plan:\n{}", indented(shown)));
    Ok(())
}

/// The queries in a statement, each with a title; `None` for a command.
fn plans(session: &Session, statement: &Statement) -> Result<Option<Vec<(String, LogicalPlan)>>> {
    let context = StatementContext::new(session);
    let analyzer = Analyzer::new(&context);
    Ok(match statement {
        Statement::Query(source) => Some(vec![("Query".into(), analyzer.analyze_query(&source.query)?.plan)]),
        Statement::CreateTable(create) => match &create.query {
            Some(source) => {
                let plan = analyzer.analyze_query(&source.query)?.plan;
                Some(vec![(format!("Create Table {} As", create.name), plan)])
            }
            None => None,
        },
        Statement::Insert(insert) => {
            let branches = analyzer.analyze_insert(insert)?.branches;
            let titled = branches.into_iter().map(|branch| match branch {
                InsertPlan::Table { plan, target } => {
                    let word = if target.overwrite { "Overwrite" } else { "Into" };
                    (format!("Insert {word} {}", target.table.qualified_name()), plan)
                }
                InsertPlan::Directory { query, .. } => ("Insert Overwrite Directory".into(), query.plan),
            });
            Some(titled.collect())
        }
        _ => None,
    })
}

fn tree(plan: &Arc<dyn ExecutionPlan>) -> Value {
    let details = displayable(plan.as_ref()).one_line().to_string();
    let inputs: Vec<Value> = plan.children().into_iter().map(tree).collect();
    json!({ "operator": plan.name(), "details": details.trim(), "inputs": inputs })
}

/// The tables that a statement reads, as Hive's JSON has them.
fn dependency(session: &Session, statement: &Statement) -> Result<Outcome> {
    let context = StatementContext::new(session);
    let analyzer = Analyzer::new(&context);
    match statement {
        Statement::Query(source) => drop(analyzer.analyze_query(&source.query)?),
        Statement::Insert(insert) => drop(analyzer.analyze_insert(insert)?),
        _ => {}
    }
    let tables: Vec<Value> = context
        .read_tables()
        .iter()
        .map(|table| {
            json!({ "tablename": format!("{}@{}", table.database, table.name), "tabletype": table.kind.name() })
        })
        .collect();
    Outcome::lines("Explain", [json!({ "input_tables": tables }).to_string()])
}

fn text(lines: &str) -> Result<Outcome> {
    Outcome::lines("Explain", lines.lines().map(str::to_string))
}
