//! One statement: its text, how far it has come, its plan with what each operator does, its log and its settings.

use axum::Extension;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::configuration::shown_value;
use super::guard::Visitor;
use super::layout::{Page, bar, code, figure, nothing, state, tabs, token};
use super::{Shared, format, plan, queries};
use crate::server::history::Record;
use crate::server::operation::Phase;
use crate::server::progress::{Progress, StageState};

/// Which part of the page is shown.
#[derive(Debug, Deserialize)]
pub struct Part {
    #[serde(default)]
    tab: String,
}

/// `GET /queries/{id}`
pub async fn page(
    State(web): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Response {
    let page = Page::new(&visitor, "Statement").at("/queries").below("/queries", "History");
    let Some(record) = Uuid::try_parse(&id).ok().and_then(|id| web.record(&visitor, id)) else {
        return page.problem(StatusCode::NOT_FOUND, "There is no such statement, or it is forgotten by now.");
    };
    let address = format!("/queries/{}", record.id);
    let chosen = if part.tab.is_empty() { "plan" } else { &part.tab };
    page.live(record.is_live()).with(html! {
        div.title {
            h1 { "Statement" }
            (state(&record.phase, record.streaming))
            @if !record.phase.is_end() { (cancel_button(&visitor, &record, "query")) }
        }
        (code(&record.text))
        (failure(&record))
        dl.figures {
            (figure("Time", &format::span(record.elapsed()), &record.compile_time.map(|time| format!("{} to plan", format::span(time))).unwrap_or_default()))
            (figure(if record.affected.is_some() { "Rows changed" } else { "Rows" }, &queries::rows(&record), if record.streaming { "so far" } else { "" }))
            (figure("User", &record.user, &record.database.as_ref().map(|name| format!("in {name}")).unwrap_or_default()))
            (figure("Begun", &format::moment(record.started.unwrap_or(record.asked)), ""))
        }
        (stages(&record.progress))
        (tabs(chosen, &[
            ("plan", "Plan", address.clone()),
            ("log", "Log", format!("{address}?tab=log")),
            ("settings", "Settings", format!("{address}?tab=settings")),
        ]))
        @match chosen {
            "log" => (log(&record)),
            "settings" => (settings(&record)),
            _ => (plan::trees(&record.plans)),
        }
    })
}

/// The stages of a statement and how far they have come.
pub fn stages(progress: &Progress) -> Markup {
    html! {
        @if !progress.stages.is_empty() {
            section.stages {
                h2 { "Progress" }
                (bar(progress.share(), &queries::percent(progress.share())))
                div.scroll {
                    table.list {
                        thead { tr { th { "Stage" } th { "State" } th.number { "Tasks" } th.number { "Done" } th.number { "Running" } th.number { "Failed" } th.number { "Rows" } } }
                        tbody {
                            @for stage in &progress.stages {
                                tr {
                                    td.nowrap { (stage.name) }
                                    td.nowrap { (stage_state(stage.state)) }
                                    td.number { (stage.total) }
                                    td.number { (stage.completed) }
                                    td.number { (stage.running) }
                                    td.number { (stage.failed + stage.killed) }
                                    td.number { (format::count(stage.rows)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn stage_state(state: StageState) -> Markup {
    let (class, word) = match state {
        StageState::Waiting => ("wait", "Waiting"),
        StageState::Running => ("run", "Running"),
        StageState::Succeeded => ("good", "Done"),
        StageState::Failed => ("bad", "Failed"),
        StageState::Killed => ("stop", "Stopped"),
    };
    html! { span class={ "state " (class) } { (word) } }
}

/// Why a statement has not come to its end.
pub fn failure(record: &Record) -> Markup {
    html! {
        @match &record.phase {
            Phase::Failed(failure) => {
                div.problem role="alert" {
                    pre { (failure.message) }
                    small { "SQLSTATE " (failure.sqlstate) ", code " (failure.code) }
                }
            }
            Phase::TimedOut => p.problem role="alert" { "It ran longer than it may." },
            Phase::Cancelled => @if let Some(reason) = record.reason { p.problem role="alert" { (reason) "." } },
            _ => {}
        }
    }
}

fn log(record: &Record) -> Markup {
    html! {
        @if record.log.is_empty() {
            (nothing("The log is empty."))
        } @else {
            pre.log { @for line in &record.log { (line) "\n" } }
        }
    }
}

fn settings(record: &Record) -> Markup {
    html! {
        p.quiet { "Query " code { (record.query_id) } ", session " code { (record.session) } }
        @if record.settings.is_empty() {
            (nothing("Its session has set nothing."))
        } @else {
            div.scroll {
                table.list.keys {
                    thead { tr { th { "Key" } th { "Value" } } }
                    tbody {
                        @for (key, value) in &record.settings {
                            tr { td { code { (key) } } td.text { (shown_value(key, value)) } }
                        }
                    }
                }
            }
        }
    }
}

/// A button that stops a statement; the visitor comes back to `back` (`query` or `sql`).
pub fn cancel_button(visitor: &Visitor, record: &Record, back: &str) -> Markup {
    html! {
        form.inline method="post" action={ "/queries/" (record.id) "/cancel" } {
            (token(visitor))
            input type="hidden" name="back" value=(back);
            button.danger type="submit" { "Cancel" }
        }
    }
}

/// What the button sends.
#[derive(Debug, Deserialize)]
pub struct Cancel {
    token: String,
    #[serde(default)]
    back: String,
}

/// `POST /queries/{id}/cancel`
pub async fn cancel(
    State(web): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Form(form): Form<Cancel>,
) -> Response {
    let page = Page::new(&visitor, "Cancel").at("/queries");
    if !web.guard.accepts(&visitor, &form.token) {
        return page.problem(StatusCode::FORBIDDEN, "This form is too old. Nothing was done: load the page again.");
    }
    let operations = web.sessions.operations();
    let found =
        operations.iter().find(|operation| operation.handle.id().to_string() == id && visitor.sees(&operation.user));
    let Some(operation) = found else {
        return page.problem(StatusCode::NOT_FOUND, "There is no such statement, or it is closed already.");
    };
    tracing::info!(user = visitor.user, query = operation.query_id, "a statement is cancelled on the web page");
    operation.cancel();
    let back = if form.back == "sql" { format!("/sql?run={id}") } else { format!("/queries/{id}") };
    Redirect::to(&back).into_response()
}
