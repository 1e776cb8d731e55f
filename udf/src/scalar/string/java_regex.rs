//! Java's regular expressions by the `regex` crate where it can, by `fancy-regex` where it cannot.
//!
//! Translated are: `\d \w \s` and the POSIX classes (ASCII in Java), `.` (no line terminator of any kind), `$` (before a
//! last line terminator too), `\Q…\E`, escapes (`\x`, `\u`, octal, control), and characters that only Rust takes as
//! operators.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::error::{Result, UdfError};

/// Where the groups of a match lie; the first is the whole match.
pub type Groups = Vec<Option<(usize, usize)>>;

/// A compiled pattern.
#[derive(Debug)]
pub struct JavaRegex {
    engine: Engine,
    /// For texts that end in a line terminator, where `$` has two places; only if the pattern has a `$`.
    at_line_end: Option<Engine>,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// Number of compiled patterns that are kept.
const CACHE_SIZE: usize = 256;

impl JavaRegex {
    /// Compiles a pattern; the error is that of `java.util.regex.PatternSyntaxException` in spirit.
    pub fn new(pattern: &str) -> Result<JavaRegex> {
        let translated = translate(pattern)?;
        let at_line_end = match translated.ends_line {
            true => Some(Engine::new(
                pattern,
                &translated.text.replace(LINE_END, r"(?=(?:\r\n|[\n\r\u{85}\u{2028}\u{2029}])?\z)"),
            )?),
            false => None,
        };
        Ok(JavaRegex { engine: Engine::new(pattern, &translated.text.replace(LINE_END, r"\z"))?, at_line_end })
    }

    /// The same through a cache of the process.
    pub fn cached(pattern: &str) -> Result<Arc<JavaRegex>> {
        static CACHE: OnceLock<Mutex<HashMap<String, Arc<JavaRegex>>>> = OnceLock::new();
        let cache = CACHE.get_or_init(|| Mutex::new(HashMap::new()));
        if let Some(regex) = cache.lock().get(pattern) {
            return Ok(Arc::clone(regex));
        }
        let regex = Arc::new(JavaRegex::new(pattern)?);
        let mut cache = cache.lock();
        if cache.len() >= CACHE_SIZE {
            cache.clear();
        }
        cache.insert(pattern.to_string(), Arc::clone(&regex));
        Ok(regex)
    }

    fn engine(&self, text: &str) -> &Engine {
        match &self.at_line_end {
            Some(engine) if text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) => engine,
            _ => &self.engine,
        }
    }

    /// Whether the pattern is found anywhere (`Matcher.find`).
    pub fn is_match(&self, text: &str) -> Result<bool> {
        match self.engine(text) {
            Engine::Linear(regex) => Ok(regex.is_match(text)),
            Engine::Backtracking(regex) => regex.is_match(text).map_err(failed),
        }
    }

    /// The first match from a byte position on.
    pub fn find_at(&self, text: &str, start: usize) -> Result<Option<Groups>> {
        match self.engine(text) {
            Engine::Linear(regex) => Ok(regex
                .captures_at(text, start)
                .map(|found| found.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect())),
            Engine::Backtracking(regex) => Ok(regex
                .captures_from_pos(text, start)
                .map_err(failed)?
                .map(|found| found.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect())),
        }
    }

    /// Every match in turn, as repeated `Matcher.find` gives them.
    pub fn find_all(&self, text: &str, mut found: impl FnMut(&Groups) -> Result<()>) -> Result<()> {
        let mut start = 0;
        while start <= text.len() {
            let Some(groups) = self.find_at(text, start)? else { break };
            let Some(Some((from, to))) = groups.first().copied() else { break };
            found(&groups)?;
            start = if to > from { to } else { to + text[to..].chars().next().map_or(1, char::len_utf8) };
        }
        Ok(())
    }

    /// The number of a named group.
    pub fn group_number(&self, name: &str) -> Option<usize> {
        match &self.engine {
            Engine::Linear(regex) => regex.capture_names().position(|group| group == Some(name)),
            Engine::Backtracking(regex) => regex.capture_names().position(|group| group == Some(name)),
        }
    }

    /// Number of groups, without the whole match.
    pub fn group_count(&self) -> usize {
        match &self.engine {
            Engine::Linear(regex) => regex.captures_len() - 1,
            Engine::Backtracking(regex) => regex.captures_len() - 1,
        }
    }
}

impl Engine {
    fn new(pattern: &str, translated: &str) -> Result<Engine> {
        if let Ok(regex) = regex::Regex::new(translated) {
            return Ok(Engine::Linear(regex));
        }
        match fancy_regex::Regex::new(translated) {
            Ok(regex) => Ok(Engine::Backtracking(Box::new(regex))),
            Err(error) => Err(UdfError::Execution(format!("bad regular expression '{pattern}': {error}"))),
        }
    }
}

fn failed(error: fancy_regex::Error) -> UdfError {
    UdfError::Execution(format!("the regular expression gave up: {error}"))
}

/// Stands for `$` until it is known what the text ends with.
const LINE_END: &str = "\u{10ffff}$";

struct Translated {
    text: String,
    ends_line: bool,
}

struct Translator<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
    /// Nesting of `[…]`.
    classes: usize,
    dot_all: bool,
    multi_line: bool,
    ends_line: bool,
}

fn translate(pattern: &str) -> Result<Translated> {
    let mut translator = Translator {
        chars: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 16),
        classes: 0,
        dot_all: has_flag(pattern, 's'),
        multi_line: has_flag(pattern, 'm'),
        ends_line: false,
    };
    translator.run();
    Ok(Translated { text: translator.out, ends_line: translator.ends_line })
}

/// Whether an inline flag (`(?i)`, `(?s:…)`) is set anywhere.
fn has_flag(pattern: &str, flag: char) -> bool {
    pattern.match_indices("(?").any(|(at, _)| {
        let flags = pattern[at + 2..].split(|character: char| !character.is_ascii_alphabetic()).next();
        flags.is_some_and(|flags| flags.contains(flag))
    })
}

impl Translator<'_> {
    fn run(&mut self) {
        while let Some(character) = self.chars.next() {
            match character {
                '\\' => self.escape(),
                '[' => {
                    self.classes += 1;
                    self.out.push('[');
                    if self.chars.next_if_eq(&'^').is_some() {
                        self.out.push('^');
                    }
                    if self.chars.next_if_eq(&']').is_some() {
                        self.out.push_str(r"\]");
                    }
                }
                ']' if self.classes > 0 => {
                    self.classes -= 1;
                    self.out.push(']');
                }
                '-' | '~' if self.classes > 0 && self.chars.peek() == Some(&character) => {
                    self.out.push('\\');
                    self.out.push(character);
                }
                '.' if self.classes == 0 && !self.dot_all => self.out.push_str(r"[^\n\r\u{85}\u{2028}\u{2029}]"),
                '$' if self.classes == 0 && !self.multi_line => {
                    self.ends_line = true;
                    self.out.push_str(LINE_END);
                }
                '(' if self.classes == 0 => {
                    self.out.push('(');
                    self.flags();
                }
                other => self.out.push(other),
            }
        }
    }

    /// Inline flags: Java's `d`, `u` and `U` say nothing here.
    fn flags(&mut self) {
        let mut ahead = self.chars.clone();
        if ahead.next() != Some('?') {
            return;
        }
        let flags: String =
            ahead.by_ref().take_while(|character| character.is_ascii_alphabetic() || *character == '-').collect();
        if flags.is_empty() || !flags.chars().any(|flag| "duU".contains(flag)) {
            return;
        }
        self.out.push('?');
        self.out.extend(flags.chars().filter(|flag| !"duU".contains(*flag)));
        for _ in 0..=flags.len() {
            self.chars.next();
        }
        if self.chars.peek() == Some(&')') && self.out.ends_with('?') {
            self.out.push(':');
        }
    }

    fn escape(&mut self) {
        let Some(character) = self.chars.next() else {
            self.out.push('\\');
            return;
        };
        let inside = self.classes > 0;
        let class = match character {
            'd' => Some(("0-9", false)),
            'D' => Some(("0-9", true)),
            'w' => Some(("a-zA-Z0-9_", false)),
            'W' => Some(("a-zA-Z0-9_", true)),
            's' => Some((r" \t\n\x0B\f\r", false)),
            'S' => Some((r" \t\n\x0B\f\r", true)),
            'h' => Some((r" \t\u{A0}\u{1680}\u{180e}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}", false)),
            'H' => Some((r" \t\u{A0}\u{1680}\u{180e}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}", true)),
            'v' => Some((r"\n\x0B\f\r\u{85}\u{2028}\u{2029}", false)),
            'V' => Some((r"\n\x0B\f\r\u{85}\u{2028}\u{2029}", true)),
            _ => None,
        };
        if let Some((members, negated)) = class {
            match (inside, negated) {
                (true, false) => self.out.push_str(members),
                (_, negated) => {
                    self.out.push_str(if negated { "[^" } else { "[" });
                    self.out.push_str(members);
                    self.out.push(']');
                }
            }
            return;
        }
        match character {
            'p' | 'P' => self.property(character == 'P'),
            'Q' => self.quoted(),
            'E' => {}
            'e' => self.out.push_str(r"\x1B"),
            'a' => self.out.push_str(r"\x07"),
            'Z' => {
                self.ends_line = true;
                self.out.push_str(LINE_END);
            }
            'R' => self.out.push_str(r"(?:\r\n|[\n\x0B\f\r\u{85}\u{2028}\u{2029}])"),
            'c' => {
                let control = self.chars.next().map_or(0, |control| control as u32 ^ 64);
                self.code(control);
            }
            'u' => {
                let code = self.digits(16, 4);
                self.code(code);
            }
            'x' => {
                let code = if self.chars.next_if_eq(&'{').is_some() {
                    let code = self.digits(16, 8);
                    self.chars.next_if_eq(&'}');
                    code
                } else {
                    self.digits(16, 2)
                };
                self.code(code);
            }
            '0' => {
                let code = self.digits(8, 3);
                self.code(code);
            }
            't' | 'n' | 'r' | 'f' | 'b' | 'B' | 'A' | 'G' | 'z' | 'k' | '1'..='9' => {
                self.out.push('\\');
                self.out.push(character);
            }
            other => self.literal(other),
        }
    }

    /// A character that stands for itself, also inside a class.
    fn literal(&mut self, character: char) {
        if character.is_ascii_punctuation()
            && !matches!(character, '<' | '>' | '_' | '"' | '\'' | '/' | '`' | '=' | '!' | '%' | ',' | ';' | ':' | '@')
        {
            self.out.push('\\');
        }
        self.out.push(character);
    }

    fn code(&mut self, code: u32) {
        self.out.push_str(&format!("\\x{{{code:x}}}"));
    }

    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        let mut value = 0;
        for _ in 0..most {
            match self.chars.peek().and_then(|digit| digit.to_digit(radix)) {
                Some(digit) => {
                    value = value * radix + digit;
                    self.chars.next();
                }
                None => break,
            }
        }
        value
    }

    fn quoted(&mut self) {
        while let Some(character) = self.chars.next() {
            if character == '\\' && self.chars.peek() == Some(&'E') {
                self.chars.next();
                return;
            }
            self.literal(character);
        }
    }

    fn property(&mut self, negated: bool) {
        let mut name = String::new();
        if self.chars.next_if_eq(&'{').is_some() {
            for character in self.chars.by_ref() {
                if character == '}' {
                    break;
                }
                name.push(character);
            }
        } else {
            name.extend(self.chars.next());
        }
        let ascii = match name.as_str() {
            "Lower" => "a-z",
            "Upper" => "A-Z",
            "ASCII" => r"\x00-\x7F",
            "Alpha" => "a-zA-Z",
            "Digit" => "0-9",
            "Alnum" => "a-zA-Z0-9",
            "Punct" => r##"!-/:-@\[-`{-~"##,
            "Graph" => "!-~",
            "Print" => " -~",
            "Blank" => r" \t",
            "Cntrl" => r"\x00-\x1F\x7F",
            "XDigit" => "0-9a-fA-F",
            "Space" => r" \t\n\x0B\f\r",
            _ => "",
        };
        if !ascii.is_empty() {
            let (open, close) = if self.classes > 0 && !negated { ("", "") } else { ("[", "]") };
            self.out.push_str(open);
            if negated {
                self.out.push('^');
            }
            self.out.push_str(ascii);
            self.out.push_str(close);
            return;
        }
        let name = match name.as_str() {
            "javaLowerCase" => "Lowercase",
            "javaUpperCase" => "Uppercase",
            "javaWhitespace" | "IsWhite_Space" | "IsWhiteSpace" => "White_Space",
            "javaLetter" => "L",
            "javaDigit" => "Nd",
            "javaLetterOrDigit" => "Alphabetic",
            other => other.strip_prefix("Is").or_else(|| other.strip_prefix("In")).unwrap_or(other),
        };
        self.out.push_str(if negated { r"\P{" } else { r"\p{" });
        self.out.push_str(name);
        self.out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<String> {
        let groups = JavaRegex::new(pattern).unwrap().find_at(text, 0).unwrap()?;
        groups[0].map(|(start, end)| text[start..end].to_string())
    }

    #[test]
    fn java_is_spoken() {
        assert_eq!(found(r"\d+", "٣ 42"), Some("42".into()));
        assert_eq!(found(r"[\w-]+", "é a-b_c"), Some("a-b_c".into()));
        assert_eq!(found(r"[^\s\d]+", "1 2 ab"), Some("ab".into()));
        assert_eq!(found(r"a.c", "a\rc abc"), Some("abc".into()));
        assert_eq!(found(r"(?s)a.c", "a\nc"), Some("a\nc".into()));
        assert_eq!(found(r"c$", "abc\n"), Some("c".into()));
        assert_eq!(found(r"c$", "abcd"), None);
        assert_eq!(found(r"\Qa.b\E+", "aab a.bbb"), Some("a.bbb".into()));
        assert_eq!(found(r"(a)\1", "aba aa"), Some("aa".into()));
        assert_eq!(found(r"foo(?!bar)", "foobar foobaz"), Some("foo".into()));
        assert_eq!(found(r"a++b", "aaab"), Some("aaab".into()));
        assert_eq!(found(r"\p{Punct}", "a!"), Some("!".into()));
        assert_eq!(found(r"[\p{L}&&[^a]]", "ab"), Some("b".into()));
        assert_eq!(found(r"\<b\>", "<b>"), Some("<b>".into()));
        assert_eq!(found(r"\u0041\x42", "AB"), Some("AB".into()));
        assert_eq!(found(r"(?iu)abc", "xABC"), Some("ABC".into()));
        assert!(JavaRegex::new("(").is_err());
    }
}
