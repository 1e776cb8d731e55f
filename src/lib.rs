//! Apache Hive's job in one binary: the engine behind the shell and the servers.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod analyzer;
pub mod parser;
