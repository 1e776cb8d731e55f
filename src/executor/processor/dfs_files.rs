//! What the `DFS` commands do.

use std::sync::Arc;

use chrono::{Local, TimeZone};
use skep_warehouse::store::{FileStatus, Stores, fs, url};

use super::dfs::failed;
use crate::error::Result;
use crate::session::policy::Policy;

/// The file systems, what may be named in them, and the `-f` flag (which for `-rm` means that a missing file is no error, and for copies that a file
/// is replaced).
pub struct Files<'a> {
    stores: &'a Arc<Stores>,
    policy: &'a Policy,
    force: bool,
}

impl<'a> Files<'a> {
    /// See the type.
    pub fn new(stores: &'a Arc<Stores>, policy: &'a Policy, force: bool) -> Self {
        Self { stores, policy, force }
    }

    /// The files that paths with `*`, `?`, `[…]` and `{a,b}` in them stand for; a path that matches nothing is an error
    /// unless `-f` is given.
    async fn expand(&self, paths: &[&String]) -> Result<Vec<FileStatus>> {
        let mut found = Vec::new();
        for path in paths {
            let before = found.len();
            for path in braces(path) {
                self.policy.check_pattern(&url::normalize(&path)?)?;
                self.expand_one(&path, &mut found).await?;
            }
            if found.len() == before && !self.force {
                return Err(failed(&format!("`{path}': No such file or directory")));
            }
        }
        // What a pattern finds may be a link.
        for status in &found {
            self.policy.check_folder(&status.path, None)?;
        }
        Ok(found)
    }

    async fn expand_one(&self, path: &str, found: &mut Vec<FileStatus>) -> Result<()> {
        let path = url::normalize(path)?;
        if !path.contains(['*', '?', '[']) {
            found.extend(fs::status(self.stores, &path).await?);
            return Ok(());
        }
        let mut folders = vec!["file:".to_string()];
        let parts: Vec<&str> = path.trim_start_matches("file:").split('/').filter(|part| !part.is_empty()).collect();
        for (at, part) in parts.iter().enumerate() {
            let last = at + 1 == parts.len();
            let mut next = Vec::new();
            for folder in &folders {
                let candidate = url::join(folder, part);
                if !part.contains(['*', '?', '[']) {
                    if last {
                        found.extend(fs::status(self.stores, &candidate).await?);
                    } else {
                        next.push(candidate);
                    }
                    continue;
                }
                let Some(status) = fs::status(self.stores, &format!("{folder}/")).await? else { continue };
                if !status.is_dir {
                    continue;
                }
                for child in fs::list(self.stores, &format!("{folder}/")).await? {
                    if !glob(part.as_bytes(), child.name().as_bytes()) {
                        continue;
                    }
                    if last {
                        found.push(child);
                    } else if child.is_dir {
                        next.push(child.path);
                    }
                }
            }
            folders = next;
        }
        Ok(())
    }

    /// `-ls`
    pub async fn list(&self, paths: &[&String], recursive: bool, folder_itself: bool) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for status in self.expand(paths).await? {
            if !status.is_dir || folder_itself {
                lines.push(line_of(&status));
                continue;
            }
            let mut folders = vec![status.path.clone()];
            let top = lines.len();
            while let Some(folder) = folders.pop() {
                let children = fs::list(self.stores, &folder).await?;
                for child in &children {
                    lines.push(line_of(child));
                }
                if recursive {
                    folders.extend(children.iter().rev().filter(|child| child.is_dir).map(|child| child.path.clone()));
                }
            }
            if !recursive && lines.len() > top {
                lines.insert(top, format!("Found {} items", lines.len() - top));
            }
        }
        Ok(lines)
    }

    /// `-mkdir`
    pub async fn make_folders(&self, paths: &[&String], parents: bool) -> Result<Vec<String>> {
        for path in paths {
            if let Some(status) = fs::status(self.stores, path).await? {
                if !parents || !status.is_dir {
                    return Err(failed(&format!("`{path}': File exists")));
                }
                continue;
            }
            fs::create_dir(self.stores, path).await?;
        }
        Ok(Vec::new())
    }

    /// `-rm`
    pub async fn remove(&self, paths: &[&String], recursive: bool) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for status in self.expand(paths).await? {
            if status.is_dir && !recursive {
                return Err(failed(&format!("`{}': Is a directory", plain(&status))));
            }
            fs::delete(self.stores, &status.path, true).await?;
            lines.push(format!("Deleted {}", plain(&status)));
        }
        Ok(lines)
    }

    /// `-rmdir`
    pub async fn remove_folders(&self, paths: &[&String]) -> Result<Vec<String>> {
        for status in self.expand(paths).await? {
            fs::delete(self.stores, &status.path, false).await?;
        }
        Ok(Vec::new())
    }

    async fn texts(&self, paths: &[&String]) -> Result<String> {
        let mut text = String::new();
        for status in self.expand(paths).await? {
            if status.is_dir {
                return Err(failed(&format!("`{}': Is a directory", plain(&status))));
            }
            text.push_str(&String::from_utf8_lossy(&fs::read(self.stores, &status.path).await?));
        }
        Ok(text)
    }

    /// `-cat`
    pub async fn cat(&self, paths: &[&String]) -> Result<Vec<String>> {
        Ok(self.texts(paths).await?.lines().map(str::to_string).collect())
    }

    /// `-head`: the first kilobyte
    pub async fn head(&self, paths: &[&String]) -> Result<Vec<String>> {
        let text = self.texts(paths).await?;
        let mut end = text.len().min(1024);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Ok(text[..end].lines().map(str::to_string).collect())
    }

    /// Sources and target of a copy or a move.
    async fn source_and_target<'p>(&self, paths: &'p [&String]) -> Result<(Vec<FileStatus>, &'p String, bool)> {
        let Some((target, sources)) = paths.split_last().filter(|(_, sources)| !sources.is_empty()) else {
            return Err(failed("a source and a target are needed"));
        };
        let sources = Files { stores: self.stores, policy: self.policy, force: false }.expand(sources).await?;
        let into_folder = fs::status(self.stores, target).await?.is_some_and(|status| status.is_dir);
        if sources.len() > 1 && !into_folder {
            return Err(failed(&format!("`{target}': Is not a directory")));
        }
        Ok((sources, target, into_folder))
    }

    /// `-cp`, `-put`, `-get`
    pub async fn copy(&self, paths: &[&String]) -> Result<Vec<String>> {
        let (sources, target, into_folder) = self.source_and_target(paths).await?;
        for source in sources {
            let to = if into_folder { url::join(target, source.name()) } else { target.to_string() };
            if fs::exists(self.stores, &to).await? && !self.force {
                return Err(failed(&format!("`{to}': File exists")));
            }
            fs::copy(self.stores, &source.path, &to).await?;
        }
        Ok(Vec::new())
    }

    /// `-mv`
    pub async fn rename(&self, paths: &[&String]) -> Result<Vec<String>> {
        let (sources, target, into_folder) = self.source_and_target(paths).await?;
        for source in sources {
            let to = if into_folder { url::join(target, source.name()) } else { target.to_string() };
            if fs::exists(self.stores, &to).await? {
                return Err(failed(&format!("`{to}': File exists")));
            }
            fs::rename(self.stores, &source.path, &to).await?;
        }
        Ok(Vec::new())
    }

    /// `-du`
    pub async fn disk_use(&self, paths: &[&String], sum: bool, human: bool) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for status in self.expand(paths).await? {
            let parts = if sum || !status.is_dir { vec![status] } else { fs::list(self.stores, &status.path).await? };
            for part in parts {
                let bytes = fs::du(self.stores, &part.path).await?.bytes;
                let shown = if human { human_size(bytes) } else { bytes.to_string() };
                lines.push(format!("{shown}  {shown}  {}", plain(&part)));
            }
        }
        Ok(lines)
    }

    /// `-count`
    pub async fn count(&self, paths: &[&String]) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for status in self.expand(paths).await? {
            let mut folders = 0u64;
            let mut pending = if status.is_dir { vec![status.path.clone()] } else { Vec::new() };
            while let Some(folder) = pending.pop() {
                folders += 1;
                let children = fs::list(self.stores, &folder).await?;
                pending.extend(children.into_iter().filter(|child| child.is_dir).map(|child| child.path));
            }
            let total = fs::du(self.stores, &status.path).await?;
            lines.push(format!("{folders:>12} {:>12} {:>18} {}", total.files, total.bytes, plain(&status)));
        }
        Ok(lines)
    }

    /// `-touchz`
    pub async fn touch(&self, paths: &[&String]) -> Result<Vec<String>> {
        for path in paths {
            if !fs::exists(self.stores, path).await? {
                fs::write(self.stores, path, bytes::Bytes::new()).await?;
            }
        }
        Ok(Vec::new())
    }

    /// `-test`: an error where the file (with `-d`, the folder) is not there
    pub async fn test(&self, paths: &[&String], folder: bool) -> Result<Vec<String>> {
        for path in paths {
            let status = fs::status(self.stores, path).await?;
            if status.is_none_or(|status| folder && !status.is_dir) {
                return Err(failed(&format!("`{path}': No such file or directory")));
            }
        }
        Ok(Vec::new())
    }
}

fn plain(status: &FileStatus) -> &str {
    status.path.strip_prefix("file:").unwrap_or(&status.path)
}

/// A line of `-ls`, in Hadoop's layout; permissions and owner are not looked up.
fn line_of(status: &FileStatus) -> String {
    let time = Local.timestamp_millis_opt(status.modified).single();
    let time = time.map(|time| time.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let (mode, replicas) = if status.is_dir { ("drwxr-xr-x", "-") } else { ("-rw-r--r--", "1") };
    format!("{mode}   {replicas} - - {:>10} {time} {}", status.len, plain(status))
}

fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["", " K", " M", " G", " T"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { bytes.to_string() } else { format!("{value:.1}{}", UNITS[unit]) }
}

/// The texts that `a{b,c}d` stands for.
fn braces(text: &str) -> Vec<String> {
    let parts = text.find('{').and_then(|open| Some((open, open + text[open..].find('}')?)));
    match parts {
        None => vec![text.to_string()],
        Some((open, close)) => text[open + 1..close]
            .split(',')
            .flat_map(|choice| braces(&format!("{}{choice}{}", &text[..open], &text[close + 1..])))
            .collect(),
    }
}

/// Does a name match `*`, `?` and `[a-z]`?
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.first() {
        None => name.is_empty(),
        Some(b'*') => (0..=name.len()).any(|skip| glob(&pattern[1..], &name[skip..])),
        Some(b'?') => !name.is_empty() && glob(&pattern[1..], &name[1..]),
        Some(b'[') => {
            let Some(close) = pattern.iter().position(|c| *c == b']') else { return pattern == name };
            let Some(c) = name.first() else { return false };
            let (negated, set) = match &pattern[1..close] {
                [b'^' | b'!', rest @ ..] => (true, rest),
                set => (false, set),
            };
            let mut inside = false;
            let mut at = 0;
            while at < set.len() {
                if at + 2 < set.len() && set[at + 1] == b'-' {
                    inside |= (set[at]..=set[at + 2]).contains(c);
                    at += 3;
                } else {
                    inside |= set[at] == *c;
                    at += 1;
                }
            }
            inside != negated && glob(&pattern[close + 1..], &name[1..])
        }
        Some(c) => name.first() == Some(c) && glob(&pattern[1..], &name[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(glob(b"ds=*", b"ds=1") && glob(b"0?_[0-3]", b"00_2") && !glob(b"[^a]b", b"ab"));
        assert_eq!(braces("/a/{b,c}/{d}"), ["/a/b/d", "/a/c/d"]);
        assert_eq!(human_size(1536), "1.5 K");
    }
}
