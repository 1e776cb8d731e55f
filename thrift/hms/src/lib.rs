//! The messages of the Hive metastore's Thrift API.
//!
//! Everything here is made of `idl/hive_metastore.thrift` by `skep-thrift-compiler`; `thrift/README.md` shows how it is
//! used.

include!(concat!(env!("OUT_DIR"), "/hive_metastore.rs"));
