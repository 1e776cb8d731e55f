//! How calls end, in the protocol's words.

use skep_thrift_tcli::{TStatus, TStatusCode};

use crate::server::failure::Failure;

/// It went well.
pub fn success() -> TStatus {
    TStatus { status_code: TStatusCode::SUCCESS_STATUS, ..Default::default() }
}

/// It did not. The trace that Java's driver builds its exception of is in `infoMessages`: a header that says how many
/// frames follow, and one frame.
pub fn error(failure: &Failure) -> TStatus {
    let header = format!("*org.apache.hive.service.cli.HiveSQLException:{}:1:0", failure.message);
    TStatus {
        status_code: TStatusCode::ERROR_STATUS,
        info_messages: Some(vec![header, "skep:run:statement:1".to_string()]),
        sql_state: Some(failure.sqlstate.to_string()),
        error_code: Some(failure.code),
        error_message: Some(failure.message.clone()),
    }
}

/// The status of a result.
pub fn of<T>(result: &Result<T, Failure>) -> TStatus {
    match result {
        Ok(_) => success(),
        Err(failure) => error(failure),
    }
}
