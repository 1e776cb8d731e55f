//! Strings of JSON as Jackson writes them.

use std::fmt::Write;

/// Adds a text in quotes, with the escapes that JSON needs and no others.
pub fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04X}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_must_be() {
        let mut out = String::new();
        write_json_string("a\"\\\n\u{1}ü/", &mut out);
        assert_eq!(out, "\"a\\\"\\\\\\n\\u0001ü/\"");
    }
}
