//! A table as a source of rows.

pub(crate) mod evolve;
