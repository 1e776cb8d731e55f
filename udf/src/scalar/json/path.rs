//! The paths of `get_json_object` (`UDFJson`).

use super::parse::Json;

/// A path: what the root must be, and the steps from it.
#[derive(Debug)]
pub(super) struct JsonPath {
    root: Root,
    steps: Vec<Step>,
}

#[derive(Debug, PartialEq, Eq)]
enum Root {
    Any,
    Array,
    Object,
}

#[derive(Debug)]
struct Step {
    /// The member to take; `None` for no member at all (the first step into an array).
    key: Option<String>,
    /// Positions, `None` for `*`.
    indexes: Vec<Option<usize>>,
    /// Whether the step cannot lead anywhere.
    broken: bool,
}

impl JsonPath {
    /// Reads a path; `None` if Hive gives NULL for every document.
    pub(super) fn parse(path: &str) -> Option<JsonPath> {
        let rest = path.strip_prefix('$')?;
        if rest.is_empty() {
            return Some(JsonPath { root: Root::Any, steps: Vec::new() });
        }
        let (first, root) = if rest.starts_with('[') {
            (0, Root::Array)
        } else if let Some(rest) = rest.strip_prefix('.') {
            (1, if rest.starts_with('[') { Root::Array } else { Root::Object })
        } else {
            return None;
        };
        let steps = path.split('.').enumerate().skip(first);
        let steps = steps.map(|(nth, text)| Step::parse(text, nth == first && root == Root::Array)).collect();
        Some(JsonPath { root, steps })
    }

    /// The value at the path.
    pub(super) fn find(&self, document: &Json) -> Option<Json> {
        match (&self.root, document) {
            (Root::Array, Json::Array(_)) | (Root::Object, Json::Object(_)) => {}
            (Root::Any, Json::Array(_) | Json::Object(_)) => {}
            _ => return None,
        }
        let mut current = document.clone();
        for step in &self.steps {
            current = step.take(current)?;
        }
        Some(current)
    }
}

impl Step {
    fn parse(text: &str, no_key: bool) -> Step {
        let is_key = |character: char| {
            character.is_ascii_alphanumeric()
                || matches!(character, '_' | '-' | ':' | ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
        };
        let end = text.find(|character| !is_key(character)).unwrap_or(text.len());
        let broken = !no_key && (end == 0 || text[end..].contains(['\n', '\r']));
        Step { key: (!no_key).then(|| text[..end].to_string()), indexes: indexes(text), broken }
    }

    fn take(&self, json: Json) -> Option<Json> {
        if self.broken {
            return None;
        }
        let json = match &self.key {
            None => json,
            Some(key) => member(json, key)?,
        };
        if self.indexes.is_empty() { Some(json) } else { items(json, &self.indexes) }
    }
}

/// The `[n]` and `[*]` of a step.
fn indexes(text: &str) -> Vec<Option<usize>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        rest = &rest[open + 1..];
        let Some(close) = rest.find(']') else { break };
        let inside = &rest[..close];
        if inside == "*" {
            found.push(None);
        } else if let (true, Ok(index)) = (inside.bytes().all(|byte| byte.is_ascii_digit()), inside.parse()) {
            found.push(Some(index));
        } else {
            continue;
        }
        rest = &rest[close + 1..];
    }
    found
}

/// A member of an object, or that member of all objects in an array.
fn member(json: Json, key: &str) -> Option<Json> {
    let take = |members: Vec<(String, Json)>| members.into_iter().find(|(name, _)| name == key).map(|(_, value)| value);
    match json {
        Json::Object(members) => take(members).filter(|value| *value != Json::Null),
        Json::Array(items) => {
            let mut found = Vec::new();
            for item in items {
                let Json::Object(members) = item else { continue };
                match take(members) {
                    Some(Json::Array(inner)) => found.extend(inner),
                    None | Some(Json::Null) => {}
                    Some(value) => found.push(value),
                }
            }
            (!found.is_empty()).then_some(Json::Array(found))
        }
        _ => None,
    }
}

fn items(json: Json, indexes: &[Option<usize>]) -> Option<Json> {
    let mut current = vec![json];
    for index in indexes {
        let mut next = Vec::new();
        for value in current {
            let Json::Array(items) = value else { continue };
            match index {
                None => next.extend(items),
                Some(index) => next.extend(items.into_iter().nth(*index)),
            }
        }
        if next.is_empty() {
            return None;
        }
        current = next;
    }
    if current.len() > 1 { Some(Json::Array(current)) } else { current.pop().filter(|value| *value != Json::Null) }
}
