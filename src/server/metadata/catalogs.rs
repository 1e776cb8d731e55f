//! `GetCatalogs`: Hive has none above its databases.

use datafusion::common::ScalarValue;
use skep_metastore::model::HiveType;

use super::{OperationKind, Question, authorize};
use crate::Session;
use crate::error::Result;

/// `GetCatalogsOperation`
#[derive(Debug)]
pub struct Catalogs;

impl Question for Catalogs {
    const NAME: &'static str = "GetCatalogs";
    const KIND: OperationKind = OperationKind::Catalogs;
    const COLUMNS: &'static [(&'static str, HiveType)] = &[("TABLE_CAT", HiveType::String)];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        authorize(session, "GET_CATALOGS", Vec::new())?;
        Ok(Vec::new())
    }
}
