//! Names of partitions and of the folders they live in.

use super::FieldSchema;

/// The value that stands for NULL (and for the empty string) in a partition's name and values.
pub const DEFAULT_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// Does Hive escape this character in a folder's name (`FileUtils.charToEscape`)?
fn needs_escaping(c: char) -> bool {
    c.is_ascii_control()
        || matches!(c, '"' | '#' | '%' | '\'' | '*' | '/' | ':' | '=' | '?' | '\\' | '{' | '[' | ']' | '^')
}

/// Makes a column name or a partition value fit for one folder's name: Hive's `FileUtils.escapePathName`. Control
/// characters and ``" # % ' * / : = ? \ { [ ] ^`` become `%` and two hexadecimal digits in upper case; nothing else
/// changes (not blanks, not `}`, nothing beyond ASCII). The empty string becomes [`DEFAULT_PARTITION`].
pub fn escape_path_name(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    push_escaped(&mut escaped, text);
    escaped
}

fn push_escaped(to: &mut String, text: &str) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    if text.is_empty() {
        to.push_str(DEFAULT_PARTITION);
        return;
    }
    for c in text.chars() {
        if needs_escaping(c) {
            let code = c as usize; // below 128, see needs_escaping
            to.push('%');
            to.push(DIGITS[(code >> 4) & 0xF]);
            to.push(DIGITS[code & 0xF]);
        } else {
            to.push(c);
        }
    }
}

/// Undoes [`escape_path_name`]: Hive's `FileUtils.unescapePathName`. A `%` that two hexadecimal digits do not follow
/// stays as it is.
pub fn unescape_path_name(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let bytes = rest.as_bytes();
        let digit = |i: usize| bytes.get(i).and_then(|b| char::from(*b).to_digit(16));
        match (digit(at + 1), digit(at + 2)) {
            (Some(high), Some(low)) => {
                // Two hexadecimal digits: a character up to U+00FF.
                text.extend(char::from_u32(high * 16 + low));
                rest = &rest[at + 3..];
            }
            _ => {
                text.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// The name of the partition with these values, which is also the folder it gets below its table's:
/// `ds=2024-01-01/hr=12`, both sides escaped by [`escape_path_name`] (Hive's `Warehouse.makePartName`). Keys without
/// a value and values without a key are left out.
pub fn partition_name(keys: &[FieldSchema], values: &[String]) -> String {
    let mut name = String::new();
    for (key, value) in keys.iter().zip(values) {
        if !name.is_empty() {
            name.push('/');
        }
        push_escaped(&mut name, &key.name);
        name.push('=');
        push_escaped(&mut name, value);
    }
    name
}

/// Reads a [`partition_name`] back into unescaped pairs of key and value; `None` where a part has no `=` or no key.
pub fn partition_spec(name: &str) -> Option<Vec<(String, String)>> {
    name.split('/')
        .map(|part| {
            let (key, value) = part.split_once('=')?;
            (!key.is_empty()).then(|| (unescape_path_name(key), unescape_path_name(value)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HiveType;

    fn keys(names: &[&str]) -> Vec<FieldSchema> {
        names.iter().map(|n| FieldSchema { name: (*n).to_string(), ty: HiveType::String, comment: None }).collect()
    }

    #[test]
    fn escapes_hives_characters_and_no_others() {
        let escaped: String =
            (0u8..128).map(char::from).filter(|c| escape_path_name(&c.to_string()).starts_with('%')).collect();
        let controls: String = (0u8..32).map(char::from).collect();
        let mut expected: Vec<char> = format!("{controls}\"#%'*/:=?\\\u{7f}{{[]^").chars().collect();
        expected.sort_unstable();
        assert_eq!(escaped.chars().collect::<Vec<_>>(), expected);
        assert_eq!(escape_path_name("a b}~é/ü"), "a b}~é%2Fü");
        assert_eq!(escape_path_name("10:30\n"), "10%3A30%0A");
        assert_eq!(escape_path_name(""), DEFAULT_PARTITION);
    }

    #[test]
    fn unescaping_undoes_escaping() {
        for text in ["", "a", "%", "%2", "%2F", "100%", "é=ü/ß", "a%zzb", "%%25", "日本%E6", "\u{0}\u{1f}\u{7f}"] {
            let back = unescape_path_name(&escape_path_name(text));
            assert_eq!(back, if text.is_empty() { DEFAULT_PARTITION } else { text });
        }
        assert_eq!(unescape_path_name("a%2fb%zz%4"), "a/b%zz%4");
        assert_eq!(unescape_path_name("%日本"), "%日本");
        assert_eq!(unescape_path_name("%e9"), "é");
    }

    #[test]
    fn names_partitions() {
        let values = ["2024-01-01".to_string(), "a/b".to_string()];
        let name = partition_name(&keys(&["ds", "hr"]), &values);
        assert_eq!(name, "ds=2024-01-01/hr=a%2Fb");
        let spec = partition_spec(&name).unwrap();
        assert_eq!(spec, [("ds".to_string(), values[0].clone()), ("hr".to_string(), values[1].clone())]);
        assert_eq!(partition_spec("ds"), None);
        assert_eq!(partition_spec("=x"), None);
        assert_eq!(partition_name(&keys(&["ds"]), &[String::new()]), format!("ds={DEFAULT_PARTITION}"));
    }
}
