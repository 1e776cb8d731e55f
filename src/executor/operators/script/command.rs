//! The command of a script: its words, its folder, its environment.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::{Child, Command};

use crate::session::Session;
use crate::session::scratch::Scratch;

/// A long value of an environment variable is cut to so many bytes where that is asked for.
const MAX_VARIABLE: usize = 20 * 1024;

/// What a session says about the scripts of its queries.
#[derive(Debug, Default)]
pub struct ScriptSettings {
    /// `hive.exec.script.allow.partial.consumption`
    pub partial_consumption: bool,
    /// `hive.transform.escape.input`
    pub escape: bool,
    /// `hive.binary.record.max.length`
    pub binary_record: usize,
    /// `hive.exec.script.maxerrsize`; `None`: no bound.
    pub max_stderr: Option<u64>,
    wrapper: Vec<String>,
    environment: BTreeMap<String, String>,
    id_variable: String,
    /// Files of `ADD FILE` and `ADD ARCHIVE`.
    files: Vec<PathBuf>,
    /// Where the folders that scripts run in are made.
    scratch: Arc<Scratch>,
}

impl ScriptSettings {
    /// The settings of a session as they are now.
    pub fn of(session: &Session) -> Self {
        let config = session.config();
        let hidden: Vec<&str> = config.text("hive.script.operator.env.blacklist").split(',').collect();
        let cut = config.bool("hive.script.operator.truncate.env");
        let environment = config
            .all()
            .into_iter()
            .filter(|(name, _)| !hidden.contains(name))
            .map(|(name, value)| (variable_name(name), variable_value(value, cut)))
            .collect();
        Self {
            partial_consumption: config.bool("hive.exec.script.allow.partial.consumption"),
            escape: config.bool("hive.transform.escape.input"),
            binary_record: config.int("hive.binary.record.max.length").clamp(1, 1 << 30) as usize,
            max_stderr: u64::try_from(config.int("hive.exec.script.maxerrsize")).ok(),
            wrapper: split_words(config.text("hive.exec.script.wrapper")),
            environment,
            id_variable: variable_name(config.text("hive.script.operator.id.env.var")),
            files: session.resources().iter().filter(|r| r.kind != "JAR").map(|r| PathBuf::from(&r.path)).collect(),
            scratch: Arc::clone(session.catalog().scratch()),
        }
    }

    /// Starts a command. Programs are looked for in the folder it runs in, then on `PATH`.
    ///
    /// # Errors
    /// There is no such program, or it cannot be run.
    pub fn start(&self, command: &str) -> io::Result<(Child, WorkingFolder)> {
        let folder = WorkingFolder::make(&self.scratch, &self.files)?;
        let mut words = split_words(command);
        if words.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "USING names no command"));
        }
        let here = match &folder.path {
            Some(path) => path.clone(),
            None => std::env::current_dir()?,
        };
        let in_folder = here.join(&words[0]);
        if !Path::new(&words[0]).is_absolute() && in_folder.is_file() {
            words[0] = in_folder.display().to_string();
        }
        words.splice(0..0, self.wrapper.iter().cloned());
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let child = Command::new(program)
            .args(arguments)
            .envs(&self.environment)
            .env(&self.id_variable, uuid::Uuid::new_v4().simple().to_string())
            .current_dir(&here)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        Ok((child, folder))
    }
}

/// The folder that a script runs in: one of its own with links to the session's files, or, where the session has none,
/// the program's. It goes when this is dropped.
#[derive(Debug)]
pub struct WorkingFolder {
    path: Option<PathBuf>,
}

impl WorkingFolder {
    fn make(scratch: &Scratch, files: &[PathBuf]) -> io::Result<Self> {
        if files.is_empty() {
            return Ok(Self { path: None });
        }
        let folder = scratch.folder()?.join(format!("script-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder)?;
        let made = Self { path: Some(folder.clone()) };
        for file in files {
            let Some(name) = file.file_name() else { continue };
            // Files of one name: the one that was added last.
            let link = folder.join(name);
            if std::fs::symlink_metadata(&link).is_ok() {
                std::fs::remove_file(&link)?;
            }
            std::os::unix::fs::symlink(file, &link)?;
        }
        Ok(made)
    }
}

impl Drop for WorkingFolder {
    fn drop(&mut self) {
        if let Some(path) = &self.path
            && let Err(error) = std::fs::remove_dir_all(path)
        {
            tracing::warn!(folder = %path.display(), %error, "the folder of a script is left behind");
        }
    }
}

/// The words of a command: blanks part them, except inside of quotes; there is no escape (`ScriptOperator.splitArgs`).
pub fn split_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in text.chars() {
        let ends = match (c, quote) {
            ('\'' | '"', None) => {
                quote = Some(c);
                true
            }
            (c, Some(open)) if c == open => {
                quote = None;
                true
            }
            (' ', None) => true,
            _ => false,
        };
        if !ends {
            word.push(c);
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn variable_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn variable_value(value: &str, cut: bool) -> String {
    // An environment cannot hold a zero byte.
    let value = value.replace('\0', "");
    if !cut || value.len() <= MAX_VARIABLE {
        return value;
    }
    let end = (0..=MAX_VARIABLE).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
    value[..end].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_as_hive_does() {
        assert_eq!(split_words("tr \t _"), ["tr", "\t", "_"]);
        assert_eq!(split_words(r#"tr "\t" '_ x'"#), ["tr", "\\t", "_ x"]);
        assert_eq!(split_words("a'b c'd"), ["a", "b c", "d"]);
        assert_eq!(split_words("  "), Vec::<String>::new());
    }

    #[test]
    fn names_and_values_of_variables() {
        assert_eq!(variable_name("hive.exec.a-b"), "hive_exec_a_b");
        assert_eq!(variable_value(&"ä".repeat(MAX_VARIABLE), true).len(), MAX_VARIABLE);
        assert_eq!(variable_value("a\0b", false), "ab");
    }
}
