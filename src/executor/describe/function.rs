//! `DESCRIBE FUNCTION [EXTENDED]`, in the layout of Hive's `DescFunctionOperation`.

use skep_metastore::MetastoreError;
use skep_metastore::store::MetaStore;
use skep_udf::registry::{FunctionDoc, registry};

use crate::error::Result;
use crate::session::{Outcome, Session};

/// Runs the statement: macros and functions of the session first, then built-in functions, then those of the catalog.
pub fn run(session: &Session, name: &str, extended: bool) -> Result<Outcome> {
    let mut lines = Vec::new();
    let key = name.to_lowercase();
    if let Some(definition) = session.macros().get(&key) {
        lines.push(format!("{name} is a temporary macro for {}", definition.body));
    } else if let Some(class) = session.temporary_functions().get(&key) {
        of_class(&mut lines, name, class, "TEMPORARY", extended);
    } else if let Some(doc) = registry().describe(name) {
        text(&mut lines, &doc, extended);
        if extended {
            lines.push("Function type:BUILTIN".into());
        }
    } else if let Some((shown, class)) = in_catalog(session, &key)? {
        of_class(&mut lines, &shown, &class, "PERSISTENT", extended);
    } else {
        lines.push(format!("Function '{name}' does not exist."));
    }
    Outcome::lines("tab_name", lines)
}

/// The qualified name and the class of a function of the catalog.
fn in_catalog(session: &Session, name: &str) -> Result<Option<(String, String)>> {
    let (database, function) = name.split_once('.').unwrap_or((session.current_database(), name));
    match session.catalog().function(database, function) {
        Ok(found) => Ok(Some((format!("{database}.{function}"), found.class_name))),
        Err(MetastoreError::NoSuchObject(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A function made of a class: Hive's own classes bring their texts.
fn of_class(lines: &mut Vec<String>, name: &str, class: &str, kind: &str, extended: bool) {
    match registry().describe_class(name, class) {
        Some(doc) => text(lines, &doc, extended),
        None => {
            lines.push(format!("There is no documentation for function '{name}'"));
            if extended {
                lines.push(format!("Function class:{class}"));
            }
        }
    }
    if extended {
        lines.push(format!("Function type:{kind}"));
    }
}

fn text(lines: &mut Vec<String>, doc: &FunctionDoc, extended: bool) {
    lines.extend(doc.usage.lines().map(str::to_string));
    if extended {
        if !doc.synonyms.is_empty() {
            lines.push(format!("Synonyms: {}", doc.synonyms.join(", ")));
        }
        lines.extend(doc.extended.lines().map(str::to_string));
        lines.extend(doc.class.iter().map(|class| format!("Function class:{class}")));
    }
}
