//! The patterns of requests.

/// The pattern of a request as [`skep_metastore::model::pattern`] understands it. JDBC's `%` and `_` and the `*` of Hive
/// are the same there; `.*`, which impyla and others send since Hive makes regular expressions of patterns, is any text,
/// too. A backslash takes the next character as it is.
pub fn of_request(pattern: &str) -> String {
    let mut converted = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                converted.push(c);
                converted.extend(chars.next());
            }
            '.' if chars.next_if_eq(&'*').is_some() => converted.push('*'),
            c => converted.push(c),
        }
    }
    converted
}

/// Whether a pattern of a request, which may not be there, matches a name.
pub fn matches(pattern: Option<&str>, name: &str) -> bool {
    pattern.is_none_or(|pattern| skep_metastore::model::pattern::matches(&of_request(pattern), name))
}

#[cfg(test)]
mod tests {
    use super::{matches, of_request};

    #[test]
    fn patterns_of_jdbc_and_of_hive_are_understood() {
        for (pattern, name, expected) in [
            ("%", "abc", true),
            (".*", "a", true),
            ("*", "abc", true),
            ("a.*", "a", true),
            ("a%", "abc", true),
            ("A_C", "abc", true),
            ("a_c", "ac", false),
            ("a\\_c", "abc", false),
            ("a\\_c", "a_c", true),
            ("a\\.*", "a.b", true),
            ("a|b%", "bc", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(Some(pattern), name), expected, "{pattern} {name}");
        }
        assert!(matches(None, "anything"));
        assert_eq!(of_request("\\"), "\\");
    }
}
