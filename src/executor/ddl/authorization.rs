//! Roles and privileges: kept in the catalog and shown as Hive shows them. Nothing is forbidden to anyone yet. Their rules are
//! those of the metastore's service ([`skep_metastore::authorization`]); failures are told as Hive's
//! `SQLStdHiveAccessController` tells them.

use std::collections::BTreeSet;

use skep_metastore::MetastoreError;
use skep_metastore::authorization::{ADMIN, Principal as Grantee, PrivilegeGrant, Privileges, Roles};
use skep_metastore::model::{Grant, Granted, PrincipalType, PrivilegeObject};
use skep_metastore::store::MetaStore;

use crate::error::{ErrorKind, HiveError, Result, SkepError};
use crate::executor::{names, partition_spec};
use crate::parser::ast::{AuthorizationStatement as Auth, Ident, ObjectName, Principal, Privilege, PrivilegeTarget};
use crate::session::extras::ChosenRole;
use crate::session::{Outcome, Session};

/// The books of privileges that SQL's grants are in.
const AUTHORIZER: &str = "SQL";

/// Runs the statement.
pub fn run(session: &mut Session, statement: &Auth) -> Result<Outcome> {
    match statement {
        Auth::CreateRole(name) => create_role(session, name)?,
        Auth::DropRole(name) => {
            roles(session).drop(&name.value).map_err(|error| told("Error dropping role", error, Some(name)))?;
        }
        Auth::SetRole(name) => set_role(session, name)?,
        Auth::ShowRoles => return Outcome::lines("role", roles(session).names()?),
        Auth::ShowCurrentRoles => return Outcome::lines("role", current_roles(session)?),
        Auth::ShowRoleGrants(principal) => return show_role_grants(session, principal),
        Auth::ShowPrincipals(role) => return show_principals(session, role),
        Auth::GrantRoles { roles, principals, admin_option } => {
            let grantor = Grantee::new(PrincipalType::User, session.user());
            for principal in principals.iter().map(grantee) {
                for role in roles {
                    let given = self::roles(session).grant(&role.value, &principal, &grantor, *admin_option);
                    given.map_err(|error| told("Error granting role", error, Some(role)))?;
                }
            }
        }
        Auth::RevokeRoles { roles, principals, admin_option_only } => {
            for principal in principals.iter().map(grantee) {
                for role in roles {
                    let taken = self::roles(session).revoke(&role.value, &principal, *admin_option_only);
                    let what = format!("Error revoking roles for {} to role {}", principal.name, role.value);
                    taken.map_err(|error| told(&what, error, Some(role)))?;
                }
            }
        }
        Auth::Grant { privileges, object, principals, grant_option } => {
            let given = given(session, privileges, object.as_ref(), principals, *grant_option)?;
            let done = Privileges::new(session.catalog().as_ref()).grant(&given);
            done.map_err(|error| told("Error granting privileges", error, None))?;
        }
        Auth::Revoke { privileges, object, principals, grant_option_only } => {
            let taken = given(session, privileges, object.as_ref(), principals, false)?;
            let done = Privileges::new(session.catalog().as_ref()).revoke(&taken, *grant_option_only);
            done.map_err(|error| told("Error revoking privileges", error, None))?;
        }
        Auth::ShowGrants { principal, object } => return show_grants(session, principal.as_ref(), object.as_ref()),
    }
    Ok(Outcome::done())
}

fn failed(text: impl Into<String>) -> SkepError {
    SkepError::new(ErrorKind::Command, text)
}

/// What the catalog refused, after what was tried (`SQLAuthorizationUtils.getPluginException`).
fn told(what: &str, error: MetastoreError, at: Option<&Ident>) -> SkepError {
    match error {
        MetastoreError::Meta(text) => failed(format!("{what}: {text}")).with_span(at.map(|at| at.span.into())),
        other => other.into(),
    }
}

/// The roles of the catalog, with those whom the configuration makes administrators: over a server its own, in the shell
/// that of the session, as in Hive's.
fn roles(session: &Session) -> Roles<'_> {
    let config = session.config();
    let administrators = match config.policy().is_of_server() {
        true => session.engine().administrators(),
        false => config.get("hive.users.in.admin.role").unwrap_or_default().to_string(),
    };
    Roles::new(session.catalog().as_ref(), &administrators, 0)
}

fn grantee(principal: &Principal) -> Grantee {
    match principal {
        Principal::User(name) => Grantee::new(PrincipalType::User, name.value.as_str()),
        Principal::Group(name) => Grantee::new(PrincipalType::Group, name.value.as_str()),
        Principal::Role(name) => Grantee::new(PrincipalType::Role, name.value.as_str()),
    }
}

fn word(kind: PrincipalType) -> &'static str {
    match kind {
        PrincipalType::User => "USER",
        PrincipalType::Group => "GROUP",
        PrincipalType::Role => "ROLE",
    }
}

fn create_role(session: &Session, role: &Ident) -> Result<()> {
    if ["all", "default", "none"].contains(&role.lower().as_str()) {
        let text = "Role name cannot be one of the reserved roles: [ALL, DEFAULT, NONE]";
        return Err(failed(text).with_span(Some(role.span.into())));
    }
    let created = roles(session).create(&role.value, Some(session.user().to_string()));
    created.map_err(|error| told("Error create role", error, Some(role)))
}

fn set_role(session: &mut Session, role: &Ident) -> Result<()> {
    let chosen = match role.lower().as_str() {
        "all" => ChosenRole::All,
        "none" => ChosenRole::None,
        name => {
            if !roles_of_user(session)?.contains(name) {
                let text = format!("{} doesn't belong to role {name}", session.user());
                return Err(failed(text).with_span(Some(role.span.into())));
            }
            ChosenRole::One(name.to_string())
        }
    };
    session.extras_mut().role = chosen;
    Ok(())
}

/// Roles that the user has, by those it has too.
fn roles_of_user(session: &Session) -> Result<BTreeSet<String>> {
    Ok(roles(session).all_of(vec![Grantee::new(PrincipalType::User, session.user())])?)
}

fn current_roles(session: &Session) -> Result<BTreeSet<String>> {
    match &session.extras().role {
        ChosenRole::One(role) => Ok([role.clone()].into()),
        ChosenRole::None => Ok(BTreeSet::new()),
        // The administrator's role is taken by SET ROLE only.
        ChosenRole::All => Ok(roles_of_user(session)?.into_iter().filter(|role| role != ADMIN).collect()),
    }
}

/// What a list of privileges on an object means for each principal: one for each privilege, or for each of its columns.
fn given(
    session: &Session,
    privileges: &[Privilege],
    target: Option<&PrivilegeTarget>,
    principals: &[Principal],
    grant_option: bool,
) -> Result<Vec<PrivilegeGrant>> {
    let whole = object_of(session, target)?;
    let mut objects: Vec<(PrivilegeObject, &Privilege)> = Vec::new();
    for privilege in privileges {
        if privilege.columns.is_empty() {
            objects.push((whole.clone(), privilege));
            continue;
        }
        let Some(PrivilegeTarget::Table { name, .. }) = target else {
            return Err(SkepError::invalid("Columns can be given with privileges on a table only"));
        };
        for column in check_columns(session, name, &privilege.columns)? {
            objects.push((PrivilegeObject { column: Some(column), ..whole.clone() }, privilege));
        }
    }
    let mut list = Vec::new();
    for principal in principals.iter().map(grantee) {
        list.extend(objects.iter().map(|(object, privilege)| PrivilegeGrant {
            object: object.clone(),
            principal: principal.clone(),
            privileges: vec![privilege.name.clone()],
            grant_option,
            grantor: session.user().to_string(),
            grantor_type: PrincipalType::User,
            authorizer: Some(AUTHORIZER.to_string()),
        }));
    }
    Ok(list)
}

fn check_columns(session: &Session, table: &ObjectName, columns: &[Ident]) -> Result<Vec<String>> {
    let table = names::table(session, table)?;
    let check = |column: &Ident| match table.all_columns().any(|known| known.name == column.lower()) {
        true => Ok(column.lower()),
        false => {
            let error = SkepError::semantic(HiveError::COLUMN_NOT_FOUND, column.lower());
            Err(error.with_span(Some(column.span.into())))
        }
    };
    columns.iter().map(check).collect()
}

fn object_of(session: &Session, target: Option<&PrivilegeTarget>) -> Result<PrivilegeObject> {
    let mut object = PrivilegeObject::default();
    match target {
        None => {}
        Some(PrivilegeTarget::Database(name)) => object.database = Some(names::database(session, name)?.name),
        Some(PrivilegeTarget::Table { name, partition, .. }) => {
            let table = names::table(session, name)?;
            if let Some(spec) = partition {
                let values = partition_spec::full_values(session, &table, spec)?;
                session.catalog().partition(&table.database, &table.name, &values)?;
                object.partition = Some(values);
            }
            object.database = Some(table.database);
            object.table = Some(table.name);
        }
        Some(PrivilegeTarget::Uri(_) | PrivilegeTarget::Server(_)) => {
            return Err(SkepError::invalid("Hive authorization does not support the URI or SERVER objects"));
        }
    }
    Ok(object)
}

fn show_role_grants(session: &Session, principal: &Principal) -> Result<Outcome> {
    let mut rows: Vec<[String; 4]> = Vec::new();
    for grant in roles(session).held(&grantee(principal))? {
        if let Granted::Role(role) = grant.granted {
            let time = (grant.create_time * 1000).to_string();
            rows.push([role, grant.grant_option.to_string(), time, grant.grantor]);
        }
    }
    rows.sort();
    table(&["role", "grant_option", "grant_time", "grantor"], rows)
}

fn show_principals(session: &Session, role: &Ident) -> Result<Outcome> {
    let row = |grant: Grant| {
        [
            grant.principal,
            word(grant.principal_type).into(),
            grant.grant_option.to_string(),
            grant.grantor,
            word(grant.grantor_type).into(),
            (grant.create_time * 1000).to_string(),
        ]
    };
    let mut rows: Vec<[String; 6]> = roles(session).members(&role.value)?.into_iter().map(row).collect();
    rows.sort();
    table(&["principal_name", "principal_type", "grant_option", "grantor", "grantor_type", "grant_time"], rows)
}

fn show_grants(session: &Session, principal: Option<&Principal>, target: Option<&PrivilegeTarget>) -> Result<Outcome> {
    let wanted = match target {
        None => None,
        Some(target) => Some(object_of(session, Some(target))?),
    };
    let columns = match target {
        Some(PrivilegeTarget::Table { name, columns, .. }) => check_columns(session, name, columns)?,
        _ => Vec::new(),
    };
    let principal = principal.map(grantee);
    let list = |values: &[String]| format!("[{}]", values.join(", "));
    let mut rows: Vec<[String; 10]> = Vec::new();
    for grant in Privileges::new(session.catalog().as_ref()).all()? {
        let Granted::Privilege { privilege, object } = grant.granted else { continue };
        let of_principal =
            principal.as_ref().is_none_or(|p| (p.kind, &p.name) == (grant.principal_type, &grant.principal));
        let on_object = wanted.as_ref().is_none_or(|wanted| {
            let plain = PrivilegeObject { column: None, ..object.clone() };
            plain == *wanted
                && match &object.column {
                    Some(column) => columns.contains(column),
                    None => columns.is_empty(),
                }
        });
        if of_principal && on_object {
            rows.push([
                object.database.or(object.uri).or(object.server).unwrap_or_default(),
                object.table.unwrap_or_default(),
                object.partition.as_deref().map(list).unwrap_or_default(),
                object.column.map(|column| list(&[column])).unwrap_or_default(),
                grant.principal,
                word(grant.principal_type).into(),
                privilege,
                grant.grant_option.to_string(),
                (grant.create_time * 1000).to_string(),
                grant.grantor,
            ]);
        }
    }
    rows.sort();
    let columns = [
        "database",
        "table",
        "partition",
        "column",
        "principal_name",
        "principal_type",
        "privilege",
        "grant_option",
        "grant_time",
        "grantor",
    ];
    table(&columns, rows)
}

fn table<const N: usize>(columns: &[&str], rows: Vec<[String; N]>) -> Result<Outcome> {
    Outcome::text(columns, rows.into_iter().map(|row| row.into_iter().map(Some).collect()).collect())
}
