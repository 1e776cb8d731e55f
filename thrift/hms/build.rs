//! Makes the Rust of the IDLs.

use std::path::Path;

use skep_thrift_compiler::{CompileError, Options, build};

fn main() -> Result<(), CompileError> {
    let hive = Options { exceptions: "HmsException", general_exception: Some("MetaException") };
    build(Path::new("idl/hive_metastore.thrift"), "hive_metastore.rs", &hive)?;
    let skep = Options { exceptions: "SkepError", general_exception: Some("SkepException") };
    build(Path::new("idl/skep.thrift"), "skep.rs", &skep)
}
