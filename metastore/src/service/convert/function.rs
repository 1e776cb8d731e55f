//! Functions.

use skep_thrift_hms as wire;

use super::authorization::{principal_type, seconds};
use super::principal_from_wire;
use crate::model::{Function, FunctionResource, ResourceType};
use crate::service::names::{shown_database, stored_database};

/// A function as a client gives it.
pub fn function_from_wire(function: wire::Function) -> Function {
    let resource = |resource: wire::ResourceUri| FunctionResource {
        kind: match resource.resource_type {
            Some(wire::ResourceType::FILE) => ResourceType::File,
            Some(wire::ResourceType::ARCHIVE) => ResourceType::Archive,
            _ => ResourceType::Jar,
        },
        uri: resource.uri.unwrap_or_default(),
    };
    Function {
        database: stored_database(function.cat_name.as_deref(), &function.db_name.unwrap_or_default()),
        name: function.function_name.unwrap_or_default().to_lowercase(),
        class_name: function.class_name.unwrap_or_default(),
        owner: function.owner_name,
        owner_type: principal_from_wire(function.owner_type),
        create_time: i64::from(function.create_time.unwrap_or_default()),
        resources: function.resource_uris.unwrap_or_default().into_iter().map(resource).collect(),
    }
}

/// A function for a client.
pub fn function_to_wire(function: Function) -> wire::Function {
    let (catalog, database) = shown_database(&function.database);
    let resource = |resource: FunctionResource| wire::ResourceUri {
        resource_type: Some(match resource.kind {
            ResourceType::Jar => wire::ResourceType::JAR,
            ResourceType::File => wire::ResourceType::FILE,
            ResourceType::Archive => wire::ResourceType::ARCHIVE,
        }),
        uri: Some(resource.uri),
    };
    wire::Function {
        db_name: Some(database.to_string()),
        cat_name: Some(catalog.to_string()),
        function_name: Some(function.name),
        class_name: Some(function.class_name),
        owner_name: function.owner,
        owner_type: Some(principal_type(function.owner_type)),
        create_time: Some(seconds(function.create_time)),
        function_type: Some(wire::FunctionType::JAVA),
        resource_uris: Some(function.resources.into_iter().map(resource).collect()),
    }
}
