//! Makes the Rust of the IDL.

use std::path::Path;

use skep_thrift_compiler::{CompileError, Options, build};

fn main() -> Result<(), CompileError> {
    let options = Options { exceptions: "NoException", general_exception: None };
    build(Path::new("idl/TCLIService.thrift"), "tcli_service.rs", &options)
}
