//! Data connectors and databases behind them.

use super::{CreateDatabase, Ident, Principal, Property};

/// A statement about data connectors.
#[derive(Debug, Clone, PartialEq)]
pub enum ConnectorStatement {
    /// `CREATE CONNECTOR [IF NOT EXISTS] name [TYPE '…'] [URL '…'] [COMMENT '…'] [WITH DCPROPERTIES (…)]`
    Create {
        /// Name.
        name: Ident,
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// `TYPE`
        kind: Option<String>,
        /// `URL`
        url: Option<String>,
        /// `COMMENT`
        comment: Option<String>,
        /// `WITH DCPROPERTIES`
        properties: Vec<Property>,
    },
    /// `ALTER CONNECTOR name SET …`
    Alter {
        /// Name.
        name: Ident,
        /// What is changed.
        action: AlterConnectorAction,
    },
    /// `DROP CONNECTOR [IF EXISTS] name`
    Drop {
        /// Name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `SHOW CONNECTORS [LIKE 'pattern']`
    Show {
        /// Pattern.
        pattern: Option<String>,
    },
    /// `DESCRIBE CONNECTOR [EXTENDED] name`
    Describe {
        /// Name.
        name: Ident,
        /// `EXTENDED`
        extended: bool,
    },
    /// `CREATE REMOTE DATABASE … USING connector`
    CreateRemoteDatabase {
        /// The database.
        database: CreateDatabase,
        /// The connector.
        connector: Ident,
    },
}

/// What `ALTER CONNECTOR` changes.
#[derive(Debug, Clone, PartialEq)]
pub enum AlterConnectorAction {
    /// `SET DCPROPERTIES (…)`
    SetProperties(Vec<Property>),
    /// `SET URL '…'`
    SetUrl(String),
    /// `SET OWNER …`
    SetOwner(Principal),
}
