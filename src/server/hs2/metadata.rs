//! The calls that ask about the catalog, from `GetTypeInfo` to `GetCrossReference`.

use std::sync::Arc;

use skep_thrift::Router;
use skep_thrift_tcli::methods::{
    GetCatalogs, GetColumns, GetCrossReference, GetFunctions, GetPrimaryKeys, GetSchemas, GetTableTypes, GetTables,
    GetTypeInfo,
};
use skep_thrift_tcli::{
    TGetCatalogsResp, TGetColumnsResp, TGetCrossReferenceResp, TGetFunctionsResp, TGetPrimaryKeysResp, TGetSchemasResp,
    TGetTableTypesResp, TGetTablesResp, TGetTypeInfoResp, TOperationHandle, TSessionHandle, TStatus,
};

use super::{handle_of, session_of, status};
use crate::server::metadata::{
    Catalogs, Columns, CrossReference, Functions, PrimaryKeys, Question, Schemas, TableTypes, Tables, TypeInfo, ask,
};
use crate::server::sessions::Sessions;

/// Adds a handler: what the request of a method asks, and the response that has the operation of its answer.
macro_rules! answer {
    ($router:ident, $sessions:ident, $method:ty, $response:ident, $request:ident => $question:expr) => {
        let sessions = Arc::clone($sessions);
        let $router = $router.on_async::<$method, _>(move |_, args| {
            let sessions = Arc::clone(&sessions);
            async move {
                let $request = args.req.unwrap_or_default();
                let handle = $request.session_handle.clone();
                let (status, operation_handle) = asked(&sessions, &handle, $question).await;
                Ok($response { status, operation_handle })
            }
        });
    };
}

/// Adds the handlers.
pub fn register(router: Router, sessions: &Arc<Sessions>) -> Router {
    answer!(router, sessions, GetTypeInfo, TGetTypeInfoResp, request => TypeInfo);
    answer!(router, sessions, GetCatalogs, TGetCatalogsResp, request => Catalogs);
    answer!(router, sessions, GetSchemas, TGetSchemasResp, request => Schemas { schema: request.schema_name });
    answer!(router, sessions, GetTables, TGetTablesResp, request => Tables {
        schema: request.schema_name,
        table: request.table_name,
        types: request.table_types,
    });
    answer!(router, sessions, GetTableTypes, TGetTableTypesResp, request => TableTypes);
    answer!(router, sessions, GetColumns, TGetColumnsResp, request => Columns {
        schema: request.schema_name,
        table: request.table_name,
        column: request.column_name,
    });
    answer!(router, sessions, GetFunctions, TGetFunctionsResp, request => Functions {
        catalog: request.catalog_name,
        schema: request.schema_name,
        function: request.function_name,
    });
    answer!(router, sessions, GetPrimaryKeys, TGetPrimaryKeysResp, request => PrimaryKeys {
        catalog: request.catalog_name,
        schema: request.schema_name,
        table: request.table_name,
    });
    answer!(router, sessions, GetCrossReference, TGetCrossReferenceResp, request => CrossReference {
        parent_catalog: request.parent_catalog_name,
        parent_schema: request.parent_schema_name,
        parent_table: request.parent_table_name,
        foreign_catalog: request.foreign_catalog_name,
        foreign_schema: request.foreign_schema_name,
        foreign_table: request.foreign_table_name,
    });
    router
}

async fn asked(
    sessions: &Arc<Sessions>,
    handle: &TSessionHandle,
    question: impl Question,
) -> (TStatus, Option<TOperationHandle>) {
    let answered = match session_of(sessions, handle) {
        Ok(session) => ask(sessions, &session, question).await,
        Err(failure) => Err(failure),
    };
    (status::of(&answered), answered.ok().map(|operation| handle_of(&operation)))
}
