//! The schema registry: schemas that are no tables, their versions, and SerDes with names (`ISchema`, `SchemaVersion`,
//! `SerDeInfo` of the metastore API, since Hive 3).
//!
//! Choices that only clients understand (compatibility, validation, state) are kept as the API's numbers.

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, Parameters};

/// What a schema is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SchemaName {
    /// Catalog, in lower case.
    pub catalog: String,
    /// Database, in lower case.
    pub database: String,
    /// Name in lower case.
    pub name: String,
}

impl SchemaName {
    fn key(&self) -> String {
        // A list as JSON: no name can be taken for two.
        serde_json::json!([self.catalog, self.database, self.name]).to_string()
    }
}

/// A schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredSchema {
    /// Its name.
    pub name: SchemaName,
    /// `SchemaType`
    pub schema_type: Option<i32>,
    /// `SchemaCompatibility`
    pub compatibility: Option<i32>,
    /// `SchemaValidation`
    pub validation: Option<i32>,
    /// May it get further versions?
    pub can_evolve: Option<bool>,
    /// Group it belongs to.
    pub group: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl Defined for RegisteredSchema {
    const KIND: DefinitionKind = DefinitionKind::Schema;

    fn key(&self) -> String {
        self.name.key()
    }
}

/// A column of a version of a schema. Its type is a text: a registry keeps types that are none of Hive's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaColumn {
    /// Name.
    pub name: Option<String>,
    /// Type.
    pub ty: Option<String>,
    /// Comment; the registry's "namespace" of a column.
    pub comment: Option<String>,
}

/// A version of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaVersion {
    /// The schema.
    pub schema: SchemaName,
    /// Number.
    pub version: i32,
    /// When it was made, as the client says.
    pub created_at: Option<i64>,
    /// Its columns.
    pub columns: Vec<SchemaColumn>,
    /// `SchemaVersionState`
    pub state: Option<i32>,
    /// What it is for.
    pub description: Option<String>,
    /// The schema as text, e.g. Avro's JSON.
    pub text: Option<String>,
    /// Fingerprint of the text.
    pub fingerprint: Option<String>,
    /// Name of the version.
    pub name: Option<String>,
    /// How its records are read and written.
    pub serde: Option<NamedSerDe>,
}

impl SchemaVersion {
    /// What the keys of all versions of a schema begin with, before a `#`.
    pub fn key_of_schema(schema: &SchemaName) -> String {
        schema.key()
    }
}

impl Defined for SchemaVersion {
    const KIND: DefinitionKind = DefinitionKind::SchemaVersion;

    fn key(&self) -> String {
        format!("{}#{}", self.schema.key(), self.version)
    }
}

/// A SerDe that has a name of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedSerDe {
    /// Its name.
    pub name: String,
    /// Class.
    pub library: Option<String>,
    /// `SERDEPROPERTIES`
    pub parameters: Option<Parameters>,
    /// What it is for.
    pub description: Option<String>,
    /// Class that writes.
    pub serializer: Option<String>,
    /// Class that reads.
    pub deserializer: Option<String>,
    /// `SerdeType`
    pub kind: Option<i32>,
}

impl Defined for NamedSerDe {
    const KIND: DefinitionKind = DefinitionKind::SerDe;

    fn key(&self) -> String {
        self.name.clone()
    }
}
