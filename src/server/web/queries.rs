//! All statements that are known: those that run, and the last of those that have.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::guard::Visitor;
use super::layout::{Page, bar, nothing, state, tabs};
use super::{Shared, format};
use crate::server::history::Record;
use crate::server::operation::Phase;

/// Of a statement's text so much is shown in a list.
const TEXT: usize = 160;

/// What the list shows.
#[derive(Debug, Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
}

/// `GET /queries`
pub async fn page(
    State(web): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Query(filter): Query<Filter>,
) -> Response {
    let mut records = web.records(&visitor);
    let all = records.len();
    records.retain(|record| match filter.state.as_str() {
        "running" => !record.phase.is_end(),
        "failed" => matches!(record.phase, Phase::Failed(_) | Phase::TimedOut),
        _ => true,
    });
    let chosen = if filter.state.is_empty() { "all" } else { &filter.state };
    Page::new(&visitor, "History").at("/queries").live(true).with(html! {
        h1 { "History" }
        p.lead {
            (format::counted(all as u64, "statement", "statements"))
            ": all that are open, and the last "
            (web.sessions.settings().web.history) " that were closed."
        }
        (tabs(chosen, &[
            ("all", "All", "/queries".to_string()),
            ("running", "Running", "/queries?state=running".to_string()),
            ("failed", "Failed", "/queries?state=failed".to_string()),
        ]))
        @if records.is_empty() { (nothing("There are none.")) } @else { (table(&records)) }
    })
}

/// Statements, a line each.
pub fn table(records: &[Arc<Record>]) -> Markup {
    html! {
        div.scroll {
            table.list {
                thead { tr { th { "Statement" } th { "State" } th { "User" } th.number { "Rows" } th.number { "Time" } th { "Begun" } } }
                tbody {
                    @for record in records {
                        tr {
                            td.statement { a href={ "/queries/" (record.id) } { (format::first_line(&record.text, TEXT)) } }
                            td.nowrap {
                                @if record.phase == Phase::Running && !record.progress.stages.is_empty() {
                                    (bar(record.progress.share(), &percent(record.progress.share())))
                                } @else {
                                    (state(&record.phase, record.streaming))
                                }
                            }
                            td { (record.user) }
                            td.number { (rows(record)) }
                            td.number { (format::span(record.elapsed())) }
                            td.nowrap.quiet { (format::moment(record.asked)) }
                        }
                    }
                }
            }
        }
    }
}

/// Rows that a statement has given, or changed.
pub fn rows(record: &Record) -> String {
    match record.affected.or(record.rows) {
        Some(rows) => format::count(rows),
        None => "–".to_string(),
    }
}

/// A share in percent.
pub fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}
