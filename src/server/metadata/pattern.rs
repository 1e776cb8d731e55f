//! The patterns of requests.

use skep_metastore::model::pattern::Pattern;

use crate::error::{Result, SkepError};

/// Patterns are not longer: each name is compared with all of them.
const MAX_BYTES: usize = 100_000;

/// The pattern of a request as [`skep_metastore::model::pattern`] understands it. JDBC's `%` and `_` and the `*` of Hive
/// are the same there; `.*`, which impyla and others send since Hive makes regular expressions of patterns, is any text,
/// too. A backslash takes the next character as it is.
///
/// # Errors
/// It is longer than anybody needs.
pub fn of_request(pattern: &str) -> Result<String> {
    if pattern.len() > MAX_BYTES {
        return Err(SkepError::invalid(format!("A pattern has {MAX_BYTES} bytes at most")));
    }
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
    Ok(converted)
}

/// A pattern of a request, to be compared with names; `None` matches all.
///
/// # Errors
/// Those of [`of_request`].
pub fn to_compare(pattern: Option<&str>) -> Result<Option<Pattern>> {
    pattern.map(|pattern| Ok(Pattern::new(&of_request(pattern)?))).transpose()
}

#[cfg(test)]
mod tests {
    use super::{of_request, to_compare};

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
            let compared = to_compare(Some(pattern)).unwrap().unwrap();
            assert_eq!(compared.matches(name), expected, "{pattern} {name}");
        }
        assert!(to_compare(None).unwrap().is_none());
        assert_eq!(of_request("\\").unwrap(), "\\");
        assert!(of_request(&"%".repeat(100_001)).is_err());
    }
}
