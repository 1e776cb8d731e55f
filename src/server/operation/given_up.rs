//! What panics ends, too.

use std::sync::Arc;

use super::{Operation, Phase};
use crate::error::{ErrorKind, SkepError};
use crate::server::failure::Failure;

/// Ends an operation when the task that works on it ends without having done so, for it has panicked: no client is to
/// wait for it, and none is to take the rows that came for all of them.
pub struct EndsWithTask(pub Arc<Operation>);

impl Drop for EndsWithTask {
    fn drop(&mut self) {
        let operation = &self.0;
        if operation.status().phase.is_end() && operation.results.has_ended() {
            return;
        }
        tracing::error!(query = operation.query_id, "a statement ended without a word");
        let error = SkepError::new(ErrorKind::Execution, "internal error: the statement was given up");
        let failure = Failure::from(&error);
        operation.log.error(&failure.message);
        operation.end(Phase::Failed(failure));
        operation.results.end(Err(Arc::new(error)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::operation::{Asked, OperationKind, ResultLimits};

    #[tokio::test]
    async fn a_task_that_panics_leaves_nobody_waiting() {
        let limits = ResultLimits { ahead: 1, kept: 1, fetch: 1, folder: std::env::temp_dir() };
        for finished in [false, true] {
            let asked = Asked {
                session: uuid::Uuid::new_v4(),
                user: "u".into(),
                protocol: 9,
                kind: OperationKind::Statement,
                text: "select 1".into(),
                has_rows: true,
            };
            let operation = Operation::new(asked, limits.clone());
            if finished {
                // The first rows were there.
                operation.end(Phase::Finished);
            }
            let ends = EndsWithTask(Arc::clone(&operation));
            let task = tokio::spawn(async move {
                let _ends = ends;
                panic!("a bug");
            });
            assert!(operation.ended(None).await);
            assert_eq!(matches!(operation.status().phase, Phase::Failed(_)), !finished);
            let error = operation.results.fetch(false, 10).await.unwrap_err();
            assert_eq!(error.message(), "internal error: the statement was given up");
            assert!(task.await.is_err());
        }
    }
}
