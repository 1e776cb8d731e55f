//! Permanent functions.

use serde::{Deserialize, Serialize};

use super::{EpochSeconds, PrincipalType};

/// What kind of file a function needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResourceType {
    /// `USING JAR`
    Jar,
    /// `USING FILE`
    File,
    /// `USING ARCHIVE`
    Archive,
}

/// A file that a function needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionResource {
    /// What kind of file it is.
    pub kind: ResourceType,
    /// Where it is.
    pub uri: String,
}

/// A function made by `CREATE FUNCTION`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Database, in lower case.
    pub database: String,
    /// Name in lower case.
    pub name: String,
    /// Implementing class.
    pub class_name: String,
    /// Owner.
    pub owner: Option<String>,
    /// What kind of principal the owner is.
    pub owner_type: PrincipalType,
    /// When it was made.
    pub create_time: EpochSeconds,
    /// The files it needs.
    pub resources: Vec<FunctionResource>,
}
