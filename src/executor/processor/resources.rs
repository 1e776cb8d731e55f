//! `ADD`, `LIST` and `DELETE` of `FILE`, `JAR` and `ARCHIVE`.

use skep_warehouse::store::fs;

use crate::engine::absolute_url;
use crate::error::{ErrorKind, Result, SkepError};
use crate::session::{Outcome, Resource, Session};

/// The kind of a resource by its word.
pub fn kind(word: &str) -> Option<&'static str> {
    match word.to_ascii_uppercase().as_str() {
        "FILE" | "FILES" => Some("FILE"),
        "JAR" | "JARS" => Some("JAR"),
        "ARCHIVE" | "ARCHIVES" => Some("ARCHIVE"),
        _ => None,
    }
}

/// `ADD kind path path…`
pub async fn add(session: &mut Session, kind: &'static str, paths: &str) -> Result<Outcome> {
    let paths: Vec<&str> = paths.split_whitespace().map(|path| path.trim_matches(['\'', '"'])).collect();
    if paths.is_empty() {
        return Err(SkepError::new(ErrorKind::Command, format!("ADD {kind} needs the path of a file")));
    }
    for path in &paths {
        session.config().policy().check_folder(path, None)?;
        if !fs::exists(session.stores(), path).await? {
            return Err(SkepError::new(ErrorKind::Command, format!("{path} does not exist")));
        }
    }
    let mut outcome = Outcome::done();
    for path in &paths {
        let path = absolute_url(path)?;
        let path = path.strip_prefix("file:").unwrap_or(&path).to_string();
        let resource = Resource { kind, path };
        if !session.resources().contains(&resource) {
            session.resources_mut().push(resource);
        }
    }
    outcome.messages.push(format!("Added resources: [{}]", paths.join(", ")));
    if kind == "JAR" {
        outcome.messages.push("WARNING: Skep runs no Java; the classes in the JAR cannot be used".into());
    }
    Ok(outcome)
}

/// `LIST kind [path…]`
pub fn list(session: &Session, kind: &str, paths: &str) -> Result<Outcome> {
    let wanted: Vec<&str> = paths.split_whitespace().collect();
    let of_kind = session.resources().iter().filter(|resource| resource.kind == kind);
    let named = of_kind.filter(|resource| wanted.is_empty() || wanted.contains(&resource.path.as_str()));
    Outcome::lines("resource", named.map(|resource| resource.path.clone()))
}

/// `DELETE kind [path…]`
pub fn delete(session: &mut Session, kind: &str, paths: &str) -> Result<Outcome> {
    let mut wanted = Vec::new();
    for path in paths.split_whitespace() {
        let path = absolute_url(path)?;
        wanted.push(path.strip_prefix("file:").unwrap_or(&path).to_string());
    }
    let goes = |resource: &Resource| resource.kind == kind && (wanted.is_empty() || wanted.contains(&resource.path));
    session.resources_mut().retain(|resource| !goes(resource));
    Ok(Outcome::done())
}
