//! `DESCRIBE`.

use crate::parser::ast::{Describe, DescribeStyle, DescribeTable, Statement};
use crate::parser::cursor::{Parsed, Parser};
use crate::parser::lexer::TokenKind;

impl Parser<'_> {
    pub(super) fn describe(&mut self) -> Parsed<Statement> {
        self.within("describe statement", |p| {
            p.advance();
            if p.is_one_of(&["DATABASE", "SCHEMA"]) && !p.describe_table_at() {
                p.advance();
                let extended = p.eat("EXTENDED");
                return Ok(Statement::Describe(Describe::Database { name: p.ident()?, extended }));
            }
            if p.eat("FUNCTION") {
                let extended = p.eat("EXTENDED");
                return Ok(Statement::Describe(Describe::Function { name: p.described_function()?, extended }));
            }
            let style = if p.eat("EXTENDED") {
                DescribeStyle::Extended
            } else if p.is("FORMATTED") && p.name_at(1) {
                p.advance();
                DescribeStyle::Formatted
            } else {
                DescribeStyle::Plain
            };
            let table = p.object_name()?;
            let partition = p.optional_partition_spec()?;
            let mut column = Vec::new();
            if p.name_at(0) {
                column.push(p.ident()?);
                while p.eat_symbol(".") {
                    column.push(p.ident()?);
                }
            }
            Ok(Statement::Describe(Describe::Table(DescribeTable { table, style, partition, column })))
        })
    }

    /// Is `SCHEMA`, which is no reserved word, the table here?
    fn describe_table_at(&self) -> bool {
        self.is("SCHEMA") && !self.name_at(1) && !self.word_at(1, "EXTENDED")
    }

    /// Name of a function, which may be an operator, a reserved word or a string.
    fn described_function(&mut self) -> Parsed<String> {
        match self.kind().clone() {
            TokenKind::String(name) => {
                self.advance();
                Ok(name)
            }
            TokenKind::Symbol(symbol) if !matches!(symbol, "(" | ")" | "," | ";" | "." | "$") => {
                self.advance();
                Ok(symbol.to_string())
            }
            TokenKind::Word(_) | TokenKind::QuotedName(_) => {
                let mut name = self.any_word()?.value;
                if self.eat_symbol(".") {
                    name = format!("{name}.{}", self.any_word()?.value);
                }
                Ok(name)
            }
            _ => Err(self.unrecognized()),
        }
    }
}
