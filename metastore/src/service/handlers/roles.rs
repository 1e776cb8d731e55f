//! Roles and who has them.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::MetaException;
use skep_thrift_hms::methods as m;

use super::{Answer, need, with};
use crate::authorization::{PUBLIC, Principal, Roles};
use crate::model::{Grant, Granted, PrincipalType};
use crate::service::Service;
use crate::service::convert::authorization::{principal_type, seconds, to_principal_type};

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

/// The roles, with those whom the configuration makes administrators.
pub(super) fn roles(service: &Service) -> Roles<'_> {
    let administrators = service.setting("hive.users.in.admin.role").unwrap_or_default();
    Roles::new(service.store(), administrators, service.started())
}

fn principal(name: Option<String>, kind: Option<t::PrincipalType>) -> Answer<Principal> {
    let kind = to_principal_type(need(kind, "principal_type")?)?;
    Ok(Principal::new(kind, need(name, "principal_name")?))
}

fn create(service: &Service, _: &Call, args: m::CreateRoleArgs) -> Answer<bool> {
    let role = need(args.role, "role")?;
    roles(service).create(&need(role.role_name, "roleName")?, role.owner_name)?;
    Ok(true)
}

fn drop(service: &Service, _: &Call, args: m::DropRoleArgs) -> Answer<bool> {
    roles(service).drop(&need(args.role_name, "role_name")?)?;
    Ok(true)
}

fn names(service: &Service, _: &Call, _: m::GetRoleNamesArgs) -> Answer<Vec<String>> {
    Ok(roles(service).names()?.into_iter().collect())
}

fn grant(service: &Service, _: &Call, args: m::GrantRoleArgs) -> Answer<bool> {
    let role = need(args.role_name, "role_name")?;
    let to = principal(args.principal_name, args.principal_type)?;
    let kind = args.grantor_type.map_or(Ok(PrincipalType::User), to_principal_type)?;
    let grantor = Principal::new(kind, args.grantor.unwrap_or_default());
    roles(service).grant(&role, &to, &grantor, args.grant_option.unwrap_or(false))?;
    Ok(true)
}

fn revoke(service: &Service, _: &Call, args: m::RevokeRoleArgs) -> Answer<bool> {
    let from = principal(args.principal_name, args.principal_type)?;
    roles(service).revoke(&need(args.role_name, "role_name")?, &from, false)?;
    Ok(true)
}

fn grant_or_revoke(service: &Service, call: &Call, args: m::GrantRevokeRoleArgs) -> Answer<t::GrantRevokeRoleResponse> {
    let request = need(args.request, "request")?;
    match request.request_type {
        Some(t::GrantRevokeType::GRANT) => {
            let args = m::GrantRoleArgs {
                role_name: request.role_name,
                principal_name: request.principal_name,
                principal_type: request.principal_type,
                grantor: request.grantor,
                grantor_type: request.grantor_type,
                grant_option: request.grant_option,
            };
            grant(service, call, args)?;
        }
        Some(t::GrantRevokeType::REVOKE) => {
            let from = principal(request.principal_name, request.principal_type)?;
            let role = need(request.role_name, "role_name")?;
            roles(service).revoke(&role, &from, request.grant_option.unwrap_or(false))?;
        }
        other => return Err(MetaException::new(format!("Unknown request type {other:?}")).into()),
    }
    Ok(t::GrantRevokeRoleResponse { success: Some(true) })
}

/// A membership as the API has it. Of the role `public` there is no giver.
fn role_grant(grant: Grant) -> Option<t::RolePrincipalGrant> {
    let Granted::Role(role) = grant.granted else { return None };
    let given = role != PUBLIC;
    Some(t::RolePrincipalGrant {
        role_name: Some(role),
        principal_name: Some(grant.principal),
        principal_type: Some(principal_type(grant.principal_type)),
        grant_option: Some(grant.grant_option),
        grant_time: Some(seconds(grant.create_time)),
        grantor_name: given.then_some(grant.grantor),
        grantor_principal_type: given.then(|| principal_type(grant.grantor_type)),
    })
}

fn roles_held(
    service: &Service,
    name: Option<String>,
    kind: Option<t::PrincipalType>,
) -> Answer<Vec<t::RolePrincipalGrant>> {
    let held = roles(service).held(&principal(name, kind)?)?;
    Ok(held.into_iter().filter_map(role_grant).collect())
}

fn list(service: &Service, _: &Call, args: m::ListRolesArgs) -> Answer<Vec<t::Role>> {
    let held = roles_held(service, args.principal_name, args.principal_type)?;
    let mut listed = Vec::new();
    for name in held.into_iter().filter_map(|grant| grant.role_name) {
        if let Some(role) = roles(service).find(&name)? {
            listed.push(t::Role {
                role_name: Some(role.name),
                create_time: Some(seconds(role.create_time)),
                owner_name: role.owner,
            });
        }
    }
    Ok(listed)
}

fn principals(service: &Service, _: &Call, args: m::GetPrincipalsInRoleArgs) -> Answer<t::GetPrincipalsInRoleResponse> {
    let members = roles(service).members(&need(args.request, "request")?.role_name)?;
    Ok(t::GetPrincipalsInRoleResponse { principal_grants: members.into_iter().filter_map(role_grant).collect() })
}

fn grants(
    service: &Service,
    _: &Call,
    args: m::GetRoleGrantsForPrincipalArgs,
) -> Answer<t::GetRoleGrantsForPrincipalResponse> {
    let request = need(args.request, "request")?;
    let principal_grants = roles_held(service, Some(request.principal_name), Some(request.principal_type))?;
    Ok(t::GetRoleGrantsForPrincipalResponse { principal_grants })
}
