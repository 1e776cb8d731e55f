//! Roles and privileges.

use super::{Ident, ObjectName, PartitionSpec, Principal};

/// A statement about roles and privileges.
#[derive(Debug, Clone, PartialEq)]
pub enum AuthorizationStatement {
    /// `CREATE ROLE name`
    CreateRole(Ident),
    /// `DROP ROLE name`
    DropRole(Ident),
    /// `SET ROLE name|ALL|NONE`
    SetRole(Ident),
    /// `SHOW ROLES`
    ShowRoles,
    /// `SHOW CURRENT ROLES`
    ShowCurrentRoles,
    /// `SHOW ROLE GRANT principal`
    ShowRoleGrants(Principal),
    /// `SHOW PRINCIPALS role`
    ShowPrincipals(Ident),
    /// `GRANT role, … TO principal, … [WITH ADMIN OPTION]`
    GrantRoles {
        /// The roles.
        roles: Vec<Ident>,
        /// Who gets them.
        principals: Vec<Principal>,
        /// `WITH ADMIN OPTION`
        admin_option: bool,
    },
    /// `REVOKE [ADMIN OPTION FOR] role, … FROM principal, …`
    RevokeRoles {
        /// The roles.
        roles: Vec<Ident>,
        /// Who loses them.
        principals: Vec<Principal>,
        /// `ADMIN OPTION FOR`: only the option goes
        admin_option_only: bool,
    },
    /// `GRANT privilege, … [ON object] TO principal, … [WITH GRANT OPTION]`
    Grant {
        /// The privileges.
        privileges: Vec<Privilege>,
        /// What they are on; none for all.
        object: Option<PrivilegeTarget>,
        /// Who gets them.
        principals: Vec<Principal>,
        /// `WITH GRANT OPTION`
        grant_option: bool,
    },
    /// `REVOKE [GRANT OPTION FOR] privilege, … [ON object] FROM principal, …`
    Revoke {
        /// The privileges.
        privileges: Vec<Privilege>,
        /// What they are on; none for all.
        object: Option<PrivilegeTarget>,
        /// Who loses them.
        principals: Vec<Principal>,
        /// `GRANT OPTION FOR`: only the option goes
        grant_option_only: bool,
    },
    /// `SHOW GRANT [principal] [ON ALL | ON object]`
    ShowGrants {
        /// Whose.
        principal: Option<Principal>,
        /// On what.
        object: Option<PrivilegeTarget>,
    },
}

/// A privilege, perhaps on some columns only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privilege {
    /// Its name in upper case: `ALL`, `ALTER`, `UPDATE`, `CREATE`, `DROP`, `LOCK`, `SELECT`, `SHOW_DATABASE`, `INSERT`,
    /// `DELETE`.
    pub name: String,
    /// The columns; empty for the whole object.
    pub columns: Vec<Ident>,
}

/// What privileges are on.
#[derive(Debug, Clone, PartialEq)]
pub enum PrivilegeTarget {
    /// `DATABASE name`
    Database(Ident),
    /// `[TABLE] name [(columns)] [PARTITION (…)]`; columns only in `SHOW GRANT`
    Table {
        /// The table or view.
        name: ObjectName,
        /// Columns.
        columns: Vec<Ident>,
        /// `PARTITION`
        partition: Option<PartitionSpec>,
    },
    /// `URI 'path'`
    Uri(String),
    /// `SERVER name`
    Server(Ident),
}
