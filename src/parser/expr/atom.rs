//! What operators work on: `atomExpression` and `precedenceFieldExpression` of `IdentifiersParser.g`.

use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    AccessExpr, CaseWhen, CastFormat, CastKind, CeilFloorKind, DateTimeField, Expr, ExtractSyntax, Subscript, Value,
    ValueWithSpan,
};

use super::function;
use crate::parser::ast::query::Ident as SqlIdent;
use crate::parser::cursor::{Parsed, Parser, sql_ident, sql_span};
use crate::parser::lexer::TokenKind;
use crate::parser::types::data_type;

impl Parser<'_> {
    /// An atom with the fields and elements taken of it: `a.b[0].c`.
    pub(super) fn field(&mut self) -> Parsed<Expr> {
        let root = self.atom()?;
        let mut chain = Vec::new();
        loop {
            if self.is_symbol(".") && !self.symbol_at(1, "*") {
                self.advance();
                chain.push(AccessExpr::Dot(Expr::Identifier(sql_ident(self.ident()?))));
            } else if self.eat_symbol("[") {
                let index = self.deeper_expr()?;
                self.expect_symbol("]")?;
                chain.push(AccessExpr::Subscript(Subscript::Index { index }));
            } else {
                return Ok(access(root, chain));
            }
        }
    }

    fn atom(&mut self) -> Parsed<Expr> {
        if let Some(literal) = self.literal()? {
            return Ok(literal);
        }
        match self.kind().clone() {
            TokenKind::Symbol("(") => self.bracketed(),
            TokenKind::Symbol("?") => {
                let span = self.advance().span;
                Ok(super::literal::value(Value::Placeholder("?".to_string()), span))
            }
            TokenKind::Word(word) => match word.as_str() {
                "CAST" => self.within("cast expression", Self::cast),
                "CASE" => self.within("case expression", Self::case),
                "EXTRACT" => self.extract(),
                "FLOOR" if self.symbol_at(1, "(") => self.floor(),
                "TRIM" if self.symbol_at(1, "(") && self.trim_at(2) => self.trim(),
                "EXISTS" => {
                    self.advance();
                    Ok(Expr::Exists { subquery: self.bracketed_query()?, negated: false })
                }
                "CURRENT_DATE" | "CURRENT_TIMESTAMP" if !self.symbol_at(1, "(") => {
                    let name = sql_ident(self.any_word()?);
                    Ok(function::without_arguments(name))
                }
                _ => self.name_or_call(),
            },
            TokenKind::QuotedName(_) | TokenKind::Symbol("$") => self.name_or_call(),
            _ => Err(self.unrecognized()),
        }
    }

    fn name_or_call(&mut self) -> Parsed<Expr> {
        if self.function_name_at(0) {
            return self.within("function specification", Self::function);
        }
        let ident = self.within("table or column identifier", Self::ident)?;
        Ok(Expr::Identifier(sql_ident(ident)))
    }

    /// `(query)`, `(a)`, `(a, b)`
    fn bracketed(&mut self) -> Parsed<Expr> {
        if self.query_in_brackets_at(0) {
            return Ok(Expr::Subquery(self.bracketed_query()?));
        }
        self.expect_symbol("(")?;
        if self.eat_symbol(")") {
            return Ok(Expr::Tuple(Vec::new()));
        }
        let mut items = self.separated(Self::deeper_expr)?;
        self.expect_symbol(")")?;
        Ok(match (items.len(), items.pop()) {
            (1, Some(only)) => Expr::Nested(Box::new(only)),
            (_, last) => {
                items.extend(last);
                Expr::Tuple(items)
            }
        })
    }

    /// `CAST(expression AS type [FORMAT 'pattern'])`
    fn cast(&mut self) -> Parsed<Expr> {
        self.expect("CAST")?;
        self.expect_symbol("(")?;
        let expr = Box::new(self.deeper_expr()?);
        self.expect("AS")?;
        let ty = self.hive_type()?;
        let format = if self.eat("FORMAT") {
            let value = Value::SingleQuotedString(self.string()?);
            Some(CastFormat::Value(ValueWithSpan { value, span: sql_span(self.last_span()) }))
        } else {
            None
        };
        self.expect_symbol(")")?;
        Ok(Expr::Cast { kind: CastKind::Cast, expr, data_type: data_type(&ty), array: false, format })
    }

    /// `CASE [operand] WHEN … THEN … [ELSE …] END`
    fn case(&mut self) -> Parsed<Expr> {
        self.expect("CASE")?;
        let operand = if self.is("WHEN") { None } else { Some(Box::new(self.deeper_expr()?)) };
        let mut conditions = Vec::new();
        while self.eat("WHEN") {
            let condition = self.deeper_expr()?;
            self.expect("THEN")?;
            conditions.push(CaseWhen { condition, result: self.deeper_expr()? });
        }
        if conditions.is_empty() {
            return Err(self.mismatch("WHEN"));
        }
        let else_result = if self.eat("ELSE") { Some(Box::new(self.deeper_expr()?)) } else { None };
        self.expect("END")?;
        Ok(Expr::Case {
            case_token: AttachedToken::empty(),
            end_token: AttachedToken::empty(),
            operand,
            conditions,
            else_result,
        })
    }

    /// `EXTRACT(unit FROM expression)`
    fn extract(&mut self) -> Parsed<Expr> {
        self.expect("EXTRACT")?;
        self.expect_symbol("(")?;
        let field = self.time_unit()?;
        self.expect("FROM")?;
        let expr = Box::new(self.deeper_expr()?);
        self.expect_symbol(")")?;
        Ok(Expr::Extract { field, syntax: ExtractSyntax::From, expr })
    }

    /// `FLOOR(expression [TO unit])`; without a unit it is a plain function
    fn floor(&mut self) -> Parsed<Expr> {
        let name = sql_ident(self.any_word()?);
        self.expect_symbol("(")?;
        let expr = self.deeper_expr()?;
        let floor = if self.eat("TO") {
            let field = CeilFloorKind::DateTimeField(self.time_unit()?);
            Expr::Floor { expr: Box::new(expr), field }
        } else {
            function::call(crate::parser::ast::query::ObjectName::from(vec![name]), vec![expr])
        };
        self.expect_symbol(")")?;
        Ok(floor)
    }

    fn time_unit(&mut self) -> Parsed<DateTimeField> {
        const WORDS: &[&str] = &[
            "YEAR",
            "YEARS",
            "QUARTER",
            "MONTH",
            "MONTHS",
            "WEEK",
            "WEEKS",
            "DAY",
            "DAYS",
            "DOW",
            "DAYOFWEEK",
            "HOUR",
            "HOURS",
            "MINUTE",
            "MINUTES",
            "SECOND",
            "SECONDS",
        ];
        Ok(match self.eat_one_of(WORDS) {
            Some("YEAR" | "YEARS") => DateTimeField::Year,
            Some("QUARTER") => DateTimeField::Quarter,
            Some("MONTH" | "MONTHS") => DateTimeField::Month,
            Some("WEEK" | "WEEKS") => DateTimeField::Week(None),
            Some("DAY" | "DAYS") => DateTimeField::Day,
            Some("DOW" | "DAYOFWEEK") => DateTimeField::Dow,
            Some("HOUR" | "HOURS") => DateTimeField::Hour,
            Some("MINUTE" | "MINUTES") => DateTimeField::Minute,
            Some(_) => DateTimeField::Second,
            None => return Err(self.unrecognized()),
        })
    }

    /// Does what stands `n` tokens ahead make `TRIM` more than a plain function?
    fn trim_at(&self, n: usize) -> bool {
        ["BOTH", "LEADING", "TRAILING"].iter().any(|word| self.word_at(n, word))
            || matches!(self.token(n).kind, TokenKind::String(_)) && self.word_at(n + 1, "FROM")
    }

    /// `TRIM([BOTH|LEADING|TRAILING] [characters] FROM expression)`
    fn trim(&mut self) -> Parsed<Expr> {
        use sqlparser::ast::TrimWhereField;
        self.expect("TRIM")?;
        self.expect_symbol("(")?;
        let trim_where = match self.eat_one_of(&["BOTH", "LEADING", "TRAILING"]) {
            Some("LEADING") => TrimWhereField::Leading,
            Some("TRAILING") => TrimWhereField::Trailing,
            _ => TrimWhereField::Both,
        };
        let trim_what = if self.is("FROM") { None } else { Some(Box::new(self.deeper_expr()?)) };
        self.expect("FROM")?;
        let expr = Box::new(self.deeper_expr()?);
        self.expect_symbol(")")?;
        Ok(Expr::Trim { trim_where: Some(trim_where), trim_what, expr, trim_characters: None })
    }
}

/// The tree for `root` with `chain` behind it, in sqlparser's form: names only are one compound name.
fn access(root: Expr, chain: Vec<AccessExpr>) -> Expr {
    if chain.is_empty() {
        return root;
    }
    if let Expr::Identifier(first) = &root {
        let rest: Option<Vec<SqlIdent>> = chain
            .iter()
            .map(|access| match access {
                AccessExpr::Dot(Expr::Identifier(ident)) => Some(ident.clone()),
                _ => None,
            })
            .collect();
        if let Some(rest) = rest {
            return Expr::CompoundIdentifier(std::iter::once(first.clone()).chain(rest).collect());
        }
    }
    Expr::CompoundFieldAccess { root: Box::new(root), access_chain: chain }
}
