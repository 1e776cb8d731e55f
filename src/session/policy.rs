//! What statements may do beside SQL, and which settings users may change and see. Sessions of the shell may all that
//! their user may; those of a server what its administrator allows.

use std::collections::BTreeSet;
use std::sync::Arc;

use skep_warehouse::store::AllowedFolders;

use super::config::SessionConfig;
use crate::error::{ErrorKind, Result, SkepError};

/// Settings that no list needs to name: they say who may come, and what is allowed.
const ALWAYS_RESTRICTED: [&str; 13] = [
    "hadoop.proxyuser.",
    "hive.conf.",
    "hive.security.command.whitelist",
    "hive.server2.allow.user.substitution",
    "hive.server2.authentication",
    "hive.server2.builtin.udf.",
    "hive.server2.keystore.",
    "hive.server2.webui.keystore.",
    "skep.server.allow.",
    "skep.server.allowed.",
    "skep.server.password.",
    "skep.server.tls.",
    "skep.server.web.",
];

/// Settings with secrets, which no list needs to name.
const ALWAYS_HIDDEN: [&str; 6] = [
    "hive.server2.authentication.ldap.bindpw",
    "hive.server2.keystore.password",
    "hive.server2.webui.keystore.password",
    "javax.jdo.option.ConnectionPassword",
    "metastore.javax.jdo.option.ConnectionPassword",
    "hive.metastore.client.plain.password",
];

/// What a session may do. The default allows everything.
#[derive(Debug, Clone, Default)]
pub struct Policy(Option<Rules>);

#[derive(Debug, Clone)]
struct Rules {
    commands: BTreeSet<String>,
    functions: BTreeSet<String>,
    functions_refused: BTreeSet<String>,
    restricted: Vec<String>,
    hidden: Vec<String>,
    allowed: BTreeSet<&'static str>,
    /// Where the files are that statements may name; `None` for everywhere.
    folders: Option<Arc<AllowedFolders>>,
}

/// The folders that statements of a server may name.
const FOLDERS: &str = "skep.server.allowed.folders";

/// Settings whose folders statements may name, too: those of the warehouse, and of what is there for a while.
const OWN_FOLDERS: [&str; 4] = [
    "hive.metastore.warehouse.dir",
    "hive.metastore.warehouse.external.dir",
    "hive.exec.scratchdir",
    "hive.exec.local.scratchdir",
];

/// Things that statements do outside of tables, each with the key that allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// A script of `TRANSFORM`, `MAP` and `REDUCE`.
    Script,
    /// `LOAD DATA LOCAL`.
    LocalLoad,
    /// `INSERT OVERWRITE LOCAL DIRECTORY`.
    LocalDirectory,
    /// `${env:…}`.
    Environment,
}

impl Outside {
    const ALL: [Outside; 4] = [Self::Script, Self::LocalLoad, Self::LocalDirectory, Self::Environment];

    /// The key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Script => "skep.server.allow.transform",
            Self::LocalLoad => "skep.server.allow.local.load",
            Self::LocalDirectory => "skep.server.allow.local.directory",
            Self::Environment => "skep.server.allow.env",
        }
    }

    /// What is refused. For scripts it is what Hive says (`DisallowTransformHook`).
    fn refusal(self) -> &'static str {
        match self {
            Self::Script => "Query with transform clause is disallowed in current configuration.",
            Self::LocalLoad => "LOAD DATA LOCAL reads files of the server: it is disallowed in current configuration.",
            Self::LocalDirectory => {
                "INSERT OVERWRITE LOCAL DIRECTORY writes files of the server: it is disallowed in current configuration."
            }
            Self::Environment => {
                "${env:…} reads the environment of the server: it is disallowed in current configuration."
            }
        }
    }
}

impl Policy {
    /// What a server's sessions may do.
    ///
    /// # Errors
    /// One of the folders that statements may name is none.
    pub fn of_server(config: &SessionConfig) -> Result<Self> {
        let list = |key: &str| config.get(key).unwrap_or_default().split(',').map(str::trim);
        let lower = |key: &str| -> BTreeSet<String> {
            list(key).filter(|item| !item.is_empty()).map(str::to_lowercase).collect()
        };
        let prefixes = |key: &str, always: &[&'static str]| -> Vec<String> {
            let named = list(key).filter(|item| !item.is_empty());
            named.chain(always.iter().copied()).map(str::to_string).collect()
        };
        Ok(Self(Some(Rules {
            commands: lower("hive.security.command.whitelist"),
            functions: lower("hive.server2.builtin.udf.whitelist"),
            functions_refused: lower("hive.server2.builtin.udf.blacklist"),
            restricted: prefixes("hive.conf.restricted.list", &ALWAYS_RESTRICTED),
            hidden: prefixes("hive.conf.hidden.list", &ALWAYS_HIDDEN),
            allowed: Outside::ALL.into_iter().map(Outside::key).filter(|key| config.bool(key)).collect(),
            folders: allowed_folders(config)?,
        })))
    }

    /// Whether these are the rules of a server.
    pub fn is_of_server(&self) -> bool {
        self.0.is_some()
    }

    /// Whether a command that is no HiveQL may run (`hive.security.command.whitelist`, as Hive's
    /// `CommandProcessorFactory` asks it).
    ///
    /// # Errors
    /// It may not.
    pub fn check_command(&self, word: &str) -> Result<()> {
        match &self.0 {
            Some(rules) if !rules.commands.contains(&word.to_lowercase()) => {
                let text = format!("Insufficient privileges to execute {}", word.to_lowercase());
                Err(refused(text).with_hint("an administrator allows it with hive.security.command.whitelist"))
            }
            _ => Ok(()),
        }
    }

    /// Whether users may change a setting (`HiveConf.verifyAndSet` of Hive).
    ///
    /// # Errors
    /// They may not.
    pub fn check_set(&self, name: &str) -> Result<()> {
        match &self.0 {
            Some(rules) if rules.restricted.iter().any(|start| name.starts_with(start.as_str())) => {
                Err(refused(format!(
                    "Cannot modify {name} at runtime. It is in the list of parameters that can't be modified at runtime \
                     or is prefixed by a restricted variable"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Whether users may not see a setting (`hive.conf.hidden.list`).
    pub fn hides(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|rules| rules.hidden.iter().any(|start| name.starts_with(start.as_str())))
    }

    /// Whether users may not see a variable of the system or the environment: those with passwords, as in Hive, and the
    /// whole environment where that is not allowed.
    pub fn hides_variable(&self, name: &str) -> bool {
        let environment = name.starts_with("env:") && !self.allows(Outside::Environment);
        self.0.is_some() && (environment || name.to_lowercase().contains("password"))
    }

    /// Whether a function may be called (`hive.server2.builtin.udf.whitelist` and `.blacklist`).
    pub fn allows_function(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|rules| {
            !rules.functions_refused.contains(name) && (rules.functions.is_empty() || rules.functions.contains(name))
        })
    }

    /// The folders that statements may name; `None` for all.
    pub fn folders(&self) -> Option<&Arc<AllowedFolders>> {
        self.0.as_ref()?.folders.as_ref()
    }

    /// Whether statements may name a file or folder; what is in the folder `own` they may.
    ///
    /// # Errors
    /// They may not.
    pub fn check_folder(&self, url: &str, own: Option<&str>) -> Result<()> {
        match self.folders() {
            Some(folders) => Ok(folders.check(url, own)?),
            None => Ok(()),
        }
    }

    /// Whether statements may look for files by a pattern: into the folder above its first sign.
    ///
    /// # Errors
    /// They may not.
    pub fn check_pattern(&self, pattern: &str) -> Result<()> {
        let looked = match pattern.find(['*', '?', '[', '{']).map(|at| &pattern[..at]) {
            Some(above) => above.rfind('/').map_or(above, |slash| &above[..=slash]),
            None => pattern,
        };
        self.check_folder(looked, None)
    }

    /// Whether statements may do this.
    pub fn allows(&self, outside: Outside) -> bool {
        self.0.as_ref().is_none_or(|rules| rules.allowed.contains(outside.key()))
    }

    /// The same.
    ///
    /// # Errors
    /// They may not.
    pub fn check(&self, outside: Outside) -> Result<()> {
        if self.allows(outside) {
            return Ok(());
        }
        Err(SkepError::invalid(outside.refusal())
            .with_hint(format!("an administrator allows it with {}=true", outside.key())))
    }
}

fn allowed_folders(config: &SessionConfig) -> Result<Option<Arc<AllowedFolders>>> {
    let mut folders: Vec<&str> = config.get(FOLDERS).unwrap_or_default().split(',').map(str::trim).collect();
    folders.retain(|folder| !folder.is_empty());
    if folders.is_empty() {
        return Ok(None);
    }
    let home = config.get("skep.home").map(|home| format!("{}/scratch", home.trim_end_matches('/')));
    folders.extend(OWN_FOLDERS.iter().filter_map(|key| config.get(key)).filter(|folder| !folder.is_empty()));
    folders.extend(home.as_deref());
    let failed = |error| SkepError::new(ErrorKind::Configuration, format!("{FOLDERS}: {error}"));
    Ok(Some(Arc::new(AllowedFolders::new(folders).map_err(failed)?)))
}

fn refused(text: String) -> SkepError {
    SkepError::new(ErrorKind::Configuration, text).with_code(1, "42000")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(settings: &[(&str, &str)]) -> Policy {
        let settings = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        Policy::of_server(&SessionConfig::new(Arc::new(settings))).unwrap()
    }

    #[test]
    fn a_shell_may_everything() {
        let open = Policy::default();
        assert!(open.check_command("dfs").is_ok() && open.check_set("hive.conf.restricted.list").is_ok());
        assert!(!open.hides("javax.jdo.option.ConnectionPassword") && !open.hides_variable("env:PASSWORD"));
        assert!(open.allows_function("reflect") && Outside::ALL.into_iter().all(|outside| open.allows(outside)));
    }

    #[test]
    fn a_server_is_asked() {
        let usual = policy(&[]);
        for word in ["set", "RESET", "list", "delete", "reload"] {
            assert!(usual.check_command(word).is_ok(), "{word}");
        }
        for word in ["dfs", "ADD", "compile", "crypto", "!"] {
            let error = usual.check_command(word).unwrap_err();
            assert_eq!(error.message(), format!("Insufficient privileges to execute {}", word.to_lowercase()));
            assert_eq!((error.code(), error.sqlstate()), (1, "42000"));
        }
        for name in ["hive.conf.restricted.list", "hive.users.in.admin.role", "bonecp.x", "skep.server.allow.env"] {
            assert!(usual.check_set(name).unwrap_err().message().starts_with("Cannot modify "), "{name}");
        }
        assert!(usual.check_set("hive.exec.parallel").is_ok());
        for name in ["fs.s3a.secret.key", "hive.server2.authentication.ldap.bindpw"] {
            assert!(usual.hides(name), "{name}");
        }
        for name in ["reflect", "reflect2", "java_method", "in_file"] {
            assert!(!usual.allows_function(name), "{name}");
        }
        assert!(usual.allows_function("upper") && !usual.hides("hive.exec.parallel"));
        assert!(usual.hides_variable("env:HOME") && usual.hides_variable("system:x.Password"));
        assert!(Outside::ALL.into_iter().all(|outside| usual.check(outside).is_err()));
    }

    #[test]
    fn an_administrator_allows() {
        let told = policy(&[
            ("hive.security.command.whitelist", "set, DFS"),
            ("hive.conf.restricted.list", "hive.exec.parallel"),
            ("hive.conf.hidden.list", "x.secret"),
            ("hive.server2.builtin.udf.whitelist", "Upper,reflect"),
            ("hive.server2.builtin.udf.blacklist", "reflect"),
            ("skep.server.allow.transform", "true"),
            ("skep.server.allow.env", "true"),
        ]);
        assert!(told.check_command("dfs").is_ok() && told.check_command("reset").is_err());
        assert!(told.check_set("hive.exec.parallel.thread.number").is_err());
        assert!(told.check_set("hive.users.in.admin.role").is_ok() && told.check_set("hive.conf.hidden.list").is_err());
        assert!(told.hides("x.secret") && told.hides("javax.jdo.option.ConnectionPassword"));
        assert!(told.allows_function("upper") && !told.allows_function("reflect") && !told.allows_function("lower"));
        assert!(told.allows(Outside::Script) && !told.allows(Outside::LocalLoad) && !told.hides_variable("env:HOME"));
    }
}
