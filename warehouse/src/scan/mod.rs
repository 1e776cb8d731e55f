//! A table as a source of rows.
