//! `RegexSerDe`: the groups of a regular expression that fits the whole line. It cannot write.

use fancy_regex::Regex;
use skep_metastore::model::Parameters;

use super::fields::LineFields;
use crate::error::{Result, WarehouseError};

/// A table's regular expression.
pub struct RegexLines {
    /// What most expressions are.
    plain: Option<regex::Regex>,
    /// With what only Java (and no automaton) can do.
    fancy: Option<Regex>,
}

impl RegexLines {
    /// Reads the properties of a SerDe: `input.regex`, `input.regex.case.insensitive`. `columns` is how many columns
    /// the table has, which must be as many as the expression has groups.
    pub fn new(properties: &Parameters, columns: usize) -> Result<Self> {
        let Some(pattern) = properties.get("input.regex") else {
            return Err(WarehouseError::Invalid(
                "This table does not have serde property \"input.regex\"!".to_string(),
            ));
        };
        let ignore_case =
            properties.get("input.regex.case.insensitive").is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let flags = if ignore_case { "(?si)" } else { "(?s)" };
        let whole = format!(r"{flags}\A(?:{pattern})\z");
        let lines = match regex::Regex::new(&whole) {
            Ok(plain) => Self { plain: Some(plain), fancy: None },
            Err(_) => {
                let fancy = Regex::new(&whole)
                    .map_err(|e| WarehouseError::Invalid(format!("input.regex '{pattern}' cannot be used: {e}")))?;
                Self { plain: None, fancy: Some(fancy) }
            }
        };
        let groups = match (&lines.plain, &lines.fancy) {
            (Some(plain), _) => plain.captures_len() - 1,
            (None, Some(fancy)) => fancy.captures_len() - 1,
            (None, None) => 0,
        };
        if groups != columns {
            return Err(WarehouseError::Invalid(format!(
                "Number of matching groups doesn't match the number of columns ({groups} and {columns})"
            )));
        }
        Ok(lines)
    }
}

impl LineFields for RegexLines {
    fn split(&self, line: &str, fields: &mut Vec<Option<String>>) -> Result<()> {
        // A line that does not fit is a row of NULLs.
        if let Some(groups) = self.plain.as_ref().and_then(|regex| regex.captures(line)) {
            fields.extend(groups.iter().skip(1).map(|group| group.map(|text| text.as_str().to_string())));
        }
        if let Some(regex) = &self.fancy {
            let groups = regex.captures(line).map_err(|e| WarehouseError::Invalid(format!("input.regex: {e}")))?;
            if let Some(groups) = groups {
                fields.extend(groups.iter().skip(1).map(|group| group.map(|text| text.as_str().to_string())));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups() {
        let lines = |pattern: &str, columns| {
            let properties = [("input.regex".to_string(), pattern.to_string())].into_iter().collect();
            RegexLines::new(&properties, columns)
        };
        let split = |lines: &RegexLines, line: &str| {
            let mut fields = Vec::new();
            lines.split(line, &mut fields).unwrap();
            fields
        };
        let log = lines(r#"([^ ]*) "([^"]*)"( \d+)?"#, 3).unwrap();
        let some = |text: &str| Some(text.to_string());
        assert_eq!(split(&log, r#"host "GET /" 200"#), [some("host"), some("GET /"), some(" 200")]);
        assert_eq!(split(&log, r#"host "GET /""#), [some("host"), some("GET /"), None]);
        assert_eq!(split(&log, "other"), []);
        let back = lines(r"(\w)\1(?=x)(.)", 2).unwrap();
        assert_eq!(split(&back, "aax"), [some("a"), some("x")]);
        assert!(lines("(a)(b)", 1).is_err());
        assert!(lines("(a", 1).is_err());
    }
}
