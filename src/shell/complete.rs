//! Completion of keywords, tables, columns and functions, and knowing when a statement is complete.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use skep_metastore::store::MetaStore;

use crate::parser::script::{InputState, Splitter};

/// Words that begin or divide statements; those that a person types often enough to be glad of help.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ALTER",
    "ANALYZE",
    "AND",
    "ARRAY",
    "AS",
    "BETWEEN",
    "BUCKETS",
    "BY",
    "CASCADE",
    "CASE",
    "CAST",
    "CLUSTER",
    "CLUSTERED",
    "COLUMNS",
    "COMMENT",
    "CREATE",
    "CROSS",
    "CUBE",
    "CURRENT",
    "DATA",
    "DATABASE",
    "DATABASES",
    "DELIMITED",
    "DESCRIBE",
    "DIRECTORY",
    "DISTINCT",
    "DISTRIBUTE",
    "DROP",
    "ELSE",
    "END",
    "ESCAPED",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "EXTENDED",
    "EXTERNAL",
    "FIELDS",
    "FOLLOWING",
    "FORMAT",
    "FORMATTED",
    "FROM",
    "FULL",
    "FUNCTION",
    "FUNCTIONS",
    "GROUP",
    "GROUPING",
    "HAVING",
    "IN",
    "INNER",
    "INPATH",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ITEMS",
    "JOIN",
    "KEYS",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LINES",
    "LOAD",
    "LOCAL",
    "LOCATION",
    "MAP",
    "MSCK",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORC",
    "ORDER",
    "OUTER",
    "OVER",
    "OVERWRITE",
    "PARQUET",
    "PARTITION",
    "PARTITIONED",
    "PARTITIONS",
    "PRECEDING",
    "RANGE",
    "RENAME",
    "REPAIR",
    "REPLACE",
    "RIGHT",
    "RLIKE",
    "ROLLUP",
    "ROW",
    "ROWS",
    "SELECT",
    "SEMI",
    "SERDE",
    "SERDEPROPERTIES",
    "SET",
    "SETS",
    "SHOW",
    "SORT",
    "SORTED",
    "STORED",
    "TABLE",
    "TABLES",
    "TBLPROPERTIES",
    "TEMPORARY",
    "TERMINATED",
    "TEXTFILE",
    "THEN",
    "TO",
    "TRUNCATE",
    "UNBOUNDED",
    "UNION",
    "USE",
    "USING",
    "VALUES",
    "VIEW",
    "VIEWS",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// Helps the line editor.
pub struct LineHelper {
    /// The catalog, if it is at hand.
    store: Option<Arc<dyn MetaStore>>,
    functions: Vec<&'static str>,
    database: String,
}

impl LineHelper {
    /// A helper that looks names up in this catalog.
    pub fn new(store: Option<Arc<dyn MetaStore>>) -> Self {
        Self { store, functions: skep_udf::registry::registry().names(), database: "default".to_string() }
    }

    /// Tells which database is the current one.
    pub fn set_database(&mut self, database: &str) {
        self.database = database.to_string();
    }

    /// Names that may stand where `word` stands. `text` is the whole statement so far: the columns of the tables that it
    /// names are offered. A catalog that cannot be read offers nothing.
    fn candidates(&self, text: &str, word: &str) -> Vec<String> {
        if let Some((qualifier, _)) = word.rsplit_once('.') {
            let in_database = self.tables(&qualifier.to_lowercase());
            let columns = self.columns(&qualifier.to_lowercase());
            return in_database.into_iter().chain(columns).map(|name| format!("{qualifier}.{name}")).collect();
        }
        let tables = self.tables(&self.database);
        let known: BTreeSet<&str> = tables.iter().map(String::as_str).collect();
        let mentioned: BTreeSet<String> = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map(str::to_lowercase)
            .filter(|word| known.contains(word.as_str()))
            .collect();
        let columns = mentioned.iter().flat_map(|table| self.columns(table));
        let upper = word.chars().next().is_none_or(char::is_uppercase);
        let keywords = KEYWORDS.iter().map(|word| if upper { word.to_string() } else { word.to_lowercase() });
        let databases = self.store.as_ref().and_then(|store| store.database_names(None).ok()).unwrap_or_default();
        let functions = self.functions.iter().map(|name| name.to_string());
        columns.chain(tables.iter().cloned()).chain(databases).chain(keywords).chain(functions).collect()
    }

    fn tables(&self, database: &str) -> Vec<String> {
        self.store.as_ref().and_then(|store| store.table_names(database, None, None).ok()).unwrap_or_default()
    }

    fn columns(&self, table: &str) -> Vec<String> {
        let table = self.store.as_ref().and_then(|store| store.table(&self.database, table).ok());
        table.map(|table| table.all_columns().map(|column| column.name.clone()).collect()).unwrap_or_default()
    }
}

/// Where the word before `position` starts.
fn word_start(line: &str, position: usize) -> usize {
    let before = &line[..position];
    let found = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    found.map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8))
}

impl Completer for LineHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let start = word_start(line, position);
        let word = &line[start..position];
        let lower = word.to_lowercase();
        let mut seen = BTreeSet::new();
        let pairs = self
            .candidates(line, word)
            .into_iter()
            .filter(|name| name.to_lowercase().starts_with(&lower) && seen.insert(name.to_lowercase()))
            .map(|name| Pair { display: name.clone(), replacement: name })
            .collect();
        Ok((start, pairs))
    }
}

impl Validator for LineHelper {
    /// A statement ends with `;`, and so may run over several lines.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let input = context.input();
        let complete = input.trim().is_empty() || is_bare_command(input) || is_complete(input);
        Ok(if complete { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

/// Is the last statement ended by a `;`, outside of quotes and comments?
fn is_complete(input: &str) -> bool {
    let mut splitter = Splitter::default();
    splitter.feed(input);
    splitter.feed("\n");
    splitter.state() == InputState::Empty
}

/// Commands of the shell that need no `;`.
pub fn is_bare_command(input: &str) -> bool {
    let input = input.trim();
    input.starts_with('!') || ["quit", "exit", "help"].iter().any(|word| input.eq_ignore_ascii_case(word))
}

impl Hinter for LineHelper {
    type Hint = String;
}

impl Highlighter for LineHelper {}

impl Helper for LineHelper {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_start_behind_blanks_and_brackets() {
        assert_eq!(word_start("select cou", 10), 7);
        assert_eq!(word_start("select max(a.b", 14), 11);
        assert_eq!(word_start("", 0), 0);
        assert_eq!(word_start("größe，ab", "größe，ab".len()), "größe，".len());
    }

    #[test]
    fn a_semicolon_outside_of_quotes_ends_a_statement() {
        assert!(is_complete("select 1;"));
        assert!(is_complete("select ';' -- ;\n;  -- done"));
        assert!(!is_complete("select 1"));
        assert!(!is_complete("select 'a;"));
        assert!(!is_complete("select 1 -- ;"));
    }

    #[test]
    fn some_commands_need_no_semicolon() {
        assert!(is_bare_command(" QUIT "));
        assert!(is_bare_command("!ls"));
        assert!(!is_bare_command("select 1"));
    }
}
