//! How the parts of a record are written: lists and maps as JSON, choices as words.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fault::{Attempt, Fault};
use crate::model::{PrincipalType, TableKind};

/// A value as JSON.
pub(super) fn to_json<T: Serialize>(what: &str, value: &T) -> Attempt<String> {
    serde_json::to_string(value).map_err(|e| Fault::record(what, e))
}

/// A value from JSON; `what` names the record for the error message.
pub(super) fn from_json<T: DeserializeOwned>(what: impl FnOnce() -> String, text: &str) -> Attempt<T> {
    serde_json::from_str(text).map_err(|e| Fault::record(what(), e))
}

pub(super) fn principal_word(kind: PrincipalType) -> &'static str {
    match kind {
        PrincipalType::User => "USER",
        PrincipalType::Role => "ROLE",
        PrincipalType::Group => "GROUP",
    }
}

pub(super) fn principal(what: impl FnOnce() -> String, word: &str) -> Attempt<PrincipalType> {
    [PrincipalType::User, PrincipalType::Role, PrincipalType::Group]
        .into_iter()
        .find(|kind| principal_word(*kind) == word)
        .ok_or_else(|| Fault::record(what(), format!("no kind of owner is called {word}")))
}

pub(super) fn table_kind(what: impl FnOnce() -> String, word: &str) -> Attempt<TableKind> {
    [TableKind::Managed, TableKind::External, TableKind::View, TableKind::MaterializedView]
        .into_iter()
        .find(|kind| kind.name() == word)
        .ok_or_else(|| Fault::record(what(), format!("no kind of table is called {word}")))
}
