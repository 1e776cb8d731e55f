//! Stored procedures and packages of HPL/SQL (`StoredProcedure`, `Package` of the metastore API, since Hive 4).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind};

/// A stored procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredProcedure {
    /// Catalog, in lower case.
    pub catalog: String,
    /// Database, in lower case.
    pub database: String,
    /// Name in lower case.
    pub name: String,
    /// Who made it.
    pub owner: Option<String>,
    /// Its text.
    pub source: Option<String>,
}

impl Defined for StoredProcedure {
    const KIND: DefinitionKind = DefinitionKind::StoredProcedure;

    fn key(&self) -> String {
        serde_json::json!([self.catalog, self.database, self.name]).to_string()
    }
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Catalog, in lower case.
    pub catalog: String,
    /// Database, in lower case.
    pub database: String,
    /// Name in lower case.
    pub name: String,
    /// Who made it.
    pub owner: Option<String>,
    /// What it offers.
    pub header: Option<String>,
    /// How.
    pub body: Option<String>,
}

impl Defined for Package {
    const KIND: DefinitionKind = DefinitionKind::Package;

    fn key(&self) -> String {
        serde_json::json!([self.catalog, self.database, self.name]).to_string()
    }
}
