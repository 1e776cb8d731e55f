//! Roles and who has them.

use std::collections::BTreeSet;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::MetaException;
use skep_thrift_hms::methods as m;

use super::{Answer, got, need, with};
use crate::model::{Defined, Grant, Granted, PrincipalType, Role};
use crate::service::convert::authorization::{principal_type, seconds, to_principal_type};
use crate::service::{Service, now};
use crate::store::MetaStore;
use crate::store::definitions::{self, Stored};

/// The role that every user has.
const PUBLIC: &str = "public";
/// The role of administrators.
const ADMIN: &str = "admin";

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::CreateRole>(with(service, create))
        .on::<m::DropRole>(with(service, drop))
        .on::<m::GetRoleNames>(with(service, names))
        .on::<m::GrantRole>(with(service, grant))
        .on::<m::RevokeRole>(with(service, revoke))
        .on::<m::GrantRevokeRole>(with(service, grant_or_revoke))
        .on::<m::ListRoles>(with(service, list))
        .on::<m::GetPrincipalsInRole>(with(service, principals))
        .on::<m::GetRoleGrantsForPrincipal>(with(service, grants))
}

/// The role, also one of those that are always there.
pub(super) fn find(store: &dyn MetaStore, name: &str) -> Answer<Option<Role>> {
    if [PUBLIC, ADMIN].contains(&name) {
        return Ok(Some(Role { name: name.to_string(), owner: Some(name.to_string()), create_time: 0 }));
    }
    Ok(definitions::find::<Role>(store, name)?.map(|role| role.value))
}

/// A role that a principal is must be there.
pub(super) fn check_grantee(store: &dyn MetaStore, kind: PrincipalType, name: &str) -> Answer<()> {
    if kind == PrincipalType::Role && find(store, name)?.is_none() {
        return Err(got("NoSuchObjectException", format!("Role {name} does not exist")));
    }
    Ok(())
}

/// Names of roles know no case, those of users and groups do.
pub(super) fn principal(kind: PrincipalType, name: String) -> String {
    if kind == PrincipalType::Role { name.to_lowercase() } else { name }
}

fn existing(store: &dyn MetaStore, name: &str) -> Answer<Role> {
    find(store, name)?.ok_or_else(|| got("NoSuchObjectException", format!("{name} role can not be found.")))
}

fn create(service: &Service, _: &Call, args: m::CreateRoleArgs) -> Answer<bool> {
    let role = need(args.role, "role")?;
    let name = need(role.role_name, "roleName")?.to_lowercase();
    if name == PUBLIC {
        return Err(MetaException::new("public role implicitly exists. It can't be created.").into());
    }
    if find(service.store(), &name)?.is_some() {
        return Err(got("InvalidObjectException", format!("Role {name} already exists.")));
    }
    let new = Role { name, owner: role.owner_name, create_time: now() };
    service.store().change_definitions(&[definitions::created(&new)?])?;
    Ok(true)
}

/// The role goes with all that it was given and with its members.
fn drop(service: &Service, _: &Call, args: m::DropRoleArgs) -> Answer<bool> {
    let name = need(args.role_name, "role_name")?.to_lowercase();
    if [PUBLIC, ADMIN].contains(&name.as_str()) {
        return Err(MetaException::new("public,admin roles can't be dropped.").into());
    }
    let Some(role) = definitions::find::<Role>(service.store(), &name)? else { return Ok(true) };
    let concerns = |grant: &Grant| {
        let held = grant.principal_type == PrincipalType::Role && grant.principal == name;
        held || grant.granted == Granted::Role(name.clone())
    };
    let mut changes = vec![definitions::removed(&role)];
    let grants = definitions::all::<Grant>(service.store())?;
    changes.extend(grants.iter().filter(|grant| concerns(&grant.value)).map(definitions::removed));
    service.store().change_definitions(&changes)?;
    Ok(true)
}

fn names(service: &Service, _: &Call, _: m::GetRoleNamesArgs) -> Answer<Vec<String>> {
    let mut names: BTreeSet<String> = [PUBLIC, ADMIN].map(str::to_string).into();
    names.extend(definitions::all::<Role>(service.store())?.into_iter().map(|role| role.value.name));
    Ok(names.into_iter().collect())
}

/// Who has which role.
fn memberships(store: &dyn MetaStore) -> Answer<Vec<Stored<Grant>>> {
    Ok(definitions::under(store, Grant::ROLES)?)
}

fn role_of(grant: &Grant) -> Option<&str> {
    match &grant.granted {
        Granted::Role(role) => Some(role),
        Granted::Privilege { .. } => None,
    }
}

/// Is it a user that the configuration makes an administrator (`hive.users.in.admin.role`)?
fn is_administrator(service: &Service, kind: PrincipalType, name: &str) -> bool {
    let users = service.setting("hive.users.in.admin.role").unwrap_or_default();
    kind == PrincipalType::User && users.split(',').any(|user| user.trim() == name)
}

/// The roles that these principals have, by those they have too. Every user has the role `public`.
pub(super) fn roles_of(service: &Service, principals: Vec<(PrincipalType, String)>) -> Answer<BTreeSet<String>> {
    let members = memberships(service.store())?;
    let mut found = BTreeSet::new();
    if principals.iter().any(|(kind, _)| *kind == PrincipalType::User) {
        found.insert(PUBLIC.to_string());
    }
    if principals.iter().any(|(kind, name)| is_administrator(service, *kind, name)) {
        found.insert(ADMIN.to_string());
    }
    let mut pending = principals;
    while let Some((kind, name)) = pending.pop() {
        let held = members.iter().map(|m| &m.value).filter(|m| m.principal_type == kind && m.principal == name);
        for role in held.filter_map(role_of) {
            if found.insert(role.to_string()) {
                pending.push((PrincipalType::Role, role.to_string()));
            }
        }
    }
    Ok(found)
}

fn grant(service: &Service, _: &Call, args: m::GrantRoleArgs) -> Answer<bool> {
    let role = need(args.role_name, "role_name")?.to_lowercase();
    if role == PUBLIC {
        let text = "No user can be added to public. Since all users implicitly belong to public role.";
        return Err(MetaException::new(text).into());
    }
    let store = service.store();
    existing(store, &role)?;
    let kind = to_principal_type(need(args.principal_type, "principal_type")?)?;
    let name = principal(kind, need(args.principal_name, "principal_name")?);
    if kind == PrincipalType::Role
        && (name == role || roles_of(service, vec![(PrincipalType::Role, role.clone())])?.contains(&name))
    {
        let text = format!(
            "Cannot grant role {name} to {role} as {role} already belongs to the role {name}. (no cycles allowed)"
        );
        return Err(MetaException::new(text).into());
    }
    let new = Grant {
        principal: name.clone(),
        principal_type: kind,
        granted: Granted::Role(role.clone()),
        grant_option: args.grant_option.unwrap_or(false),
        grantor: args.grantor.unwrap_or_default(),
        grantor_type: args.grantor_type.map_or(Ok(PrincipalType::User), to_principal_type)?,
        create_time: now(),
        authorizer: None,
    };
    if definitions::find::<Grant>(store, &new.key())?.is_some() {
        return Err(got("InvalidObjectException", format!("Principal {name} already has the role {role}")));
    }
    check_grantee(store, kind, &name)?;
    store.change_definitions(&[definitions::created(&new)?])?;
    Ok(true)
}

fn revoke(service: &Service, _: &Call, args: m::RevokeRoleArgs) -> Answer<bool> {
    take(service, args.role_name, args.principal_name, args.principal_type, false)
}

fn take(
    service: &Service,
    role: Option<String>,
    name: Option<String>,
    kind: Option<t::PrincipalType>,
    option_only: bool,
) -> Answer<bool> {
    let role = need(role, "role_name")?.to_lowercase();
    if role == PUBLIC {
        return Err(MetaException::new("public role can't be revoked.").into());
    }
    let store = service.store();
    existing(store, &role)?;
    let kind = to_principal_type(need(kind, "principal_type")?)?;
    let name = principal(kind, need(name, "principal_name")?);
    let members = memberships(store)?;
    let held = |grant: &Grant| {
        grant.principal_type == kind && grant.principal == name && role_of(grant) == Some(role.as_str())
    };
    let Some(old) = members.iter().find(|grant| held(&grant.value)) else {
        return Err(MetaException::new(format!("Principal {name} does not have the role {role}")).into());
    };
    let changes = match option_only {
        false => vec![definitions::removed(old)],
        true if !old.value.grant_option => {
            let text = format!("User {name} does not have grant option with role {role}");
            return Err(MetaException::new(text).into());
        }
        true => definitions::replaced(old, &Grant { grant_option: false, ..old.value.clone() })?,
    };
    store.change_definitions(&changes)?;
    Ok(true)
}

fn grant_or_revoke(service: &Service, call: &Call, args: m::GrantRevokeRoleArgs) -> Answer<t::GrantRevokeRoleResponse> {
    let request = need(args.request, "request")?;
    let success = match request.request_type {
        Some(t::GrantRevokeType::GRANT) => {
            let args = m::GrantRoleArgs {
                role_name: request.role_name,
                principal_name: request.principal_name,
                principal_type: request.principal_type,
                grantor: request.grantor,
                grantor_type: request.grantor_type,
                grant_option: request.grant_option,
            };
            grant(service, call, args)?
        }
        Some(t::GrantRevokeType::REVOKE) => {
            let option_only = request.grant_option.unwrap_or(false);
            take(service, request.role_name, request.principal_name, request.principal_type, option_only)?
        }
        other => return Err(MetaException::new(format!("Unknown request type {other:?}")).into()),
    };
    Ok(t::GrantRevokeRoleResponse { success: Some(success) })
}

fn role_grant(grant: &Grant) -> Option<t::RolePrincipalGrant> {
    Some(t::RolePrincipalGrant {
        role_name: Some(role_of(grant)?.to_string()),
        principal_name: Some(grant.principal.clone()),
        principal_type: Some(principal_type(grant.principal_type)),
        grant_option: Some(grant.grant_option),
        grant_time: Some(seconds(grant.create_time)),
        grantor_name: Some(grant.grantor.clone()),
        grantor_principal_type: Some(principal_type(grant.grantor_type)),
    })
}

/// The roles that a principal has by itself; every user has the role `public`.
fn roles_held(service: &Service, name: &str, kind: t::PrincipalType) -> Answer<Vec<t::RolePrincipalGrant>> {
    let kind = to_principal_type(kind)?;
    let name = principal(kind, name.to_string());
    let members = memberships(service.store())?;
    let held = members.iter().map(|m| &m.value).filter(|m| m.principal_type == kind && m.principal == name);
    let mut roles: Vec<t::RolePrincipalGrant> = held.filter_map(role_grant).collect();
    if is_administrator(service, kind, &name) {
        roles.push(t::RolePrincipalGrant {
            role_name: Some(ADMIN.to_string()),
            principal_name: Some(name.clone()),
            principal_type: Some(principal_type(kind)),
            grant_option: Some(true),
            grant_time: Some(seconds(service.started())),
            grantor_name: Some(ADMIN.to_string()),
            grantor_principal_type: Some(t::PrincipalType::ROLE),
        });
    }
    if kind == PrincipalType::User {
        roles.push(t::RolePrincipalGrant {
            role_name: Some(PUBLIC.to_string()),
            principal_name: Some(name),
            principal_type: Some(principal_type(kind)),
            grant_option: Some(false),
            grant_time: Some(0),
            ..Default::default()
        });
    }
    Ok(roles)
}

fn list(service: &Service, _: &Call, args: m::ListRolesArgs) -> Answer<Vec<t::Role>> {
    let name = need(args.principal_name, "principal_name")?;
    let held = roles_held(service, &name, need(args.principal_type, "principal_type")?)?;
    let mut roles = Vec::new();
    for name in held.into_iter().filter_map(|grant| grant.role_name) {
        if let Some(role) = find(service.store(), &name)? {
            roles.push(t::Role {
                role_name: Some(role.name),
                create_time: Some(seconds(role.create_time)),
                owner_name: role.owner,
            });
        }
    }
    Ok(roles)
}

fn principals(service: &Service, _: &Call, args: m::GetPrincipalsInRoleArgs) -> Answer<t::GetPrincipalsInRoleResponse> {
    let role = need(args.request, "request")?.role_name.to_lowercase();
    let members = definitions::under::<Grant>(service.store(), &Grant::key_of_role(&role))?;
    let principal_grants = members.iter().filter_map(|grant| role_grant(&grant.value)).collect();
    Ok(t::GetPrincipalsInRoleResponse { principal_grants })
}

fn grants(
    service: &Service,
    _: &Call,
    args: m::GetRoleGrantsForPrincipalArgs,
) -> Answer<t::GetRoleGrantsForPrincipalResponse> {
    let request = need(args.request, "request")?;
    let principal_grants = roles_held(service, &request.principal_name, request.principal_type)?;
    Ok(t::GetRoleGrantsForPrincipalResponse { principal_grants })
}
