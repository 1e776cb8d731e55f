//! The first page: what runs now, and how the server is.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use maud::html;

use super::guard::Visitor;
use super::layout::{Page, bar, figure, nothing};
use super::{Shared, format, queries};
use crate::server::metrics::resident_memory;
use crate::server::operation::Phase;

/// So many statements of the past are shown.
const RECENT: usize = 8;

/// `GET /`
pub async fn page(State(web): State<Shared>, Extension(visitor): Extension<Visitor>) -> Response {
    let records = web.records(&visitor);
    let (running, done): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| !record.phase.is_end());
    let waiting = running.iter().filter(|record| record.phase == Phase::Pending).count();
    let sessions = web.sessions.all();
    let users: std::collections::BTreeSet<&str> = sessions.iter().map(|session| session.user.as_str()).collect();
    let memory = web.sessions.engine().memory();
    let share = memory.used as f64 / memory.limit.max(1) as f64;
    let resident = resident_memory().map(format::bytes).unwrap_or_default();
    let uptime = format::span(web.started.elapsed());
    Page::new(&visitor, "Overview").at("/").live(true).with(html! {
        h1 { "Overview" }
        dl.figures {
            (figure("Running", &format::count((running.len() - waiting) as u64), &match waiting {
                0 => String::new(),
                more => format!("and {more} waiting"),
            }))
            (figure("Sessions", &format::count(sessions.len() as u64), &format!("of {}", format::counted(users.len() as u64, "user", "users"))))
            (figure("Memory", &resident, "of the process"))
            (figure("Up for", &uptime, concat!("Skep ", env!("CARGO_PKG_VERSION"))))
        }
        section {
            h2 { "Memory of queries" }
            (bar(share, &format!("{} of {}", format::bytes(memory.used), format::bytes(memory.limit))))
        }
        section {
            h2 { "Running now" }
            @if running.is_empty() {
                (nothing("Nothing is running."))
            } @else {
                (queries::table(&running))
            }
        }
        section {
            h2 { "Lately" }
            @if done.is_empty() {
                p.nothing { "No statement has been run yet. " a href="/sql" { "Try one." } }
            } @else {
                (queries::table(&done[..done.len().min(RECENT)]))
                @if done.len() > RECENT { p { a href="/queries" { "All statements" } } }
            }
        }
    })
}
