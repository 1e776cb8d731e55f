//! Roles and privileges: kept in the catalog and shown as Hive shows them. Nothing is forbidden to anyone yet.

use std::collections::BTreeSet;

use skep_metastore::model::{DefinitionChange, Grant, Granted, PrincipalType, PrivilegeObject, Role};
use skep_metastore::store::MetaStore;
use skep_metastore::store::definitions::{self, Stored};

use super::now;
use crate::error::{ErrorKind, Result, SkepError};
use crate::executor::{names, partition_spec};
use crate::parser::ast::{AuthorizationStatement as Auth, Ident, Principal, Privilege, PrivilegeTarget};
use crate::session::extras::ChosenRole;
use crate::session::{Outcome, Session};

/// Roles that are always there.
const BUILT_IN: [&str; 2] = ["admin", "public"];

/// Runs the statement.
pub fn run(session: &mut Session, statement: &Auth) -> Result<Outcome> {
    match statement {
        Auth::CreateRole(name) => create_role(session, name)?,
        Auth::DropRole(name) => drop_role(session, name)?,
        Auth::SetRole(name) => set_role(session, name)?,
        Auth::ShowRoles => {
            let mut roles: BTreeSet<String> = BUILT_IN.iter().map(|role| role.to_string()).collect();
            roles.extend(all_roles(session)?);
            return Outcome::lines("role", roles);
        }
        Auth::ShowCurrentRoles => return Outcome::lines("role", current_roles(session)?),
        Auth::ShowRoleGrants(principal) => return show_role_grants(session, principal),
        Auth::ShowPrincipals(role) => return show_principals(session, role),
        Auth::GrantRoles { roles, principals, admin_option } => {
            for role in roles {
                check_role(session, role)?;
                for principal in principals {
                    check_principal(session, principal)?;
                    check_cycle(session, role, principal)?;
                }
            }
            let granted = roles.iter().map(|role| Granted::Role(role.lower())).collect();
            give(session, principals, granted, *admin_option)?;
        }
        Auth::RevokeRoles { roles, principals, admin_option_only } => {
            for role in roles {
                check_role(session, role)?;
            }
            let granted = roles.iter().map(|role| Granted::Role(role.lower())).collect();
            take(session, principals, granted, *admin_option_only)?;
        }
        Auth::Grant { privileges, object, principals, grant_option } => {
            for principal in principals {
                check_principal(session, principal)?;
            }
            let granted = granted(session, privileges, object.as_ref())?;
            give(session, principals, granted, *grant_option)?;
        }
        Auth::Revoke { privileges, object, principals, grant_option_only } => {
            let granted = granted(session, privileges, object.as_ref())?;
            take(session, principals, granted, *grant_option_only)?;
        }
        Auth::ShowGrants { principal, object } => return show_grants(session, principal.as_ref(), object.as_ref()),
    }
    Ok(Outcome::done())
}

fn failed(text: impl Into<String>) -> SkepError {
    SkepError::new(ErrorKind::Command, text)
}

fn all_roles(session: &Session) -> Result<Vec<String>> {
    let roles = definitions::all::<Role>(session.catalog().as_ref())?;
    Ok(roles.into_iter().map(|role| role.value.name).collect())
}

fn all_grants(session: &Session) -> Result<Vec<Stored<Grant>>> {
    Ok(definitions::all(session.catalog().as_ref())?)
}

fn check_role(session: &Session, role: &Ident) -> Result<()> {
    let name = role.lower();
    if BUILT_IN.contains(&name.as_str()) || all_roles(session)?.contains(&name) {
        return Ok(());
    }
    Err(failed(format!("Role {name} does not exist")).with_span(Some(role.span.into())))
}

fn check_principal(session: &Session, principal: &Principal) -> Result<()> {
    match principal {
        Principal::Role(role) => check_role(session, role),
        _ => Ok(()),
    }
}

/// Kind and name; names of roles know no case, those of users and groups do.
fn identity(principal: &Principal) -> (PrincipalType, String) {
    match principal {
        Principal::User(name) => (PrincipalType::User, name.value.clone()),
        Principal::Group(name) => (PrincipalType::Group, name.value.clone()),
        Principal::Role(name) => (PrincipalType::Role, name.lower()),
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
    let name = role.lower();
    if ["all", "default", "none"].contains(&name.as_str()) {
        let text = "Role name cannot be one of the reserved roles: [ALL, DEFAULT, NONE]";
        return Err(failed(text).with_span(Some(role.span.into())));
    }
    if check_role(session, role).is_ok() {
        return Err(failed(format!("Role {name} already exists.")).with_span(Some(role.span.into())));
    }
    let new = Role { name, owner: Some(session.user().to_string()), create_time: now() };
    Ok(session.catalog().change_definitions(&[definitions::created(&new)?])?)
}

/// The role goes with all that it was given and with its members.
fn drop_role(session: &Session, role: &Ident) -> Result<()> {
    let name = role.lower();
    if BUILT_IN.contains(&name.as_str()) {
        return Err(failed(format!("{name} role cannot be dropped")).with_span(Some(role.span.into())));
    }
    let Some(old) = definitions::find::<Role>(session.catalog().as_ref(), &name)? else {
        return check_role(session, role);
    };
    let mut changes = vec![definitions::removed(&old)];
    changes.extend(
        all_grants(session)?.iter().filter(|grant| concerns_role(&grant.value, &name)).map(definitions::removed),
    );
    Ok(session.catalog().change_definitions(&changes)?)
}

fn concerns_role(grant: &Grant, role: &str) -> bool {
    let held = grant.principal_type == PrincipalType::Role && grant.principal == role;
    held || matches!(&grant.granted, Granted::Role(name) if name == role)
}

fn set_role(session: &mut Session, role: &Ident) -> Result<()> {
    let chosen = match role.lower().as_str() {
        "all" => ChosenRole::All,
        "none" => ChosenRole::None,
        "public" => ChosenRole::One("public".into()),
        name => {
            let admins = session.config().get("hive.users.in.admin.role").unwrap_or_default();
            let admin = name == "admin" && admins.split(',').any(|user| user.trim() == session.user());
            if !admin && !roles_of_user(session)?.contains(name) {
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
    let grants = all_grants(session)?;
    let mut found = BTreeSet::new();
    let mut pending = vec![(PrincipalType::User, session.user().to_string())];
    while let Some((kind, name)) = pending.pop() {
        let held = grants.iter().filter(|grant| grant.value.principal_type == kind && grant.value.principal == name);
        for grant in held {
            if let Granted::Role(role) = &grant.value.granted
                && found.insert(role.clone())
            {
                pending.push((PrincipalType::Role, role.clone()));
            }
        }
    }
    Ok(found)
}

fn current_roles(session: &Session) -> Result<BTreeSet<String>> {
    let mut roles = match &session.extras().role {
        ChosenRole::One(role) => return Ok([role.clone()].into()),
        ChosenRole::None => BTreeSet::new(),
        // The administrator's role is taken by SET ROLE only.
        ChosenRole::All => roles_of_user(session)?.into_iter().filter(|role| role != "admin").collect(),
    };
    if session.extras().role != ChosenRole::None {
        roles.insert("public".to_string());
    }
    Ok(roles)
}

/// A role must not become, by way of others, a member of itself.
fn check_cycle(session: &Session, role: &Ident, principal: &Principal) -> Result<()> {
    let Principal::Role(member) = principal else { return Ok(()) };
    let (role, member) = (role.lower(), member.lower());
    let grants = all_grants(session)?;
    let mut pending = vec![role.clone()];
    let mut seen = BTreeSet::new();
    while let Some(name) = pending.pop() {
        if name == member {
            let text = format!(
                "Cannot grant role {role} to {member} as {member} already belongs to the role {role}. (no cycles allowed)"
            );
            return Err(failed(text));
        }
        if !seen.insert(name.clone()) {
            continue;
        }
        let held = grants.iter().filter(|g| g.value.principal_type == PrincipalType::Role && g.value.principal == name);
        pending.extend(held.filter_map(|grant| match &grant.value.granted {
            Granted::Role(role) => Some(role.clone()),
            Granted::Privilege { .. } => None,
        }));
    }
    Ok(())
}

/// What a list of privileges on an object means: one for each privilege, or for each of its columns.
fn granted(session: &Session, privileges: &[Privilege], target: Option<&PrivilegeTarget>) -> Result<Vec<Granted>> {
    let object = object_of(session, target)?;
    let mut list = Vec::new();
    for privilege in privileges {
        if privilege.columns.is_empty() {
            list.push(Granted::Privilege { privilege: privilege.name.clone(), object: object.clone() });
            continue;
        }
        let Some(PrivilegeTarget::Table { name, .. }) = target else {
            return Err(SkepError::invalid("Columns can be given with privileges on a table only"));
        };
        for column in check_columns(session, name, &privilege.columns)? {
            let object = PrivilegeObject { column: Some(column), ..object.clone() };
            list.push(Granted::Privilege { privilege: privilege.name.clone(), object });
        }
    }
    Ok(list)
}

fn check_columns(session: &Session, table: &crate::parser::ast::ObjectName, columns: &[Ident]) -> Result<Vec<String>> {
    let table = names::table(session, table)?;
    let check = |column: &Ident| match table.all_columns().any(|known| known.name == column.lower()) {
        true => Ok(column.lower()),
        false => {
            let error = SkepError::semantic(crate::error::HiveError::COLUMN_NOT_FOUND, column.lower());
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
        Some(PrivilegeTarget::Uri(path)) => object.uri = Some(path.clone()),
        Some(PrivilegeTarget::Server(name)) => object.server = Some(name.value.clone()),
    }
    Ok(object)
}

/// Gives each of the principals each of the things. What they have already gets the option, if it is given now.
fn give(session: &Session, principals: &[Principal], granted: Vec<Granted>, grant_option: bool) -> Result<()> {
    let known = all_grants(session)?;
    let mut changes: Vec<DefinitionChange> = Vec::new();
    for principal in principals {
        let (principal_type, principal) = identity(principal);
        for one in &granted {
            let new = Grant {
                principal: principal.clone(),
                principal_type,
                granted: one.clone(),
                grant_option,
                grantor: session.user().to_string(),
                grantor_type: PrincipalType::User,
                create_time: now(),
                authorizer: None,
            };
            match known.iter().find(|old| same(&old.value, &new)) {
                None => {
                    let change = definitions::created(&new)?;
                    if !changes.contains(&change) {
                        changes.push(change);
                    }
                }
                Some(old) if grant_option && !old.value.grant_option => {
                    changes.extend(definitions::replaced(old, &Grant { grant_option, ..old.value.clone() })?);
                }
                Some(_) => {}
            }
        }
    }
    Ok(session.catalog().change_definitions(&changes)?)
}

fn same(one: &Grant, other: &Grant) -> bool {
    (one.principal_type, &one.principal, &one.granted) == (other.principal_type, &other.principal, &other.granted)
}

/// Takes things, or only the right to pass them on, from principals. What they have not is Hive's error.
fn take(session: &Session, principals: &[Principal], granted: Vec<Granted>, option_only: bool) -> Result<()> {
    let known = all_grants(session)?;
    let mut changes = Vec::new();
    for principal in principals {
        let (kind, name) = identity(principal);
        for one in &granted {
            let old = known.iter().find(|old| {
                old.value.principal_type == kind && old.value.principal == name && old.value.granted == *one
            });
            let Some(old) = old else {
                let what = match one {
                    Granted::Role(role) => format!("the role {role}"),
                    Granted::Privilege { privilege, .. } => format!("the privilege {privilege}"),
                };
                return Err(failed(format!("Cannot find {what} granted to {} {name}", word(kind).to_lowercase())));
            };
            match option_only {
                true => {
                    changes.extend(definitions::replaced(old, &Grant { grant_option: false, ..old.value.clone() })?)
                }
                false => changes.push(definitions::removed(old)),
            }
        }
    }
    Ok(session.catalog().change_definitions(&changes)?)
}

/// The privileges on a table or a database go with it.
pub fn forget_object(session: &Session, database: &str, table: Option<&str>) -> Result<()> {
    let gone = |grant: &Grant| match &grant.granted {
        Granted::Privilege { object, .. } => {
            object.database.as_deref() == Some(database) && (table.is_none() || object.table.as_deref() == table)
        }
        Granted::Role(_) => false,
    };
    let grants = all_grants(session)?;
    let changes: Vec<_> = grants.iter().filter(|grant| gone(&grant.value)).map(definitions::removed).collect();
    if !changes.is_empty() {
        session.catalog().change_definitions(&changes)?;
    }
    Ok(())
}

fn show_role_grants(session: &Session, principal: &Principal) -> Result<Outcome> {
    let (kind, name) = identity(principal);
    let mut rows: Vec<[String; 4]> = Vec::new();
    for grant in all_grants(session)?.into_iter().map(|grant| grant.value) {
        if let Granted::Role(role) = grant.granted
            && (grant.principal_type, &grant.principal) == (kind, &name)
        {
            let time = (grant.create_time * 1000).to_string();
            rows.push([role, grant.grant_option.to_string(), time, grant.grantor]);
        }
    }
    if kind == PrincipalType::User {
        rows.push(["public".into(), "false".into(), "0".into(), String::new()]);
    }
    rows.sort();
    table(&["role", "grant_option", "grant_time", "grantor"], rows)
}

fn show_principals(session: &Session, role: &Ident) -> Result<Outcome> {
    check_role(session, role)?;
    let mut rows: Vec<[String; 6]> = Vec::new();
    for grant in all_grants(session)?.into_iter().map(|grant| grant.value) {
        if matches!(&grant.granted, Granted::Role(name) if *name == role.lower()) {
            rows.push([
                grant.principal,
                word(grant.principal_type).into(),
                grant.grant_option.to_string(),
                grant.grantor,
                word(grant.grantor_type).into(),
                (grant.create_time * 1000).to_string(),
            ]);
        }
    }
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
    let principal = principal.map(identity);
    let list = |values: &[String]| format!("[{}]", values.join(", "));
    let mut rows: Vec<[String; 10]> = Vec::new();
    for grant in all_grants(session)?.into_iter().map(|grant| grant.value) {
        let Granted::Privilege { privilege, object } = grant.granted else { continue };
        let of_principal =
            principal.as_ref().is_none_or(|(kind, name)| (*kind, name) == (grant.principal_type, &grant.principal));
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
