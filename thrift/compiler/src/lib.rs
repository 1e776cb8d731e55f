//! Makes Rust of Thrift IDL files: plain structs that are read and written with checks.
