//! Properties of things that clients name themselves (`PropertyGetRequest` of the metastore API, since Hive 4).

use serde::{Deserialize, Serialize};

use super::{Defined, DefinitionKind};

/// One property in a name space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// The name space.
    pub space: String,
    /// What it is a property of, e.g. `db.table`; empty for the whole of the space.
    pub map: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Property {
    /// What the keys of all properties of a name space begin with.
    pub fn key_of_space(space: &str) -> String {
        // As a list of JSON that goes on.
        let head = serde_json::json!([space]).to_string();
        format!("{},", head.trim_end_matches(']'))
    }
}

impl Defined for Property {
    const KIND: DefinitionKind = DefinitionKind::Property;

    fn key(&self) -> String {
        serde_json::json!([self.space, self.map, self.name]).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_space_begin_alike() {
        let property = Property { space: "a\"b]".into(), map: "m".into(), name: "n".into(), value: "v".into() };
        assert!(property.key().starts_with(&Property::key_of_space("a\"b]")));
        assert!(!property.key().starts_with(&Property::key_of_space("a")));
    }
}
