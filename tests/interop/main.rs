//! Real clients against Skep's servers: Apache Hive 2.3.9 and Spark 3.5 with their own metastore replaced by ours, and
//! the Python clients of the metastore. And the other way round: Skep's own tests over Hive's metastore.
//!
//! ```sh
//! tests/interop/setup                                                         # once: downloads the clients
//! cargo test --workspace --test interop -- --ignored --test-threads 1
//! SKEP_INTEROP_RECORD=1 cargo test --workspace --test interop -- --ignored session  # what Hive's own metastore gives
//! ```
//!
//! A session (`hive/session.sql`, `spark/session.sql`) has what it prints over Hive's own metastore beside it
//! (`session.out`); over ours it must print the same.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod certificate;
mod discovery;
mod exchange;
mod hs2;
mod logins;
mod migration;
mod peers;
mod python;
mod remote;
mod sessions;
#[path = "../../src/server/auth/ldap/slapd.rs"]
mod slapd;
mod snippets;
mod talk;
mod tls;
mod tools;
mod transports;
mod web;
