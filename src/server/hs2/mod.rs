//! HiveServer2's Thrift API (TCLIService): what clients ask, answered by the sessions and their operations.
//!
//! A session ends with its connection where the transport has one for each session; over HTTP handles are all that binds
//! calls together.

mod fetch;
mod info;
mod keywords;
mod metadata;
mod rows;
mod schema;
mod session;
mod statement;
mod status;

use std::collections::HashSet;
use std::sync::{Arc, Weak};

use skep_thrift::{Call, Router};
use skep_thrift_tcli::{TOperationHandle, TOperationType, TSessionHandle};

use super::failure::Failure;
use super::handle::Handle;
use super::operation::{Operation, OperationKind};
use super::sessions::{ServerSession, Sessions};

/// The handlers of all methods. `connected` says whether a session belongs to the connection that has opened it.
pub fn router(sessions: &Arc<Sessions>, connected: bool) -> Router {
    let router = session::register(Router::new(), sessions, connected);
    let router = info::register(router, sessions);
    let router = metadata::register(router, sessions);
    let router = statement::register(router, sessions);
    fetch::register(router, sessions)
}

/// The sessions that a connection has opened; they end with it.
#[derive(Default)]
struct OfConnection {
    sessions: Weak<Sessions>,
    handles: HashSet<Handle>,
}

impl Drop for OfConnection {
    fn drop(&mut self) {
        let Some(sessions) = self.sessions.upgrade() else { return };
        for handle in self.handles.drain() {
            // Its client may have closed it.
            let _ = sessions.close(handle);
        }
    }
}

impl OfConnection {
    fn add(call: &Call, sessions: &Arc<Sessions>, handle: Handle) {
        call.peer().with(|own: &mut OfConnection| {
            own.sessions = Arc::downgrade(sessions);
            own.handles.insert(handle);
        });
    }

    /// The session is closed, be it one of the connection's or not.
    fn remove(call: &Call, handle: Handle) {
        call.peer().with(|own: &mut OfConnection| own.handles.remove(&handle));
    }
}

/// The session that a request is about.
fn session_of(sessions: &Sessions, handle: &TSessionHandle) -> Result<Arc<ServerSession>, Failure> {
    match Handle::from_wire(&handle.session_id) {
        Some(handle) => sessions.session(handle),
        None => Err(Failure::no_such("SessionHandle", "")),
    }
}

/// The operation that a request is about.
fn operation_of(sessions: &Sessions, handle: &TOperationHandle) -> Result<Arc<Operation>, Failure> {
    match Handle::from_wire(&handle.operation_id) {
        Some(handle) => sessions.operation(handle),
        None => Err(Failure::no_such("OperationHandle", "")),
    }
}

/// An operation's handle as it goes to the client.
fn handle_of(operation: &Operation) -> TOperationHandle {
    let operation_type = match operation.kind {
        OperationKind::Statement => TOperationType::EXECUTE_STATEMENT,
        OperationKind::TypeInfo => TOperationType::GET_TYPE_INFO,
        OperationKind::Catalogs => TOperationType::GET_CATALOGS,
        OperationKind::Schemas => TOperationType::GET_SCHEMAS,
        OperationKind::Tables => TOperationType::GET_TABLES,
        OperationKind::TableTypes => TOperationType::GET_TABLE_TYPES,
        OperationKind::Columns => TOperationType::GET_COLUMNS,
        // As Hive has it: these have no number of their own.
        OperationKind::Functions | OperationKind::PrimaryKeys | OperationKind::CrossReference => {
            TOperationType::GET_FUNCTIONS
        }
    };
    TOperationHandle {
        operation_id: operation.handle.to_wire(),
        operation_type,
        has_result_set: operation.has_rows,
        modified_row_count: operation.status().affected.map(|rows| rows as f64),
    }
}
