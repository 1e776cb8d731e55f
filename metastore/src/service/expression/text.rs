//! The metastore's own language of conditions (`Filter.g` of Hive): comparisons of a key with a constant, `LIKE` with a
//! regular expression, `IN`, `BETWEEN`, `AND`, `OR`, `NOT`, brackets.
//!
//! ```text
//! ds >= "2024-01-01" and (hr in (1, 2) or region like "eu-.*") and d between DATE '2024-01-01' and DATE '2024-02-01'
//! ```

use super::datum::{Datum, read_date, read_timestamp};
use super::{Expr, Function, regex};
use crate::model::CompareOp;

/// Deepest nesting of brackets.
const MAX_DEPTH: usize = 100;

/// Reads a condition; `column` gives what stands for a key, or says why there is none.
pub(crate) fn read(text: &str, column: &dyn Fn(&str) -> Result<Expr, String>) -> Result<Expr, String> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens, at: 0, column };
    let condition = reader.or(0)?;
    match reader.peek() {
        None => Ok(condition),
        Some(token) => Err(reader.unexpected(&token.clone())),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Text(String),
    Number(i128),
    Date(String),
    Sign(&'static str),
}

const SIGNS: &[&str] = &["<=", ">=", "<>", "!=", "==", "=", "<", ">", "(", ")", ","];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = vec![];
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            length = sign.len();
        } else if first == '"' || first == '\'' || first == '`' {
            let (content, end) = quoted(rest, first)?;
            tokens.push(if first == '`' { Token::Quoted(content) } else { Token::Text(content) });
            length = end;
        } else if first.is_ascii_digit() || first == '-' {
            let end = rest[1..].find(|c: char| !(c.is_ascii_digit() || c == '-')).map_or(rest.len(), |end| end + 1);
            let word = &rest[..end];
            tokens.push(match word.parse() {
                Ok(number) => Token::Number(number),
                Err(_) if read_date(word).is_some() => Token::Date(word.to_string()),
                Err(_) => return Err(format!("'{word}' is neither a number nor a date")),
            });
            length = end;
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_string()));
            length = end;
        } else {
            return Err(format!("'{first}' is not expected"));
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A quoted text, and where it ends. A backslash stays, with the sign behind it, but for one before the quote.
fn quoted(text: &str, quote: char) -> Result<(String, usize), String> {
    let mut content = String::new();
    let mut signs = text.char_indices().skip(1);
    while let Some((at, sign)) = signs.next() {
        if sign == quote {
            return Ok((content, at + sign.len_utf8()));
        }
        if sign == '\\' {
            match signs.next() {
                Some((_, next)) if next == quote => content.push(next),
                Some((_, next)) => content.extend(['\\', next]),
                None => break,
            }
            continue;
        }
        content.push(sign);
    }
    Err(format!("a text has no end: {text}"))
}

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    column: &'a dyn Fn(&str) -> Result<Expr, String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.peek().cloned().ok_or("the condition ends too early")?;
        self.at += 1;
        Ok(token)
    }

    fn unexpected(&self, token: &Token) -> String {
        let text = match token {
            Token::Word(text) | Token::Quoted(text) | Token::Text(text) | Token::Date(text) => text.clone(),
            Token::Number(number) => number.to_string(),
            Token::Sign(sign) => (*sign).to_string(),
        };
        format!("'{text}' is not expected")
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = match self.peek() {
            Some(Token::Word(found)) => found.eq_ignore_ascii_case(word),
            Some(Token::Sign(sign)) => *sign == word,
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.eat(word) {
            return Ok(());
        }
        let token = self.next()?;
        Err(format!("{}; {word} is", self.unexpected(&token)))
    }

    fn or(&mut self, depth: usize) -> Result<Expr, String> {
        if depth > MAX_DEPTH {
            return Err(format!("brackets are nested deeper than {MAX_DEPTH}"));
        }
        let mut parts = vec![self.and(depth)?];
        while self.eat("or") {
            parts.push(self.and(depth)?);
        }
        Ok(together(Function::Or, parts))
    }

    fn and(&mut self, depth: usize) -> Result<Expr, String> {
        let mut parts = vec![self.one(depth)?];
        while self.eat("and") {
            parts.push(self.one(depth)?);
        }
        Ok(together(Function::And, parts))
    }

    fn one(&mut self, depth: usize) -> Result<Expr, String> {
        if self.eat("not") {
            return Ok(Expr::Call(Function::Not, vec![self.one(depth + 1)?]));
        }
        if self.peek() == Some(&Token::Sign("(")) {
            let start = self.at;
            self.at += 1;
            if let Some(several) = self.several(start)? {
                return Ok(several);
            }
            let inner = self.or(depth + 1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        let left = self.operand()?;
        let negated = self.eat("not");
        let condition = if self.eat("between") {
            let low = self.operand()?;
            self.expect("and")?;
            Expr::Call(Function::Between, vec![left, low, self.operand()?])
        } else if self.eat("in") {
            let mut arguments = vec![left];
            self.expect("(")?;
            loop {
                arguments.push(self.operand()?);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(")")?;
            Expr::Call(Function::In, arguments)
        } else if self.eat("like") {
            let pattern = self.operand()?;
            if let Expr::Constant(Datum::Text(pattern)) = &pattern {
                regex::compile_whole(pattern)?;
            }
            Expr::Call(Function::Matches, vec![left, pattern])
        } else if negated {
            return Err("NOT is not expected".to_string());
        } else {
            let op = match self.next()? {
                Token::Sign("=" | "==") => CompareOp::Eq,
                Token::Sign("!=" | "<>") => CompareOp::NotEq,
                Token::Sign("<") => CompareOp::Lt,
                Token::Sign("<=") => CompareOp::LtEq,
                Token::Sign(">") => CompareOp::Gt,
                Token::Sign(">=") => CompareOp::GtEq,
                token => return Err(self.unexpected(&token)),
            };
            let right = self.operand()?;
            Expr::Call(Function::Compare(op), vec![left, right])
        };
        Ok(if negated { Expr::Call(Function::Not, vec![condition]) } else { condition })
    }

    /// `(a, b) in (const struct(1, 2), …)`, as clients write conditions on several keys; the bracket has been read. `None`,
    /// with nothing read, where it is another bracket.
    fn several(&mut self, start: usize) -> Result<Option<Expr>, String> {
        let names_a_key = matches!(self.peek(), Some(Token::Word(_) | Token::Quoted(_)));
        if !names_a_key || self.tokens.get(self.at + 1) != Some(&Token::Sign(",")) {
            self.at = start + 1;
            return Ok(None);
        }
        let mut keys = vec![];
        loop {
            keys.push(self.operand()?);
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        let negated = self.eat("not");
        self.expect("in")?;
        self.expect("(")?;
        let mut arguments = vec![Expr::Call(Function::Struct, keys)];
        loop {
            self.eat("const");
            self.eat("struct");
            self.expect("(")?;
            let mut values = vec![];
            loop {
                values.push(self.operand()?);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(")")?;
            arguments.push(Expr::Call(Function::Struct, values));
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        let condition = Expr::Call(Function::In, arguments);
        Ok(Some(if negated { Expr::Call(Function::Not, vec![condition]) } else { condition }))
    }

    /// A key or a constant.
    fn operand(&mut self) -> Result<Expr, String> {
        let constant = match self.next()? {
            Token::Text(text) => Datum::Text(text),
            Token::Number(number) => Datum::Number(number, 0),
            Token::Date(text) => Datum::Date(read_date(&text).ok_or("no date")?),
            Token::Quoted(name) => return (self.column)(&name),
            Token::Word(word) => {
                let kind = word.to_lowercase();
                let typed = kind == "date" || kind == "timestamp";
                let text = match self.peek() {
                    Some(Token::Text(text) | Token::Date(text)) if typed => text.clone(),
                    _ => return (self.column)(&word),
                };
                self.at += 1;
                let value = match kind.as_str() {
                    "date" => read_date(&text).map(Datum::Date),
                    _ => read_timestamp(&text).map(Datum::Timestamp),
                };
                value.ok_or_else(|| format!("'{text}' is no {kind}"))?
            }
            token @ Token::Sign(_) => return Err(self.unexpected(&token)),
        };
        Ok(Expr::Constant(constant))
    }
}

fn together(function: Function, mut parts: Vec<Expr>) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { Expr::Call(function, parts) }
}
