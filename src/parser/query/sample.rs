//! `TABLESAMPLE`: `tableSample` of `FromClauseParser.g`.

use sqlparser::ast::{
    Expr, TableSample, TableSampleBucket, TableSampleKind, TableSampleModifier, TableSampleQuantity, TableSampleUnit,
    Value, ValueWithSpan,
};

use crate::parser::cursor::{Parsed, Parser, sql_span};
use crate::parser::lexer::TokenKind;

impl Parser<'_> {
    /// `TABLESAMPLE (BUCKET x OUT OF y [ON …])`, `(n PERCENT)`, `(n ROWS)`, `(100M)`
    pub(super) fn table_sample(&mut self) -> Parsed<Option<TableSampleKind>> {
        if !self.eat("TABLESAMPLE") {
            return Ok(None);
        }
        self.within("table sample specification", |p| {
            p.expect_symbol("(")?;
            let (quantity, bucket) =
                if p.eat("BUCKET") { (None, Some(p.bucket()?)) } else { (Some(p.quantity()?), None) };
            p.expect_symbol(")")?;
            Ok(Some(TableSampleKind::BeforeTableAlias(Box::new(TableSample {
                modifier: TableSampleModifier::TableSample,
                name: None,
                quantity,
                seed: None,
                bucket,
                offset: None,
            }))))
        })
    }

    fn bucket(&mut self) -> Parsed<TableSampleBucket> {
        let bucket = self.sample_number()?;
        self.expect_all(&["OUT", "OF"])?;
        let total = self.sample_number()?;
        let on = if self.eat("ON") {
            let mut expressions = self.separated(Self::deeper_expr)?;
            Some(if expressions.len() == 1 { expressions.remove(0) } else { Expr::Tuple(expressions) })
        } else {
            None
        };
        Ok(TableSampleBucket { bucket, total, on })
    }

    fn quantity(&mut self) -> Parsed<TableSampleQuantity> {
        let token = self.token(0).clone();
        // `100M`: the word, with its unit.
        if let TokenKind::Word(word) = &token.kind
            && word.starts_with(|c: char| c.is_ascii_digit())
            && word.trim_start_matches(|c: char| c.is_ascii_digit()).len() == 1
            && word.ends_with(['B', 'K', 'M', 'G'])
        {
            self.advance();
            let value = Value::Placeholder(word.clone()).with_span(sql_span(token.span));
            return Ok(TableSampleQuantity { parenthesized: true, value: Expr::Value(value), unit: None });
        }
        let value = Expr::Value(self.sample_number()?);
        let unit = match self.eat_one_of(&["PERCENT", "ROWS"]) {
            Some("PERCENT") => TableSampleUnit::Percent,
            Some(_) => TableSampleUnit::Rows,
            None => return Err(self.unrecognized()),
        };
        Ok(TableSampleQuantity { parenthesized: true, value, unit: Some(unit) })
    }

    fn sample_number(&mut self) -> Parsed<ValueWithSpan> {
        if *self.kind() != TokenKind::Number {
            return Err(self.mismatch("Number"));
        }
        let span = self.advance().span;
        Ok(Value::Number(span.text(self.text).to_string(), false).with_span(sql_span(span)))
    }
}
