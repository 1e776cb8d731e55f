//! The patterns of `SHOW … LIKE 'pattern'`.

/// Does a name match a pattern of Hive's `SHOW` statements? Upper and lower case are the same, and the whole name must
/// match one of the alternatives between `|`. In an alternative, `*` and `%` stand for any text, `_` and `.` for any
/// one character, and a backslash takes the next character as it is. (Hive's metastore makes a regular expression of
/// the pattern, which is where the `.` comes from; Hive's other regular expression signs are plain characters here.)
/// Blanks around the pattern do not count. An empty alternative matches the empty name only.
pub fn matches(pattern: &str, name: &str) -> bool {
    Pattern::new(pattern).matches(name)
}

/// A pattern of `SHOW`, as [`matches`] takes it, for many names.
#[derive(Debug, Clone)]
pub struct Pattern(Vec<Vec<Sign>>);

impl Pattern {
    /// Reads the pattern.
    pub fn new(pattern: &str) -> Self {
        Self(alternatives(pattern.trim()))
    }

    /// Does a name match?
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
        self.0.iter().any(|signs| matches_signs(signs, &name))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    AnyText,
    AnyOne,
    One(char),
}

fn alternatives(pattern: &str) -> Vec<Vec<Sign>> {
    let mut all = vec![];
    let mut signs = vec![];
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '|' => all.push(std::mem::take(&mut signs)),
            '*' | '%' => signs.push(Sign::AnyText),
            '_' | '.' => signs.push(Sign::AnyOne),
            '\\' => signs.extend(chars.next().unwrap_or('\\').to_lowercase().map(Sign::One)),
            c => signs.extend(c.to_lowercase().map(Sign::One)),
        }
    }
    all.push(signs);
    all
}

/// Goes back only to the last [`Sign::AnyText`], so the work is at most length times length.
fn matches_signs(signs: &[Sign], name: &[char]) -> bool {
    let (mut sign, mut at) = (0, 0);
    let mut retry = None;
    loop {
        match signs.get(sign) {
            Some(Sign::AnyText) => {
                sign += 1;
                retry = Some((sign, at));
                continue;
            }
            Some(Sign::AnyOne) if at < name.len() => {
                sign += 1;
                at += 1;
                continue;
            }
            Some(Sign::One(c)) if name.get(at) == Some(c) => {
                sign += 1;
                at += 1;
                continue;
            }
            None if at == name.len() => return true,
            _ => {}
        }
        match retry {
            Some((after, from)) if from < name.len() => {
                retry = Some((after, from + 1));
                (sign, at) = (after, from + 1);
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn matches_as_show_does() {
        for (pattern, name, expected) in [
            ("*", "anything", true),
            ("*", "", true),
            ("", "a", false),
            ("tab*", "table1", true),
            ("tab*", "atable", false),
            ("*TAB*", "my_table", true),
            ("a|b*", "a", true),
            ("a|b*", "bcd", true),
            ("a|b*", "ab", false),
            ("a_c", "abc", true),
            ("a_c", "ac", false),
            ("a%", "abc", true),
            ("a\\_c", "abc", false),
            ("a\\_c", "a_c", true),
            (".*", "abc", true),
            ("a.*", "ab", true),
            (" abc ", "abc", true),
            ("src[12]", "src1", false),
            ("*a*b*c", "xxaxxbxxbxxc", true),
            ("*a*b*c", "xxaxxbxxbxxcx", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_hostile_pattern_is_answered_at_once() {
        assert!(!matches(&"*a".repeat(2000), &"a".repeat(1999)));
    }
}
