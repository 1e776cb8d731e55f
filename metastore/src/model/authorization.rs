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

/// A role or a privilege in the hands of a principal.
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
}

impl Defined for Grant {
    const KIND: DefinitionKind = DefinitionKind::Grant;

    fn key(&self) -> String {
        // A list as JSON: no name can be taken for two.
        let what = serde_json::json!([self.principal_type, self.principal, self.granted]);
        what.to_string()
    }
}
