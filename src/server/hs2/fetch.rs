//! `GetResultSetMetadata`, `FetchResults`.

use std::sync::Arc;

use skep_thrift::{Encoder, Router, Value, Writer};
use skep_thrift_tcli::methods::{FetchResults, GetResultSetMetadata};
use skep_thrift_tcli::{
    TColumn, TFetchOrientation, TFetchResultsReq, TFetchResultsResp, TGetResultSetMetadataReq,
    TGetResultSetMetadataResp, TRow, TRowSet, TStringColumn, TTableSchema,
};

use super::rows::RowSet;
use super::{operation_of, schema, status};
use crate::server::failure::Failure;
use crate::server::operation::{Operation, Phase};
use crate::server::sessions::Sessions;

/// The `fetchType` of an operation's log.
const LOG: i16 = 1;

/// Adds the handlers of results.
pub fn register(router: Router, sessions: &Arc<Sessions>) -> Router {
    let (describing, fetching) = (Arc::clone(sessions), Arc::clone(sessions));
    router
        .on_async::<GetResultSetMetadata, _>(move |_, args| {
            let sessions = Arc::clone(&describing);
            async move {
                let schema = described(&sessions, &args.req.unwrap_or_default()).await;
                Ok(TGetResultSetMetadataResp { status: status::of(&schema), schema: schema.ok() })
            }
        })
        .on_encoded::<FetchResults, _>(move |_, args| {
            let sessions = Arc::clone(&fetching);
            async move {
                let request = args.req.unwrap_or_default();
                Ok(match fetched(&sessions, &request).await {
                    Ok(encoder) => encoder,
                    Err(failure) => Box::new(move |writer: &mut Writer| {
                        let status = status::error(&failure);
                        TFetchResultsResp { status, has_more_rows: None, results: None }.write(writer);
                    }),
                })
            }
        })
}

/// Waits until an operation has ended; what it ended with.
async fn finished(operation: &Operation) -> Result<(), Failure> {
    operation.ended(None).await;
    match operation.status().phase {
        Phase::Failed(failure) => Err(failure),
        Phase::Cancelled => Err(Failure::refused("the operation was cancelled")),
        Phase::TimedOut => Err(Failure::refused("the operation ran longer than it may")),
        Phase::Closed => Err(Failure::refused("the operation is closed")),
        Phase::Pending | Phase::Running | Phase::Finished => Ok(()),
    }
}

async fn described(sessions: &Sessions, request: &TGetResultSetMetadataReq) -> Result<TTableSchema, Failure> {
    let operation = operation_of(sessions, &request.operation_handle)?;
    finished(&operation).await?;
    let columns = operation.status().columns.unwrap_or_default();
    Ok(schema::table_schema(&columns, operation.protocol))
}

async fn fetched(sessions: &Sessions, request: &TFetchResultsReq) -> Result<Encoder, Failure> {
    let operation = operation_of(sessions, &request.operation_handle)?;
    let from_first = match request.orientation {
        TFetchOrientation::FETCH_NEXT => false,
        TFetchOrientation::FETCH_FIRST => true,
        other => {
            let name = other.name().unwrap_or("UNKNOWN");
            return Err(Failure {
                sqlstate: "HY106".into(),
                ..Failure::refused(format!("The fetch type {name} is not supported for this resultset"))
            });
        }
    };
    let protocol = operation.protocol;
    let max = usize::try_from(request.max_rows).unwrap_or(0).min(sessions.settings().max_fetch);
    if request.fetch_type == Some(LOG) {
        let lines = operation.log.read(from_first, max);
        return Ok(Box::new(move |writer: &mut Writer| log_lines(lines, protocol).write(writer)));
    }
    finished(&operation).await?;
    if !operation.has_rows {
        return Err(Failure::refused("The operation has no result set"));
    }
    let fetched = operation.results.fetch(from_first, max).await?;
    sessions.metrics().fetched(fetched.rows());
    let now = operation.status();
    let rows = RowSet { fetched, columns: now.columns.unwrap_or_default(), zone: now.zone, protocol };
    Ok(Box::new(move |writer: &mut Writer| rows.write(&status::success(), writer)))
}

/// Lines of a log, as one column of text.
fn log_lines(lines: Vec<String>, protocol: i32) -> TFetchResultsResp {
    let mut results = TRowSet { start_row_offset: 0, ..Default::default() };
    if protocol >= super::rows::COLUMNAR {
        results.columns = Some(vec![TColumn::StringVal(TStringColumn { values: lines, nulls: Vec::new() })]);
    } else {
        results.rows = lines.into_iter().map(|line| TRow { col_vals: vec![super::rows::text_value(line)] }).collect();
    }
    TFetchResultsResp { status: status::success(), has_more_rows: Some(false), results: Some(results) }
}
