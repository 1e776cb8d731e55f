//! Answers that are used again for a while.
//!
//! Off unless `skep.metastore.cache.age` is set: what another process changes is seen at once then. With it, a database's
//! or a table's definition is as old as that at most; what this process itself changes is seen at once always.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::Result;
use crate::model::{Database, Table};

/// Definitions that are kept at most.
const MAX_KEPT: usize = 10_000;

/// See the module.
#[derive(Debug)]
pub(super) struct Cache {
    age: Duration,
    databases: Mutex<HashMap<String, (Instant, Database)>>,
    tables: Mutex<HashMap<(String, String), (Instant, Table)>>,
}

impl Cache {
    pub(super) fn new(age: Duration) -> Self {
        Self { age, databases: Mutex::default(), tables: Mutex::default() }
    }

    /// A database, asked for where no answer is young enough.
    pub(super) fn database(&self, name: &str, ask: impl FnOnce() -> Result<Database>) -> Result<Database> {
        self.find(&self.databases, &name.to_string(), ask)
    }

    /// A table, asked for where no answer is young enough.
    pub(super) fn table(&self, database: &str, name: &str, ask: impl FnOnce() -> Result<Table>) -> Result<Table> {
        self.find(&self.tables, &(database.to_string(), name.to_string()), ask)
    }

    fn find<K: Clone + Eq + std::hash::Hash, V: Clone>(
        &self,
        kept: &Mutex<HashMap<K, (Instant, V)>>,
        key: &K,
        ask: impl FnOnce() -> Result<V>,
    ) -> Result<V> {
        if self.age.is_zero() {
            return ask();
        }
        // The age counts from before the question.
        let now = Instant::now();
        if let Some((asked, value)) = kept.lock().get(key)
            && now.duration_since(*asked) < self.age
        {
            return Ok(value.clone());
        }
        let value = ask()?;
        let mut kept = kept.lock();
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(key.clone(), (now, value.clone()));
        Ok(value)
    }

    /// This process has changed something, or is about to.
    pub(super) fn clear(&self) {
        self.databases.lock().clear();
        self.tables.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PrincipalType;

    fn database(name: &str) -> Database {
        Database {
            name: name.to_string(),
            comment: None,
            location: String::new(),
            managed_location: None,
            owner: None,
            owner_type: PrincipalType::User,
            parameters: Default::default(),
            create_time: 0,
        }
    }

    #[test]
    fn asks_again_when_told_to_or_too_old() {
        let off = Cache::new(Duration::ZERO);
        off.database("a", || Ok(database("a"))).unwrap();
        assert_eq!(off.database("a", || Ok(database("b"))).unwrap().name, "b");
        let on = Cache::new(Duration::from_secs(3600));
        on.database("a", || Ok(database("a"))).unwrap();
        assert_eq!(on.database("a", || Ok(database("b"))).unwrap().name, "a");
        let short = Cache::new(Duration::from_millis(1));
        short.database("a", || Ok(database("a"))).unwrap();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(short.database("a", || Ok(database("b"))).unwrap().name, "b");
        on.clear();
        assert_eq!(on.database("a", || Ok(database("b"))).unwrap().name, "b");
    }
}
