//! The rules of roles and privileges (`HMSHandler` and `ObjectStore` of Hive), over what a store keeps of them. The service's
//! methods and the statements of SQL both work on [`Roles`] and [`Privileges`], so that each sees what the other did, and
//! both are refused in the same words.
//!
//! Nothing here asks whether somebody may do what is asked.

mod privileges;
mod roles;

pub use privileges::{PrivilegeGrant, Privileges};
pub use roles::Roles;

use crate::error::MetastoreError;
use crate::model::PrincipalType;

/// The role that every user has.
pub const PUBLIC: &str = "public";
/// The role of administrators.
pub const ADMIN: &str = "admin";

/// Who has a role or a privilege.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What kind it is.
    pub kind: PrincipalType,
    /// Its name.
    pub name: String,
}

impl Principal {
    /// A principal. Names of roles know no case, those of users and groups do.
    pub fn new(kind: PrincipalType, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind, name: if kind == PrincipalType::Role { name.to_lowercase() } else { name } }
    }
}

/// An exception of the API within a `MetaException`, as Hive tells of those that a method does not declare
/// (`MetaStoreUtils.logAndThrowMetaException`).
fn got(class: &str, text: impl std::fmt::Display) -> MetastoreError {
    MetastoreError::Meta(format!("Got exception: org.apache.hadoop.hive.metastore.api.{class} {text}"))
}

fn refused<T>(text: impl Into<String>) -> crate::Result<T> {
    Err(MetastoreError::Meta(text.into()))
}
