//! `ExecuteStatement`, `GetOperationStatus`, `CancelOperation`, `CloseOperation`, `GetQueryId`.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use skep_thrift::Router;
use skep_thrift_tcli::methods::{CancelOperation, CloseOperation, ExecuteStatement, GetOperationStatus, GetQueryId};
use skep_thrift_tcli::{
    TCancelOperationResp, TCloseOperationResp, TExecuteStatementReq, TExecuteStatementResp, TGetOperationStatusReq,
    TGetOperationStatusResp, TGetQueryIdResp, TOperationState,
};

use super::{handle_of, operation_of, session_of, status};
use crate::server::failure::Failure;
use crate::server::operation::{Operation, Phase};
use crate::server::sessions::{Sessions, StatementRequest};

/// A statement that runs asynchronously is waited for so long, if it is not one with a plan: what fails early is told at
/// once, as Hive tells what it finds when it compiles.
const EARLY: Duration = Duration::from_secs(1);

/// A client that shows progress is answered after so long.
const PROGRESS_POLL: Duration = Duration::from_millis(500);

/// Adds the handlers of statements.
pub fn register(router: Router, sessions: &Arc<Sessions>) -> Router {
    let [executing, asking, cancelling, closing, naming] = std::array::from_fn(|_| Arc::clone(sessions));
    router
        .on_async::<ExecuteStatement, _>(move |_, args| {
            let sessions = Arc::clone(&executing);
            async move {
                let executed = execute(&sessions, args.req.unwrap_or_default()).await;
                Ok(TExecuteStatementResp {
                    status: status::of(&executed),
                    operation_handle: executed.ok().map(|operation| handle_of(&operation)),
                })
            }
        })
        .on_async::<GetOperationStatus, _>(move |_, args| {
            let sessions = Arc::clone(&asking);
            async move { Ok(operation_status(&sessions, &args.req.unwrap_or_default()).await) }
        })
        .on_async::<CancelOperation, _>(move |_, args| {
            let sessions = Arc::clone(&cancelling);
            async move {
                let operation = operation_of(&sessions, &args.req.unwrap_or_default().operation_handle);
                if let Ok(operation) = &operation {
                    operation.cancel();
                }
                Ok(TCancelOperationResp { status: status::of(&operation) })
            }
        })
        .on_async::<CloseOperation, _>(move |_, args| {
            let sessions = Arc::clone(&closing);
            async move {
                let operation = operation_of(&sessions, &args.req.unwrap_or_default().operation_handle);
                let closed = operation.and_then(|operation| sessions.close_operation(operation.handle));
                Ok(TCloseOperationResp { status: status::of(&closed) })
            }
        })
        .on_async::<GetQueryId, _>(move |_, args| {
            let sessions = Arc::clone(&naming);
            async move {
                let operation = operation_of(&sessions, &args.req.unwrap_or_default().operation_handle);
                // The answer has no room for an error.
                Ok(TGetQueryIdResp {
                    query_id: operation.map(|operation| operation.query_id.clone()).unwrap_or_default(),
                })
            }
        })
}

/// Runs a statement: to its end, or asynchronously until it is known that it can run.
async fn execute(sessions: &Arc<Sessions>, request: TExecuteStatementReq) -> Result<Arc<Operation>, Failure> {
    let session = session_of(sessions, &request.session_handle)?;
    let asked = request.query_timeout.unwrap_or(0);
    let asked = u64::try_from(asked).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs);
    let allowed = Some(sessions.settings().query_timeout).filter(|limit| !limit.is_zero());
    let statement = StatementRequest {
        text: request.statement,
        overlay: request.conf_overlay.unwrap_or_default(),
        timeout: asked.into_iter().chain(allowed).min(),
        database: None,
    };
    let operation = sessions.execute(&session, statement).await?;
    if request.run_async.unwrap_or(false) {
        tokio::select! {
            _ = operation.ended(Some(EARLY)) => {}
            () = operation.monitor.compiled() => {}
        }
    } else {
        let mut own = CancelledWithCall(Some(Arc::clone(&operation)));
        operation.ended(None).await;
        own.0 = None;
    }
    let refused = match operation.status().phase {
        Phase::Failed(failure) => failure,
        Phase::TimedOut if !request.run_async.unwrap_or(false) => {
            Failure { message: "Query timed out".to_string(), sqlstate: "HYT00".into(), code: 0 }
        }
        Phase::Cancelled if !request.run_async.unwrap_or(false) => {
            let message = operation.status().reason.unwrap_or("Query was cancelled").to_string();
            Failure { message, sqlstate: "57014".into(), code: 0 }
        }
        _ => return Ok(operation),
    };
    // Nobody gets its handle.
    sessions.close_operation(operation.handle)?;
    Err(refused)
}

/// Stops an operation when the call that waits for it is given up.
struct CancelledWithCall(Option<Arc<Operation>>);

impl Drop for CancelledWithCall {
    fn drop(&mut self) {
        if let Some(operation) = self.0.take() {
            operation.cancel();
        }
    }
}

async fn operation_status(sessions: &Sessions, request: &TGetOperationStatusReq) -> TGetOperationStatusResp {
    let operation = match operation_of(sessions, &request.operation_handle) {
        Ok(operation) => operation,
        Err(failure) => {
            return TGetOperationStatusResp { status: status::error(&failure), ..Default::default() };
        }
    };
    let asked = operation.asked.elapsed().unwrap_or_default();
    let told = request.get_progress_update.unwrap_or(false);
    let limit = sessions.settings().long_poll;
    let limit = if told { limit.min(PROGRESS_POLL) } else { limit };
    operation.ended(Some(patience(asked, limit))).await;
    let now = operation.status();
    let (state, failure) = match now.phase {
        Phase::Pending => (TOperationState::PENDING_STATE, None),
        Phase::Running => (TOperationState::RUNNING_STATE, None),
        Phase::Finished => (TOperationState::FINISHED_STATE, None),
        Phase::Failed(failure) => (TOperationState::ERROR_STATE, Some(failure)),
        Phase::Cancelled => (TOperationState::CANCELED_STATE, now.reason.map(Failure::refused)),
        Phase::TimedOut => (TOperationState::TIMEDOUT_STATE, None),
        Phase::Closed => (TOperationState::CLOSED_STATE, None),
    };
    let (sql_state, error_code, error_message) = match failure {
        Some(failure) => (Some(failure.sqlstate.to_string()), Some(failure.code), Some(failure.message)),
        None => (None, None, None),
    };
    TGetOperationStatusResp {
        status: status::success(),
        operation_state: Some(state),
        sql_state,
        error_code,
        error_message,
        task_status: Some("[]".to_string()),
        operation_started: now.started.map(milliseconds),
        operation_completed: now.completed.map(milliseconds),
        // A driver that waits for it must find it.
        has_result_set: Some(operation.has_rows),
        progress_update_response: if told { operation.progress_to_tell() } else { None },
        num_modified_rows: now.affected.and_then(|rows| i64::try_from(rows).ok()),
    }
}

/// How long a question for the state waits, so long after the statement was asked for: half a second more every ten
/// seconds, up to the limit (Hive's `CLIService.getOperationStatus`). Drivers send one call at a time over a connection, so
/// that a cancel waits behind the question; Java's asks again at once, and does not let the other thread go first.
fn patience(asked: Duration, limit: Duration) -> Duration {
    let steps = u32::try_from(asked.as_secs() / 10 + 1).unwrap_or(u32::MAX);
    Duration::from_millis(500).saturating_mul(steps).min(limit)
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::patience;

    #[test]
    fn a_young_statement_is_asked_for_often() {
        let limit = Duration::from_secs(5);
        for (asked, waits) in [(0, 500), (9, 500), (10, 1000), (89, 4500), (90, 5000), (100_000, 5000)] {
            assert_eq!(patience(Duration::from_secs(asked), limit), Duration::from_millis(waits), "{asked}");
        }
        assert_eq!(patience(Duration::MAX, Duration::from_millis(20)), Duration::from_millis(20));
    }
}
