//! Delegation tokens and the keys they are signed with, kept for others (`MDelegationToken`, `MMasterKey` of Hive).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind};

/// A delegation token of a server that keeps its tokens here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegationToken {
    /// What it is known by.
    pub identifier: String,
    /// The token, as its owner encoded it.
    pub token: String,
}

impl Defined for DelegationToken {
    const KIND: DefinitionKind = DefinitionKind::Token;

    fn key(&self) -> String {
        self.identifier.clone()
    }
}

/// A key that tokens are signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterKey {
    /// Number, given by the store of keys.
    pub id: i32,
    /// The key, as its owner encoded it.
    pub key: String,
}

impl Defined for MasterKey {
    const KIND: DefinitionKind = DefinitionKind::MasterKey;

    fn key(&self) -> String {
        format!("{:010}", self.id)
    }
}
