//! Definitions as the types they are, over the texts that a [`MetaStore`] keeps.

use super::MetaStore;
use crate::error::{MetastoreError, Result};
use crate::model::{Defined, DefinitionChange};

/// A definition together with the text it was read from, so that a change can say what it changes.
#[derive(Debug, Clone)]
pub struct Stored<T> {
    /// The thing.
    pub value: T,
    text: String,
}

/// All definitions of a kind, in order of their names.
///
/// # Errors
/// Those of the store; [`MetastoreError::InvalidObject`] where a text cannot be read.
pub fn all<T: Defined>(store: &dyn MetaStore) -> Result<Vec<Stored<T>>> {
    let read = |(name, text): (String, String)| {
        let value = serde_json::from_str(&text).map_err(|error| {
            MetastoreError::InvalidObject(format!("the {} {name} cannot be read: {error}", T::KIND.word()))
        })?;
        Ok(Stored { value, text })
    };
    store.definitions(T::KIND)?.into_iter().map(read).collect()
}

/// The definition of a name, if it is there.
///
/// # Errors
/// As [`all`].
pub fn find<T: Defined>(store: &dyn MetaStore, name: &str) -> Result<Option<Stored<T>>> {
    Ok(all::<T>(store)?.into_iter().find(|stored| stored.value.key() == name))
}

/// The change that adds a definition.
///
/// # Errors
/// [`MetastoreError::InvalidObject`] where it cannot be written as text.
pub fn created<T: Defined>(value: &T) -> Result<DefinitionChange> {
    Ok(DefinitionChange { kind: T::KIND, name: value.key(), before: None, after: Some(text(value)?) })
}

/// The change that removes a definition.
pub fn removed<T: Defined>(old: &Stored<T>) -> DefinitionChange {
    DefinitionChange { kind: T::KIND, name: old.value.key(), before: Some(old.text.clone()), after: None }
}

/// The changes that put a definition in the place of another, which may have had another name.
///
/// # Errors
/// As [`created`].
pub fn replaced<T: Defined>(old: &Stored<T>, value: &T) -> Result<Vec<DefinitionChange>> {
    if old.value.key() != value.key() {
        return Ok(vec![removed(old), created(value)?]);
    }
    let (before, after) = (Some(old.text.clone()), Some(text(value)?));
    Ok(vec![DefinitionChange { kind: T::KIND, name: value.key(), before, after }])
}

fn text<T: Defined>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| MetastoreError::InvalidObject(format!("a {} cannot be written: {error}", T::KIND.word())))
}
