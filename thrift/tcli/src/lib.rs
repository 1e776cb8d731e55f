//! The messages of HiveServer2's Thrift API.
//!
//! Everything here is made of `idl/TCLIService.thrift` by `skep-thrift-compiler`; `thrift/README.md` shows how it is used.
//! The methods declare no exceptions: what goes wrong is in the `TStatus` of each answer.

include!(concat!(env!("OUT_DIR"), "/tcli_service.rs"));
