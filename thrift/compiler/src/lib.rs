//! Makes Rust of Thrift IDL files: plain structs that are read and written with checks.
//!
//! [`compile`] is called from a build script. What it makes refers to the crate `skep_thrift` alone: structs, unions and
//! exceptions that implement its `Message`, newtypes for enums, one enum of all exceptions of a service, and a type for
//! each method. `thrift/README.md` shows what it looks like.

mod constants;
mod error;
mod methods;
mod model;
mod names;
mod text;
mod types;

use std::path::Path;

pub use error::CompileError;

/// What to make of an IDL beyond what it says itself.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The name of the enum of all exceptions.
    pub exceptions: &'a str,
    /// The exception that a method answers with which does not declare the one that happened.
    pub general_exception: Option<&'a str>,
}

/// Makes Rust of the IDL file `path` and of what it includes (files of the same folder, by their names alone).
///
/// The services of all files become one list of methods. Errors name what the compiler does not know.
pub fn compile(path: &Path, options: &Options<'_>) -> Result<String, CompileError> {
    let model = model::Model::load(path)?;
    let mut out = text::Text::default();
    out.line("// Made by skep-thrift-compiler. Do not edit: change the IDL or the compiler.");
    out.line("use skep_thrift::{Kind, Message, ReadError, Reader, Value, Writer};");
    out.line("#[allow(unused_imports)]");
    out.line("use std::collections::{BTreeMap, BTreeSet};");
    types::write(&model, &mut out)?;
    if !model.methods.is_empty() {
        methods::write_exceptions(&model, options, &mut out)?;
        methods::write(&model, options, &mut out)?;
    }
    constants::write(&model, &mut out)?;
    Ok(out.finish())
}

/// [`compile`]s `idl` and writes the result into the file `target` of the build script's output folder, with the lines
/// that make cargo call the build script again when a file of the IDL's folder changes.
pub fn build(idl: &Path, target: &str, options: &Options<'_>) -> Result<(), CompileError> {
    let folder = idl.parent().unwrap_or(Path::new("."));
    println!("cargo::rerun-if-changed={}", folder.display());
    let text = compile(idl, options)?;
    let Some(out) = std::env::var_os("OUT_DIR") else { return Err(CompileError::NoOutputFolder) };
    let target = Path::new(&out).join(target);
    std::fs::write(&target, text).map_err(|source| CompileError::Io { path: target, source })
}
