//! Plans as trees of text, and as JSON.

use std::sync::Arc;

use datafusion::common::stats::Precision;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{ExecutionPlan, displayable};
use serde_json::{Map, Value, json};
use skep_warehouse::scan::HiveScanExec;

use super::names::Names;
use crate::analyzer::nodes::SharedRows;

/// What is shown of an operator.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// The plan has run: what it measured is shown.
    pub ran: bool,
    /// Operators that only move rows are shown too.
    pub verbose: bool,
}

/// One operator.
struct Operator {
    name: String,
    details: String,
    rows: Precision<usize>,
    bytes: Precision<usize>,
    measured: Vec<(String, String)>,
}

/// A logical plan, a line an operator, below the operator it feeds.
pub fn logical(plan: &LogicalPlan, names: &Names) -> String {
    let text = plan.display_indent().to_string();
    // A scan speaks of the table's own columns.
    let of_table =
        |line: &str| line.trim_start().strip_prefix("TableScan: ").is_some_and(|t| !t.starts_with(SharedRows::NAME));
    let line = |line: &str| names.replace(line, !of_table(line));
    text.lines().map(|text| format!("  {}\n", line(text))).collect()
}

/// A physical plan, a line an operator, below the operator it feeds.
pub fn physical(plan: &Arc<dyn ExecutionPlan>, names: &Names, detail: Detail) -> String {
    let mut lines = String::new();
    write(plan, names, detail, 1, &mut lines);
    lines
}

fn write(plan: &Arc<dyn ExecutionPlan>, names: &Names, detail: Detail, depth: usize, lines: &mut String) {
    if !detail.verbose && moves_rows_only(plan) {
        return plan.children().into_iter().for_each(|child| write(child, names, detail, depth, lines));
    }
    let operator = operator(plan, names, detail);
    let mut parts = Vec::new();
    if !operator.details.is_empty() {
        parts.push(operator.details);
    }
    parts.extend(shown("rows", operator.rows));
    if detail.verbose {
        parts.extend(shown("bytes", operator.bytes));
    }
    let measured: Vec<String> = operator.measured.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if !measured.is_empty() {
        parts.push(format!("measured=[{}]", measured.join(", ")));
    }
    lines.push_str(&"  ".repeat(depth));
    lines.push_str(&operator.name);
    if !parts.is_empty() {
        lines.push_str(&format!(": {}", parts.join(", ")));
    }
    lines.push('\n');
    plan.children().into_iter().for_each(|child| write(child, names, detail, depth + 1, lines));
}

/// A physical plan as JSON: `operator`, `details`, `rows`, what was measured, and its `inputs`.
pub fn json(plan: &Arc<dyn ExecutionPlan>, names: &Names, detail: Detail) -> Value {
    if !detail.verbose
        && moves_rows_only(plan)
        && let [child] = plan.children().as_slice()
    {
        return json(child, names, detail);
    }
    let operator = operator(plan, names, detail);
    let mut object = Map::new();
    object.insert("operator".into(), operator.name.into());
    if !operator.details.is_empty() {
        object.insert("details".into(), operator.details.into());
    }
    if let Some(rows) = operator.rows.get_value() {
        object.insert("rows".into(), json!(rows));
    }
    if !operator.measured.is_empty() {
        let measured: Map<String, Value> =
            operator.measured.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        object.insert("measured".into(), Value::Object(measured));
    }
    let inputs: Vec<Value> = plan.children().into_iter().map(|child| json(child, names, detail)).collect();
    object.insert("inputs".into(), Value::Array(inputs));
    Value::Object(object)
}

/// Operators that change no row: they spread rows over cores or bring them together.
fn moves_rows_only(plan: &Arc<dyn ExecutionPlan>) -> bool {
    ["CoalescePartitionsExec", "YieldingExec", "CoalesceBatchesExec"].contains(&plan.name())
}

fn shown(what: &str, number: Precision<usize>) -> Option<String> {
    match number {
        Precision::Exact(number) => Some(format!("{what}={number}")),
        Precision::Inexact(number) => Some(format!("{what}~{number}")),
        Precision::Absent => None,
    }
}

/// What an operator is called and does, and how many rows it is expected to make.
#[derive(Debug)]
pub struct Described {
    /// What it is called.
    pub name: String,
    /// What it does.
    pub details: String,
    /// Rows that it is expected to make, where that is known.
    pub rows: Option<usize>,
}

/// Describes an operator that is running or has run.
pub fn described(plan: &Arc<dyn ExecutionPlan>, names: &Names) -> Described {
    let operator = operator(plan, names, Detail { ran: false, verbose: false });
    Described { name: operator.name, details: operator.details, rows: operator.rows.get_value().copied() }
}

fn operator(plan: &Arc<dyn ExecutionPlan>, names: &Names, detail: Detail) -> Operator {
    let full = displayable(plan.as_ref()).one_line().to_string();
    let full = full.trim();
    // `SortExec: TopK(…)` is of an operator that calls itself `SortExec(TopK)`.
    let plain = plan.name().split('(').next().unwrap_or_default();
    let text = full.strip_prefix(plan.name()).or_else(|| full.strip_prefix(plain)).unwrap_or(full);
    let text = text.trim_start_matches(':').trim();
    let details = match plan.downcast_ref::<ProjectionExec>() {
        Some(projection) => projected(projection, names),
        None => names.replace(text, !speaks_of_stored_columns(plan)),
    };
    let name = match plan.name() {
        "HiveScanExec" => "TableScan",
        "SharedScanExec" => "SharedSource",
        _ => plain.strip_suffix("Exec").unwrap_or(plain),
    };
    let (rows, bytes) = match StatisticsContext::new().compute(plan.as_ref(), &StatisticsArgs::new()) {
        Ok(statistics) => (statistics.num_rows, statistics.total_byte_size),
        Err(_) => (Precision::Absent, Precision::Absent),
    };
    let measured = if detail.ran { measured(plan, detail.verbose) } else { Vec::new() };
    Operator { name: name.to_string(), details, rows, bytes, measured }
}

/// `name`, or `expression as name`.
fn projected(projection: &ProjectionExec, names: &Names) -> String {
    let ids = projection.children().first().is_none_or(|child| !speaks_of_stored_columns(child));
    let columns: Vec<String> = projection
        .expr()
        .iter()
        .map(|projected| {
            let expr = names.replace(&projected.expr.to_string(), ids);
            let name = names.name(&projected.alias);
            let same = name == expr || name.rsplit('.').next() == Some(expr.as_str());
            if same { name.to_string() } else { format!("{expr} as {name}") }
        })
        .collect();
    columns.join(", ")
}

/// Between a scan and the projection above it columns go by their own names, above it by ids.
fn speaks_of_stored_columns(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if plan.is::<HiveScanExec>() {
        return true;
    }
    if plan.is::<ProjectionExec>() {
        return false;
    }
    match plan.children().as_slice() {
        [child] => speaks_of_stored_columns(child),
        _ => false,
    }
}

/// Rows, time and bytes first; with `all` also what else an operator counts.
fn measured(plan: &Arc<dyn ExecutionPlan>, all: bool) -> Vec<(String, String)> {
    const FIRST: [(&str, &str); 6] = [
        ("output_rows", "rows"),
        ("elapsed_compute", "time"),
        ("output_bytes", "bytes"),
        ("bytes_scanned", "read"),
        ("spill_count", "spills"),
        ("spilled_bytes", "spilled"),
    ];
    let Some(metrics) = plan.metrics() else { return Vec::new() };
    let metrics = metrics.aggregate_by_name();
    let mut found = Vec::new();
    for (name, shown) in FIRST {
        if let Some(value) = metrics.iter().map(|metric| metric.value()).find(|value| value.name() == name) {
            let text = value.to_string();
            let nothing = text == "0" || text.starts_with("0.0 ");
            if !nothing || shown == "rows" {
                found.push((shown.to_string(), text));
            }
        }
    }
    if all {
        for value in metrics.iter().map(|metric| metric.value()) {
            if !FIRST.iter().any(|(name, _)| *name == value.name()) {
                found.push((value.name().to_string(), value.to_string()));
            }
        }
    }
    found
}
