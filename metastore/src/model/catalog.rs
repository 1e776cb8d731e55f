//! Catalogs: what databases are in (`Catalog` of the metastore API, since Hive 3).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochSeconds};

/// Name of the catalog that is always there, and that a request that names none means.
pub const DEFAULT_CATALOG: &str = "hive";

/// A catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Name in lower case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// URL of its folder.
    pub location: String,
    /// When it was made.
    pub create_time: EpochSeconds,
}

impl Defined for Catalog {
    const KIND: DefinitionKind = DefinitionKind::Catalog;

    fn key(&self) -> String {
        self.name.clone()
    }
}
