//! The page of functions, docs/functions.md, made from the functions themselves.

use crate::registry::{Function, FunctionEntry};
use crate::scalar::misc::unsupported_reason;

const HEAD: &str = "# Functions

Hive's built-in functions by family. Names are found without regard to case. `DESCRIBE FUNCTION EXTENDED name` shows more of
each. This page is made from the functions themselves; a test keeps it true.

";

/// The families in the order of the page.
fn families() -> Vec<(&'static str, Vec<FunctionEntry>)> {
    use crate::scalar;
    vec![
        ("Operators", scalar::arithmetic::functions()),
        ("Choosing and testing", scalar::conditional::functions()),
        ("Numbers", scalar::math::functions()),
        ("Texts", scalar::string::functions()),
        ("Dates and times", scalar::datetime::functions()),
        ("Arrays, maps, structs", scalar::collection::functions()),
        ("Conversions", crate::cast::functions()),
        ("Hashes, digests, masks", scalar::hash::functions()),
        ("JSON", scalar::json::functions()),
        ("XML", scalar::xml::functions()),
        ("Session, values as such, internals", scalar::misc::functions()),
        ("Aggregates", crate::aggregate::functions()),
        ("Window functions", crate::window::functions()),
        ("Table functions", crate::table::all()),
    ]
}

/// The page as Markdown.
pub fn functions_page() -> String {
    let mut page = String::from(HEAD);
    for (family, mut entries) in families() {
        entries.sort_by_key(|entry| entry.name);
        page.push_str(&format!("## {family}\n\n| function | other names | what it does |\n|---|---|---|\n"));
        for entry in entries {
            page.push_str(&row(&entry));
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn row(entry: &FunctionEntry) -> String {
    let usage = entry.usage.replace("_FUNC_", entry.name).replace('\n', " ");
    let (call, text) = match usage.split_once(" - ") {
        Some((call, text)) => (call.trim().to_string(), text.trim().to_string()),
        None => (entry.name.to_string(), usage.trim().to_string()),
    };
    let mut text = text;
    if matches!(entry.function, Function::Scalar(_))
        && let Some(reason) = unsupported_reason(entry.name)
    {
        text = format!("**Not supported**: {reason}. {text}");
    }
    let aliases: Vec<String> = entry.aliases.iter().map(|alias| format!("`{alias}`")).collect();
    let cell = |text: &str| text.replace('|', "\\|").replace('<', "&lt;");
    format!("| `{}` | {} | {} |\n", call.replace('|', "\\|"), aliases.join(", ").replace('|', "\\|"), cell(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::registry;
    use std::path::Path;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    /// Fails when the page is not what the functions say; `SKEP_WRITE_DOCS=1 cargo test -p skep-udf` writes it.
    #[test]
    fn the_page_of_functions_is_up_to_date() {
        let path = root().join("docs/functions.md");
        if std::env::var_os("SKEP_WRITE_DOCS").is_some() {
            std::fs::write(&path, functions_page()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap();
        assert!(page == functions_page(), "write it anew: SKEP_WRITE_DOCS=1 cargo test -p skep-udf page_of_functions");
    }

    #[test]
    fn every_function_is_in_a_family() {
        let mut names: Vec<&str> = Vec::new();
        for (_, entries) in families() {
            names.extend(
                entries.iter().flat_map(|entry| std::iter::once(entry.name).chain(entry.aliases.iter().copied())),
            );
        }
        for name in registry().names() {
            assert!(names.iter().any(|known| known.eq_ignore_ascii_case(name)), "{name} is in no family of the page");
        }
    }

    /// Every function that can be called has a row in sql-tests/functions.
    #[test]
    fn every_function_has_rows() {
        let mut statements = String::new();
        for file in std::fs::read_dir(root().join("sql-tests/functions")).unwrap() {
            statements.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap().to_lowercase());
        }
        let missing: Vec<&str> = registry()
            .names()
            .into_iter()
            .filter(|name| unsupported_reason(name).is_none())
            .filter(|name| {
                let called = |text: &str| {
                    statements
                        .match_indices(text)
                        .any(|(at, _)| !statements[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
                };
                let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                let word = called(&format!("{name}(")) || called(&format!("{name} "));
                if is_word { !word } else { !statements.contains(name) }
            })
            .collect();
        assert!(missing.is_empty(), "functions without a row in sql-tests/functions: {missing:?}");
    }
}
