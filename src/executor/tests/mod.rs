//! What statements of SQL and clients of the metastore's service over the same catalog see of each other.

mod locks;
mod shared_rules;

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use futures::TryStreamExt;
use skep_metastore::service::Service;
use skep_thrift::{CallError, Exception, Method, Peer, Router};
use skep_thrift_hms::HmsException;

use crate::session::Session;
use crate::{Engine, EngineOptions};

/// A catalog with an engine and a service over it.
struct Both {
    session: Session,
    router: Router,
    peer: Arc<Peer>,
    _home: tempfile::TempDir,
}

impl Both {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let warehouse = home.path().join("warehouse").display().to_string();
        let engine = Engine::open(EngineOptions {
            home: Some(home.path().to_path_buf()),
            configuration_folder: Some(home.path().to_path_buf()),
            settings: vec![("hive.metastore.warehouse.dir".into(), warehouse)],
            user: Some("ann".into()),
            ..EngineOptions::default()
        })
        .unwrap();
        let router = Service::new(Arc::clone(engine.metastore())).router();
        Self { session: engine.session(), router, peer: Peer::local(), _home: home }
    }

    /// The rows of a statement, columns of text only.
    async fn sql(&mut self, statement: &str) -> Vec<Vec<String>> {
        rows(&mut self.session, statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// What a statement fails with.
    async fn sql_refused(&mut self, statement: &str) -> String {
        match rows(&mut self.session, statement).await {
            Ok(_) => panic!("{statement} went well"),
            Err(error) => error,
        }
    }

    /// What a call gives that must go well.
    fn call<M: Method<Exception = HmsException>>(&self, args: M::Args) -> M::Success {
        self.router.call::<M>(&self.peer, &args).unwrap_or_else(|error| panic!("{}: {error:?}", M::NAME))
    }

    /// The message of the exception of a call that must fail.
    fn call_refused<M: Method<Exception = HmsException>>(&self, args: M::Args) -> String {
        match self.router.call::<M>(&self.peer, &args) {
            Err(CallError::Declared(exception)) => exception.message().to_string(),
            Ok(_) => panic!("{} went well", M::NAME),
            Err(error) => panic!("{}: {error:?}", M::NAME),
        }
    }
}

async fn rows(session: &mut Session, statement: &str) -> Result<Vec<Vec<String>>, String> {
    let outcome = session.execute(statement).await.map_err(|error| error.to_string())?;
    let batches: Vec<_> = outcome.rows.try_collect().await.map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let texts = batch.columns().iter().map(|column| column.as_string::<i32>().value(row).to_string());
            rows.push(texts.collect());
        }
    }
    Ok(rows)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}
