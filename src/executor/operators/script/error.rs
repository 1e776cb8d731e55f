//! What can go wrong with a script.

use std::io;

use datafusion::error::DataFusionError;
use thiserror::Error;

use crate::error::{ErrorKind, SkepError};

/// A script failed. The first words are Hive's (`SCRIPT_*_ERROR` of `ErrorMsg`).
#[derive(Debug, Error)]
pub enum ScriptError {
    /// It could not be started.
    #[error("Unable to initialize custom script. Cannot run '{command}': {source}")]
    Start {
        /// The command as typed.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It ended, or closed its input, before it had read all rows.
    #[error(
        "An error occurred while reading or writing to your custom script. It may have crashed with an error. \
         '{command}' did not read all rows: {status}{stderr}"
    )]
    NotRead {
        /// The command as typed.
        command: String,
        /// How it ended.
        status: String,
        /// Its last words on standard error, or nothing.
        stderr: String,
    },
    /// A pipe to or from it failed.
    #[error(
        "An error occurred while reading or writing to your custom script. It may have crashed with an error. \
         '{command}': {source}{stderr}"
    )]
    Pipe {
        /// The command as typed.
        command: String,
        /// Why.
        source: io::Error,
        /// Its last words on standard error, or nothing.
        stderr: String,
    },
    /// It ended with an error.
    #[error(
        "An error occurred when trying to close the Operator running your custom script. '{command}' {status}{stderr}"
    )]
    Failed {
        /// The command as typed.
        command: String,
        /// How it ended.
        status: String,
        /// Its last words on standard error, or nothing.
        stderr: String,
    },
    /// Its rows, or those it is to read, are no rows of the SerDe.
    #[error("Hive encountered some unknown error while running your custom script. '{command}': {source}")]
    Rows {
        /// The command as typed.
        command: String,
        /// Why.
        source: skep_warehouse::WarehouseError,
    },
}

impl From<ScriptError> for DataFusionError {
    fn from(error: ScriptError) -> Self {
        let code = match &error {
            ScriptError::Start { .. } => 20000,
            ScriptError::NotRead { .. } | ScriptError::Pipe { .. } => 20001,
            ScriptError::Rows { .. } => 20002,
            ScriptError::Failed { .. } => 20003,
        };
        let hint = match &error {
            ScriptError::NotRead { .. } => {
                Some("set hive.exec.script.allow.partial.consumption=true lets a script end early")
            }
            ScriptError::Start { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("ADD FILE brings a script into the folder that it is run in")
            }
            ScriptError::Start { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("the file must be executable; or name its interpreter: USING 'python script.py'")
            }
            _ => None,
        };
        let mut shown = SkepError::new(ErrorKind::Execution, error.to_string()).with_code(code, "38000");
        if let Some(hint) = hint {
            shown = shown.with_hint(hint);
        }
        DataFusionError::External(Box::new(shown.with_source(error)))
    }
}
