//! Moving in: copying the definitions of a metastore that is there already.
//!
//! ```text
//! Source ──────────────── copy ─────────────▶ MetaStore
//!   StoreSource  any store, a server's, too     │
//!   PostgresSource  Hive's own schema           └─▶ Report: what was copied, what Skep lacks for it
//! ```
//!
//! Tables stay where they are: nothing is read or written but definitions. What is in the target already is left alone, so
//! that a run which was stopped is simply started again; where it is other than in the source, the report says so, or, with
//! [`CopyOptions::overwrite`], it becomes as in the source. A thing that cannot be copied is told of, and the others go on.

mod compare;
mod copy;
mod postgres;
mod report;
mod source;
#[cfg(test)]
mod tests;

pub use copy::{CopyOptions, Judge, copy};
pub use postgres::PostgresSource;
pub use report::{Counts, Kind, Report};
pub use source::{PAGE, PartitionPage, Source, StoreSource};
