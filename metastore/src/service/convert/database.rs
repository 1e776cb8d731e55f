//! Databases.

use skep_thrift_hms as wire;

use super::authorization::{principal_type, seconds};
use crate::model::{Database, PrincipalType};
use crate::service::names::{shown_database, stored_database};

/// The kind of a principal; a user where it is not said or not known.
pub fn principal_from_wire(kind: Option<wire::PrincipalType>) -> PrincipalType {
    match kind {
        Some(wire::PrincipalType::ROLE) => PrincipalType::Role,
        Some(wire::PrincipalType::GROUP) => PrincipalType::Group,
        _ => PrincipalType::User,
    }
}

/// A database as a client gives it; its location is empty where the server is to choose one.
pub fn database_from_wire(database: wire::Database) -> Database {
    Database {
        name: stored_database(database.catalog_name.as_deref(), &database.name.unwrap_or_default()),
        comment: database.description,
        location: database.location_uri.unwrap_or_default(),
        managed_location: database.managed_location_uri,
        owner: database.owner_name,
        owner_type: principal_from_wire(database.owner_type),
        parameters: database.parameters.unwrap_or_default(),
        create_time: i64::from(database.create_time.unwrap_or_default()),
    }
}

/// A database for a client.
pub fn database_to_wire(database: Database) -> wire::Database {
    let (catalog, name) = shown_database(&database.name);
    wire::Database {
        name: Some(name.to_string()),
        catalog_name: Some(catalog.to_string()),
        description: database.comment,
        location_uri: Some(database.location),
        parameters: Some(database.parameters),
        privileges: None,
        owner_name: database.owner,
        owner_type: Some(principal_type(database.owner_type)),
        create_time: Some(seconds(database.create_time)),
        managed_location_uri: database.managed_location,
        ..Default::default()
    }
}
