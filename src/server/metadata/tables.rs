//! `GetTables`: tables and views.

use datafusion::common::ScalarValue;
use skep_metastore::model::{HiveType, TableKind};
use skep_metastore::store::MetaStore;

use super::table_types::Mapping;
use super::{OperationKind, Question, authorize_databases, databases, pattern, still_there, text};
use crate::Session;
use crate::error::Result;

/// `GetTablesOperation`. The catalog of a request says nothing: there is one.
#[derive(Debug)]
pub struct Tables {
    /// A pattern of databases; all where it is empty or not there.
    pub schema: Option<String>,
    /// A pattern of tables; all where it is not there.
    pub table: Option<String>,
    /// The kinds of tables as clients call them; all where they are not there or empty.
    pub types: Option<Vec<String>>,
}

impl Question for Tables {
    const NAME: &'static str = "GetTables";
    const KIND: OperationKind = OperationKind::Tables;
    const COLUMNS: &'static [(&'static str, HiveType)] = &[
        ("TABLE_CAT", HiveType::String),
        ("TABLE_SCHEM", HiveType::String),
        ("TABLE_NAME", HiveType::String),
        ("TABLE_TYPE", HiveType::String),
        ("REMARKS", HiveType::String),
        ("TYPE_CAT", HiveType::String),
        ("TYPE_SCHEM", HiveType::String),
        ("TYPE_NAME", HiveType::String),
        ("SELF_REFERENCING_COL_NAME", HiveType::String),
        ("REF_GENERATION", HiveType::String),
    ];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        let mapping = Mapping::of(session);
        let kinds = self.kinds(mapping);
        let wanted = self.table.as_deref().map(pattern::of_request).transpose()?;
        let databases = databases(session, "GET_TABLES", self.schema.as_deref())?;
        authorize_databases(session, "GET_TABLES", &databases)?;
        let mut found = Vec::new();
        for database in databases {
            let mut names = session.catalog().table_names(&database, wanted.as_deref(), kinds.as_deref())?;
            names.sort_by_key(|name| session.catalog().is_temporary(&database, name));
            found.extend(names.into_iter().map(|name| (database.clone(), name)));
        }
        let mut rows = Vec::new();
        for (database, name) in session.visible_tables("GET_TABLES", found)? {
            let Some(table) = still_there(session, &database, &name)? else { continue };
            // A temporary table hides a lasting one, of whichever kind this is.
            if kinds.as_ref().is_some_and(|kinds| !kinds.contains(&table.kind)) {
                continue;
            }
            let comment = table.parameters.get("comment").map(String::as_str);
            let kind = mapping.client_name(table.kind.name());
            let mut row = vec!["".into(), database.into(), name.into(), kind.into(), text(comment)];
            row.resize(Self::COLUMNS.len(), ScalarValue::Null);
            rows.push(row);
        }
        Ok(rows)
    }
}

impl Tables {
    fn kinds(&self, mapping: Mapping) -> Option<Vec<TableKind>> {
        let types = self.types.as_ref().filter(|types| !types.is_empty())?;
        let all = [TableKind::Managed, TableKind::External, TableKind::View, TableKind::MaterializedView];
        let wanted = |kind: &TableKind| types.iter().any(|wanted| mapping.is_wanted(wanted, *kind));
        Some(all.into_iter().filter(wanted).collect())
    }
}
