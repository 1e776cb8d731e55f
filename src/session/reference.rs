//! The page of configuration keys, docs/configuration.md, made from the table of keys.

use super::config::KeyKind;
use super::keys::KEYS;

const INTRODUCTION: &str = "\
# Configuration

Keys are set with `SET key=value` for a session, with `--hiveconf key=value` for a run, and with a `hive-site.xml` in the folder that
`HIVE_CONF_DIR` names. The first of these that sets a key counts. `SET -v` shows them all, `RESET` forgets what a session set.

Below are the keys that Skep acts on or answers for; those named `skep.*` are its own. Other keys of Hive and Hadoop are accepted and
echoed, for scripts set many that no engine reads any more; they have no effect.

`SKEP_HOME` (an environment variable, default `~/.skep`) is the folder of Skep's own files.
";

/// What the values of a kind look like.
fn values(kind: &KeyKind) -> String {
    match kind {
        KeyKind::Bool => "`true` or `false`".to_string(),
        KeyKind::Int(i64::MIN, i64::MAX) => "a whole number".to_string(),
        KeyKind::Int(low, i64::MAX) => format!("a whole number from {low}"),
        KeyKind::Int(low, high) => format!("a whole number from {low} to {high}"),
        KeyKind::Float => "a number".to_string(),
        KeyKind::Text => "text".to_string(),
        KeyKind::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        KeyKind::Memory => "bytes (`512m`, `4g`) or a share of the machine's memory (`60%`)".to_string(),
        KeyKind::TimeZone => "a time zone (`Europe/Berlin`), an offset, or `LOCAL`".to_string(),
    }
}

/// The page as Markdown.
pub fn configuration_page() -> String {
    let mut page = INTRODUCTION.to_string();
    page.push_str("\n| key | default | values | meaning |\n|---|---|---|---|\n");
    let mut keys: Vec<_> = KEYS.iter().collect();
    keys.sort_by_key(|key| key.name);
    for key in keys {
        let default = key.default.filter(|value| !value.is_empty()).map(|value| format!("`{}`", value.escape_debug()));
        let cells =
            [default.unwrap_or_default(), values(&key.kind), key.doc.to_string()].map(|cell| cell.replace('|', "\\|"));
        page.push_str(&format!("| `{}` | {} |\n", key.name, cells.join(" | ")));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails when the page is not what the table says; `SKEP_WRITE_DOCS=1 cargo test` writes it.
    #[test]
    fn the_page_is_up_to_date() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
        if std::env::var_os("SKEP_WRITE_DOCS").is_some() {
            std::fs::write(path, configuration_page()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap();
        assert!(page == configuration_page(), "write it anew: SKEP_WRITE_DOCS=1 cargo test the_page_is_up_to_date");
    }
}
