//! What tests and measurements of the catalog have in common.

pub mod postgresql;
