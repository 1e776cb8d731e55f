//! What few statements need of a session: its prepared queries, its role, and its locks.

use std::collections::BTreeMap;

use skep_metastore::locks::HeldLock;

use crate::parser::ast::Prepare;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// Queries of `PREPARE`, by their names in lower case.
    pub prepared: BTreeMap<String, Prepare>,
    /// What `SET ROLE` has chosen.
    pub role: ChosenRole,
    /// The locks that `LOCK` has taken; they go with the session.
    pub locks: Vec<HeldLock>,
}

/// The roles that a session acts in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum ChosenRole {
    /// All that the user was granted.
    #[default]
    All,
    /// None but `public`.
    None,
    /// This one.
    One(String),
}
