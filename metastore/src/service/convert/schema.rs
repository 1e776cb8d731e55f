//! Schemas of the registry, their versions, SerDes with names.

use skep_thrift_hms as t;

use crate::model::{DEFAULT_CATALOG, NamedSerDe, RegisteredSchema, SchemaColumn, SchemaName, SchemaVersion};

/// A column, whatever its type.
pub fn column(column: SchemaColumn) -> t::FieldSchema {
    t::FieldSchema { name: column.name, r#type: column.ty, comment: column.comment }
}

/// As [`column`], the other way.
pub fn to_column(column: t::FieldSchema) -> SchemaColumn {
    SchemaColumn { name: column.name, ty: column.r#type, comment: column.comment }
}

/// The name of a schema.
pub fn schema_name(name: SchemaName) -> t::ISchemaName {
    t::ISchemaName { cat_name: Some(name.catalog), db_name: Some(name.database), schema_name: Some(name.name) }
}

/// As [`schema_name`], the other way; names know no case.
pub fn to_schema_name(catalog: Option<String>, database: Option<String>, name: Option<String>) -> SchemaName {
    let lower = |text: Option<String>| text.unwrap_or_default().trim().to_lowercase();
    SchemaName {
        catalog: catalog.map_or_else(|| DEFAULT_CATALOG.to_string(), |catalog| lower(Some(catalog))),
        database: lower(database),
        name: lower(name),
    }
}

/// A name as Java writes the API's struct, for messages.
pub fn name_text(name: &SchemaName) -> String {
    format!("ISchemaName(catName:{}, dbName:{}, schemaName:{})", name.catalog, name.database, name.name)
}

/// A schema.
pub fn schema(schema: RegisteredSchema) -> t::ISchema {
    t::ISchema {
        schema_type: schema.schema_type.map(t::SchemaType),
        name: Some(schema.name.name),
        cat_name: Some(schema.name.catalog),
        db_name: Some(schema.name.database),
        compatibility: schema.compatibility.map(t::SchemaCompatibility),
        validation_level: schema.validation.map(t::SchemaValidation),
        can_evolve: schema.can_evolve,
        schema_group: schema.group,
        description: schema.description,
    }
}

/// As [`schema`], the other way.
pub fn to_schema(schema: t::ISchema) -> RegisteredSchema {
    RegisteredSchema {
        name: to_schema_name(schema.cat_name, schema.db_name, schema.name),
        schema_type: schema.schema_type.map(|kind| kind.0),
        compatibility: schema.compatibility.map(|kind| kind.0),
        validation: schema.validation_level.map(|kind| kind.0),
        can_evolve: schema.can_evolve,
        group: schema.schema_group,
        description: schema.description,
    }
}

/// A version of a schema.
pub fn version(version: SchemaVersion) -> t::SchemaVersion {
    t::SchemaVersion {
        schema: Some(schema_name(version.schema)),
        version: Some(version.version),
        created_at: version.created_at,
        cols: Some(version.columns.into_iter().map(column).collect()),
        state: version.state.map(t::SchemaVersionState),
        description: version.description,
        schema_text: version.text,
        fingerprint: version.fingerprint,
        name: version.name,
        ser_de: version.serde.map(serde_info),
    }
}

/// As [`version`], the other way.
pub fn to_version(version: t::SchemaVersion) -> SchemaVersion {
    let name = version.schema.unwrap_or_default();
    SchemaVersion {
        schema: to_schema_name(name.cat_name, name.db_name, name.schema_name),
        version: version.version.unwrap_or(0),
        created_at: version.created_at,
        columns: version.cols.unwrap_or_default().into_iter().map(to_column).collect(),
        state: version.state.map(|state| state.0),
        description: version.description,
        text: version.schema_text,
        fingerprint: version.fingerprint,
        name: version.name,
        serde: version.ser_de.map(to_serde),
    }
}

/// A SerDe.
pub fn serde_info(serde: NamedSerDe) -> t::SerDeInfo {
    t::SerDeInfo {
        name: Some(serde.name),
        serialization_lib: serde.library,
        parameters: serde.parameters,
        description: serde.description,
        serializer_class: serde.serializer,
        deserializer_class: serde.deserializer,
        serde_type: serde.kind.map(t::SerdeType),
    }
}

/// As [`serde_info`], the other way.
pub fn to_serde(serde: t::SerDeInfo) -> NamedSerDe {
    NamedSerDe {
        name: serde.name.unwrap_or_default(),
        library: serde.serialization_lib,
        parameters: serde.parameters,
        description: serde.description,
        serializer: serde.serializer_class,
        deserializer: serde.deserializer_class,
        kind: serde.serde_type.map(|kind| kind.0),
    }
}
