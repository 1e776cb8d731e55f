//! `GetTableTypes`, and what clients call Hive's kinds of tables (`hive.server2.table.type.mapping`).

use datafusion::common::ScalarValue;
use skep_metastore::model::{HiveType, TableKind};

use super::{OperationKind, Question, authorize};
use crate::Session;
use crate::error::Result;

/// Hive's names for kinds of tables, in its order. There are no index tables any more, but it still tells their kind.
const KINDS: [&str; 5] = ["MANAGED_TABLE", "EXTERNAL_TABLE", "VIRTUAL_VIEW", "INDEX_TABLE", "MATERIALIZED_VIEW"];

/// `GetTableTypesOperation`
#[derive(Debug)]
pub struct TableTypes;

impl Question for TableTypes {
    const NAME: &'static str = "GetTableTypes";
    const KIND: OperationKind = OperationKind::TableTypes;
    const COLUMNS: &'static [(&'static str, HiveType)] = &[("TABLE_TYPE", HiveType::String)];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        authorize(session, "GET_TABLETYPES", Vec::new())?;
        let mapping = Mapping::of(session);
        Ok(KINDS.iter().map(|kind| vec![mapping.client_name(kind).into()]).collect())
    }
}

/// How kinds of tables are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapping {
    /// `TABLE`, `VIEW` and `MATERIALIZED_VIEW` (`ClassicTableTypeMapping`)
    Classic,
    /// By Hive's own names (`HiveTableTypeMapping`).
    Hive,
}

impl Mapping {
    /// The one of a session.
    pub fn of(session: &Session) -> Self {
        let classic = session.config().text("hive.server2.table.type.mapping").eq_ignore_ascii_case("CLASSIC");
        if classic { Mapping::Classic } else { Mapping::Hive }
    }

    /// What clients call one of Hive's kinds.
    pub fn client_name(self, kind: &'static str) -> &'static str {
        match (self, kind) {
            (Mapping::Classic, "MANAGED_TABLE" | "EXTERNAL_TABLE") => "TABLE",
            (Mapping::Classic, "VIRTUAL_VIEW") => "VIEW",
            (_, other) => other,
        }
    }

    /// Whether a client that asks for `wanted` wants tables of this kind.
    pub fn is_wanted(self, wanted: &str, kind: TableKind) -> bool {
        self.client_name(kind.name()).eq_ignore_ascii_case(wanted.trim())
    }
}
