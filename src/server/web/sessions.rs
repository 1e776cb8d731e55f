//! Who is connected.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use maud::html;

use super::guard::Visitor;
use super::layout::{Page, nothing};
use super::{Shared, format};

/// `GET /sessions`
pub async fn page(State(web): State<Shared>, Extension(visitor): Extension<Visitor>) -> Response {
    let mut sessions = web.sessions.all();
    let all = sessions.len();
    sessions.retain(|session| visitor.sees(&session.user));
    sessions.sort_by_key(|session| std::cmp::Reverse(session.opened));
    let operations = web.sessions.operations();
    Page::new(&visitor, "Sessions").at("/sessions").live(true).with(html! {
        h1 { "Sessions" }
        p.lead {
            (format::counted(all as u64, "session is", "sessions are")) " open."
            @if !visitor.sees_everything() && sessions.len() < all { " You see your own." }
        }
        @if sessions.is_empty() {
            (nothing("Nobody is connected."))
        } @else {
            div.scroll {
                table.list {
                    thead { tr { th { "User" } th { "Address" } th { "Protocol" } th { "Opened" } th.number { "Open for" } th.number { "Idle" } th.number { "Running" } th.number { "Operations" } th { "Session" } } }
                    tbody {
                        @for session in &sessions {
                            @let id = session.handle.id();
                            @let own = operations.iter().filter(|operation| operation.session == id);
                            @let running = own.clone().filter(|operation| !operation.status().phase.is_end()).count();
                            tr {
                                td { strong { (session.user) } }
                                td.nowrap { @match session.address { Some(address) => (address), None => "–" } }
                                td { "V" (session.protocol + 1) }
                                td.nowrap.quiet { (format::moment(session.opened)) }
                                td.number { (format::span(session.opened.elapsed().unwrap_or_default())) }
                                td.number { (format::span(session.idle())) }
                                td.number { (running) }
                                td.number { (own.count()) }
                                td { code.quiet { (id) } }
                            }
                        }
                    }
                }
            }
        }
    })
}
