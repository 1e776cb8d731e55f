//! Databases.

use super::{DropBehavior, Ident, Principal, Property};

/// `CREATE DATABASE [IF NOT EXISTS] name [COMMENT …] [LOCATION …] [MANAGEDLOCATION …] [WITH DBPROPERTIES (…)]`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateDatabase {
    /// Name.
    pub name: Ident,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// `COMMENT`
    pub comment: Option<String>,
    /// `LOCATION`
    pub location: Option<String>,
    /// `MANAGEDLOCATION`
    pub managed_location: Option<String>,
    /// `WITH DBPROPERTIES`
    pub properties: Vec<Property>,
}

/// `DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]`
#[derive(Debug, Clone, PartialEq)]
pub struct DropDatabase {
    /// Name.
    pub name: Ident,
    /// `IF EXISTS`
    pub if_exists: bool,
    /// `RESTRICT` (also without a word) or `CASCADE`
    pub behavior: Option<DropBehavior>,
}

/// `ALTER DATABASE name …`
#[derive(Debug, Clone, PartialEq)]
pub struct AlterDatabase {
    /// Name.
    pub name: Ident,
    /// What is changed.
    pub action: AlterDatabaseAction,
}

/// What `ALTER DATABASE` changes.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterDatabaseAction {
    /// `SET DBPROPERTIES (…)`
    SetProperties(Vec<Property>),
    /// `SET OWNER USER|ROLE|GROUP name`
    SetOwner(Principal),
    /// `SET LOCATION '…'`
    SetLocation(String),
    /// `SET MANAGEDLOCATION '…'`
    SetManagedLocation(String),
}
