//! `GetInfo`, and the calls about delegation tokens, which are refused.

use std::sync::Arc;

use skep_thrift::Router;
use skep_thrift_tcli::methods::{CancelDelegationToken, GetDelegationToken, GetInfo, RenewDelegationToken};
use skep_thrift_tcli::{
    TCancelDelegationTokenResp, TGetDelegationTokenResp, TGetInfoReq, TGetInfoResp, TGetInfoType, TGetInfoValue,
    TRenewDelegationTokenResp,
};

use super::keywords::KEYWORDS;
use super::{session_of, status};
use crate::server::failure::Failure;
use crate::server::sessions::Sessions;

/// Names may have so many characters (`HiveSessionImpl.getInfo`).
const MAX_NAME: i64 = 128;
/// ODBC's `SQL_IC_LOWER`: names are kept in lower case.
const LOWER_CASE: i16 = 2;
/// ODBC's `SQL_NC_HIGH`: NULLs come last where values rise, and first where they fall.
const NULLS_HIGH: i16 = 0;
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

/// What Hive tells (`HiveSessionImpl.getInfo`), and of the rest, to which it gives an error, what is so for sure.
fn info(sessions: &Sessions, request: &TGetInfoReq) -> Result<TGetInfoValue, Failure> {
    let session = session_of(sessions, &request.session_handle)?;
    let text = |text: &str| TGetInfoValue::StringValue(text.to_string());
    Ok(match request.info_type {
        TGetInfoType::CLI_SERVER_NAME => text("Hive"),
        TGetInfoType::CLI_DBMS_NAME => text("Apache Hive"),
        TGetInfoType::CLI_DBMS_VER => text(VERSION),
        TGetInfoType::CLI_MAX_COLUMN_NAME_LEN
        | TGetInfoType::CLI_MAX_SCHEMA_NAME_LEN
        | TGetInfoType::CLI_MAX_TABLE_NAME_LEN
        | TGetInfoType::CLI_MAX_IDENTIFIER_LEN => TGetInfoValue::LenValue(MAX_NAME),
        TGetInfoType::CLI_ODBC_KEYWORDS => text(KEYWORDS),
        TGetInfoType::CLI_USER_NAME => text(&session.user),
        TGetInfoType::CLI_IDENTIFIER_QUOTE_CHAR => text("`"),
        TGetInfoType::CLI_SEARCH_PATTERN_ESCAPE => text("\\"),
        TGetInfoType::CLI_IDENTIFIER_CASE => TGetInfoValue::SmallIntValue(LOWER_CASE),
        TGetInfoType::CLI_NULL_COLLATION => TGetInfoValue::SmallIntValue(NULLS_HIGH),
        // There are no parameters of statements, no procedures, no catalogs in names.
        TGetInfoType::CLI_DESCRIBE_PARAMETER
        | TGetInfoType::CLI_ACCESSIBLE_PROCEDURES
        | TGetInfoType::CLI_CATALOG_NAME => text("N"),
        other => {
            let name = other.name().map_or_else(|| other.0.to_string(), str::to_string);
            return Err(Failure::refused(format!("Unrecognized GetInfoType value: {name}")));
        }
    })
}
