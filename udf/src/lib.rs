//! Hive functions and conversions over Arrow arrays. The crate knows no table and no session.
//!
//! * [`text`]: values as text and back, as Hive's command line and text files have them
//! * [`cast`]: Hive's conversions between types, as array kernels and as plan expressions
//! * [`coercion`]: which type an operator, a comparison or a union of two types works in
//! * [`scalar`], [`aggregate`], [`window`], [`table`]: the functions
//! * [`hash`]: Hive's bucket hashes
//! * [`sketch`]: sketches that count distinct values, in Hive's bytes
//! * [`registry`]: all functions by name, with their documentation
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod aggregate;
pub mod cast;
pub mod coercion;
mod descriptions;
pub mod error;
pub mod hash;
mod java_classes;
pub mod options;
pub mod reference;
pub mod registry;
pub mod scalar;
pub mod sketch;
pub mod table;
pub mod text;
pub mod window;

pub use error::{Result, UdfError};
