//! Names of an IDL as Rust's.

/// Words that cannot be names of fields as they are.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// `dbName`, `db_name` → `db_name`; `numDVs` → `num_dvs`; `type` → `r#type`.
pub(crate) fn field(name: &str) -> String {
    let snake = words(name).join("_");
    match snake.as_str() {
        "self" | "super" | "crate" => snake + "_",
        word if KEYWORDS.contains(&word) => format!("r#{snake}"),
        _ => snake,
    }
}

/// `get_table`, `getTable` → `GetTable`. A name that begins with a capital letter and has no `_` stays as it is.
pub(crate) fn definition(name: &str) -> String {
    if name.starts_with(char::is_uppercase) && !name.contains('_') {
        return name.to_owned();
    }
    words(name).iter().map(|word| capitalized(word)).collect()
}

/// A constant's name in capital letters.
pub(crate) fn constant(name: &str) -> String {
    name.to_uppercase()
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The words of a name, in small letters.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (i, &c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| chars.get(i)).copied().unwrap_or('_');
        let rest = chars.get(i + 1..).unwrap_or(&[]);
        let begins = if c == '_' {
            true
        } else if !c.is_uppercase() || before == '_' {
            false
        } else {
            // `DVs` is one word; in `SDInfo` the last capital letter begins a new one.
            !before.is_uppercase() || rest.first().is_some_and(|next| next.is_lowercase()) && rest != ['s']
        };
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && c != '_'
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        for (idl, rust) in [
            ("dbName", "db_name"),
            ("tbl_name", "tbl_name"),
            ("numDVs", "num_dvs"),
            ("type", "r#type"),
            ("sharedSDPartitionSpec", "shared_sd_partition_spec"),
            ("o1", "o1"),
            ("self", "self_"),
        ] {
            assert_eq!(field(idl), rust);
        }
    }

    #[test]
    fn definitions() {
        for (idl, rust) in [
            ("get_table", "GetTable"),
            ("getMetaConf", "GetMetaConf"),
            ("get_current_notificationEventId", "GetCurrentNotificationEventId"),
            ("SQLPrimaryKey", "SQLPrimaryKey"),
            ("fb_status", "FbStatus"),
            ("compact2", "Compact2"),
        ] {
            assert_eq!(definition(idl), rust);
        }
    }
}
