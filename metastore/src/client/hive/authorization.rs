//! Roles and grants as definitions.

use skep_thrift_hms::methods::*;
use skep_thrift_hms::{
    GetPrincipalsInRoleRequest, HiveObjectPrivilege, HiveObjectRef, HiveObjectType, PrivilegeBag, RolePrincipalGrant,
};

use super::HiveServer;
use crate::error::{MetastoreError, Result};
use crate::model::{Defined, DefinitionChange, DefinitionKind, Grant, Granted, PrivilegeObject, Role};
use crate::service::convert::authorization::{object_privilege, principal_type};
use crate::service::convert::principal_from_wire;

/// Roles that are always there, and are no definitions.
const BUILT_IN: [&str; 2] = ["admin", "public"];

impl HiveServer {
    /// Definitions of a kind. Of the kinds that Hive's metastore does not keep there are none.
    pub(super) fn all_definitions(&self, kind: DefinitionKind) -> Result<Vec<(String, String)>> {
        let mut all = match kind {
            DefinitionKind::Role => {
                let roles = self.roles()?.into_iter().map(|name| Role { name, owner: None, create_time: 0 });
                roles.map(|role| written(&role)).collect::<Result<Vec<_>>>()?
            }
            DefinitionKind::Grant => self.grants()?.iter().map(written).collect::<Result<Vec<_>>>()?,
            DefinitionKind::Connector => self.connectors()?.iter().map(written).collect::<Result<Vec<_>>>()?,
            _ => Vec::new(),
        };
        all.sort();
        Ok(all)
    }

    fn roles(&self) -> Result<Vec<String>> {
        let mut roles = self.ask::<GetRoleNames>(GetRoleNamesArgs {})?;
        roles.retain(|role| !BUILT_IN.contains(&role.as_str()));
        Ok(roles.into_iter().map(|role| role.to_lowercase()).collect())
    }

    fn grants(&self) -> Result<Vec<Grant>> {
        let mut found = Vec::new();
        for role in self.ask::<GetRoleNames>(GetRoleNamesArgs {})? {
            let request = Some(GetPrincipalsInRoleRequest { role_name: role.clone() });
            for grant in self.ask::<GetPrincipalsInRole>(GetPrincipalsInRoleArgs { request })?.principal_grants {
                found.push(of_role(grant));
            }
        }
        let kinds = [
            HiveObjectType::GLOBAL,
            HiveObjectType::DATABASE,
            HiveObjectType::TABLE,
            HiveObjectType::PARTITION,
            HiveObjectType::COLUMN,
        ];
        for kind in kinds {
            // No name at all: all of them.
            let hive_object = Some(HiveObjectRef { object_type: Some(kind), ..HiveObjectRef::default() });
            let args = ListPrivilegesArgs { principal_name: None, principal_type: None, hive_object };
            for privilege in self.ask::<ListPrivileges>(args)? {
                found.push(of_privilege(privilege));
            }
        }
        Ok(found)
    }

    /// One after the other: new roles before what is granted to and by them, and roles that go after that.
    pub(super) fn change_all_definitions(&self, changes: &[DefinitionChange]) -> Result<()> {
        let rank = |change: &DefinitionChange| match (change.kind, &change.after) {
            (DefinitionKind::Role, Some(_)) => 0,
            (DefinitionKind::Role, None) => 2,
            _ => 1,
        };
        let mut changes: Vec<&DefinitionChange> = changes.iter().collect();
        changes.sort_by_key(|change| rank(change));
        changes.into_iter().try_for_each(|change| self.change_definition(change))
    }

    fn change_definition(&self, change: &DefinitionChange) -> Result<()> {
        match change.kind {
            DefinitionKind::Role => self.change_role(change),
            DefinitionKind::Grant => {
                if let Some(before) = &change.before {
                    self.take(&read::<Grant>(before)?)?;
                }
                match &change.after {
                    Some(after) => self.give(&read::<Grant>(after)?),
                    None => Ok(()),
                }
            }
            DefinitionKind::Connector => self.change_connector(change),
            kind => Err(MetastoreError::InvalidOperation(format!(
                "the metastore server {} keeps no {}: Hive's metastore API has no place for it",
                self.servers.address(),
                kind.word().replace('_', " ")
            ))),
        }
    }

    fn change_role(&self, change: &DefinitionChange) -> Result<()> {
        match (&change.before, &change.after) {
            (None, Some(after)) => {
                let role = read::<Role>(after)?;
                let role = Some(skep_thrift_hms::Role {
                    role_name: Some(role.name),
                    owner_name: role.owner,
                    create_time: i32::try_from(role.create_time).ok(),
                });
                self.tell::<CreateRole>(CreateRoleArgs { role }).map(|_| ())
            }
            (Some(before), None) => {
                let role_name = Some(read::<Role>(before)?.name);
                self.tell::<DropRole>(DropRoleArgs { role_name }).map(|_| ())
            }
            // Nothing of a role can be changed.
            _ => Ok(()),
        }
    }

    fn give(&self, grant: &Grant) -> Result<()> {
        match &grant.granted {
            Granted::Role(role) => {
                let args = GrantRoleArgs {
                    role_name: Some(role.clone()),
                    principal_name: Some(grant.principal.clone()),
                    principal_type: Some(principal_type(grant.principal_type)),
                    grantor: Some(grant.grantor.clone()),
                    grantor_type: Some(principal_type(grant.grantor_type)),
                    grant_option: Some(grant.grant_option),
                };
                self.tell::<GrantRole>(args).map(|_| ())
            }
            Granted::Privilege { .. } => {
                self.tell::<GrantPrivileges>(GrantPrivilegesArgs { privileges: Some(bag(grant)) }).map(|_| ())
            }
        }
    }

    fn take(&self, grant: &Grant) -> Result<()> {
        match &grant.granted {
            Granted::Role(role) => {
                let args = RevokeRoleArgs {
                    role_name: Some(role.clone()),
                    principal_name: Some(grant.principal.clone()),
                    principal_type: Some(principal_type(grant.principal_type)),
                };
                self.tell::<RevokeRole>(args).map(|_| ())
            }
            Granted::Privilege { .. } => {
                self.tell::<RevokePrivileges>(RevokePrivilegesArgs { privileges: Some(bag(grant)) }).map(|_| ())
            }
        }
    }
}

fn bag(grant: &Grant) -> PrivilegeBag {
    PrivilegeBag { privileges: Some(object_privilege(grant).into_iter().collect()) }
}

/// Membership in a role.
fn of_role(grant: RolePrincipalGrant) -> Grant {
    Grant {
        principal: grant.principal_name.unwrap_or_default(),
        principal_type: principal_from_wire(grant.principal_type),
        granted: Granted::Role(grant.role_name.unwrap_or_default().to_lowercase()),
        grant_option: grant.grant_option.unwrap_or(false),
        grantor: grant.grantor_name.unwrap_or_default(),
        grantor_type: principal_from_wire(grant.grantor_principal_type),
        create_time: i64::from(grant.grant_time.unwrap_or_default()),
        authorizer: None,
    }
}

/// A privilege.
fn of_privilege(privilege: HiveObjectPrivilege) -> Grant {
    let object = privilege.hive_object.unwrap_or_default();
    let info = privilege.grant_info.unwrap_or_default();
    let lower = |text: Option<String>| text.map(|text| text.to_lowercase()).filter(|text| !text.is_empty());
    let object = PrivilegeObject {
        database: lower(object.db_name),
        table: lower(object.object_name),
        partition: object.part_values.filter(|values| !values.is_empty()),
        column: lower(object.column_name),
        ..PrivilegeObject::default()
    };
    Grant {
        principal: privilege.principal_name.unwrap_or_default(),
        principal_type: principal_from_wire(privilege.principal_type),
        granted: Granted::Privilege { privilege: info.privilege.unwrap_or_default().to_uppercase(), object },
        grant_option: info.grant_option.unwrap_or(false),
        grantor: info.grantor.unwrap_or_default(),
        grantor_type: principal_from_wire(info.grantor_type),
        create_time: i64::from(info.create_time.unwrap_or_default()),
        authorizer: privilege.authorizer,
    }
}

pub(super) fn written<T: Defined>(value: &T) -> Result<(String, String)> {
    let text = serde_json::to_string(value).map_err(|error| unreadable(T::KIND, &error))?;
    Ok((value.key(), text))
}

pub(super) fn read<T: Defined>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable(T::KIND, &error))
}

fn unreadable(kind: DefinitionKind, error: &dyn std::fmt::Display) -> MetastoreError {
    MetastoreError::InvalidObject(format!("a {} cannot be read: {error}", kind.word()))
}
