//! `GetSchemas`: the databases.

use datafusion::common::ScalarValue;
use skep_metastore::model::HiveType;

use super::{OperationKind, Question, authorize, databases};
use crate::Session;
use crate::error::Result;

/// `GetSchemasOperation`. The catalog of a request says nothing: there is one.
#[derive(Debug)]
pub struct Schemas {
    /// A pattern of databases; all where it is empty or not there.
    pub schema: Option<String>,
}

impl Question for Schemas {
    const NAME: &'static str = "GetSchemas";
    const KIND: OperationKind = OperationKind::Schemas;
    const COLUMNS: &'static [(&'static str, HiveType)] =
        &[("TABLE_SCHEM", HiveType::String), ("TABLE_CATALOG", HiveType::String)];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        authorize(session, "GET_SCHEMAS", Vec::new())?;
        let names = databases(session, "GET_SCHEMAS", self.schema.as_deref())?;
        Ok(names.into_iter().map(|name| vec![name.into(), "".into()]).collect())
    }
}
