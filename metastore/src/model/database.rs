//! Databases.

use serde::{Deserialize, Serialize};

use super::{EpochSeconds, Parameters};

/// Who a name stands for (`PrincipalType` of the metastore API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrincipalType {
    /// A user.
    User,
    /// A role.
    Role,
    /// A group.
    Group,
}

/// A database, also called a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Name in lower case.
    pub name: String,
    /// `COMMENT`.
    pub comment: Option<String>,
    /// URL of the folder of its (external) tables, e.g. `file:/data/warehouse/sales.db`.
    pub location: String,
    /// `MANAGEDLOCATION`: URL of the folder of its managed tables, where it differs.
    pub managed_location: Option<String>,
    /// Owner, if one is recorded.
    pub owner: Option<String>,
    /// What kind of principal the owner is.
    pub owner_type: PrincipalType,
    /// `DBPROPERTIES`.
    pub parameters: Parameters,
    /// When it was made.
    pub create_time: EpochSeconds,
}
