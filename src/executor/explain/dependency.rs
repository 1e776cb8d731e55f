//! `EXPLAIN DEPENDENCY`: what a statement reads, in Hive's JSON (`ExplainTask`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::physical_plan::ExecutionPlan;
use serde_json::{Map, Value, json};
use skep_metastore::model::Table;
use skep_warehouse::scan::HiveScanExec;

use super::work::Work;
use crate::analyzer::Analyzer;
use crate::error::Result;
use crate::executor::context::StatementContext;
use crate::executor::query;
use crate::parser::ast::Statement;
use crate::session::Session;

/// `{"input_tables": […], "input_partitions": […]}`
pub async fn listing(session: &Session, state: &SessionState, work: &Work) -> Result<Value> {
    let parents = parents(session, &work.reads)?;
    let tables: Vec<Value> = work
        .reads
        .iter()
        .map(|table| {
            let mut object = Map::new();
            object.insert("tablename".into(), entity(&table.qualified_name()).into());
            object.insert("tabletype".into(), table.kind.name().into());
            if let Some(views) = parents.get(&table.qualified_name()) {
                object.insert("tableParents".into(), listed(views).into());
            }
            Value::Object(object)
        })
        .collect();
    let mut partitions = Vec::new();
    for (table, names) in partitions_read(state, work).await? {
        for name in names {
            partitions.push(json!({ "partitionName": format!("{}@{name}", entity(&table)) }));
        }
    }
    Ok(json!({ "input_tables": tables, "input_partitions": partitions }))
}

/// `default@t`
pub fn entity(qualified: &str) -> String {
    qualified.replacen('.', "@", 1)
}

fn listed(views: &BTreeSet<String>) -> String {
    let views: Vec<String> = views.iter().map(|view| entity(view)).collect();
    format!("[{}]", views.join(", "))
}

/// For each table that is read through views, the views that name it.
fn parents(session: &Session, reads: &[Arc<Table>]) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut below: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for view in reads.iter().filter(|table| table.is_view()) {
        let Some(text) = view.view_expanded_text.as_ref().or(view.view_original_text.as_ref()) else { continue };
        let Statement::Query(source) = crate::parser::parse(text)? else { continue };
        let context = StatementContext::new(session);
        Analyzer::new(&context).analyze_query(&source.query)?;
        let names = context.read_tables().iter().map(|table| table.qualified_name()).collect();
        below.insert(view.qualified_name(), names);
    }
    let mut parents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (view, names) in &below {
        // What a view in this view reads is that one's.
        let through = |name: &String| names.iter().filter_map(|n| below.get(n)).any(|inner| inner.contains(name));
        for name in names.iter().filter(|name| !through(name)) {
            parents.entry(name.clone()).or_default().insert(view.clone());
        }
    }
    Ok(parents)
}

/// The partitions that are read, by table.
pub async fn partitions_read(state: &SessionState, work: &Work) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut found = BTreeMap::new();
    for part in &work.parts {
        collect(&query::physical(state, part.plan.clone()).await?, &mut found);
    }
    Ok(found)
}

fn collect(plan: &Arc<dyn ExecutionPlan>, found: &mut BTreeMap<String, BTreeSet<String>>) {
    if let Some(scan) = plan.downcast_ref::<HiveScanExec>()
        && let Some(partitions) = scan.partitions()
    {
        found.entry(scan.table().to_string()).or_default().extend(partitions.iter().cloned());
    }
    plan.children().into_iter().for_each(|child| collect(child, found));
}
