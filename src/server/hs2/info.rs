//! `GetInfo`, and the calls about delegation tokens, which are refused.

use std::sync::Arc;

use skep_thrift::Router;
use skep_thrift_tcli::methods::{CancelDelegationToken, GetDelegationToken, GetInfo, RenewDelegationToken};
use skep_thrift_tcli::{
    TCancelDelegationTokenResp, TGetDelegationTokenResp, TGetInfoReq, TGetInfoResp, TGetInfoType, TGetInfoValue,
    TRenewDelegationTokenResp,
};

use super::{session_of, status};
use crate::server::failure::Failure;
use crate::server::sessions::Sessions;

/// Names may have so many characters (`HiveSessionImpl.getInfo`).
const MAX_NAME: i64 = 128;
/// The version of Hive whose behaviour this is; drivers compare it.
const VERSION: &str = "4.0.0";

/// Adds the handlers.
pub fn register(router: Router, sessions: &Arc<Sessions>) -> Router {
    let sessions = Arc::clone(sessions);
    let refused = || status::error(&Failure::refused("Delegation token is not supported"));
    router
        .on_async::<GetInfo, _>(move |_, args| {
            let sessions = Arc::clone(&sessions);
            async move {
                let info = info(&sessions, &args.req.unwrap_or_default());
                let status = status::of(&info);
                // The value must be there, whatever the status says.
                let info_value = info.unwrap_or_else(|_| TGetInfoValue::StringValue(String::new()));
                Ok(TGetInfoResp { status, info_value })
            }
        })
        .on_async::<GetDelegationToken, _>(move |_, _| async move {
            Ok(TGetDelegationTokenResp { status: refused(), delegation_token: None })
        })
        .on_async::<CancelDelegationToken, _>(move |_, _| async move {
            Ok(TCancelDelegationTokenResp { status: refused() })
        })
        .on_async::<RenewDelegationToken, _>(
            move |_, _| async move { Ok(TRenewDelegationTokenResp { status: refused() }) },
        )
}

fn info(sessions: &Sessions, request: &TGetInfoReq) -> Result<TGetInfoValue, Failure> {
    let session = session_of(sessions, &request.session_handle)?;
    let text = |text: &str| TGetInfoValue::StringValue(text.to_string());
    Ok(match request.info_type {
        TGetInfoType::CLI_SERVER_NAME => text("Hive"),
        TGetInfoType::CLI_DBMS_NAME => text("Apache Hive"),
        TGetInfoType::CLI_DBMS_VER => text(VERSION),
        TGetInfoType::CLI_USER_NAME => text(&session.user),
        TGetInfoType::CLI_MAX_COLUMN_NAME_LEN
        | TGetInfoType::CLI_MAX_SCHEMA_NAME_LEN
        | TGetInfoType::CLI_MAX_TABLE_NAME_LEN => TGetInfoValue::LenValue(MAX_NAME),
        TGetInfoType::CLI_IDENTIFIER_QUOTE_CHAR => text("`"),
        TGetInfoType::CLI_ODBC_KEYWORDS => text(&crate::parser::RESERVED_WORDS.join(",")),
        other => return Err(Failure::refused(format!("Unrecognized GetInfoType value: {}", other.0))),
    })
}
