//! The token stream as the grammar sees it: looking, taking, and Hive's error messages.

use sqlparser::tokenizer::{Location, Span as SqlSpan};

use super::ParseOptions;
use super::ast::query::Ident as SqlIdent;
use super::ast::{Ident, ObjectName};
use super::error::{ParseError, ParseErrorKind};
use super::keywords;
use super::lexer::{Token, TokenKind, tokenize};
use super::span::Span;

/// Result of a grammar rule.
pub(super) type Parsed<T> = Result<T, ParseError>;

/// How deep brackets, subqueries and types may nest. The tree is walked and dropped by recursive code later, so that
/// hostile text must not make it deeper than any thread's stack.
pub(super) const MAX_DEPTH: usize = 400;

/// Where less of the stack than this (in bytes) is left, nested rules go on in a new piece of it. What lies between two
/// of the places that look, a `SELECT` from its brackets to its items, takes over 128 KiB in an unoptimised build.
const MINIMUM_STACK: usize = 512 << 10;

/// A parser in the midst of a statement.
pub(super) struct Parser<'a> {
    pub text: &'a str,
    tokens: Vec<Token>,
    /// For each opening bracket the number of the token that closes it; the last token for all others.
    closing: Vec<usize>,
    at: usize,
    depth: usize,
    /// Names of the rules at work, as Hive's messages call them.
    contexts: Vec<&'static str>,
}

impl<'a> Parser<'a> {
    /// Starts at the first token of a text.
    pub fn new(text: &'a str, options: ParseOptions) -> Parsed<Self> {
        recursive::set_minimum_stack_size(MINIMUM_STACK);
        let tokens = tokenize(text, options)?;
        let mut closing = vec![tokens.len() - 1; tokens.len()];
        let mut open = Vec::new();
        for (i, token) in tokens.iter().enumerate() {
            if token.kind == TokenKind::Symbol("(") {
                open.push(i);
            } else if token.kind == TokenKind::Symbol(")")
                && let Some(start) = open.pop()
            {
                closing[start] = i;
            }
        }
        Ok(Parser { text, tokens, closing, at: 0, depth: 0, contexts: Vec::new() })
    }

    /// The token `n` tokens ahead; the end if there are not so many.
    pub fn token(&self, n: usize) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + n).min(last)]
    }

    /// How many tokens ahead the bracket closes that opens `n` tokens ahead.
    pub fn closing(&self, n: usize) -> usize {
        self.closing.get(self.at + n).map_or(n, |closing| closing.saturating_sub(self.at))
    }

    /// Kind of the next token.
    pub fn kind(&self) -> &TokenKind {
        &self.token(0).kind
    }

    /// Where the next token is.
    pub fn span(&self) -> Span {
        self.token(0).span
    }

    /// Where the last taken token is.
    pub fn last_span(&self) -> Span {
        self.tokens[self.at.saturating_sub(1)].span
    }

    /// From `start` to the end of the last taken token.
    pub fn span_from(&self, start: Span) -> Span {
        start.to(self.last_span())
    }

    /// Number of the next token, for [`Parser::back_to`].
    pub fn mark(&self) -> usize {
        self.at
    }

    /// Goes back to a mark.
    pub fn back_to(&mut self, mark: usize) {
        self.at = mark;
    }

    /// Takes a token.
    pub fn advance(&mut self) -> Token {
        let token = self.token(0).clone();
        if self.at < self.tokens.len() - 1 {
            self.at += 1;
        }
        token
    }

    /// Is the text used up?
    pub fn at_end(&self) -> bool {
        *self.kind() == TokenKind::End
    }

    /// Is the token `n` ahead this keyword?
    pub fn word_at(&self, n: usize, word: &str) -> bool {
        matches!(&self.token(n).kind, TokenKind::Word(found) if found == word)
    }

    /// Is the next token this keyword?
    pub fn is(&self, word: &str) -> bool {
        self.word_at(0, word)
    }

    /// Are the next tokens these keywords?
    pub fn are(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.word_at(n, word))
    }

    /// Is the next token one of these keywords?
    pub fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Takes a keyword if it is next.
    pub fn eat(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.at += 1;
        }
        found
    }

    /// Takes keywords if all of them are next.
    pub fn eat_all(&mut self, words: &[&str]) -> bool {
        let found = self.are(words);
        if found {
            self.at += words.len();
        }
        found
    }

    /// Takes the first of these keywords that is next.
    pub fn eat_one_of(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.iter().copied().find(|word| self.eat(word))
    }

    /// Takes a keyword.
    pub fn expect(&mut self, word: &str) -> Parsed<()> {
        if self.eat(word) { Ok(()) } else { Err(self.mismatch(word)) }
    }

    /// Takes keywords.
    pub fn expect_all(&mut self, words: &[&str]) -> Parsed<()> {
        words.iter().try_for_each(|word| self.expect(word))
    }

    /// Is the token `n` ahead this symbol?
    pub fn symbol_at(&self, n: usize, symbol: &str) -> bool {
        matches!(&self.token(n).kind, TokenKind::Symbol(found) if *found == symbol)
    }

    /// Is the next token this symbol?
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.symbol_at(0, symbol)
    }

    /// Takes a symbol if it is next.
    pub fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.at += 1;
        }
        found
    }

    /// Takes a symbol.
    pub fn expect_symbol(&mut self, symbol: &str) -> Parsed<()> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.mismatch(symbol)) }
    }

    /// Takes `=` or `==` if one is next.
    pub fn eat_equal(&mut self) -> bool {
        self.eat_symbol("=") || self.eat_symbol("==")
    }

    /// Can the token `n` ahead be a name?
    pub fn name_at(&self, n: usize) -> bool {
        match &self.token(n).kind {
            TokenKind::Word(word) => !keywords::is_reserved(word),
            TokenKind::QuotedName(_) => true,
            // The words of complex types in DESCRIBE and column paths.
            TokenKind::Symbol("$") => self.dollar_word(n).is_some(),
            _ => false,
        }
    }

    /// `$elem$`, `$key$`, `$value$`
    fn dollar_word(&self, n: usize) -> Option<String> {
        match &self.token(n + 1).kind {
            TokenKind::Word(word)
                if matches!(word.as_str(), "ELEM" | "KEY" | "VALUE")
                    && self.symbol_at(n, "$")
                    && self.symbol_at(n + 2, "$") =>
            {
                Some(format!("${}$", word.to_ascii_lowercase()))
            }
            _ => None,
        }
    }

    /// Takes a name.
    pub fn ident(&mut self) -> Parsed<Ident> {
        if let Some(value) = self.dollar_word(0) {
            let start = self.span();
            self.at += 3;
            return Ok(Ident { value, quoted: false, span: self.span_from(start) });
        }
        let token = self.token(0);
        let ident = match &token.kind {
            TokenKind::QuotedName(name) => Ident { value: name.clone(), quoted: true, span: token.span },
            TokenKind::Word(word) if !keywords::is_reserved(word) => {
                Ident { value: token.span.text(self.text).to_string(), quoted: false, span: token.span }
            }
            TokenKind::Word(word) => {
                let hint = format!("{word} is a reserved word; as a name it is put in back quotes");
                return Err(self.unrecognized().with_hint(hint));
            }
            _ => return Err(self.unrecognized()),
        };
        self.at += 1;
        Ok(ident)
    }

    /// Takes any word as a name, reserved or not.
    pub fn any_word(&mut self) -> Parsed<Ident> {
        let token = self.token(0);
        if let TokenKind::Word(_) = token.kind {
            let ident = Ident { value: token.span.text(self.text).to_string(), quoted: false, span: token.span };
            self.at += 1;
            return Ok(ident);
        }
        self.ident()
    }

    /// Takes a string.
    pub fn string(&mut self) -> Parsed<String> {
        let Some(string) = self.eat_string() else { return Err(self.mismatch("StringLiteral")) };
        Ok(string)
    }

    /// Takes a string if one is next.
    pub fn eat_string(&mut self) -> Option<String> {
        let TokenKind::String(string) = self.kind() else { return None };
        let string = string.clone();
        self.at += 1;
        Some(string)
    }

    /// Takes a whole number.
    pub fn integer<N: std::str::FromStr>(&mut self) -> Parsed<N> {
        if *self.kind() != TokenKind::Number {
            return Err(self.mismatch("Number"));
        }
        match self.span().text(self.text).parse() {
            Ok(number) => {
                self.at += 1;
                Ok(number)
            }
            Err(_) => Err(self.unrecognized().with_hint("a whole number belongs here")),
        }
    }

    /// A name without the blanks around it in its quotes, as Hive takes those of tables and databases.
    pub fn trimmed_ident(&mut self) -> Parsed<Ident> {
        let mut ident = self.ident()?;
        let trimmed = ident.value.trim();
        if !trimmed.is_empty() && trimmed.len() < ident.value.len() {
            ident.value = trimmed.to_string();
        }
        Ok(ident)
    }

    /// `[database.]name`
    pub fn object_name(&mut self) -> Parsed<ObjectName> {
        self.within("table name", |p| {
            let first = p.trimmed_ident()?;
            if !p.eat_symbol(".") {
                return Ok(ObjectName { database: None, name: first });
            }
            Ok(ObjectName { database: Some(first), name: p.trimmed_ident()? })
        })
    }

    /// `(item, item, …)`
    pub fn in_brackets<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect_symbol("(")?;
        let items = self.separated(item)?;
        self.expect_symbol(")")?;
        Ok(items)
    }

    /// `item, item, …`
    pub fn separated<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_symbol(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `(name, name, …)`
    pub fn names_in_brackets(&mut self) -> Parsed<Vec<Ident>> {
        self.in_brackets(Self::ident)
    }

    /// Runs a rule under the name that Hive's messages give it.
    pub fn within<T>(&mut self, context: &'static str, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.contexts.push(context);
        let result = rule(self);
        self.contexts.pop();
        result
    }

    /// Runs a rule one level deeper.
    pub fn deeper<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }

    /// An error: the statement is nested too deep or too long to be worked on.
    pub fn too_deep(&self) -> ParseError {
        self.error(format!("the statement nests deeper than {MAX_DEPTH} levels"))
    }

    /// An error at the next token.
    pub fn error(&self, message: impl Into<String>) -> ParseError {
        self.error_at(self.error_span(), message)
    }

    /// An error somewhere.
    pub fn error_at(&self, span: Span, message: impl Into<String>) -> ParseError {
        ParseError { kind: ParseErrorKind::Syntax, message: message.into(), span, hint: None }
    }

    /// An error: Skep has not learnt this.
    pub fn unsupported(&self, span: Span, what: &str) -> ParseError {
        ParseError { kind: ParseErrorKind::Unsupported, message: format!("{what} is not supported"), span, hint: None }
    }

    /// `NoViableAltException` of Hive's parser: `cannot recognize input near 'a' 'b' 'c' in …`
    pub fn unrecognized(&self) -> ParseError {
        let near: Vec<_> = (0..3).map(|n| format!("'{}'", self.display(n))).collect();
        self.error(format!("cannot recognize input near {}{}", near.join(" "), self.context()))
    }

    /// `MismatchedTokenException` of Hive's parser: `mismatched input 'x' expecting Y near 'z' in …`
    pub fn mismatch(&self, expected: &str) -> ParseError {
        let before = if self.at == 0 { String::new() } else { self.last_span().text(self.text).to_string() };
        let found = self.display(0);
        self.error(format!("mismatched input '{found}' expecting {expected} near '{before}'{}", self.context()))
    }

    /// The error for what follows a whole statement.
    pub fn expected_end(&self) -> ParseError {
        let found = self.display(0);
        if self.token(1).kind == TokenKind::End {
            return self.error(format!("extraneous input '{found}' expecting EOF near '<EOF>'"));
        }
        self.error(format!("missing EOF at '{found}' near '{}'", self.last_span().text(self.text)))
    }

    fn context(&self) -> String {
        self.contexts.last().map_or(String::new(), |context| format!(" in {context}"))
    }

    fn display(&self, n: usize) -> &str {
        let token = self.token(n);
        if token.kind == TokenKind::End { "<EOF>" } else { token.span.text(self.text) }
    }

    /// The next token; at the end of the text the place behind the last one, as Hive tells it.
    fn error_span(&self) -> Span {
        if self.at_end() && self.at > 0 {
            let end = self.tokens[self.at - 1].span.end;
            return Span { start: end, end };
        }
        self.span()
    }

    /// Checks that the text is used up.
    pub fn expect_end(&mut self) -> Parsed<()> {
        while self.eat_symbol(";") {}
        if self.at_end() { Ok(()) } else { Err(self.expected_end()) }
    }
}

impl ParseError {
    /// The error with a hint.
    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// sqlparser's form of a span; its columns count from 1.
pub(super) fn sql_span(span: Span) -> SqlSpan {
    let location = |p: super::span::Position| Location { line: p.line as u64, column: p.column as u64 + 1 };
    SqlSpan { start: location(span.start), end: location(span.end) }
}

/// sqlparser's form of a name.
pub(super) fn sql_ident(ident: Ident) -> SqlIdent {
    SqlIdent { value: ident.value, quote_style: ident.quoted.then_some('`'), span: sql_span(ident.span) }
}
