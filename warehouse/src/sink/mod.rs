//! A table as a target of rows.
