//! `OpenSession`, `CloseSession`, `SetClientInfo`.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_tcli::methods::{CloseSession, OpenSession, SetClientInfo};
use skep_thrift_tcli::{
    TCloseSessionResp, TOpenSessionReq, TOpenSessionResp, TProtocolVersion, TSessionHandle, TSetClientInfoResp,
};

use super::{OfConnection, session_of, status};
use crate::error::shortened;
use crate::server::failure::Failure;
use crate::server::handle::Handle;
use crate::server::sessions::{Opening, ServerSession, Sessions};

/// The newest version that is spoken here.
const NEWEST: i32 = TProtocolVersion::HIVE_CLI_SERVICE_PROTOCOL_V11.0;
/// Who a client is that says nothing of itself.
const ANONYMOUS: &str = "anonymous";
/// Names of users are not longer: they stand in what is kept of each statement.
const MAX_NAME: usize = 1024;
/// The setting of a session that names another user, for whom the client wants to act.
const PROXY_USER: &str = "hive.server2.proxy.user";

/// Adds the handlers of sessions.
pub fn register(router: Router, sessions: &Arc<Sessions>, connected: bool) -> Router {
    let (opening, closing, telling) = (Arc::clone(sessions), Arc::clone(sessions), Arc::clone(sessions));
    let own = connected && sessions.settings().close_on_disconnect;
    router
        .on_async::<OpenSession, _>(move |call, args| {
            let sessions = Arc::clone(&opening);
            async move { Ok(open(&sessions, &call, args.req.unwrap_or_default(), own).await) }
        })
        .on_async::<CloseSession, _>(move |call, args| {
            let sessions = Arc::clone(&closing);
            async move {
                let handle = args.req.unwrap_or_default().session_handle.session_id;
                let handle = Handle::from_wire(&handle).ok_or_else(|| Failure::refused("Session does not exist!"));
                let closed = handle.and_then(|handle| {
                    OfConnection::remove(&call, handle);
                    sessions.close(handle)
                });
                Ok(TCloseSessionResp { status: status::of(&closed) })
            }
        })
        .on_async::<SetClientInfo, _>(move |_, args| {
            let sessions = Arc::clone(&telling);
            async move {
                let request = args.req.unwrap_or_default();
                let told = session_of(&sessions, &request.session_handle);
                if let Ok(session) = &told {
                    let about: BTreeMap<String, String> = request.configuration.unwrap_or_default();
                    let about = format!("{about:?}");
                    let about = shortened(&about);
                    tracing::info!(session = %session.handle, %about, "the client tells of itself");
                }
                Ok(TSetClientInfoResp { status: status::of(&told) })
            }
        })
}

async fn open(sessions: &Arc<Sessions>, call: &Call, request: TOpenSessionReq, own: bool) -> TOpenSessionResp {
    // Never above what the client speaks.
    let version = request.client_protocol.0.clamp(0, NEWEST);
    let opened = opened(sessions, call, request, version).await;
    if let Ok(session) = &opened
        && own
    {
        OfConnection::add(call, sessions, session.handle);
    }
    TOpenSessionResp {
        status: status::of(&opened),
        server_protocol_version: TProtocolVersion(version),
        session_handle: opened.ok().map(|session| TSessionHandle { session_id: session.handle.to_wire() }),
        // Newer drivers look into it without asking whether it is there.
        configuration: Some(BTreeMap::from([(
            "hive.server2.thrift.resultset.default.fetch.size".to_string(),
            sessions.settings().default_fetch.to_string(),
        )])),
    }
}

async fn opened(
    sessions: &Arc<Sessions>,
    call: &Call,
    request: TOpenSessionReq,
    protocol: i32,
) -> Result<Arc<ServerSession>, Failure> {
    let configuration = request.configuration.unwrap_or_default();
    let user = user_of(sessions, call, request.username.as_deref(), &configuration).await?;
    sessions.open(Opening { user, address: call.peer().address(), protocol, configuration }).await
}

/// Whose the session is. Who has proved a name has it; what a request says counts where nobody proves anything. Another
/// for whom a client asks to act is the user where the rules allow it (`ThriftCLIService.getProxyUser` of Hive).
async fn user_of(
    sessions: &Sessions,
    call: &Call,
    named: Option<&str>,
    configuration: &BTreeMap<String, String>,
) -> Result<String, Failure> {
    let (peer, access) = (call.peer(), &sessions.settings().access);
    let proved = peer.user().map(|user| access.session_name(user));
    let claimed = peer.claimed_user().into_iter().chain(named).find(|name| !name.is_empty());
    let user = proved.or(claimed).unwrap_or(ANONYMOUS);
    let asked = peer.acting_for().or_else(|| configuration.get(PROXY_USER).map(String::as_str));
    if [Some(user), asked].into_iter().flatten().any(|name| name.len() > MAX_NAME) {
        return Err(Failure::refused(format!("The name of a user is longer than {MAX_NAME} bytes")));
    }
    let Some(wanted) = asked.filter(|wanted| !wanted.is_empty()) else { return Ok(user.to_string()) };
    access.proxy.check(user, wanted, peer.address().map(|address| address.ip())).await?;
    tracing::info!(?user, ?wanted, "a user acts for another");
    Ok(wanted.to_string())
}
