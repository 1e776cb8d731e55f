//! Reading the configuration again while sessions are open.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

use super::{Engine, EngineOptions, settings};
use crate::error::Result;

/// What values keys have, as numbers: passwords are among them.
pub(super) type Fingerprints = BTreeMap<String, u64>;

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

pub(super) fn fingerprints(settings: &BTreeMap<String, String>) -> Fingerprints {
    settings.iter().map(|(name, value)| (name.clone(), HASHER.hash_one(value))).collect()
}

/// What begins so is read once: where the catalog and the warehouse are, ports, and the limits of the server.
const READ_ONCE: &[&str] = &[
    "hive.metastore.",
    "hive.security.authorization.",
    "hive.server2.",
    "hive.zookeeper.",
    "javax.jdo.",
    "metastore.",
    "skep.home",
    "skep.memory.",
    "skep.metastore.",
    "skep.server.",
    "skep.spill.",
];

/// What has become of the keys that have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reloaded {
    /// Sessions that are opened from now on have their new values.
    pub changed: Vec<String>,
    /// They stay as they were until the program is started again.
    pub kept: Vec<String>,
}

impl Engine {
    /// Reads the configuration again, with the options that the engine was opened with. Sessions that are open keep what they
    /// began with.
    ///
    /// # Errors
    /// A file cannot be read: nothing has changed then.
    pub fn reload(&self, mut options: EngineOptions) -> Result<Reloaded> {
        options.home = Some(self.home().to_path_buf());
        let (new, _) = settings(&mut options)?;
        let found = fingerprints(&new);
        let mut given = self.given.lock();
        let names: BTreeSet<&String> = given.keys().chain(found.keys()).collect();
        let differs = |name: &&String| given.get(*name) != found.get(*name);
        let read_once = |name: &String| READ_ONCE.iter().any(|prefix| name.starts_with(prefix));
        let (kept, changed): (Vec<String>, Vec<String>) =
            names.into_iter().filter(differs).cloned().partition(read_once);
        let mut settings = self.settings.write();
        let settings = Arc::make_mut(&mut settings);
        let defaults = self.defaults.lock();
        for name in &changed {
            match new.get(name).or_else(|| defaults.get(name)) {
                Some(value) => settings.insert(name.clone(), value.clone()),
                None => settings.remove(name),
            };
            match found.get(name) {
                Some(value) => given.insert(name.clone(), *value),
                None => given.remove(name),
            };
        }
        Ok(Reloaded { changed, kept })
    }
}
