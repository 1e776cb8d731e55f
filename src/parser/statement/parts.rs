//! What statements are made of: properties, constants, partition specifications.

use crate::parser::ast::{
    ComparisonOperator, Constant, ConstantValue, DropBehavior, PartitionCondition, PartitionSpec, PartitionValue,
    Principal, Property, SourceExpr,
};
use crate::parser::cursor::{Parsed, Parser};
use crate::parser::lexer::TokenKind;

impl Parser<'_> {
    /// `IF EXISTS`
    pub(super) fn if_exists(&mut self) -> bool {
        self.eat_all(&["IF", "EXISTS"])
    }

    /// `IF NOT EXISTS`
    pub(super) fn if_not_exists(&mut self) -> bool {
        self.eat_all(&["IF", "NOT", "EXISTS"])
    }

    /// `RESTRICT` or `CASCADE`
    pub(super) fn drop_behavior(&mut self) -> Option<DropBehavior> {
        match self.eat_one_of(&["RESTRICT", "CASCADE"])? {
            "RESTRICT" => Some(DropBehavior::Restrict),
            _ => Some(DropBehavior::Cascade),
        }
    }

    /// `word 'text'`, if the word is next
    pub(super) fn string_behind(&mut self, word: &str) -> Parsed<Option<String>> {
        if self.eat(word) { Ok(Some(self.string()?)) } else { Ok(None) }
    }

    /// `('key' = 'value', …)`
    pub(in crate::parser) fn properties(&mut self) -> Parsed<Vec<Property>> {
        self.within("table properties", |p| {
            p.in_brackets(|p| {
                let start = p.span();
                let key = p.string()?;
                p.expect_symbol("=")?;
                let value = p.string()?;
                Ok(Property { key, value, span: p.span_from(start) })
            })
        })
    }

    /// `('key', …)`; Hive takes `'key' = 'value'` too and does not look at the value
    pub(super) fn property_keys(&mut self) -> Parsed<Vec<String>> {
        self.within("table properties", |p| {
            p.in_brackets(|p| {
                let key = p.string()?;
                if p.eat_symbol("=") {
                    p.string()?;
                }
                Ok(key)
            })
        })
    }

    /// `USER name`, `ROLE name`, `GROUP name`
    pub(super) fn principal(&mut self) -> Parsed<Principal> {
        match self.eat_one_of(&["USER", "ROLE", "GROUP"]) {
            Some("USER") => Ok(Principal::User(self.ident()?)),
            Some("ROLE") => Ok(Principal::Role(self.ident()?)),
            Some(_) => Ok(Principal::Group(self.ident()?)),
            None => Err(self.unrecognized()),
        }
    }

    /// A constant.
    pub(super) fn constant(&mut self) -> Parsed<Constant> {
        self.within("constant", |p| {
            let start = p.span();
            let minus = p.eat_symbol("-");
            let value = match p.kind().clone() {
                TokenKind::Number => {
                    let digits = p.advance().span.text(p.text);
                    ConstantValue::Number(signed(minus, digits))
                }
                TokenKind::SuffixedNumber { digits, .. } => {
                    p.advance();
                    ConstantValue::Number(signed(minus, &digits))
                }
                _ if minus => return Err(p.unrecognized()),
                TokenKind::String(mut text) => {
                    p.advance();
                    while let Some(more) = p.eat_string() {
                        text.push_str(&more);
                    }
                    ConstantValue::String(text)
                }
                TokenKind::Word(word) => match word.as_str() {
                    "TRUE" | "FALSE" => {
                        p.advance();
                        ConstantValue::Boolean(word == "TRUE")
                    }
                    "NULL" => {
                        p.advance();
                        ConstantValue::Null
                    }
                    "DATE" => {
                        p.advance();
                        ConstantValue::Date(p.string()?)
                    }
                    "TIMESTAMP" | "TIMESTAMPLOCALTZ" => {
                        p.advance();
                        ConstantValue::Timestamp(p.string()?)
                    }
                    _ => return Err(p.unrecognized().with_hint("a constant belongs here; text is put in quotes")),
                },
                _ => return Err(p.unrecognized()),
            };
            Ok(Constant { value, span: p.span_from(start) })
        })
    }

    /// `PARTITION (column [= value], …)`
    pub(super) fn partition_spec(&mut self) -> Parsed<PartitionSpec> {
        let start = self.span();
        self.expect("PARTITION")?;
        let values = self.in_brackets(|p| {
            let column = p.ident()?;
            let value = if p.eat_equal() { Some(p.constant()?) } else { None };
            Ok(PartitionValue { column, value })
        })?;
        Ok(PartitionSpec { values, span: self.span_from(start) })
    }

    /// `PARTITION (…)`, if it is next
    pub(super) fn optional_partition_spec(&mut self) -> Parsed<Option<PartitionSpec>> {
        if self.is("PARTITION") { Ok(Some(self.partition_spec()?)) } else { Ok(None) }
    }

    /// `(column < value, …)`
    pub(super) fn partition_conditions(&mut self) -> Parsed<Vec<PartitionCondition>> {
        self.in_brackets(|p| {
            let column = p.ident()?;
            let operator = p.comparison_operator()?;
            Ok(PartitionCondition { column, operator, value: p.constant()? })
        })
    }

    fn comparison_operator(&mut self) -> Parsed<ComparisonOperator> {
        let operator = match self.kind() {
            TokenKind::Symbol("=" | "==") => ComparisonOperator::Equal,
            TokenKind::Symbol("<>" | "!=") => ComparisonOperator::NotEqual,
            TokenKind::Symbol("<") => ComparisonOperator::Less,
            TokenKind::Symbol("<=") => ComparisonOperator::LessOrEqual,
            TokenKind::Symbol(">") => ComparisonOperator::Greater,
            TokenKind::Symbol(">=") => ComparisonOperator::GreaterOrEqual,
            TokenKind::Word(word) if word == "LIKE" => ComparisonOperator::Like,
            _ => return Err(self.unrecognized()),
        };
        self.advance();
        Ok(operator)
    }

    /// An expression with its text.
    pub(super) fn source_expr(&mut self, rule: fn(&mut Self) -> Parsed<sqlparser::ast::Expr>) -> Parsed<SourceExpr> {
        let start = self.span();
        let expr = Box::new(rule(self)?);
        let span = self.span_from(start);
        Ok(SourceExpr { expr, text: span.text(self.text).to_string(), span })
    }
}

fn signed(minus: bool, digits: &str) -> String {
    if minus { format!("-{digits}") } else { digits.to_string() }
}
