//! The web page of the server: who is connected, what runs and what has run, the tables, and a place to try a query.
//!
//! Pages are made by the server, a file each; a style sheet and a few lines of JavaScript, which pages do without, come out
//! of the binary. A page that shows something that runs asks for its changing parts again every second.
//!
//! ```text
//! guard          who asks, and may they: passwords, tokens of forms, headers
//!   │
//! overview, queries, query, sessions, run, databases, table, configuration, numbers
//!   │            a page each
//! sight          what the visitor may see of the catalog
//! layout, format, plan, chart, result
//!                what pages are made of
//! ```

mod chart;
mod configuration;
mod databases;
mod format;
mod guard;
mod layout;
mod listen;
mod numbers;
mod overview;
mod plan;
mod queries;
mod query;
mod result;
mod run;
mod runs;
mod scale;
mod sessions;
mod sight;
mod table;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::history::Record;
use super::operation::OperationKind;
use super::sessions::Sessions;
use crate::error::{ErrorKind, SkepError};
use guard::{Guard, Visitor};
use layout::Page;
use runs::Runs;
use sight::Sight;

/// What all pages are made from.
#[derive(Debug)]
struct Web {
    sessions: Arc<Sessions>,
    guard: Guard,
    runs: Runs,
    started: Instant,
}

type Shared = Arc<Web>;

/// Begins to serve the page; `None` where none is wanted. A port that nobody has chosen and someone else has, Hive's own
/// server perhaps, is no reason not to serve at all.
///
/// # Errors
/// The address cannot be listened at.
pub async fn start(
    sessions: &Arc<Sessions>,
    mut stopped: watch::Receiver<bool>,
) -> Result<Option<(SocketAddr, JoinHandle<()>)>, SkepError> {
    let settings = &sessions.settings().web;
    let Some(port) = settings.port else { return Ok(None) };
    let host = if settings.host.is_empty() { "0.0.0.0" } else { &settings.host };
    let address = format!("{host}:{port}");
    let listener = match TcpListener::bind(&address).await {
        Ok(listener) => listener,
        Err(error) if !settings.chosen && error.kind() == std::io::ErrorKind::AddrInUse => {
            tracing::warn!(address, "another program has the port of the web page: there is no page");
            return Ok(None);
        }
        Err(error) => return Err(cannot_listen(&address, &error)),
    };
    let address = listener.local_addr().map_err(|error| cannot_listen(&address, &error))?;
    let web = Arc::new(Web {
        sessions: Arc::clone(sessions),
        guard: Guard::new(&sessions.settings().access, settings),
        runs: Runs::default(),
        started: Instant::now(),
    });
    let limit = sessions.settings().access.login_timeout;
    let secure = settings.tls.clone().map(|tls| listen::Secure { tls, limit });
    let connections = listen::Connections::new(listener, secure);
    let service = routes(Arc::clone(&web)).into_make_service_with_connect_info::<listen::Place>();
    let abandoned = settings.abandoned;
    let part = tokio::spawn(async move {
        let upkeep = tokio::spawn(runs::stop_abandoned(Arc::clone(&web), abandoned));
        let stop = async move {
            // When the sender is gone, so is the server.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        if let Err(error) = axum::serve(connections, service).with_graceful_shutdown(stop).await {
            tracing::error!(%error, "the web page cannot be served any more");
        }
        upkeep.abort();
    });
    Ok(Some((address, part)))
}

fn cannot_listen(address: &str, error: &std::io::Error) -> SkepError {
    SkepError::new(ErrorKind::Configuration, format!("cannot listen at {address} for the web page: {error}"))
}

fn routes(web: Shared) -> Router {
    Router::new()
        .route("/", get(overview::page))
        .route("/queries", get(queries::page))
        .route("/queries/{id}", get(query::page))
        .route("/queries/{id}/cancel", post(query::cancel))
        .route("/sessions", get(sessions::page))
        .route("/sql", get(run::page).post(run::begin))
        .route("/tables", get(databases::all))
        .route("/tables/{database}", get(databases::one))
        .route("/tables/{database}/{table}", get(table::page))
        .route("/configuration", get(configuration::page))
        .route("/metrics", get(numbers::metrics))
        .fallback(missing)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&web), guard::check))
        // What follows is for everyone.
        .route("/health", get(numbers::health))
        .route("/style.css", get(|| file("text/css; charset=utf-8", include_str!("style.css"))))
        .route("/page.js", get(|| file("text/javascript; charset=utf-8", include_str!("page.js"))))
        .route("/favicon.svg", get(|| file("image/svg+xml", include_str!("favicon.svg"))))
        .layer(axum::middleware::from_fn(listen::only_secure))
        .layer(axum::middleware::from_fn(guard::headers))
        .with_state(web)
}

async fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn missing(visitor: axum::Extension<Visitor>) -> Response {
    Page::new(&visitor, "Not found").problem(StatusCode::NOT_FOUND, "There is no such page.")
}

impl Web {
    /// What is known of the statement of this id, if the visitor may see it.
    fn record(&self, visitor: &Visitor, id: Uuid) -> Option<Arc<Record>> {
        let live = self.sessions.operations().into_iter().find(|operation| operation.handle.id() == id);
        let record = match live {
            Some(operation) => {
                if visitor.sees(&operation.user) {
                    self.runs.looked_at(self, operation.handle);
                }
                Arc::new(Record::of(&operation))
            }
            None => self.sessions.history().find(id)?,
        };
        visitor.sees(&record.user).then_some(record)
    }

    /// What is known of all statements that the visitor may see, the last one first.
    fn records(&self, visitor: &Visitor) -> Vec<Arc<Record>> {
        let live = self.sessions.operations().into_iter();
        let live = live.filter(|one| one.kind == OperationKind::Statement && visitor.sees(&one.user));
        let mut records: Vec<Arc<Record>> = live.map(|operation| Arc::new(Record::in_short(&operation))).collect();
        records.extend(self.sessions.history().all().into_iter().filter(|record| visitor.sees(&record.user)));
        records.sort_by_key(|record| std::cmp::Reverse(record.asked));
        // One may have been closed between the two looks.
        records.dedup_by_key(|record| record.id);
        records
    }

    /// Asks the catalog for what the visitor may see, on a thread that may wait.
    async fn look<T: Send + 'static>(
        &self,
        visitor: &Visitor,
        work: impl FnOnce(&Sight) -> Result<T, SkepError> + Send + 'static,
    ) -> Result<T, SkepError> {
        let sight = Sight::new(self.sessions.engine(), visitor);
        let looked = tokio::task::spawn_blocking(move || work(&sight));
        looked.await.unwrap_or_else(|error| Err(not_asked(&error)))
    }

    /// Asks the catalog, on a thread that may wait.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn skep_metastore::store::MetaStore) -> skep_metastore::Result<T> + Send + 'static,
    ) -> Result<T, SkepError> {
        let store = Arc::clone(self.sessions.engine().metastore());
        let asked = tokio::task::spawn_blocking(move || work(store.as_ref()));
        match asked.await {
            Ok(answer) => answer.map_err(SkepError::from),
            Err(error) => Err(not_asked(&error)),
        }
    }
}

fn not_asked(error: &tokio::task::JoinError) -> SkepError {
    SkepError::new(ErrorKind::Execution, format!("the catalog could not be asked: {error}"))
}
