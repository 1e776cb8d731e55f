//! What may be wrong with an IDL.

use std::path::PathBuf;

use thiserror::Error;

/// Why no Rust could be made of an IDL.
#[derive(Debug, Error)]
pub enum CompileError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// A file is not an IDL.
    #[error("{path}: {message}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The parser's words.
        message: String,
    },
    /// Something of the IDL that the compiler has no Rust for.
    #[error("{place}: {what}")]
    Unsupported {
        /// The definition in which it stands.
        place: String,
        /// What it is.
        what: String,
    },
    /// The environment names no output folder: this is no build script.
    #[error("OUT_DIR is not set")]
    NoOutputFolder,
}

impl CompileError {
    pub(crate) fn unsupported(place: &str, what: impl Into<String>) -> Self {
        CompileError::Unsupported { place: place.to_owned(), what: what.into() }
    }
}
