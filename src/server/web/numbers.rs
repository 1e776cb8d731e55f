//! `GET /metrics`, the numbers of the server for Prometheus, and `GET /health`, whether it can do its work.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::Shared;

/// How long the catalog may take to answer, before the server is taken for ill.
const PATIENCE: Duration = Duration::from_secs(5);

/// `GET /metrics`
pub async fn metrics(State(web): State<Shared>) -> impl IntoResponse {
    let text = web.sessions.metrics().text(&web.sessions);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// `GET /health`: asks nobody who they are, and tells nothing but how the server is.
pub async fn health(State(web): State<Shared>) -> impl IntoResponse {
    let (code, status) = match tokio::time::timeout(PATIENCE, web.ask(|store| store.last_event())).await {
        Ok(Ok(_)) => (StatusCode::OK, "ok"),
        Ok(Err(error)) => {
            tracing::error!(%error, "the catalog failed when the server's health was asked for");
            (StatusCode::SERVICE_UNAVAILABLE, "the catalog failed")
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the catalog does not answer"),
    };
    let body = serde_json::json!({ "status": status }).to_string();
    (code, [(header::CONTENT_TYPE, "application/json")], body)
}
