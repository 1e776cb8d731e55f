//! Privileges of users, groups and roles. The server keeps them; clients act on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::MetaException;
use skep_thrift_hms::methods as m;

use super::roles::{check_grantee, principal, roles_of};
use super::{Answer, got, need, with};
use crate::model::{Defined, DefinitionChange, Grant, Granted, PrincipalType, PrivilegeObject, partition_name};
use crate::service::convert::authorization::{grant_info, level, object_privilege, to_object, to_principal_type};
use crate::service::names::shown_database;
use crate::service::{Service, now};
use crate::store::MetaStore;
use crate::store::definitions::{self, Stored};

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

/// Keeps the privileges that come with a new table: mostly those of its owner.
pub(super) fn keep_given(
    service: &Service,
    database: &str,
    table: &str,
    given: t::PrincipalPrivilegeSet,
) -> Answer<()> {
    let object =
        PrivilegeObject { database: Some(database.to_string()), table: Some(table.to_string()), ..Default::default() };
    let all = [
        (PrincipalType::User, given.user_privileges),
        (PrincipalType::Group, given.group_privileges),
        (PrincipalType::Role, given.role_privileges),
    ];
    let mut changes: Vec<DefinitionChange> = Vec::new();
    for (principal_type, principals) in all {
        for (name, infos) in principals.unwrap_or_default() {
            for info in infos {
                let wanted = Wanted {
                    object: object.clone(),
                    principal: principal(principal_type, name.clone()),
                    principal_type,
                    privileges: names(&info),
                    authorizer: Some("SQL".to_string()),
                    info,
                };
                for new in grants_of(&wanted.info, &wanted)? {
                    let change = definitions::created(&new)?;
                    if !changes.iter().any(|known| known.name == change.name) {
                        changes.push(change);
                    }
                }
            }
        }
    }
    Ok(service.store().change_definitions(&changes)?)
}

/// The privileges of a list with commas.
fn names(info: &t::PrivilegeGrantInfo) -> Vec<String> {
    let names = info.privilege.as_deref().unwrap_or_default().split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).map(str::to_uppercase).collect()
}

/// The privileges on one object, whoever has them.
fn on(store: &dyn MetaStore, object: &PrivilegeObject) -> Answer<Vec<Stored<Grant>>> {
    let mut grants: Vec<Stored<Grant>> = match (&object.database, &object.table) {
        (Some(database), Some(table)) => definitions::under(store, &Grant::key_of_table(database, table))?,
        (Some(database), None) => definitions::under(store, &Grant::key_of_database(database))?,
        (None, _) => definitions::all(store)?,
    };
    grants.retain(|grant| matches!(&grant.value.granted, Granted::Privilege { object: on, .. } if on == object));
    // In the order in which they were given.
    grants.sort_by_key(|grant| grant.value.create_time);
    Ok(grants)
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
    let store = service.store();
    let grants = on(store, &object)?;
    let given = |kind: PrincipalType, name: &str| -> Vec<t::PrivilegeGrantInfo> {
        let theirs = grants.iter().map(|g| &g.value).filter(|g| g.principal_type == kind && g.principal == name);
        theirs.filter_map(|grant| Some(grant_info(grant, privilege_of(grant)?))).collect()
    };
    let groups = args.group_names.unwrap_or_default();
    let everywhere = level(&object) == t::HiveObjectType::GLOBAL;
    let mut set = t::PrincipalPrivilegeSet::default();
    // Of privileges on everything, Hive tells those that are there, and none of roles.
    let told = |given: &Vec<t::PrivilegeGrantInfo>| !everywhere || !given.is_empty();
    if let Some(user) = &args.user_name {
        let theirs = Some(given(PrincipalType::User, user)).filter(told);
        set.user_privileges = theirs.map(|theirs| Given::from([(user.clone(), theirs)]));
    }
    if !groups.is_empty() {
        let theirs = groups.iter().map(|group| (group.clone(), given(PrincipalType::Group, group)));
        set.group_privileges = Some(theirs.filter(|(_, theirs)| told(theirs)).collect());
    }
    if !everywhere {
        let users = args.user_name.into_iter().map(|user| (PrincipalType::User, user));
        let principals = users.chain(groups.into_iter().map(|group| (PrincipalType::Group, group))).collect();
        let roles = roles_of(service, principals)?;
        let theirs = roles.into_iter().map(|role| {
            let theirs = given(PrincipalType::Role, &role);
            (role, theirs)
        });
        set.role_privileges = Some(theirs.collect::<Given>()).filter(|roles| !roles.is_empty());
    }
    Ok(set)
}

fn list(service: &Service, _: &Call, args: m::ListPrivilegesArgs) -> Answer<Vec<t::HiveObjectPrivilege>> {
    let wanted = need(args.hive_object, "hiveObject")?;
    let store = service.store();
    let mut grants: Vec<Stored<Grant>> = match wanted.object_type {
        // Of all objects there are.
        None => definitions::all(store)?,
        Some(kind) if wanted.db_name.is_none() && kind != t::HiveObjectType::GLOBAL => {
            let mut all: Vec<Stored<Grant>> = definitions::all(store)?;
            all.retain(
                |grant| matches!(&grant.value.granted, Granted::Privilege { object, .. } if level(object) == kind),
            );
            all
        }
        Some(_) => on(store, &to_object(&wanted)?)?,
    };
    if let Some(name) = args.principal_name {
        let kind = to_principal_type(need(args.principal_type, "principal_type")?)?;
        let name = principal(kind, name);
        grants.retain(|grant| grant.value.principal_type == kind && grant.value.principal == name);
    }
    let mut listed: Vec<t::HiveObjectPrivilege> =
        grants.iter().filter_map(|grant| object_privilege(&grant.value)).collect();
    // From the widest to the narrowest.
    listed.sort_by_key(|one| one.hive_object.as_ref().and_then(|object| object.object_type).map(|kind| kind.0));
    Ok(listed)
}

/// The object as Hive's messages name it, after the word `granted`.
fn place(service: &Service, object: &PrivilegeObject) -> Answer<String> {
    let database = object.database.as_deref().map_or("", |stored| shown_database(stored).1);
    let table = object.table.as_deref().unwrap_or_default();
    let partition = match (&object.partition, &object.database) {
        (Some(values), Some(stored)) => {
            let keys = service.store().table(stored, table)?.partition_keys;
            Some(partition_name(&keys, values))
        }
        _ => None,
    };
    let within = match &partition {
        Some(name) => format!("[{database},{table},{name}]"),
        None => format!("[{database},{table}]"),
    };
    Ok(match level(object) {
        t::HiveObjectType::GLOBAL => String::new(),
        t::HiveObjectType::DATABASE => format!(" on database {database}"),
        t::HiveObjectType::TABLE => format!(" on table {within}"),
        t::HiveObjectType::PARTITION => format!(" on partition {within}"),
        t::HiveObjectType::COLUMN => format!(" on column {} {within}", object.column.as_deref().unwrap_or_default()),
        _ => format!(" on dataconnector {}", object.connector.as_deref().unwrap_or_default()),
    })
}

/// Is there such an object? Hive gives nothing on tables and partitions that are not there, without a word.
fn is_there(store: &dyn MetaStore, object: &PrivilegeObject) -> Answer<bool> {
    let Some(database) = &object.database else { return Ok(true) };
    let Some(table) = &object.table else {
        store.database(database)?;
        return Ok(true);
    };
    let found = match &object.partition {
        None => store.table(database, table).map(drop),
        Some(values) => store.partition(database, table, values).map(drop),
    };
    match found {
        Ok(()) => Ok(true),
        Err(crate::MetastoreError::NoSuchObject(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whose privileges a request is about, and which.
struct Wanted {
    object: PrivilegeObject,
    principal: String,
    principal_type: PrincipalType,
    privileges: Vec<String>,
    info: t::PrivilegeGrantInfo,
    authorizer: Option<String>,
}

fn wanted(privilege: t::HiveObjectPrivilege) -> Answer<Wanted> {
    let info = need(privilege.grant_info, "grantInfo")?;
    let principal_type = to_principal_type(need(privilege.principal_type, "principalType")?)?;
    Ok(Wanted {
        object: to_object(&need(privilege.hive_object, "hiveObject")?)?,
        principal: principal(principal_type, need(privilege.principal_name, "principalName")?),
        principal_type,
        privileges: names(&info),
        authorizer: privilege.authorizer,
        info,
    })
}

fn grants_of(info: &t::PrivilegeGrantInfo, wanted: &Wanted) -> Answer<Vec<Grant>> {
    let grantor_type = info.grantor_type.map_or(Ok(PrincipalType::User), to_principal_type)?;
    let one = |privilege: &String| Grant {
        principal: wanted.principal.clone(),
        principal_type: wanted.principal_type,
        granted: Granted::Privilege { privilege: privilege.clone(), object: wanted.object.clone() },
        grant_option: info.grant_option.unwrap_or(false),
        grantor: info.grantor.clone().unwrap_or_default(),
        grantor_type,
        create_time: now(),
        authorizer: wanted.authorizer.clone(),
    };
    Ok(wanted.privileges.iter().map(one).collect())
}

fn grant(service: &Service, bag: t::PrivilegeBag) -> Answer<bool> {
    let changes = granting(service, bag)?;
    service.store().change_definitions(&changes)?;
    Ok(true)
}

fn granting(service: &Service, bag: t::PrivilegeBag) -> Answer<Vec<DefinitionChange>> {
    let store = service.store();
    let mut changes = Vec::new();
    for privilege in bag.privileges.unwrap_or_default() {
        let wanted = wanted(privilege)?;
        check_grantee(store, wanted.principal_type, &wanted.principal)?;
        if !is_there(store, &wanted.object)? {
            continue;
        }
        let known = on(store, &wanted.object)?;
        for new in grants_of(&wanted.info, &wanted)? {
            let again = known.iter().map(|known| &known.value).any(|known| {
                known.principal_type == new.principal_type
                    && known.principal == new.principal
                    && known.granted == new.granted
                    && known.authorizer == new.authorizer
                    && known.grantor.eq_ignore_ascii_case(&new.grantor)
            });
            if again {
                let privilege = privilege_of(&new).unwrap_or_default();
                let place = place(service, &wanted.object)?;
                let text = format!("{privilege} is already granted{place} by {}", new.grantor);
                return Err(got("InvalidObjectException", text));
            }
            let change = definitions::created(&new)?;
            if !changes.iter().any(|known: &DefinitionChange| known.name == change.name) {
                changes.push(change);
            }
        }
    }
    Ok(changes)
}

fn revoke(service: &Service, bag: t::PrivilegeBag, option_only: bool) -> Answer<bool> {
    let changes = revoking(service, bag, option_only)?;
    service.store().change_definitions(&changes)?;
    Ok(true)
}

fn revoking(service: &Service, bag: t::PrivilegeBag, option_only: bool) -> Answer<Vec<DefinitionChange>> {
    let mut changes: Vec<DefinitionChange> = Vec::new();
    for privilege in bag.privileges.unwrap_or_default() {
        let wanted = wanted(privilege)?;
        let known = on(service.store(), &wanted.object)?;
        for privilege in &wanted.privileges {
            let theirs = known.iter().find(|known| {
                known.value.principal_type == wanted.principal_type
                    && known.value.principal == wanted.principal
                    && privilege_of(&known.value) == Some(privilege)
                    && !changes.iter().any(|change| change.name == known.value.key())
            });
            let Some(old) = theirs else {
                return Err(got("InvalidObjectException", not_granted(service, privilege, &wanted.object)?));
            };
            if !option_only {
                changes.push(definitions::removed(old));
            } else if old.value.grant_option {
                changes.extend(definitions::replaced(old, &Grant { grant_option: false, ..old.value.clone() })?);
            } else {
                let text = format!("User {} does not have grant option with privilege {privilege}", wanted.principal);
                return Err(MetaException::new(text).into());
            }
        }
    }
    Ok(changes)
}

fn not_granted(service: &Service, privilege: &str, object: &PrivilegeObject) -> Answer<String> {
    let database = object.database.as_deref().map_or("", |stored| shown_database(stored).1);
    let table = object.table.as_deref().unwrap_or_default();
    let partition = match (&object.partition, &object.database) {
        (Some(values), Some(stored)) => {
            let keys = service.store().table(stored, table)?.partition_keys;
            format!(", partition is {}", partition_name(&keys, values))
        }
        _ => String::new(),
    };
    let column = object.column.as_ref().map(|column| format!(", column name = {column}")).unwrap_or_default();
    Ok(match level(object) {
        t::HiveObjectType::GLOBAL => format!("No user grant found for privileges {privilege}"),
        t::HiveObjectType::DATABASE => {
            format!("No database grant found for privileges {privilege} on database {database}")
        }
        t::HiveObjectType::DATACONNECTOR => {
            let name = object.connector.as_deref().unwrap_or_default();
            format!("No dataconnector grant found for privileges {privilege} on data connector {name}")
        }
        _ => format!("No grant ({privilege}) found  on table {table}{partition}{column}, database is {database}"),
    })
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
    let store = service.store();
    let mut known = match (&object.database, &object.table, kind) {
        // The privileges on all columns of the table.
        (Some(database), Some(table), t::HiveObjectType::COLUMN) => {
            let mut all: Vec<Stored<Grant>> = definitions::under(store, &Grant::key_of_table(database, table))?;
            all.retain(|grant| matches!(&grant.value.granted, Granted::Privilege { object, .. } if object.column.is_some() && object.partition.is_none()));
            all
        }
        _ => on(store, &object)?,
    };
    known.retain(|grant| grant.value.authorizer == args.authorizer);
    let request = need(args.grant_request, "grantRequest")?;
    let mut added = Vec::new();
    for privilege in request.privileges.and_then(|bag| bag.privileges).unwrap_or_default() {
        let wanted = wanted(privilege)?;
        check_grantee(store, wanted.principal_type, &wanted.principal)?;
        for new in grants_of(&wanted.info, &wanted)? {
            let same = |old: &Stored<Grant>| Grant { create_time: new.create_time, ..old.value.clone() } == new;
            match known.iter().position(same) {
                Some(at) => drop(known.swap_remove(at)),
                None if is_there(store, &wanted.object)? => added.push(new),
                None => {}
            }
        }
    }
    let mut changes: Vec<DefinitionChange> = known.iter().map(definitions::removed).collect();
    for new in &added {
        changes.push(definitions::created(new)?);
    }
    store.change_definitions(&changes)?;
    Ok(t::GrantRevokePrivilegeResponse { success: Some(true) })
}
