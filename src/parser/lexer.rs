//! Text → tokens, by the rules of `HiveLexer.g`.

use super::ParseOptions;
use super::error::{ParseError, ParseErrorKind};
use super::span::{Position, Span};
use super::strings;

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A word without back quotes: a keyword or a name; in upper case (the text has it as typed).
    Word(String),
    /// A name in back quotes, without them.
    QuotedName(String),
    /// A string, unescaped.
    String(String),
    /// A number without suffix.
    Number,
    /// A number with the suffix `L`, `S`, `Y`, `D` or `BD`; the digits and the suffix in upper case.
    SuffixedNumber { digits: String, suffix: &'static str },
    /// `/*+ … */` behind `SELECT`: the text between.
    Hint(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The end of the text.
    End,
}

const SYMBOLS: &[&str] = &[
    "<=>", "<>", "!=", "<=", ">=", "==", "||", "(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "=", "<", ">", "/",
    "+", "-", "*", "%", "&", "~", "|", "^", "!", "?", "$", "@",
];

/// Splits a text into tokens; the last one is [`TokenKind::End`].
pub(super) fn tokenize(text: &str, options: ParseOptions) -> Result<Vec<Token>, ParseError> {
    let mut lexer = Lexer { text, options, at: Position::START };
    let mut tokens: Vec<Token> = Vec::new();
    loop {
        let after_select = matches!(tokens.last(), Some(Token { kind: TokenKind::Word(word), .. })
            if word == "SELECT" || word == "MERGE" || word == "INSERT");
        let hint = lexer.skip_blanks(after_select)?;
        if let Some(hint) = hint {
            tokens.push(hint);
            continue;
        }
        let start = lexer.at;
        let kind = lexer.token()?;
        let end = kind == TokenKind::End;
        tokens.push(Token { kind, span: Span { start, end: lexer.at } });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    options: ParseOptions,
    at: Position,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at.offset..]
    }

    /// Moves behind the next `bytes` bytes.
    fn advance(&mut self, bytes: usize) {
        for c in self.rest()[..bytes].chars() {
            if c == '\n' {
                self.at.line += 1;
                self.at.column = 0;
            } else {
                self.at.column += 1;
            }
        }
        self.at.offset += bytes;
    }

    fn error(&self, start: Position, message: &str, hint: &str) -> ParseError {
        ParseError {
            kind: ParseErrorKind::Syntax,
            message: message.to_string(),
            span: Span { start, end: self.at },
            hint: Some(hint.to_string()),
        }
    }

    /// Skips blanks and comments; gives a hint if one stands there and is wanted.
    fn skip_blanks(&mut self, hints: bool) -> Result<Option<Token>, ParseError> {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            self.advance(blanks);
            let rest = self.rest();
            if rest.starts_with("--") {
                self.advance(rest.find('\n').unwrap_or(rest.len()));
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let start = self.at;
                let Some(length) = comment.find("*/") else {
                    self.advance(2);
                    return Err(self.error(
                        start,
                        "mismatched character '<EOF>' expecting '*/'",
                        "the comment that starts here is not closed",
                    ));
                };
                self.advance(length + 4);
                let inner = &comment[..length];
                if let Some(hint) = inner.strip_prefix('+').filter(|_| hints) {
                    let span = Span { start, end: self.at };
                    return Ok(Some(Token { kind: TokenKind::Hint(hint.trim().to_string()), span }));
                }
            } else {
                return Ok(None);
            }
        }
    }

    fn token(&mut self) -> Result<TokenKind, ParseError> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(TokenKind::End) };
        match first {
            '`' => self.quoted_name('`'),
            '"' if self.options.double_quotes_are_names => self.quoted_name('"'),
            '\'' | '"' => self.string(),
            '0'..='9' => Ok(self.number_or_word()),
            'a'..='z' | 'A'..='Z' => Ok(self.word()),
            _ => {
                let Some(symbol) = SYMBOLS.iter().copied().find(|symbol| rest.starts_with(symbol)) else {
                    let start = self.at;
                    self.advance(first.len_utf8());
                    let hint = if first == '_' || first.is_alphabetic() {
                        "names with other characters than a-z, 0-9 and _, or with _ in front, are put in back quotes"
                    } else {
                        "HiveQL knows this character only in strings and in names in back quotes"
                    };
                    return Err(self.error(start, &format!("character '{first}' not supported here"), hint));
                };
                self.advance(symbol.len());
                Ok(TokenKind::Symbol(symbol))
            }
        }
    }

    /// One string or several without a gap.
    fn string(&mut self) -> Result<TokenKind, ParseError> {
        let start = self.at;
        let rest = self.rest();
        let mut at = 0;
        while let Some(quote @ ('\'' | '"')) = rest[at..].chars().next() {
            if quote == '"' && self.options.double_quotes_are_names {
                break;
            }
            at = match end_of_string(rest, at, quote) {
                Some(end) => end,
                None => {
                    self.advance(1);
                    let message = format!("mismatched character '<EOF>' expecting '{quote}'");
                    return Err(self.error(start, &message, "the string that starts here is not closed"));
                }
            };
        }
        self.advance(at);
        Ok(TokenKind::String(strings::unescape(&rest[..at])))
    }

    fn quoted_name(&mut self, quote: char) -> Result<TokenKind, ParseError> {
        let start = self.at;
        let rest = self.rest();
        let mut name = String::new();
        let mut at = 1;
        loop {
            let Some(length) = rest[at..].find(quote) else {
                self.advance(1);
                let message = format!("mismatched character '<EOF>' expecting '{quote}'");
                return Err(self.error(start, &message, "the name that starts here is not closed"));
            };
            name.push_str(&rest[at..at + length]);
            at += length + 1;
            if !rest[at..].starts_with(quote) {
                break;
            }
            name.push(quote);
            at += 1;
        }
        self.advance(at);
        Ok(TokenKind::QuotedName(name))
    }

    fn word(&mut self) -> TokenKind {
        let rest = self.rest();
        let length = word_length(rest);
        self.advance(length);
        TokenKind::Word(rest[..length].to_ascii_uppercase())
    }

    /// `Number`, `IntegralLiteral`, `NumberLiteral`, or a name that starts with a digit.
    fn number_or_word(&mut self) -> TokenKind {
        let rest = self.rest();
        let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
        let mut end = digits(0);
        let mut fraction = false;
        if rest[end..].starts_with('.') && !rest[end + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            || rest[end..].starts_with(".e")
            || rest[end..].starts_with(".E")
        {
            let behind = end + 1 + digits(end + 1);
            end = behind;
            fraction = true;
        }
        if rest[end..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
            let exponent = digits(end + 1 + sign);
            if exponent > 0 {
                end += 1 + sign + exponent;
                fraction = true;
            }
        }
        let tail = &rest[end..end + word_length(&rest[end..])];
        let suffix = match tail.to_ascii_uppercase().as_str() {
            "L" if !fraction => Some("L"),
            "S" if !fraction => Some("S"),
            "Y" if !fraction => Some("Y"),
            "D" => Some("D"),
            "BD" => Some("BD"),
            _ => None,
        };
        if let Some(suffix) = suffix {
            let number = rest[..end].to_string();
            self.advance(end + suffix.len());
            return TokenKind::SuffixedNumber { digits: number, suffix };
        }
        if tail.is_empty() || rest[..end].contains('.') {
            self.advance(end);
            return TokenKind::Number;
        }
        self.word()
    }
}

/// How long the word at the start of `text` is.
fn word_length(text: &str) -> usize {
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
}

/// The offset behind the string that starts at `start`, if it is closed.
fn end_of_string(text: &str, start: usize, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (i, c) in text[start..].char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return Some(start + i + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokenize(text, ParseOptions::default()).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn tells_numbers_from_names() {
        let word = |w: &str| TokenKind::Word(w.to_string());
        let suffixed = |d: &str, suffix| TokenKind::SuffixedNumber { digits: d.to_string(), suffix };
        for (text, kind) in [
            ("12", TokenKind::Number),
            ("1.5", TokenKind::Number),
            ("1.", TokenKind::Number),
            ("1e5", TokenKind::Number),
            ("1.5E-3", TokenKind::Number),
            ("10L", suffixed("10", "L")),
            ("10y", suffixed("10", "Y")),
            ("1.5BD", suffixed("1.5", "BD")),
            ("10D", suffixed("10", "D")),
            ("1e5d", suffixed("1e5", "D")),
            ("100M", word("100M")),
            ("2a", word("2A")),
            ("1e5x", word("1E5X")),
        ] {
            assert_eq!(kinds(text), [kind, TokenKind::End], "{text}");
        }
    }

    #[test]
    fn keeps_places() {
        let tokens = tokenize("a -- é\n  /* x */ `b``c` 'd\ne' f", ParseOptions::default()).unwrap();
        let places: Vec<_> = tokens.iter().map(|t| (t.span.start.line, t.span.start.column)).collect();
        assert_eq!(places, [(1, 0), (2, 10), (2, 17), (3, 3), (3, 4)]);
        assert_eq!(tokens[1].kind, TokenKind::QuotedName("b`c".to_string()));
        assert_eq!(tokens[1].span.range(), 18..24);
    }

    #[test]
    fn keeps_hints_behind_select_only() {
        assert_eq!(kinds("/*+ x */ select /*+ MAPJOIN(b) */ /* c */ 1")[1], TokenKind::Hint("MAPJOIN(b)".to_string()));
        assert_eq!(kinds("/*+ x */ a").len(), 2);
    }

    #[test]
    fn refuses_what_is_not_closed() {
        for text in ["'a", "\"a", "`a", "/* a", "'a\\'", "a ` b", "_x", "é"] {
            assert!(tokenize(text, ParseOptions::default()).is_err(), "{text}");
        }
    }
}
