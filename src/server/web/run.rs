//! A place to type a query, see its result, and a chart of it.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::chart::{Chart, Kind};
use super::guard::Visitor;
use super::layout::{Page, nothing, state, tabs, token};
use super::query::{cancel_button, failure, stages};
use super::result::Rows;
use super::sight::Sight;
use super::{Shared, Web, format};
use crate::error::SkepError;
use crate::server::history::Record;
use crate::server::operation::{Fetched, Operation, Phase};

/// Rows of a page.
const PAGE_ROWS: usize = 50;
/// So many rows of a result can be looked at; whoever wants more takes a client.
const MAX_ROWS: u64 = 10_000;
/// So many rows are drawn.
const CHART_ROWS: usize = 1_000;
/// How long the page waits for a statement that has only just begun: most are done then.
const SOON: Duration = Duration::from_millis(400);
/// How long rows are waited for that are still being made.
const ROWS_WAIT: Duration = Duration::from_secs(2);

/// What is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    run: Option<String>,
    text: Option<String>,
    database: Option<String>,
    view: String,
    page: u64,
    kind: Option<Kind>,
    x: Option<usize>,
    y: Option<usize>,
}

/// `GET /sql`
pub async fn page(
    State(web): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Query(look): Query<Look>,
) -> Response {
    let id = look.run.as_deref().and_then(|id| Uuid::try_parse(id).ok());
    let record = id.and_then(|id| web.record(&visitor, id));
    let text = match &record {
        Some(record) => record.text.clone(),
        None => look.text.clone().unwrap_or_default(),
    };
    let database = look.database.clone().or_else(|| web.runs.database(&web, &visitor));
    let database = database.or_else(|| record.as_ref().and_then(|record| record.database.clone()));
    let databases = web.look(&visitor, Sight::databases).await.unwrap_or_default();
    let answer = match &record {
        Some(record) => answer(&web, &visitor, record, &look).await,
        None => nothing(if look.run.is_some() { "This statement is forgotten by now." } else { "" }),
    };
    let live = record.as_ref().is_some_and(|record| !record.phase.is_end());
    Page::new(&visitor, "Query").at("/sql").live(live).with(html! {
        h1 { "Query" }
        (editor(&visitor, &text, database.as_deref(), &databases))
        @if look.run.is_some() { div #answer { (answer) } }
    })
}

fn editor(visitor: &Visitor, text: &str, database: Option<&str>, databases: &[String]) -> Markup {
    let rows = text.lines().count().clamp(5, 20);
    html! {
        form.editor method="post" action="/sql" data-keep {
            (token(visitor))
            textarea name="statement" rows=(rows) spellcheck="false" autocapitalize="off" autocomplete="off"
                aria-label="Statement" placeholder="select …" required autofocus[text.is_empty()] { (text) }
            div.actions {
                label { "in" select name="database" {
                    @for name in databases {
                        option value=(name) selected[name == database.unwrap_or("default")] { (name) }
                    }
                } }
                span.hint { kbd { "Ctrl" } " " kbd { "Enter" } }
                button.primary type="submit" { "Run" }
            }
        }
    }
}

/// What the editor sends.
#[derive(Debug, Deserialize)]
pub struct Typed {
    token: String,
    statement: String,
    #[serde(default)]
    database: String,
}

/// `POST /sql`
pub async fn begin(
    State(web): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Form(typed): Form<Typed>,
) -> Response {
    let page = Page::new(&visitor, "Query").at("/sql");
    if !web.guard.accepts(&visitor, &typed.token) {
        return page.problem(StatusCode::FORBIDDEN, "This form is too old. Nothing was done: load the page again.");
    }
    let text = typed.statement.replace("\r\n", "\n");
    let text = text.trim().trim_end_matches(';').trim_end();
    if text.is_empty() {
        return Redirect::to("/sql").into_response();
    }
    let database = Some(typed.database.as_str()).filter(|name| !name.is_empty());
    match web.runs.begin(&web, &visitor, text, database).await {
        Ok(operation) => {
            operation.ended(Some(SOON)).await;
            Redirect::to(&format!("/sql?run={}", operation.handle.id())).into_response()
        }
        Err(failure) => page.problem(StatusCode::BAD_REQUEST, &failure.message),
    }
}

/// How a statement gets on, and its rows.
async fn answer(web: &Web, visitor: &Visitor, record: &Record, look: &Look) -> Markup {
    let operation = web.runs.operation(web, visitor, record.id);
    let rows = match (&operation, record.phase == Phase::Finished && record.rows.is_some()) {
        (Some(operation), true) => result(operation, record, look).await,
        (None, true) => nothing("Its rows are not kept any more. Run it again to see them."),
        (_, false) if record.phase == Phase::Finished => html! {
            p.done { @match record.affected {
                Some(rows) => (format::counted(rows, "row was written or changed.", "rows were written or changed.")),
                None => "Done.",
            } }
        },
        _ => html! {},
    };
    // By now more of them may be there.
    let (made, streaming) = match &operation {
        Some(operation) if record.rows.is_some() => (Some(operation.results.rows()), !operation.results.has_ended()),
        _ => (record.rows, record.streaming),
    };
    html! {
        div.title.outcome {
            (state(&record.phase, false))
            span.quiet {
                (format::span(record.elapsed()))
                @if let Some(made) = made {
                    " · " (format::counted(made, "row", "rows")) @if streaming { " so far" }
                }
            }
            a href={ "/queries/" (record.id) } { "Plan and log" }
            @if !record.phase.is_end() { (cancel_button(visitor, record, "sql")) }
        }
        (failure(record))
        @if !record.phase.is_end() { (stages(&record.progress)) }
        (rows)
    }
}

/// Rows from one number on: as many as are wanted, unless there are not so many, or they take too long to be made.
async fn rows_of(operation: &Operation, offset: u64, wanted: usize) -> Result<Fetched, Arc<SkepError>> {
    let mut fetched = Fetched { offset, batches: Vec::new() };
    let late = tokio::time::sleep(ROWS_WAIT);
    tokio::pin!(late);
    while fetched.rows() < wanted {
        let have = fetched.rows();
        let more = tokio::select! {
            more = operation.results.fetch_at(offset + have as u64, wanted - have) => more?,
            () = &mut late => break,
        };
        if more.rows() == 0 {
            break;
        }
        fetched.batches.extend(more.batches);
    }
    Ok(fetched)
}

/// A page of the rows, or a chart of the first of them.
async fn result(operation: &Operation, record: &Record, look: &Look) -> Markup {
    let chart = look.view == "chart";
    let last = (MAX_ROWS - 1) / PAGE_ROWS as u64;
    let number = if chart { 0 } else { look.page.min(last) };
    let offset = number * PAGE_ROWS as u64;
    // One more than is shown tells whether there is a next page.
    let wanted = if chart { CHART_ROWS } else { PAGE_ROWS + 1 };
    let fetched = match rows_of(operation, offset, wanted).await {
        Ok(fetched) => fetched,
        Err(error) => return html! { p.problem role="alert" { (error.render("")) } },
    };
    if fetched.rows() == 0 && !operation.results.has_ended() {
        return nothing("More rows are still being made. Load the page again in a moment.");
    }
    let status = operation.status();
    let mut rows = Rows::of(&fetched, &status);
    let more = !chart && rows.rows.len() > PAGE_ROWS;
    if more {
        rows.rows.truncate(PAGE_ROWS);
    }
    let address = format!("/sql?run={}", record.id);
    let drawn = Chart::of(&rows, look.kind, look.x, look.y);
    let views = [("table", "Table", address.clone()), ("chart", "Chart", format!("{address}&view=chart"))];
    html! {
        @if drawn.is_some() { (tabs(if chart { "chart" } else { "table" }, &views)) }
        @match (&drawn, chart) {
            (Some(drawn), true) => {
                (drawn.form("/sql", &[("run", record.id.to_string()), ("view", "chart".to_string())]))
                (drawn.draw())
            }
            _ => {
                @if rows.rows.is_empty() && offset == 0 { (nothing("No rows.")) } @else { (rows.table(offset)) }
                @if more || number > 0 {
                    nav.pages aria-label="Pages of the result" {
                        @if number > 0 { a href=(format!("{address}&page={}", number - 1)) { "Previous" } }
                        span.quiet { "Rows " (format::count(offset + 1)) " to " (format::count(offset + rows.rows.len() as u64)) }
                        @if more && number < last { a href=(format!("{address}&page={}", number + 1)) { "Next" } }
                        @if more && number == last { span.quiet { "This page shows no more than these." } }
                    }
                }
            }
        }
    }
}
