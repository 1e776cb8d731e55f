//! Roles and who has them.

use std::collections::BTreeSet;

use super::{ADMIN, PUBLIC, Principal, got, refused};
use crate::error::Result;
use crate::model::{Defined, EpochSeconds, Grant, Granted, PrincipalType, Role};
use crate::service::now;
use crate::store::MetaStore;
use crate::store::definitions::{self, Stored};

/// The roles of a store. Their names know no case.
#[derive(Debug, Clone)]
pub struct Roles<'s> {
    store: &'s dyn MetaStore,
    administrators: BTreeSet<String>,
    since: EpochSeconds,
}

impl<'s> Roles<'s> {
    /// The roles of a store, where the users of a list with commas (`hive.users.in.admin.role`) have the role `admin`
    /// since a time.
    pub fn new(store: &'s dyn MetaStore, administrators: &str, since: EpochSeconds) -> Self {
        let administrators = administrators.split(',').map(str::trim).filter(|name| !name.is_empty());
        Self { store, administrators: administrators.map(str::to_string).collect(), since }
    }

    /// The role, also one of those that are always there.
    ///
    /// # Errors
    /// Those of the store.
    pub fn find(&self, name: &str) -> Result<Option<Role>> {
        find(self.store, name)
    }

    /// The names of all roles.
    ///
    /// # Errors
    /// Those of the store.
    pub fn names(&self) -> Result<BTreeSet<String>> {
        let mut names: BTreeSet<String> = [PUBLIC, ADMIN].map(str::to_string).into();
        names.extend(definitions::all::<Role>(self.store)?.into_iter().map(|role| role.value.name));
        Ok(names)
    }

    /// Adds a role.
    ///
    /// # Errors
    /// [`crate::MetastoreError::Meta`] where it is there already.
    pub fn create(&self, name: &str, owner: Option<String>) -> Result<()> {
        let name = name.to_lowercase();
        if name == PUBLIC {
            return refused("public role implicitly exists. It can't be created.");
        }
        if self.find(&name)?.is_some() {
            return Err(got("InvalidObjectException", format!("Role {name} already exists.")));
        }
        let new = Role { name, owner, create_time: now() };
        self.store.change_definitions(&[definitions::created(&new)?])
    }

    /// Removes a role with all that it was given and with its members. One that is not there is removed already.
    ///
    /// # Errors
    /// [`crate::MetastoreError::Meta`] for a role that is always there.
    pub fn drop(&self, name: &str) -> Result<()> {
        let name = name.to_lowercase();
        if [PUBLIC, ADMIN].contains(&name.as_str()) {
            return refused("public,admin roles can't be dropped.");
        }
        let Some(role) = definitions::find::<Role>(self.store, &name)? else { return Ok(()) };
        let concerns = |grant: &Grant| {
            let held = grant.principal_type == PrincipalType::Role && grant.principal == name;
            held || grant.granted == Granted::Role(name.clone())
        };
        let mut changes = vec![definitions::removed(&role)];
        let grants = definitions::all::<Grant>(self.store)?;
        changes.extend(grants.iter().filter(|grant| concerns(&grant.value)).map(definitions::removed));
        self.store.change_definitions(&changes)
    }

    /// Who has which role.
    fn memberships(&self) -> Result<Vec<Stored<Grant>>> {
        definitions::under(self.store, Grant::ROLES)
    }

    fn existing(&self, name: &str) -> Result<Role> {
        self.find(name)?.ok_or_else(|| got("NoSuchObjectException", format!("{name} role can not be found.")))
    }

    /// Is it a user that the configuration makes an administrator?
    fn is_administrator(&self, principal: &Principal) -> bool {
        principal.kind == PrincipalType::User && self.administrators.contains(&principal.name)
    }

    /// The roles that these principals have, by those they have too. Every user has the role `public`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn all_of(&self, principals: Vec<Principal>) -> Result<BTreeSet<String>> {
        let members = self.memberships()?;
        let mut found = BTreeSet::new();
        if principals.iter().any(|principal| principal.kind == PrincipalType::User) {
            found.insert(PUBLIC.to_string());
        }
        if principals.iter().any(|principal| self.is_administrator(principal)) {
            found.insert(ADMIN.to_string());
        }
        let mut pending = principals;
        while let Some(principal) = pending.pop() {
            for role in members.iter().filter(|grant| has(&grant.value, &principal)).filter_map(|g| role_of(&g.value)) {
                if found.insert(role.to_string()) {
                    pending.push(Principal::new(PrincipalType::Role, role));
                }
            }
        }
        Ok(found)
    }

    /// Gives a role to a principal, who may pass it on with `admin_option`.
    ///
    /// # Errors
    /// [`crate::MetastoreError::Meta`] where one of both is not there, has it already, or would be a member of itself.
    pub fn grant(&self, role: &str, to: &Principal, grantor: &Principal, admin_option: bool) -> Result<()> {
        let role = role.to_lowercase();
        if role == PUBLIC {
            return refused("No user can be added to public. Since all users implicitly belong to public role.");
        }
        self.existing(&role)?;
        let name = &to.name;
        if to.kind == PrincipalType::Role
            && (*name == role || self.all_of(vec![Principal::new(PrincipalType::Role, role.as_str())])?.contains(name))
        {
            return refused(format!(
                "Cannot grant role {name} to {role} as {role} already belongs to the role {name}. (no cycles allowed)"
            ));
        }
        let new = Grant {
            principal: name.clone(),
            principal_type: to.kind,
            granted: Granted::Role(role.clone()),
            grant_option: admin_option,
            grantor: grantor.name.clone(),
            grantor_type: grantor.kind,
            create_time: now(),
            authorizer: None,
        };
        if definitions::find::<Grant>(self.store, &new.key())?.is_some() {
            return Err(got("InvalidObjectException", format!("Principal {name} already has the role {role}")));
        }
        check_grantee(self.store, to)?;
        self.store.change_definitions(&[definitions::created(&new)?])
    }

    /// Takes a role, or only the right to pass it on, from a principal.
    ///
    /// # Errors
    /// [`crate::MetastoreError::Meta`] where the principal has it not.
    pub fn revoke(&self, role: &str, from: &Principal, option_only: bool) -> Result<()> {
        let role = role.to_lowercase();
        if role == PUBLIC {
            return refused("public role can't be revoked.");
        }
        self.existing(&role)?;
        let name = &from.name;
        let members = self.memberships()?;
        let held = |grant: &Grant| has(grant, from) && role_of(grant) == Some(role.as_str());
        let Some(old) = members.iter().find(|grant| held(&grant.value)) else {
            return refused(format!("Principal {name} does not have the role {role}"));
        };
        let changes = match option_only {
            false => vec![definitions::removed(old)],
            true if !old.value.grant_option => {
                return refused(format!("User {name} does not have grant option with role {role}"));
            }
            true => definitions::replaced(old, &Grant { grant_option: false, ..old.value.clone() })?,
        };
        self.store.change_definitions(&changes)
    }

    /// The roles that a principal has by itself; every user has the role `public`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn held(&self, principal: &Principal) -> Result<Vec<Grant>> {
        let members = self.memberships()?.into_iter().map(|grant| grant.value);
        let mut held: Vec<Grant> = members.filter(|grant| has(grant, principal)).collect();
        let built_in = |role: &str, grantor: &str, create_time: EpochSeconds| Grant {
            principal: principal.name.clone(),
            principal_type: principal.kind,
            granted: Granted::Role(role.to_string()),
            grant_option: role == ADMIN,
            grantor: grantor.to_string(),
            grantor_type: PrincipalType::Role,
            create_time,
            authorizer: None,
        };
        if self.is_administrator(principal) {
            held.push(built_in(ADMIN, ADMIN, self.since));
        }
        if principal.kind == PrincipalType::User {
            held.push(built_in(PUBLIC, "", 0));
        }
        Ok(held)
    }

    /// Who was given a role.
    ///
    /// # Errors
    /// Those of the store.
    pub fn members(&self, role: &str) -> Result<Vec<Grant>> {
        let members = definitions::under::<Grant>(self.store, &Grant::key_of_role(&role.to_lowercase()))?;
        Ok(members.into_iter().map(|grant| grant.value).collect())
    }
}

fn find(store: &dyn MetaStore, name: &str) -> Result<Option<Role>> {
    let name = name.to_lowercase();
    if [PUBLIC, ADMIN].contains(&name.as_str()) {
        return Ok(Some(Role { owner: Some(name.clone()), name, create_time: 0 }));
    }
    Ok(definitions::find::<Role>(store, &name)?.map(|role| role.value))
}

/// A role that a principal is must be there.
pub(super) fn check_grantee(store: &dyn MetaStore, principal: &Principal) -> Result<()> {
    if principal.kind == PrincipalType::Role && find(store, &principal.name)?.is_none() {
        return Err(got("NoSuchObjectException", format!("Role {} does not exist", principal.name)));
    }
    Ok(())
}

fn has(grant: &Grant, principal: &Principal) -> bool {
    grant.principal_type == principal.kind && grant.principal == principal.name
}

fn role_of(grant: &Grant) -> Option<&str> {
    match &grant.granted {
        Granted::Role(role) => Some(role),
        Granted::Privilege { .. } => None,
    }
}
