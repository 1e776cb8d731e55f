//! Principals, roles and privileges.

use skep_thrift_hms as t;
use skep_thrift_hms::{HmsException, MetaException};

use crate::model::{DEFAULT_CATALOG, EpochSeconds, Grant, Granted, ObjectLevel, PrincipalType, PrivilegeObject};
use crate::service::names::{shown_database, stored_database};

/// A time as the API has it: seconds in 32 bits.
pub fn seconds(time: EpochSeconds) -> i32 {
    i32::try_from(time).unwrap_or(if time < 0 { i32::MIN } else { i32::MAX })
}

/// A kind of principal of the API.
pub fn principal_type(kind: PrincipalType) -> t::PrincipalType {
    match kind {
        PrincipalType::User => t::PrincipalType::USER,
        PrincipalType::Role => t::PrincipalType::ROLE,
        PrincipalType::Group => t::PrincipalType::GROUP,
    }
}

/// The kind of principal that the API's number means.
///
/// # Errors
/// `MetaException` for a number without a meaning.
pub fn to_principal_type(kind: t::PrincipalType) -> Result<PrincipalType, HmsException> {
    match kind {
        t::PrincipalType::USER => Ok(PrincipalType::User),
        t::PrincipalType::ROLE => Ok(PrincipalType::Role),
        t::PrincipalType::GROUP => Ok(PrincipalType::Group),
        other => Err(MetaException::new(format!("No kind of principal has the number {}", other.0)).into()),
    }
}

/// The level of what a privilege is on.
pub fn level(object: &PrivilegeObject) -> t::HiveObjectType {
    match object.level() {
        ObjectLevel::Connector => t::HiveObjectType::DATACONNECTOR,
        ObjectLevel::Column => t::HiveObjectType::COLUMN,
        ObjectLevel::Partition => t::HiveObjectType::PARTITION,
        ObjectLevel::Table => t::HiveObjectType::TABLE,
        ObjectLevel::Database => t::HiveObjectType::DATABASE,
        ObjectLevel::Global => t::HiveObjectType::GLOBAL,
    }
}

/// What a reference of the API means. What does not belong to its level is left out.
///
/// # Errors
/// `MetaException` for a reference without a level.
pub fn to_object(object: &t::HiveObjectRef) -> Result<PrivilegeObject, HmsException> {
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_lowercase());
    let database = || object.db_name.as_ref().map(|name| stored_database(object.cat_name.as_deref(), name.trim()));
    let partition = || object.part_values.clone().filter(|values| !values.is_empty());
    let on_table = PrivilegeObject { database: database(), table: lower(&object.object_name), ..Default::default() };
    match object.object_type {
        Some(t::HiveObjectType::GLOBAL) => Ok(PrivilegeObject::default()),
        Some(t::HiveObjectType::DATABASE) => Ok(PrivilegeObject { table: None, ..on_table }),
        Some(t::HiveObjectType::TABLE) => Ok(on_table),
        Some(t::HiveObjectType::PARTITION) => Ok(PrivilegeObject { partition: partition(), ..on_table }),
        Some(t::HiveObjectType::COLUMN) => {
            Ok(PrivilegeObject { partition: partition(), column: lower(&object.column_name), ..on_table })
        }
        Some(t::HiveObjectType::DATACONNECTOR) => {
            Ok(PrivilegeObject { connector: lower(&object.object_name), ..Default::default() })
        }
        other => {
            let text = format!("No kind of object has the number {}", other.map_or(0, |kind| kind.0));
            Err(MetaException::new(text).into())
        }
    }
}

/// The reference that the API has for what a privilege is on.
pub fn object_ref(object: &PrivilegeObject) -> t::HiveObjectRef {
    let (catalog, database) = match &object.database {
        Some(stored) => {
            let (catalog, database) = shown_database(stored);
            (Some(catalog.to_string()), Some(database.to_string()))
        }
        None => (Some(DEFAULT_CATALOG.to_string()), None),
    };
    t::HiveObjectRef {
        object_type: Some(level(object)),
        db_name: database,
        object_name: object.table.clone().or_else(|| object.connector.clone()),
        part_values: object.partition.clone(),
        column_name: object.column.clone(),
        cat_name: catalog,
    }
}

/// How a privilege was given.
pub fn grant_info(grant: &Grant, privilege: &str) -> t::PrivilegeGrantInfo {
    t::PrivilegeGrantInfo {
        privilege: Some(privilege.to_string()),
        create_time: Some(seconds(grant.create_time)),
        grantor: Some(grant.grantor.clone()),
        grantor_type: Some(principal_type(grant.grantor_type)),
        grant_option: Some(grant.grant_option),
    }
}

/// A privilege of a principal; none for a membership in a role.
pub fn object_privilege(grant: &Grant) -> Option<t::HiveObjectPrivilege> {
    let Granted::Privilege { privilege, object } = &grant.granted else { return None };
    Some(t::HiveObjectPrivilege {
        hive_object: Some(object_ref(object)),
        principal_name: Some(grant.principal.clone()),
        principal_type: Some(principal_type(grant.principal_type)),
        grant_info: Some(grant_info(grant, privilege)),
        authorizer: Some(grant.authorizer.clone().unwrap_or_else(|| "SQL".to_string())),
    })
}
