//! The messages of the Hive metastore's Thrift API, and of the few methods that Skep's metastore has beside it ([`skep`]).
//!
//! Everything here is made of `idl/hive_metastore.thrift` and `idl/skep.thrift` by `skep-thrift-compiler`;
//! `thrift/README.md` shows how it is used.

include!(concat!(env!("OUT_DIR"), "/hive_metastore.rs"));

/// What a Skep asks of another Skep's metastore (`idl/skep.thrift`).
#[allow(unused_imports)]
pub mod skep {
    include!(concat!(env!("OUT_DIR"), "/skep.rs"));
}
