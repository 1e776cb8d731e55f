//! What few statements need of a session: its prepared queries, its role, and whether it holds locks.

use std::collections::BTreeMap;

use crate::parser::ast::Prepare;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// Queries of `PREPARE`, by their names in lower case.
    pub prepared: BTreeMap<String, Prepare>,
    /// What `SET ROLE` has chosen.
    pub role: ChosenRole,
    /// Has the session ever taken a lock? Then it gives them back in the end.
    pub took_locks: bool,
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
