//! Roles and privileges (`Role`, `HiveObjectPrivilege`, `RolePrincipalGrant` of the metastore API).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind, EpochSeconds, PrincipalType};

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Name in lower case.
    pub name: String,
    /// Who made it.
    pub owner: Option<String>,
    /// When it was made.
    pub create_time: EpochSeconds,
}

impl Defined for Role {
    const KIND: DefinitionKind = DefinitionKind::Role;

    fn key(&self) -> String {
        self.name.clone()
    }
}

/// What a privilege is on. Nothing set: everything there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PrivilegeObject {
    /// Database, in lower case.
    pub database: Option<String>,
    /// Table or view in it, in lower case.
    pub table: Option<String>,
    /// Values of the partition columns, for a privilege on one partition.
    pub partition: Option<Vec<String>>,
    /// Column, in lower case.
    pub column: Option<String>,
    /// Path, for a privilege on files.
    pub uri: Option<String>,
    /// Server, for a privilege on all of it.
    pub server: Option<String>,
    /// Data connector, in lower case.
    #[serde(default)]
    pub connector: Option<String>,
}

/// How wide the object of a privilege is (`HiveObjectType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectLevel {
    /// Everything there is.
    Global,
    /// A database.
    Database,
    /// A table or view.
    Table,
    /// A partition.
    Partition,
    /// A column of a table or a partition.
    Column,
    /// A data connector.
    Connector,
}

impl PrivilegeObject {
    /// How wide it is.
    pub fn level(&self) -> ObjectLevel {
        match self {
            Self { connector: Some(_), .. } => ObjectLevel::Connector,
            Self { column: Some(_), .. } => ObjectLevel::Column,
            Self { partition: Some(_), .. } => ObjectLevel::Partition,
            Self { table: Some(_), .. } => ObjectLevel::Table,
            Self { database: Some(_), .. } => ObjectLevel::Database,
            _ => ObjectLevel::Global,
        }
    }
}

/// What a principal was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Granted {
    /// Membership in a role.
    Role(String),
    /// A privilege.
    Privilege {
        /// Its name in upper case, e.g. `SELECT`.
        privilege: String,
        /// What it is on.
        object: PrivilegeObject,
    },
}

/// A role or a privilege in the hands of a principal. The same privilege may have been given by several; a role is had
/// once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who has it.
    pub principal: String,
    /// What kind of principal that is.
    pub principal_type: PrincipalType,
    /// What was given.
    pub granted: Granted,
    /// `WITH GRANT OPTION`, `WITH ADMIN OPTION`: may it be passed on?
    pub grant_option: bool,
    /// Who gave it.
    pub grantor: String,
    /// What kind of principal the giver is.
    pub grantor_type: PrincipalType,
    /// When it was given.
    pub create_time: EpochSeconds,
    /// Which authorizer's books it is in (`HiveObjectPrivilege.authorizer`), e.g. `SQL`.
    #[serde(default)]
    pub authorizer: Option<String>,
}

impl Grant {
    /// What the keys of all memberships in roles begin with.
    pub const ROLES: &str = "[\"role\",";

    /// What the keys of all memberships in one role begin with.
    pub fn key_of_role(role: &str) -> String {
        open_list(&["role", role])
    }

    /// What the keys of all privileges on a table and on what is in it begin with.
    pub fn key_of_table(database: &str, table: &str) -> String {
        open_list(&["on", database, table])
    }

    /// What the keys of all privileges on a database and on what is in it begin with.
    pub fn key_of_database(database: &str) -> String {
        open_list(&["on", database])
    }
}

/// A list as JSON that goes on.
fn open_list(parts: &[&str]) -> String {
    let mut text = serde_json::json!(parts).to_string();
    text.pop();
    text.push(',');
    text
}

impl Defined for Grant {
    const KIND: DefinitionKind = DefinitionKind::Grant;

    /// What it is on comes first, so that all that concerns one table stands together.
    fn key(&self) -> String {
        // A list as JSON: no name can be taken for two.
        let key = match &self.granted {
            Granted::Role(role) => serde_json::json!(["role", role, self.principal_type, self.principal]),
            Granted::Privilege { privilege, object: o } => serde_json::json!([
                "on",
                o.database,
                o.table,
                o.partition,
                o.column,
                o.uri,
                o.server,
                o.connector,
                privilege,
                self.principal_type,
                self.principal,
                self.grantor_type,
                self.grantor,
                self.authorizer,
            ]),
        };
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_together() {
        let object = PrivilegeObject { database: Some("d".into()), table: Some("t".into()), ..Default::default() };
        let mut grant = Grant {
            principal: "u".into(),
            principal_type: PrincipalType::User,
            granted: Granted::Privilege { privilege: "SELECT".into(), object },
            grant_option: false,
            grantor: "g".into(),
            grantor_type: PrincipalType::User,
            create_time: 1,
            authorizer: None,
        };
        assert!(grant.key().starts_with(&Grant::key_of_table("d", "t")));
        assert!(grant.key().starts_with(&Grant::key_of_database("d")));
        assert!(!grant.key().starts_with(&Grant::key_of_table("d", "t2")));
        grant.granted = Granted::Role("r".into());
        assert!(grant.key().starts_with(Grant::ROLES) && grant.key().starts_with(&Grant::key_of_role("r")));
        assert!(!grant.key().starts_with(&Grant::key_of_role("r\",\"")));
    }
}
