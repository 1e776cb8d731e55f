//! Literals: `constant` and `intervalExpression` of `IdentifiersParser.g`.

use skep_metastore::model::HiveType;
use sqlparser::ast::{CastKind, DateTimeField, Expr, Interval, TypedString, Value, ValueWithSpan};

use crate::parser::cursor::{Parsed, Parser, sql_span};
use crate::parser::lexer::TokenKind;
use crate::parser::span::Span;
use crate::parser::types::data_type;

/// Units of intervals, and the plurals that Hive takes for them.
const UNITS: &[(&str, DateTimeField)] = &[
    ("YEAR", DateTimeField::Year),
    ("YEARS", DateTimeField::Year),
    ("MONTH", DateTimeField::Month),
    ("MONTHS", DateTimeField::Month),
    ("DAY", DateTimeField::Day),
    ("DAYS", DateTimeField::Day),
    ("HOUR", DateTimeField::Hour),
    ("HOURS", DateTimeField::Hour),
    ("MINUTE", DateTimeField::Minute),
    ("MINUTES", DateTimeField::Minute),
    ("SECOND", DateTimeField::Second),
    ("SECONDS", DateTimeField::Second),
];

impl Parser<'_> {
    /// A literal, if one is next.
    pub(super) fn literal(&mut self) -> Parsed<Option<Expr>> {
        let span = self.span();
        Ok(Some(match self.kind().clone() {
            TokenKind::String(mut text) => {
                self.advance();
                while let Some(more) = self.eat_string() {
                    text.push_str(&more);
                }
                let literal = value(Value::SingleQuotedString(text), self.span_from(span));
                self.interval_behind(literal)?
            }
            TokenKind::Number => {
                self.advance();
                let literal = value(Value::Number(span.text(self.text).to_string(), false), span);
                self.interval_behind(literal)?
            }
            TokenKind::SuffixedNumber { digits, suffix } => {
                self.advance();
                let significant = digits.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit).count();
                if suffix == "BD" && !digits.contains(['e', 'E']) && significant > 38 {
                    let message = format!("Invalid numerical constant '{}'", span.text(self.text));
                    return Err(self.error_at(span, message).with_hint("a decimal has at most 38 digits"));
                }
                suffixed(digits, suffix, span)
            }
            TokenKind::Word(word) => match word.as_str() {
                "TRUE" | "FALSE" => {
                    self.advance();
                    value(Value::Boolean(word == "TRUE"), span)
                }
                "NULL" => {
                    self.advance();
                    value(Value::Null, span)
                }
                "DATE" => return self.typed_string(&HiveType::Date),
                "TIMESTAMP" => return self.typed_string(&HiveType::Timestamp),
                "TIMESTAMPLOCALTZ" => return self.typed_string(&HiveType::TimestampLocalTz),
                "INTERVAL" => {
                    self.advance();
                    let amount = if self.is_symbol("(") {
                        self.expect_symbol("(")?;
                        let amount = self.deeper_expr()?;
                        self.expect_symbol(")")?;
                        amount
                    } else {
                        self.interval_amount()?
                    };
                    self.interval(amount)?
                }
                _ => return Ok(None),
            },
            TokenKind::Symbol("(") if self.symbol_at(2, ")") && self.unit_at(3) => {
                // `(1) DAY`
                let is_amount = matches!(self.token(1).kind, TokenKind::Number | TokenKind::String(_));
                if !is_amount {
                    return Ok(None);
                }
                self.advance();
                let amount = self.interval_amount()?;
                self.expect_symbol(")")?;
                self.interval(amount)?
            }
            _ => return Ok(None),
        }))
    }

    /// `DATE '…'`, and `TIMESTAMP WITH LOCAL TIME ZONE '…'` likewise
    fn typed_string(&mut self, ty: &HiveType) -> Parsed<Option<Expr>> {
        let start = self.span();
        let zoned = *ty == HiveType::Timestamp
            && ["WITH", "LOCAL", "TIME", "ZONE"].iter().enumerate().all(|(n, word)| self.word_at(n + 1, word));
        let words = if zoned { 5 } else { 1 };
        let TokenKind::String(text) = self.token(words).kind.clone() else { return Ok(None) };
        for _ in 0..=words {
            self.advance();
        }
        let span = self.span_from(start);
        let ty = if zoned { &HiveType::TimestampLocalTz } else { ty };
        Ok(Some(Expr::TypedString(TypedString {
            data_type: data_type(ty),
            value: ValueWithSpan { value: Value::SingleQuotedString(text), span: sql_span(span) },
            uses_odbc_syntax: false,
        })))
    }

    /// The amount of an interval: a string or a number, perhaps with a sign.
    fn interval_amount(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let sign = if self.eat_symbol("-") { "-" } else { "" };
        match self.kind().clone() {
            TokenKind::String(text) => {
                self.advance();
                Ok(value(Value::SingleQuotedString(format!("{sign}{text}")), self.span_from(start)))
            }
            TokenKind::Number => {
                let digits = self.advance().span.text(self.text).to_string();
                Ok(value(Value::Number(format!("{sign}{digits}"), false), self.span_from(start)))
            }
            _ => Err(self.unrecognized()),
        }
    }

    /// A string or a number with a unit behind it is an interval.
    fn interval_behind(&mut self, amount: Expr) -> Parsed<Expr> {
        if self.unit_at(0) { self.interval(amount) } else { Ok(amount) }
    }

    /// Is the token `n` ahead a unit, and not a name that is used as one?
    fn unit_at(&self, n: usize) -> bool {
        matches!(&self.token(n).kind, TokenKind::Word(word) if UNITS.iter().any(|(unit, _)| unit == word))
            && !self.symbol_at(n + 1, ".")
            && !self.symbol_at(n + 1, "(")
    }

    fn interval(&mut self, amount: Expr) -> Parsed<Expr> {
        let unit = self.interval_unit()?;
        let last = match (&unit, self.is("TO")) {
            (DateTimeField::Year, true) => {
                self.expect("TO")?;
                self.expect("MONTH")?;
                Some(DateTimeField::Month)
            }
            (DateTimeField::Day, true) => {
                self.expect("TO")?;
                self.expect("SECOND")?;
                Some(DateTimeField::Second)
            }
            _ => None,
        };
        Ok(Expr::Interval(Interval {
            value: Box::new(amount),
            leading_field: Some(unit),
            leading_precision: None,
            last_field: last,
            fractional_seconds_precision: None,
        }))
    }

    fn interval_unit(&mut self) -> Parsed<DateTimeField> {
        if let TokenKind::Word(word) = self.kind()
            && let Some((_, unit)) = UNITS.iter().find(|(unit, _)| unit == word)
        {
            self.advance();
            return Ok(unit.clone());
        }
        Err(self.unrecognized().with_hint("a unit belongs here: YEAR, MONTH, DAY, HOUR, MINUTE or SECOND"))
    }
}

/// A value as an expression.
pub(super) fn value(value: Value, span: Span) -> Expr {
    Expr::Value(ValueWithSpan { value, span: sql_span(span) })
}

/// `1L` as a cast.
fn suffixed(digits: String, suffix: &str, span: Span) -> Expr {
    let ty = match suffix {
        "Y" => HiveType::TinyInt,
        "S" => HiveType::SmallInt,
        "L" => HiveType::BigInt,
        "D" => HiveType::Double,
        _ => decimal_of(&digits),
    };
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(value(Value::Number(digits, false), span)),
        data_type: data_type(&ty),
        array: false,
        format: None,
    }
}

/// The decimal type that holds a number exactly, as far as 38 digits go.
fn decimal_of(digits: &str) -> HiveType {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap_or(0)),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // As HiveDecimal, without zeros that say nothing.
    let all = format!("{whole}{fraction}");
    let scale = fraction.len() as i64 - exponent;
    let trailing = (all.len() - all.trim_end_matches('0').len()) as i64;
    let scale = (scale - trailing.min(scale.max(0))).clamp(0, 38);
    let point = whole.len() as i64 + exponent;
    let leading = (all.len() - all.trim_start_matches('0').len()) as i64;
    let precision = ((point - leading).max(0) + scale).clamp(1, 38);
    HiveType::Decimal { precision: precision as u8, scale: scale.min(precision) as u8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_decimal_type_of_a_number() {
        for (digits, ty) in [
            ("1", "decimal(1,0)"),
            ("1.5", "decimal(2,1)"),
            ("123.4500", "decimal(5,2)"),
            ("0.05", "decimal(2,2)"),
            ("100", "decimal(3,0)"),
            ("1.5e3", "decimal(4,0)"),
            ("1e-2", "decimal(2,2)"),
            ("0", "decimal(1,0)"),
        ] {
            assert_eq!(decimal_of(digits).to_string(), ty, "{digits}");
        }
    }
}
