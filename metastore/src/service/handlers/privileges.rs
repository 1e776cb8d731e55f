//! Privileges of users, groups and roles. The server keeps them; clients act on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::MetaException;
use skep_thrift_hms::methods as m;

use super::roles::roles;
use super::{Answer, need, with};
use crate::authorization::{Principal, PrivilegeGrant, Privileges};
use crate::model::{DefinitionChange, Grant, Granted, PrincipalType, PrivilegeObject};
use crate::service::Service;
use crate::service::convert::authorization::{grant_info, level, object_privilege, to_object, to_principal_type};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::GetPrivilegeSet>(with(service, privilege_set))
        .on::<m::ListPrivileges>(with(service, list))
        .on::<m::GrantPrivileges>(with(service, |service, _, args: m::GrantPrivilegesArgs| {
            grant(service, need(args.privileges, "privileges")?)
        }))
        .on::<m::RevokePrivileges>(with(service, |service, _, args: m::RevokePrivilegesArgs| {
            revoke(service, need(args.privileges, "privileges")?, false)
        }))
        .on::<m::GrantRevokePrivileges>(with(service, grant_or_revoke))
        .on::<m::RefreshPrivileges>(with(service, refresh))
}

fn privileges(service: &Service) -> Privileges<'_> {
    Privileges::new(service.store())
}

/// The privileges that come with a new table: mostly those of its owner.
pub(super) fn given_with(
    database: &str,
    table: &str,
    given: t::PrincipalPrivilegeSet,
) -> Answer<Vec<DefinitionChange>> {
    let object =
        PrivilegeObject { database: Some(database.to_string()), table: Some(table.to_string()), ..Default::default() };
    let all = [
        (PrincipalType::User, given.user_privileges),
        (PrincipalType::Group, given.group_privileges),
        (PrincipalType::Role, given.role_privileges),
    ];
    let mut kept = Vec::new();
    for (kind, principals) in all {
        for (name, infos) in principals.unwrap_or_default() {
            for info in infos {
                let principal = Principal::new(kind, name.as_str());
                kept.push(given_by(info, object.clone(), principal, Some("SQL".to_string()))?);
            }
        }
    }
    Ok(Privileges::given_with_table(&kept)?)
}

/// The privileges of a list with commas.
fn given_by(
    info: t::PrivilegeGrantInfo,
    object: PrivilegeObject,
    principal: Principal,
    authorizer: Option<String>,
) -> Answer<PrivilegeGrant> {
    let names = info.privilege.as_deref().unwrap_or_default().split(',').map(str::trim);
    Ok(PrivilegeGrant {
        object,
        principal,
        privileges: names.filter(|name| !name.is_empty()).map(str::to_uppercase).collect(),
        grant_option: info.grant_option.unwrap_or(false),
        grantor: info.grantor.unwrap_or_default(),
        grantor_type: info.grantor_type.map_or(Ok(PrincipalType::User), to_principal_type)?,
        authorizer,
    })
}

fn given(bag: t::PrivilegeBag) -> Answer<Vec<PrivilegeGrant>> {
    let one = |privilege: t::HiveObjectPrivilege| {
        let kind = to_principal_type(need(privilege.principal_type, "principalType")?)?;
        let principal = Principal::new(kind, need(privilege.principal_name, "principalName")?);
        let object = to_object(&need(privilege.hive_object, "hiveObject")?)?;
        given_by(need(privilege.grant_info, "grantInfo")?, object, principal, privilege.authorizer)
    };
    bag.privileges.unwrap_or_default().into_iter().map(one).collect()
}

fn privilege_of(grant: &Grant) -> Option<&str> {
    match &grant.granted {
        Granted::Privilege { privilege, .. } => Some(privilege),
        Granted::Role(_) => None,
    }
}

type Given = BTreeMap<String, Vec<t::PrivilegeGrantInfo>>;

fn privilege_set(service: &Service, _: &Call, args: m::GetPrivilegeSetArgs) -> Answer<t::PrincipalPrivilegeSet> {
    let object = to_object(&need(args.hive_object, "hiveObject")?)?;
    set_of(service, &object, args.user_name.as_deref(), &args.group_names.unwrap_or_default())
}

/// What a user and groups may do with an object, and what their roles may.
pub(super) fn set_of(
    service: &Service,
    object: &PrivilegeObject,
    user: Option<&str>,
    groups: &[String],
) -> Answer<t::PrincipalPrivilegeSet> {
    let grants = privileges(service).on(object)?;
    let given = |kind: PrincipalType, name: &str| -> Vec<t::PrivilegeGrantInfo> {
        let theirs = grants.iter().filter(|grant| grant.principal_type == kind && grant.principal == name);
        theirs.filter_map(|grant| Some(grant_info(grant, privilege_of(grant)?))).collect()
    };
    let everywhere = level(object) == t::HiveObjectType::GLOBAL;
    let mut set = t::PrincipalPrivilegeSet::default();
    // Of privileges on everything, Hive tells those that are there, and none of roles.
    let told = |given: &Vec<t::PrivilegeGrantInfo>| !everywhere || !given.is_empty();
    if let Some(user) = user {
        let theirs = Some(given(PrincipalType::User, user)).filter(told);
        set.user_privileges = theirs.map(|theirs| Given::from([(user.to_string(), theirs)]));
    }
    if !groups.is_empty() {
        let theirs = groups.iter().map(|group| (group.clone(), given(PrincipalType::Group, group)));
        set.group_privileges = Some(theirs.filter(|(_, theirs)| told(theirs)).collect());
    }
    if !everywhere {
        let users = user.into_iter().map(|user| Principal::new(PrincipalType::User, user.to_string()));
        let groups = groups.iter().map(|group| Principal::new(PrincipalType::Group, group.clone()));
        let theirs = roles(service).all_of(users.chain(groups).collect())?.into_iter().map(|role| {
            let theirs = given(PrincipalType::Role, &role);
            (role, theirs)
        });
        set.role_privileges = Some(theirs.collect::<Given>()).filter(|roles| !roles.is_empty());
    }
    Ok(set)
}

fn list(service: &Service, _: &Call, args: m::ListPrivilegesArgs) -> Answer<Vec<t::HiveObjectPrivilege>> {
    let wanted = need(args.hive_object, "hiveObject")?;
    let known = privileges(service);
    let mut grants = match wanted.object_type {
        // Of all objects there are.
        None => known.all()?,
        Some(kind) if wanted.db_name.is_none() && kind != t::HiveObjectType::GLOBAL => {
            let mut all = known.all()?;
            all.retain(|grant| matches!(&grant.granted, Granted::Privilege { object, .. } if level(object) == kind));
            all
        }
        Some(_) => known.on(&to_object(&wanted)?)?,
    };
    if let Some(name) = args.principal_name {
        let kind = to_principal_type(need(args.principal_type, "principal_type")?)?;
        let principal = Principal::new(kind, name);
        grants.retain(|grant| grant.principal_type == kind && grant.principal == principal.name);
    }
    let mut listed: Vec<t::HiveObjectPrivilege> = grants.iter().filter_map(object_privilege).collect();
    // From the widest to the narrowest.
    listed.sort_by_key(|one| one.hive_object.as_ref().and_then(|object| object.object_type).map(|kind| kind.0));
    Ok(listed)
}

fn grant(service: &Service, bag: t::PrivilegeBag) -> Answer<bool> {
    privileges(service).grant(&given(bag)?)?;
    Ok(true)
}

fn revoke(service: &Service, bag: t::PrivilegeBag, option_only: bool) -> Answer<bool> {
    privileges(service).revoke(&given(bag)?, option_only)?;
    Ok(true)
}

fn grant_or_revoke(
    service: &Service,
    _: &Call,
    args: m::GrantRevokePrivilegesArgs,
) -> Answer<t::GrantRevokePrivilegeResponse> {
    let request = need(args.request, "request")?;
    let bag = need(request.privileges, "privileges")?;
    let success = match request.request_type {
        Some(t::GrantRevokeType::GRANT) => grant(service, bag)?,
        Some(t::GrantRevokeType::REVOKE) => revoke(service, bag, request.revoke_grant_option.unwrap_or(false))?,
        other => return Err(MetaException::new(format!("Unknown request type {other:?}")).into()),
    };
    Ok(t::GrantRevokePrivilegeResponse { success: Some(success) })
}

/// An authorizer's privileges on one object become those of the request: what is there already stays as it is.
fn refresh(service: &Service, _: &Call, args: m::RefreshPrivilegesArgs) -> Answer<t::GrantRevokePrivilegeResponse> {
    let reference = need(args.obj_to_refresh, "objToRefresh")?;
    let kind = need(reference.object_type, "objectType")?;
    if ![
        t::HiveObjectType::DATABASE,
        t::HiveObjectType::TABLE,
        t::HiveObjectType::COLUMN,
        t::HiveObjectType::DATACONNECTOR,
    ]
    .contains(&kind)
    {
        return Err(MetaException::new(format!("Unexpected object type {kind:?}")).into());
    }
    if kind == t::HiveObjectType::COLUMN && reference.column_name.is_some() {
        return Err(MetaException::new("columnName must be null").into());
    }
    let object = to_object(&reference)?;
    let request = need(args.grant_request, "grantRequest")?;
    let given = request.privileges.map(given).transpose()?.unwrap_or_default();
    let columns = kind == t::HiveObjectType::COLUMN;
    privileges(service).refresh(&object, columns, args.authorizer.as_deref(), &given)?;
    Ok(t::GrantRevokePrivilegeResponse { success: Some(true) })
}
