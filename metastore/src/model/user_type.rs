//! Types that clients defined by name (`Type` of the metastore API). No statement of SQL makes or uses one.

use serde::{Deserialize, Serialize};

use super::schema_registry::SchemaColumn;
use super::{Defined, DefinitionKind};

/// A type with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserType {
    /// Its name.
    pub name: String,
    /// Type of the elements of a list, or of the keys of a map.
    pub first: Option<String>,
    /// Type of the values of a map.
    pub second: Option<String>,
    /// Fields of a struct.
    pub fields: Option<Vec<SchemaColumn>>,
}

impl Defined for UserType {
    const KIND: DefinitionKind = DefinitionKind::UserType;

    fn key(&self) -> String {
        self.name.clone()
    }
}
