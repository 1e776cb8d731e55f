//! All functions by name.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use datafusion_expr::{AggregateUDF, ScalarUDF, WindowUDF};

use crate::table::TableFunction;
use crate::{descriptions, java_classes};

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum Function {
    /// One value a row.
    Scalar(Arc<ScalarUDF>),
    /// One value a group; usable with `OVER` too.
    Aggregate(Arc<AggregateUDF>),
    /// Only with `OVER`.
    Window(Arc<WindowUDF>),
    /// Many rows a row.
    Table(Arc<dyn TableFunction>),
    /// An operator or a special form which the analyzer knows itself; it is listed and described only.
    Form,
}

/// One function with its names and its documentation, as `DESCRIBE FUNCTION` shows it.
#[derive(Debug, Clone)]
pub struct FunctionEntry {
    /// Name in lower case.
    pub name: &'static str,
    /// Further names in lower case; each is listed like a function of its own.
    pub aliases: &'static [&'static str],
    /// One line: `upper(str) - Returns str with all characters changed to uppercase`. `_FUNC_` stands for the name.
    pub usage: &'static str,
    /// The rest of Hive's help (synonyms, examples), or empty. `_FUNC_` stands for the name.
    pub extended: &'static str,
    /// The function itself.
    pub function: Function,
}

/// The documentation of a function, as `DESCRIBE FUNCTION EXTENDED` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionDoc {
    /// One line.
    pub usage: String,
    /// Other names of the same function.
    pub synonyms: Vec<&'static str>,
    /// Examples and remarks, may be empty.
    pub extended: String,
    /// The Java class that Hive has for it.
    pub class: Option<String>,
}

/// The table of functions; names are found without regard to case.
#[derive(Debug)]
pub struct Registry {
    scalar: HashMap<String, Arc<ScalarUDF>>,
    aggregate: HashMap<String, Arc<AggregateUDF>>,
    window: HashMap<String, Arc<WindowUDF>>,
    table: HashMap<String, Arc<dyn TableFunction>>,
    docs: BTreeMap<String, (&'static str, &'static str)>,
}

/// The one registry of the process.
pub fn registry() -> &'static Registry {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    REGISTRY.get_or_init(Registry::built_in)
}

impl Registry {
    fn built_in() -> Registry {
        let mut registry = Registry {
            scalar: HashMap::new(),
            aggregate: HashMap::new(),
            window: HashMap::new(),
            table: HashMap::new(),
            docs: BTreeMap::new(),
        };
        let families =
            [crate::scalar::all(), crate::aggregate::functions(), crate::window::functions(), crate::table::all()];
        for entry in families.into_iter().flatten() {
            registry.add(entry);
        }
        registry
    }

    fn add(&mut self, entry: FunctionEntry) {
        for name in std::iter::once(&entry.name).chain(entry.aliases) {
            let key = name.to_ascii_lowercase();
            match &entry.function {
                Function::Scalar(function) => {
                    self.scalar.insert(key.clone(), Arc::clone(function));
                }
                Function::Aggregate(function) => {
                    self.aggregate.insert(key.clone(), Arc::clone(function));
                }
                Function::Window(function) => {
                    self.window.insert(key.clone(), Arc::clone(function));
                }
                Function::Table(function) => {
                    self.table.insert(key.clone(), Arc::clone(function));
                }
                Function::Form => {}
            }
            self.docs.insert(key, (entry.usage, entry.extended));
        }
    }

    /// The scalar function of this name.
    pub fn scalar(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.scalar.get(&name.to_ascii_lowercase()).cloned()
    }

    /// The aggregate function of this name.
    pub fn aggregate(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.aggregate.get(&name.to_ascii_lowercase()).cloned()
    }

    /// The window function of this name (aggregates are not among them).
    pub fn window(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.window.get(&name.to_ascii_lowercase()).cloned()
    }

    /// The table function of this name.
    pub fn table(&self, name: &str) -> Option<Arc<dyn TableFunction>> {
        self.table.get(&name.to_ascii_lowercase()).cloned()
    }

    /// All names, sorted, operators included (`SHOW FUNCTIONS`).
    pub fn names(&self) -> Vec<&str> {
        self.docs.keys().map(String::as_str).collect()
    }

    /// The documentation of a name, with the name as it is written here.
    pub fn describe(&self, name: &str) -> Option<FunctionDoc> {
        let key = name.to_ascii_lowercase();
        let (usage, extended) = self.docs.get(&key)?;
        let (usage, extended) = match descriptions::find(&key) {
            Some(known) => (known.usage.as_str(), known.extended.as_deref().unwrap_or(extended)),
            None => (*usage, *extended),
        };
        Some(FunctionDoc {
            usage: usage.replace("_FUNC_", name),
            synonyms: java_classes::synonyms(name),
            extended: extended.replace("_FUNC_", name),
            class: java_classes::class_of(&key),
        })
    }

    /// The documentation of a function that was made of one of Hive's own classes, under the name given to it.
    pub fn describe_class(&self, name: &str, class: &str) -> Option<FunctionDoc> {
        let names = java_classes::names_of(class);
        let built_in = names.first()?;
        let key = built_in.to_ascii_lowercase();
        let (usage, extended) = match (descriptions::find(&key), self.docs.get(&key)) {
            (Some(known), _) => (known.usage.as_str(), known.extended.as_deref().unwrap_or_default()),
            (None, Some((usage, extended))) => (*usage, *extended),
            (None, None) => return None,
        };
        Some(FunctionDoc {
            usage: usage.replace("_FUNC_", name),
            extended: extended.replace("_FUNC_", name),
            synonyms: names,
            class: Some(class.to_string()),
        })
    }
}
