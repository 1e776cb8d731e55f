//! Privileges of users, groups and roles.

use super::roles::check_grantee;
use super::{Principal, got, refused};
use crate::error::{MetastoreError, Result};
use crate::model::{
    Defined, DefinitionChange, Grant, Granted, ObjectLevel, PrincipalType, PrivilegeObject, partition_name,
};
use crate::service::names::shown_database;
use crate::service::now;
use crate::store::MetaStore;
use crate::store::definitions::{self, Stored};

/// What a principal is given, or loses, on one object (`HiveObjectPrivilege`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivilegeGrant {
    /// What the privileges are on.
    pub object: PrivilegeObject,
    /// Whose they are.
    pub principal: Principal,
    /// Their names, in upper case.
    pub privileges: Vec<String>,
    /// May they be passed on?
    pub grant_option: bool,
    /// Who gives them.
    pub grantor: String,
    /// What kind of principal the giver is.
    pub grantor_type: PrincipalType,
    /// Which authorizer's books they are in; those that name none are in all of them.
    pub authorizer: Option<String>,
}

impl PrivilegeGrant {
    fn grants(&self) -> impl Iterator<Item = Grant> {
        self.privileges.iter().map(|privilege| Grant {
            principal: self.principal.name.clone(),
            principal_type: self.principal.kind,
            granted: Granted::Privilege { privilege: privilege.clone(), object: self.object.clone() },
            grant_option: self.grant_option,
            grantor: self.grantor.clone(),
            grantor_type: self.grantor_type,
            create_time: now(),
            authorizer: self.authorizer.clone(),
        })
    }

    fn is_of(&self, grant: &Grant) -> bool {
        grant.principal_type == self.principal.kind && grant.principal == self.principal.name
    }
}

/// The privileges of a store.
#[derive(Debug, Clone)]
pub struct Privileges<'s> {
    store: &'s dyn MetaStore,
}

impl<'s> Privileges<'s> {
    /// The privileges of a store.
    pub fn new(store: &'s dyn MetaStore) -> Self {
        Self { store }
    }

    /// All there are, on whatever.
    ///
    /// # Errors
    /// Those of the store.
    pub fn all(&self) -> Result<Vec<Grant>> {
        let all = definitions::all::<Grant>(self.store)?.into_iter().map(|grant| grant.value);
        Ok(all.filter(|grant| privilege_of(grant).is_some()).collect())
    }

    /// Those on one object, whoever has them, in the order in which they were given.
    ///
    /// # Errors
    /// Those of the store.
    pub fn on(&self, object: &PrivilegeObject) -> Result<Vec<Grant>> {
        Ok(self.stored_on(object)?.into_iter().map(|grant| grant.value).collect())
    }

    fn stored_on(&self, object: &PrivilegeObject) -> Result<Vec<Stored<Grant>>> {
        let mut grants: Vec<Stored<Grant>> = match (&object.database, &object.table) {
            (Some(database), Some(table)) => definitions::under(self.store, &Grant::key_of_table(database, table))?,
            (Some(database), None) => definitions::under(self.store, &Grant::key_of_database(database))?,
            (None, _) => definitions::all(self.store)?,
        };
        grants.retain(|grant| matches!(&grant.value.granted, Granted::Privilege { object: on, .. } if on == object));
        grants.sort_by_key(|grant| grant.value.create_time);
        Ok(grants)
    }

    /// Gives privileges, all or none. On a table or a partition that is not there Hive gives nothing, without a word.
    ///
    /// # Errors
    /// [`MetastoreError::Meta`] where the same giver gave the same before, or a role is not there;
    /// [`MetastoreError::NoSuchObject`] for a database that is not there.
    pub fn grant(&self, given: &[PrivilegeGrant]) -> Result<()> {
        let mut changes: Vec<DefinitionChange> = Vec::new();
        for given in given {
            check_grantee(self.store, &given.principal)?;
            if !self.is_there(&given.object)? {
                continue;
            }
            let known = self.on(&given.object)?;
            for new in given.grants() {
                let again = known.iter().any(|known| {
                    given.is_of(known)
                        && known.granted == new.granted
                        && same_books(known.authorizer.as_deref(), new.authorizer.as_deref())
                        && known.grantor.eq_ignore_ascii_case(&new.grantor)
                });
                if again {
                    let privilege = privilege_of(&new).unwrap_or_default();
                    let place = self.place(&given.object)?;
                    let text = format!("{privilege} is already granted{place} by {}", new.grantor);
                    return Err(got("InvalidObjectException", text));
                }
                add(&mut changes, &new)?;
            }
        }
        self.store.change_definitions(&changes)
    }

    /// What keeps the privileges that come with a new table, mostly those of its owner: made together with it.
    ///
    /// # Errors
    /// [`MetastoreError::InvalidObject`] where one cannot be written.
    pub fn given_with_table(given: &[PrivilegeGrant]) -> Result<Vec<DefinitionChange>> {
        let mut changes = Vec::new();
        given.iter().flat_map(PrivilegeGrant::grants).try_for_each(|new| add(&mut changes, &new))?;
        Ok(changes)
    }

    /// Takes privileges, or only the right to pass them on, whoever gave them; all or none.
    ///
    /// # Errors
    /// [`MetastoreError::Meta`] where the principal has one of them not.
    pub fn revoke(&self, taken: &[PrivilegeGrant], option_only: bool) -> Result<()> {
        let mut changes: Vec<DefinitionChange> = Vec::new();
        for taken in taken {
            let known = self.stored_on(&taken.object)?;
            for privilege in &taken.privileges {
                let theirs = known.iter().find(|known| {
                    taken.is_of(&known.value)
                        && privilege_of(&known.value) == Some(privilege)
                        && !changes.iter().any(|change| change.name == known.value.key())
                });
                let Some(old) = theirs else {
                    return Err(got("InvalidObjectException", self.not_granted(privilege, &taken.object)?));
                };
                if !option_only {
                    changes.push(definitions::removed(old));
                } else if old.value.grant_option {
                    changes.extend(definitions::replaced(old, &Grant { grant_option: false, ..old.value.clone() })?);
                } else {
                    let name = &taken.principal.name;
                    return refused(format!("User {name} does not have grant option with privilege {privilege}"));
                }
            }
        }
        self.store.change_definitions(&changes)
    }

    /// An authorizer's privileges on one object (with `columns`: on all columns of a table) become those given: what is
    /// there already stays as it is.
    ///
    /// # Errors
    /// As [`Privileges::grant`].
    pub fn refresh(
        &self,
        object: &PrivilegeObject,
        columns: bool,
        authorizer: Option<&str>,
        given: &[PrivilegeGrant],
    ) -> Result<()> {
        let mut known = match (&object.database, &object.table, columns) {
            (Some(database), Some(table), true) => {
                let mut all: Vec<Stored<Grant>> =
                    definitions::under(self.store, &Grant::key_of_table(database, table))?;
                all.retain(|grant| matches!(&grant.value.granted, Granted::Privilege { object, .. } if object.column.is_some() && object.partition.is_none()));
                all
            }
            _ => self.stored_on(object)?,
        };
        known.retain(|grant| grant.value.authorizer.as_deref() == authorizer);
        let mut added = Vec::new();
        for given in given {
            check_grantee(self.store, &given.principal)?;
            for new in given.grants() {
                let same = |old: &Stored<Grant>| Grant { create_time: new.create_time, ..old.value.clone() } == new;
                match known.iter().position(same) {
                    Some(at) => drop(known.swap_remove(at)),
                    None if self.is_there(&given.object)? => added.push(new),
                    None => {}
                }
            }
        }
        let mut changes: Vec<DefinitionChange> = known.iter().map(definitions::removed).collect();
        for new in &added {
            changes.push(definitions::created(new)?);
        }
        self.store.change_definitions(&changes)
    }

    /// Is there such an object?
    fn is_there(&self, object: &PrivilegeObject) -> Result<bool> {
        let Some(database) = &object.database else { return Ok(true) };
        let Some(table) = &object.table else {
            self.store.database(database)?;
            return Ok(true);
        };
        let found = match &object.partition {
            None => self.store.table(database, table).map(drop),
            Some(values) => self.store.partition(database, table, values).map(drop),
        };
        match found {
            Ok(()) => Ok(true),
            Err(MetastoreError::NoSuchObject(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Database and table as Hive's messages name them, and the partition.
    fn names<'o>(&self, object: &'o PrivilegeObject) -> Result<(&'o str, &'o str, Option<String>)> {
        let database = object.database.as_deref().map_or("", |stored| shown_database(stored).1);
        let table = object.table.as_deref().unwrap_or_default();
        let partition = match (&object.partition, &object.database) {
            (Some(values), Some(stored)) => {
                Some(partition_name(&self.store.table(stored, table)?.partition_keys, values))
            }
            _ => None,
        };
        Ok((database, table, partition))
    }

    /// The object as Hive's messages name it, after the word `granted`.
    fn place(&self, object: &PrivilegeObject) -> Result<String> {
        let (database, table, partition) = self.names(object)?;
        let within = match &partition {
            Some(name) => format!("[{database},{table},{name}]"),
            None => format!("[{database},{table}]"),
        };
        Ok(match object.level() {
            ObjectLevel::Global => String::new(),
            ObjectLevel::Database => format!(" on database {database}"),
            ObjectLevel::Table => format!(" on table {within}"),
            ObjectLevel::Partition => format!(" on partition {within}"),
            ObjectLevel::Column => format!(" on column {} {within}", object.column.as_deref().unwrap_or_default()),
            ObjectLevel::Connector => format!(" on dataconnector {}", object.connector.as_deref().unwrap_or_default()),
        })
    }

    fn not_granted(&self, privilege: &str, object: &PrivilegeObject) -> Result<String> {
        let (database, table, partition) = self.names(object)?;
        let partition = partition.map(|name| format!(", partition is {name}")).unwrap_or_default();
        let column = object.column.as_ref().map(|column| format!(", column name = {column}")).unwrap_or_default();
        Ok(match object.level() {
            ObjectLevel::Global => format!("No user grant found for privileges {privilege}"),
            ObjectLevel::Database => {
                format!("No database grant found for privileges {privilege} on database {database}")
            }
            ObjectLevel::Connector => {
                let name = object.connector.as_deref().unwrap_or_default();
                format!("No dataconnector grant found for privileges {privilege} on data connector {name}")
            }
            _ => format!("No grant ({privilege}) found  on table {table}{partition}{column}, database is {database}"),
        })
    }
}

fn add(changes: &mut Vec<DefinitionChange>, new: &Grant) -> Result<()> {
    let change = definitions::created(new)?;
    if !changes.iter().any(|known| known.name == change.name) {
        changes.push(change);
    }
    Ok(())
}

fn same_books(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

fn privilege_of(grant: &Grant) -> Option<&str> {
    match &grant.granted {
        Granted::Privilege { privilege, .. } => Some(privilege),
        Granted::Role(_) => None,
    }
}
