//! Definitions as the types they are, over the texts that a [`MetaStore`] keeps.

use super::MetaStore;
use crate::error::{MetastoreError, Result};
use crate::model::{Defined, DefinitionChange};

/// A definition together with the text it was read from, so that a change can say what it changes.
#[derive(Debug, Clone)]
pub struct Stored<T> {
    /// The thing.
    pub value: T,
    name: String,
    text: String,
}

fn read<T: Defined>(name: String, text: String) -> Result<Stored<T>> {
    let value = serde_json::from_str(&text).map_err(|error| {
        MetastoreError::InvalidObject(format!("the {} {name} cannot be read: {error}", T::KIND.word()))
    })?;
    Ok(Stored { value, name, text })
}

/// All definitions of a kind, in order of their names.
///
/// # Errors
/// Those of the store; [`MetastoreError::InvalidObject`] where a text cannot be read.
pub fn all<T: Defined>(store: &dyn MetaStore) -> Result<Vec<Stored<T>>> {
    store.definitions(T::KIND)?.into_iter().map(|(name, text)| read(name, text)).collect()
}

/// The definitions of a kind whose names begin with `prefix`, in order of their names.
///
/// # Errors
/// As [`all`].
pub fn under<T: Defined>(store: &dyn MetaStore, prefix: &str) -> Result<Vec<Stored<T>>> {
    store.definitions_under(T::KIND, prefix)?.into_iter().map(|(name, text)| read(name, text)).collect()
}

/// The definition of a name, if it is there.
///
/// # Errors
/// As [`all`].
pub fn find<T: Defined>(store: &dyn MetaStore, name: &str) -> Result<Option<Stored<T>>> {
    store.definition(T::KIND, name)?.map(|text| read(name.to_string(), text)).transpose()
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
    DefinitionChange { kind: T::KIND, name: old.name.clone(), before: Some(old.text.clone()), after: None }
}

/// The changes that put a definition in the place of another, which may have had another name.
///
/// # Errors
/// As [`created`].
pub fn replaced<T: Defined>(old: &Stored<T>, value: &T) -> Result<Vec<DefinitionChange>> {
    if old.name != value.key() {
        return Ok(vec![removed(old), created(value)?]);
    }
    let (before, after) = (Some(old.text.clone()), Some(text(value)?));
    Ok(vec![DefinitionChange { kind: T::KIND, name: value.key(), before, after }])
}

/// The first text behind all that begin with a prefix, in the order of their code points; none where there is none.
pub(crate) fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_string();
    while let Some(last) = end.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            end.push(next);
            return Some(end);
        }
    }
    None
}

fn text<T: Defined>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| MetastoreError::InvalidObject(format!("a {} cannot be written: {error}", T::KIND.word())))
}
