//! Makes the Rust of the IDL.

use std::path::Path;

use skep_thrift_compiler::{CompileError, Options, build};

fn main() -> Result<(), CompileError> {
    let options = Options { exceptions: "HmsException", general_exception: Some("MetaException") };
    build(Path::new("idl/hive_metastore.thrift"), "hive_metastore.rs", &options)
}
