//! Regular expressions as clients send them. They are matched in time that grows with the text only, whatever they say.

use regex::{Regex, RegexBuilder};

/// Most bytes that a compiled expression may take.
const MAX_SIZE: usize = 1 << 20;

/// Compiles an expression of Java's language, as far as the two languages are one.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let compiled = RegexBuilder::new(pattern).size_limit(MAX_SIZE).dot_matches_new_line(false).build();
    compiled.map_err(|error| format!("the regular expression {pattern} cannot be used: {error}"))
}

/// One that must match a whole text.
pub(crate) fn compile_whole(pattern: &str) -> Result<Regex, String> {
    compile(pattern)?;
    compile(&format!("^(?:{pattern})$"))
}

/// A pattern with `%` and `_`, which must match a whole text; a backslash takes the next sign as it is.
pub(crate) fn compile_like(pattern: &str) -> Result<Regex, String> {
    let mut out = String::from("(?s)");
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '\\' => out.push_str(&regex::escape(&signs.next().unwrap_or('\\').to_string())),
            sign => out.push_str(&regex::escape(&sign.to_string())),
        }
    }
    compile_whole(&out)
}

/// The first of the values that a pattern does not match as a whole. The empty pattern refuses nothing.
pub(crate) fn first_refused<'v>(pattern: &str, values: &'v [String]) -> Result<Option<&'v String>, String> {
    if pattern.is_empty() {
        return Ok(None);
    }
    let pattern = compile_whole(pattern)?;
    Ok(values.iter().find(|value| !pattern.is_match(value)))
}
