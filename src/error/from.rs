//! How the errors of the other rooms become a [`SkepError`].

use datafusion::error::DataFusionError;
use skep_metastore::MetastoreError;
use skep_warehouse::WarehouseError;

use super::{ErrorKind, SkepError};

impl From<MetastoreError> for SkepError {
    fn from(error: MetastoreError) -> Self {
        let sqlstate = error.sqlstate();
        let class = match &error {
            MetastoreError::NoSuchObject(_) => "NoSuchObjectException",
            MetastoreError::AlreadyExists(_) => "AlreadyExistsException",
            MetastoreError::InvalidObject(_) => "InvalidObjectException",
            MetastoreError::InvalidOperation(_) => "InvalidOperationException",
            MetastoreError::NoSuchTransaction(_) => "NoSuchTxnException",
            MetastoreError::TransactionAborted(_) => "TxnAbortedException",
            MetastoreError::NoSuchLock(_) => "NoSuchLockException",
            MetastoreError::TransactionOpen(_) => "TxnOpenException",
            MetastoreError::InvalidType { .. } => {
                return SkepError::invalid(error.to_string()).with_code(40000, sqlstate);
            }
            MetastoreError::Meta(_) | MetastoreError::Busy { .. } | MetastoreError::Store { .. } => "MetaException",
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
                Err(inner) => match inner.downcast::<WarehouseError>() {
                    // A statement that may not read what a table names, wherever this comes out.
                    Ok(error) if matches!(*error, WarehouseError::NotAllowed { .. }) => (*error).into(),
                    Ok(error) => SkepError::new(ErrorKind::Execution, error.to_string()).with_source(error),
                    Err(inner) => SkepError::new(ErrorKind::Execution, inner.to_string()).with_source(inner),
                },
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

impl From<crate::parser::Span> for super::Span {
    fn from(span: crate::parser::Span) -> Self {
        let length =
            if span.end.line == span.start.line { span.end.column.saturating_sub(span.start.column) } else { 1 };
        Self { line: span.start.line as u32, column: span.start.column as u32, length: length.max(1) as u32 }
    }
}

impl From<crate::parser::ParseError> for SkepError {
    fn from(error: crate::parser::ParseError) -> Self {
        let kind = match error.kind {
            crate::parser::ParseErrorKind::Syntax => ErrorKind::Parse,
            crate::parser::ParseErrorKind::Unsupported => ErrorKind::Unsupported,
        };
        let made = SkepError::new(kind, error.message.clone())
            .with_code(error.code(), error.sqlstate())
            .with_span(Some(error.span.into()));
        match error.hint {
            Some(hint) => made.with_hint(hint),
            None => made,
        }
    }
}

impl From<crate::analyzer::AnalyzeError> for SkepError {
    fn from(error: crate::analyzer::AnalyzeError) -> Self {
        let kind = match error.code {
            crate::analyzer::ErrorCode::Unsupported => ErrorKind::Unsupported,
            _ => ErrorKind::Semantic,
        };
        let span = error.position().map(|start| {
            let end =
                error.span.filter(|span| span.end.line == start.line).map(|span| span.end.column.saturating_sub(1));
            let length = end.map_or(1, |end| end.saturating_sub(start.column));
            super::Span { line: start.line as u32, column: start.column as u32, length: length.max(1) as u32 }
        });
        let (number, sqlstate) = (error.number() as i32, error.sqlstate());
        let mut made = SkepError::new(kind, error.message).with_code(number, sqlstate).with_span(span);
        if let Some(hint) = error.hint {
            made = made.with_hint(hint);
        }
        match error.source {
            Some(source) => made.with_source(source),
            None => made,
        }
    }
}

impl From<WarehouseError> for SkepError {
    fn from(error: WarehouseError) -> Self {
        match error {
            WarehouseError::Metastore(error) => error.into(),
            WarehouseError::DataFusion(error) => error.into(),
            error @ (WarehouseError::UnsupportedScheme { .. }
            | WarehouseError::UnsupportedClass { .. }
            | WarehouseError::Unsupported(_)) => {
                let sqlstate = error.sqlstate();
                SkepError::new(ErrorKind::Unsupported, error.to_string()).with_code(10000, sqlstate).with_source(error)
            }
            error @ WarehouseError::NotAllowed { .. } => {
                let sqlstate = error.sqlstate();
                SkepError::invalid(error.to_string())
                    .with_code(40000, sqlstate)
                    .with_source(error)
                    .with_hint("an administrator allows more with skep.server.allowed.folders")
            }
            error @ WarehouseError::ArchiveConflict(_) => SkepError::invalid(error.to_string())
                .with_source(error)
                .with_hint("ALTER TABLE … UNARCHIVE PARTITION (…)"),
            error => {
                let sqlstate = error.sqlstate();
                SkepError::new(ErrorKind::Execution, error.to_string()).with_code(2, sqlstate).with_source(error)
            }
        }
    }
}

impl From<skep_udf::UdfError> for SkepError {
    fn from(error: skep_udf::UdfError) -> Self {
        SkepError::from(DataFusionError::from(error))
    }
}
