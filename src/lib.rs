//! Apache Hive's job in one binary: the engine behind the shell and the servers.
//!
//! [`Engine::open`] opens a catalog and a warehouse; [`Engine::session`] begins a [`Session`], which runs one
//! statement at a time and gives an [`Outcome`]: the result's columns and a stream of its rows. Shell, servers and tests
//! use nothing else.
//!
//! ```no_run
//! # async fn run() -> Result<(), skep::SkepError> {
//! let engine = skep::Engine::open(skep::EngineOptions::default())?;
//! let mut session = engine.session();
//! session.execute("create table t (a int)").await?;
//! let outcome = session.execute("select count(*) from t").await?;
//! # Ok(())
//! # }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod analyzer;
pub mod client;
pub mod engine;
pub mod error;
mod executor;
pub mod migrate;
pub mod optimizer;
pub mod parser;
pub mod server;
pub mod session;
pub mod shell;
mod zookeeper;

pub use analyzer::OutputColumn;
pub use engine::{Engine, EngineOptions};
pub use error::{ErrorKind, SkepError, Span};
pub use session::{CancelHandle, Monitor, Outcome, Resource, Session};
