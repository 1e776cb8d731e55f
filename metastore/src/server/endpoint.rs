//! `GET /metrics`, the numbers of the server, and `GET /health`, whether its catalog answers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use super::Metrics;
use crate::store::MetaStore;

/// How long a catalog may take to answer, before the server is taken for ill.
const PATIENCE: Duration = Duration::from_secs(5);

/// An endpoint that listens already.
#[derive(Debug)]
pub struct Endpoint {
    listener: TcpListener,
    address: SocketAddr,
    state: Watched,
}

#[derive(Debug, Clone)]
struct Watched {
    metrics: Arc<Metrics>,
    store: Arc<dyn MetaStore>,
}

impl Endpoint {
    /// Listens.
    ///
    /// # Errors
    /// Where the address cannot be listened at.
    pub async fn bind(address: &str, metrics: Arc<Metrics>, store: Arc<dyn MetaStore>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, state: Watched { metrics, store } })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is dropped.
    pub async fn run(self) {
        let routes = Router::new().route("/metrics", get(metrics)).route("/health", get(health)).with_state(self.state);
        if let Err(error) = axum::serve(self.listener, routes).await {
            tracing::error!(%error, "the metrics cannot be served any more");
        }
    }
}

async fn metrics(State(watched): State<Watched>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], watched.metrics.text())
}

async fn health(State(watched): State<Watched>) -> impl IntoResponse {
    let asked = tokio::task::spawn_blocking(move || watched.store.last_event());
    let (code, status) = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(Ok(_))) => (StatusCode::OK, "ok".to_string()),
        Ok(Ok(Err(error))) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        Ok(Err(_)) => (StatusCode::SERVICE_UNAVAILABLE, "the catalog failed".to_string()),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the catalog does not answer".to_string()),
    };
    let body = serde_json::json!({ "status": status }).to_string();
    (code, [(header::CONTENT_TYPE, "application/json")], body)
}
