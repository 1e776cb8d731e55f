//! Hive's table layouts and file formats: scans and sinks over object stores. The crate knows no SQL.
