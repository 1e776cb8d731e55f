//! Hadoop's path patterns.

use regex::Regex;

use super::{FileStatus, Stores, fs, url};
use crate::error::{Result, WarehouseError};

/// Files and folders that a path pattern fits: `*` and `?` within one part, `[a-c]`, `[^x]`, `{a,b}`, and `\` before a
/// character that means itself. A path that is there is taken as it stands. Hidden ones are found only by a
/// pattern that begins like them.
pub async fn expand(stores: &Stores, pattern: &str) -> Result<Vec<FileStatus>> {
    if let Some(status) = fs::status(stores, pattern).await? {
        return Ok(vec![status]);
    }
    if !pattern.contains(['*', '?', '[', '{']) {
        return Ok(Vec::new());
    }
    let pattern = url::normalize(pattern)?;
    let mut found = vec!["file:/".to_string()];
    for part in pattern.trim_start_matches("file:").split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        if !part.contains(['*', '?', '[', '{', '\\']) {
            for folder in &found {
                let path = url::join(folder, part);
                if fs::exists(stores, &path).await? {
                    next.push(path);
                }
            }
            found = next;
            continue;
        }
        let regex = part_regex(part)?;
        for folder in &found {
            if !fs::status(stores, folder).await?.is_some_and(|status| status.is_dir) {
                continue;
            }
            for child in fs::list(stores, folder).await? {
                let hidden = url::is_hidden(child.name()) && !url::is_hidden(part);
                if !hidden && regex.is_match(child.name()) {
                    next.push(child.path);
                }
            }
        }
        found = next;
    }
    let mut statuses = Vec::new();
    for path in found {
        statuses.extend(fs::status(stores, &path).await?);
    }
    Ok(statuses)
}

/// One part of a pattern as a regular expression.
fn part_regex(part: &str) -> Result<Regex> {
    let mut regex = String::from("^(?s:");
    let mut chars = part.chars().peekable();
    let (mut in_set, mut depth) = (false, 0);
    while let Some(c) = chars.next() {
        match c {
            '\\' => regex.push_str(&regex::escape(&chars.next().unwrap_or('\\').to_string())),
            ']' if in_set => {
                in_set = false;
                regex.push(']');
            }
            '-' if in_set => regex.push('-'),
            '[' if !in_set => {
                in_set = true;
                regex.push('[');
                if chars.next_if(|c| matches!(c, '^' | '!')).is_some() {
                    regex.push('^');
                }
            }
            _ if in_set => regex.push_str(&regex::escape(&c.to_string())),
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '{' => {
                depth += 1;
                regex.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                regex.push(')');
            }
            ',' if depth > 0 => regex.push('|'),
            c => regex.push_str(&regex::escape(&c.to_string())),
        }
    }
    regex.push_str(")$");
    Regex::new(&regex).map_err(|_| WarehouseError::Invalid(format!("Illegal file pattern: {part}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn patterns() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a1.txt", "a2.txt", "b.txt", ".h", "x[1]", "sub/c.txt"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let stores = Stores::new();
        let root = dir.path().display().to_string();
        let find = |pattern: &'static str| {
            let (stores, root) = (&stores, &root);
            async move {
                let found = expand(stores, &format!("{root}/{pattern}")).await.unwrap();
                found.iter().map(|s| s.name().to_string()).collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(find("*.txt").await, "a1.txt a2.txt b.txt");
        assert_eq!(find("a[1-9].txt").await, "a1.txt a2.txt");
        assert_eq!(find("{b,a2}.txt").await, "a2.txt b.txt");
        assert_eq!(find("*/?.txt").await, "c.txt");
        assert_eq!(find("x[1]").await, "x[1]");
        assert_eq!(find("*").await, "a1.txt a2.txt b.txt sub x[1]");
        assert_eq!(find("no*").await, "");
        assert_eq!(find("no").await, "");
        assert!(expand(&stores, &format!("{root}/[a")).await.is_err());
    }
}
