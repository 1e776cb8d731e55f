//! `DFS`: the commands of Hadoop's `FsShell` that scripts use, over the warehouse's file systems.

use super::dfs_files;
use crate::error::{ErrorKind, Result, SkepError};
use crate::session::{Outcome, Session};

/// `DFS -command arguments…`
pub async fn run(session: &Session, text: &str) -> Result<Outcome> {
    let words = words(text);
    let Some((command, arguments)) = words.split_first() else {
        return Err(failed("dfs needs a command such as -ls"));
    };
    let (flags, paths): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|word| word.starts_with('-') && word.len() > 1);
    let flag = |c: char| flags.iter().any(|flag| flag[1..].contains(c));
    for path in &paths {
        session.config().policy().check_pattern(path)?;
    }
    let files = dfs_files::Files::new(session.stores(), session.config().policy(), flag('f'));
    let lines = match command.as_str() {
        "-ls" => files.list(&paths, flag('R'), flag('d')).await?,
        "-lsr" => files.list(&paths, true, false).await?,
        "-mkdir" => files.make_folders(&paths, flag('p')).await?,
        "-rm" => files.remove(&paths, flag('r') || flag('R')).await?,
        "-rmr" => files.remove(&paths, true).await?,
        "-rmdir" => files.remove_folders(&paths).await?,
        "-cat" | "-text" => files.cat(&paths).await?,
        "-head" => files.head(&paths).await?,
        "-cp" | "-put" | "-copyFromLocal" | "-get" | "-copyToLocal" => files.copy(&paths).await?,
        "-mv" | "-moveFromLocal" => files.rename(&paths).await?,
        "-du" => files.disk_use(&paths, flag('s'), flag('h')).await?,
        "-dus" => files.disk_use(&paths, true, false).await?,
        "-count" => files.count(&paths).await?,
        "-touchz" | "-touch" => files.touch(&paths).await?,
        "-test" => files.test(&paths, flag('d')).await?,
        // Permissions belong to the machine here; scripts set them for Hadoop's sake.
        "-chmod" | "-chown" | "-chgrp" | "-setrep" => Vec::new(),
        other => return Err(failed(&format!("the command dfs {other} is not supported"))),
    };
    Outcome::lines("DFS Output", lines)
}

/// The error of a command that failed.
pub fn failed(text: &str) -> SkepError {
    SkepError::new(ErrorKind::Command, format!("Command failed: {text}")).with_code(1, "58030")
}

/// Splits at blanks, but not within quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_keep_blanks() {
        assert_eq!(words("-ls  'a b' \"c\"d ''"), ["-ls", "a b", "cd", ""]);
    }
}
