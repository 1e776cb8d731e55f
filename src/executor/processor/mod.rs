//! Commands that are no HiveQL and have processors of their own in Hive: `SET`, `RESET`, `DFS`, `ADD`, `LIST`, `DELETE`.

mod dfs;
mod dfs_files;
mod resources;
mod set;

use super::authorize;
use crate::error::Result;
use crate::session::{Outcome, Session};

/// Runs the text if it is such a command; `None` if it is a statement for the parser.
pub async fn run(session: &mut Session, text: &str) -> Result<Option<Outcome>> {
    let text = without_comments(text);
    let (word, rest) = split_word(text);
    if gives_rows(text).is_some() {
        session.config().policy().check_command(word)?;
        authorize::check_command(session, word, rest)?;
    }
    let outcome = match word.to_ascii_lowercase().as_str() {
        "set" if is_set_role(rest) => return Ok(None),
        "set" => set::set(session, rest)?,
        "reset" => set::reset(session, rest)?,
        "dfs" => dfs::run(session, rest).await?,
        "add" => match resources::kind(split_word(rest).0) {
            Some(kind) => resources::add(session, kind, split_word(rest).1).await?,
            None => return Ok(None),
        },
        "list" => match resources::kind(split_word(rest).0) {
            Some(kind) => resources::list(session, kind, split_word(rest).1)?,
            None => return Ok(None),
        },
        "delete" => match resources::kind(split_word(rest).0) {
            // `delete from file` is a statement; `delete file x` is not.
            Some(kind) => resources::delete(session, kind, split_word(rest).1)?,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(outcome))
}

/// Whether the text is such a command that gives rows; `None` if it is a statement for the parser.
pub fn gives_rows(text: &str) -> Option<bool> {
    let (word, rest) = split_word(without_comments(text));
    match word.to_ascii_lowercase().as_str() {
        "set" if is_set_role(rest) => None,
        "set" => Some(set::shows(rest)),
        "reset" => Some(false),
        "dfs" => Some(true),
        "add" | "delete" => resources::kind(split_word(rest).0).map(|_| false),
        "list" => resources::kind(split_word(rest).0).map(|_| true),
        _ => None,
    }
}

/// `SET ROLE x` is HiveQL.
fn is_set_role(rest: &str) -> bool {
    let (word, role) = split_word(rest);
    word.eq_ignore_ascii_case("role") && !role.is_empty() && !role.starts_with('=')
}

/// The first word and what stands behind it, trimmed.
fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.find(char::is_whitespace) {
        Some(at) => (&text[..at], text[at..].trim_start()),
        None => (text, ""),
    }
}

/// The text behind the `--` lines that stand before a command.
fn without_comments(text: &str) -> &str {
    let mut rest = text.trim();
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, behind)| behind.trim_start());
    }
    rest
}
