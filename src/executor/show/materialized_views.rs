//! `SHOW MATERIALIZED VIEWS`

use skep_metastore::model::{Materialization, Table, TableKind};
use skep_metastore::store::MetaStore;

use crate::error::Result;
use crate::executor::describe::Lines;
use crate::session::{Outcome, Session};

const COLUMNS: [&str; 4] = ["mv_name", "rewrite_enabled", "mode", "incremental_rebuild"];

/// The table of materialized views; nothing where there are none (`TextShowMaterializedViewsFormatter` of Hive).
pub fn run(session: &Session, database: &str, pattern: Option<&str>) -> Result<Outcome> {
    let catalog = session.catalog();
    let names = catalog.table_names(database, pattern, Some(&[TableKind::MaterializedView]))?;
    let names = session.visible_tables_of("SHOWMATERIALIZEDVIEWS", database, names)?;
    let mut lines = Lines::new(session.padded());
    if !names.is_empty() && session.padded() {
        lines.row("", &["# MV Name", "Rewriting Enabled", "Mode", "Incremental rebuild"]);
    }
    for name in names {
        let view = catalog.table(database, &name)?;
        let kept = Materialization::of(&view);
        let enabled = kept.as_ref().is_some_and(|kept| kept.rewrite);
        let incremental = kept.filter(|kept| kept.rewrite).map_or("Unknown", |kept| kept.incremental.text());
        lines.row("", &[&name, if enabled { "Yes" } else { "No" }, &mode(&view), incremental]);
    }
    lines.outcome(&COLUMNS)
}

/// Rows are only made anew by hand; `rewriting.time.window` says how long queries may use old ones.
fn mode(view: &Table) -> String {
    let window = view.parameters.get("rewriting.time.window").map(|text| text.trim().to_lowercase());
    let Some(window) = window.filter(|window| !window.is_empty()) else { return "Manual refresh".into() };
    let digits = window.trim_end_matches(|c: char| c.is_alphabetic());
    let minutes = digits.parse::<i64>().ok().map(|number| match &window[digits.len()..] {
        "d" | "day" | "days" => number * 24 * 60,
        "h" | "hour" | "hours" => number * 60,
        "s" | "sec" | "second" | "seconds" => number / 60,
        "ms" | "msec" => number / 60_000,
        _ => number,
    });
    match minutes {
        Some(minutes) if minutes > 0 => format!("Manual refresh (Valid for {minutes}min)"),
        Some(0) => "Manual refresh (Valid until source tables modified)".into(),
        Some(_) => "Manual refresh (Valid always)".into(),
        None => "Manual refresh".into(),
    }
}
