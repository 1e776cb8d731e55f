//! How the errors of the other rooms become a [`SkepError`].

use datafusion::error::DataFusionError;
use skep_metastore::MetastoreError;

use super::{ErrorKind, SkepError};

impl From<MetastoreError> for SkepError {
    fn from(error: MetastoreError) -> Self {
        let sqlstate = error.sqlstate();
        let class = match &error {
            MetastoreError::NoSuchObject(_) => "NoSuchObjectException",
            MetastoreError::AlreadyExists(_) => "AlreadyExistsException",
            MetastoreError::InvalidObject(_) => "InvalidObjectException",
            MetastoreError::InvalidOperation(_) => "InvalidOperationException",
            MetastoreError::InvalidType { .. } => {
                return SkepError::invalid(error.to_string()).with_code(40000, sqlstate);
            }
            MetastoreError::Busy { .. } | MetastoreError::Store { .. } => "MetaException",
        };
        SkepError::exception(class, &error).with_code(1, sqlstate)
    }
}

impl From<DataFusionError> for SkepError {
    fn from(error: DataFusionError) -> Self {
        from_datafusion(error)
    }
}

fn from_datafusion(error: DataFusionError) -> SkepError {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => from_datafusion(*inner),
        DataFusionError::External(inner) => match inner.downcast::<SkepError>() {
            Ok(error) => *error,
            Err(inner) => match inner.downcast::<DataFusionError>() {
                Ok(error) => from_datafusion(*error),
                Err(inner) => SkepError::new(ErrorKind::Execution, inner.to_string()).with_source(inner),
            },
        },
        DataFusionError::Shared(inner) => SkepError::new(ErrorKind::Execution, plain_text(&inner)),
        DataFusionError::ResourcesExhausted(text) => SkepError::new(ErrorKind::Execution, text)
            .with_code(2, "53200")
            .with_hint("raise skep.memory.limit, or lower skep.execution.threads"),
        DataFusionError::NotImplemented(text) => SkepError::unsupported(text),
        DataFusionError::Plan(text) => SkepError::invalid(text),
        DataFusionError::SchemaError(..) => SkepError::invalid(plain_text(&error)),
        other => SkepError::new(ErrorKind::Execution, plain_text(&other)),
    }
}

/// The text of an error without DataFusion's own prefixes and backtraces.
fn plain_text(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    for prefix in ["Execution error: ", "Arrow error: ", "Error during planning: ", "External error: "] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return rest.to_string();
        }
    }
    text
}

impl From<std::io::Error> for SkepError {
    fn from(error: std::io::Error) -> Self {
        SkepError::new(ErrorKind::Command, error.to_string()).with_code(1, "58030").with_source(error)
    }
}
