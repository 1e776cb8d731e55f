//! Expressions: operators by Hive's precedence (`IdentifiersParser.g`, `precedence…Expression`).

mod atom;
mod function;
mod literal;
mod window;

pub(super) use function::call;

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use super::cursor::{Parsed, Parser};
use super::query::object_name_of;

/// How tightly operators bind, as levels of Hive's grammar.
mod level {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const EQUAL: u8 = 4;
    pub const SIMILAR: u8 = 5;
    pub const BIT_OR: u8 = 6;
    pub const BIT_AND: u8 = 7;
    pub const CONCATENATE: u8 = 8;
    pub const PLUS: u8 = 9;
    pub const STAR: u8 = 10;
    pub const BIT_XOR: u8 = 11;
    pub const IS: u8 = 12;
}

/// Longest row of operators of one level; `AND` and `OR` may be longer, for they are grouped as a balanced tree.
const MAX_CHAIN: usize = 2000;

/// Length from which `AND` and `OR` are grouped as a balanced tree, so that its depth stays small.
const LONG_CHAIN: usize = 64;

impl Parser<'_> {
    /// An expression.
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.within("expression specification", |p| p.expr_from(level::OR))
    }

    /// An expression of operators that bind at least as tightly as `|`, e.g. a bound of `BETWEEN`.
    pub(super) fn operand(&mut self) -> Parsed<Expr> {
        self.expr_from(level::BIT_OR)
    }

    /// An expression of operators of `min` and of tighter ones.
    #[recursive::recursive]
    fn expr_from(&mut self, min: u8) -> Parsed<Expr> {
        if min <= level::NOT && (self.is("NOT") || self.is_symbol("!")) {
            self.advance();
            let inner = self.deeper(|p| p.expr_from(level::NOT))?;
            let negated = match inner {
                Expr::Exists { subquery, negated } => Expr::Exists { subquery, negated: !negated },
                inner => Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(inner) },
            };
            return self.infixes(negated, min, level::AND);
        }
        let left = self.unary()?;
        self.infixes(left, min, level::IS)
    }

    /// Takes the operators behind `left` whose level is between `min` and `max`.
    fn infixes(&mut self, mut left: Expr, min: u8, mut max: u8) -> Parsed<Expr> {
        let mut length = 0;
        while let Some(level) = self.infix_level() {
            if level < min || level > max {
                break;
            }
            length += 1;
            if length > MAX_CHAIN {
                return Err(self.error(format!("more than {MAX_CHAIN} operators in a row")));
            }
            // Looser operators than the last one may follow, tighter ones may not; one comparison only.
            max = if matches!(level, level::SIMILAR | level::IS) { level - 1 } else { level };
            left = match level {
                level::OR => self.logical(left, level, "OR", BinaryOperator::Or)?,
                level::AND => self.logical(left, level, "AND", BinaryOperator::And)?,
                level::IS => self.is_condition(left)?,
                level::EQUAL => self.equality(left)?,
                level::SIMILAR => self.similar(left)?,
                _ => self.arithmetic(left, level)?,
            };
        }
        Ok(left)
    }

    /// Level of the operator that is next, if one is.
    fn infix_level(&self) -> Option<u8> {
        use super::lexer::TokenKind;
        Some(match self.kind() {
            TokenKind::Word(word) => match word.as_str() {
                "OR" => level::OR,
                "AND" => level::AND,
                "IS" if self.word_at(1, "DISTINCT") || self.word_at(1, "NOT") && self.word_at(2, "DISTINCT") => {
                    level::EQUAL
                }
                "IS" => level::IS,
                "LIKE" | "RLIKE" | "REGEXP" | "IN" | "BETWEEN" => level::SIMILAR,
                "NOT" if ["LIKE", "RLIKE", "REGEXP", "IN", "BETWEEN"].iter().any(|w| self.word_at(1, w)) => {
                    level::SIMILAR
                }
                "DIV" => level::STAR,
                _ => return None,
            },
            TokenKind::Symbol(symbol) => match *symbol {
                // A comparison with ANY or ALL rows of a subquery is of the comparisons' level.
                "=" | "<>" | "!=" if self.quantifier_at(1) => level::SIMILAR,
                "=" | "==" | "<=>" | "<>" | "!=" => level::EQUAL,
                "<" | "<=" | ">" | ">=" => level::SIMILAR,
                "|" => level::BIT_OR,
                "&" => level::BIT_AND,
                "||" => level::CONCATENATE,
                "+" | "-" => level::PLUS,
                "*" | "/" | "%" => level::STAR,
                "^" => level::BIT_XOR,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn logical(&mut self, left: Expr, level: u8, word: &str, op: BinaryOperator) -> Parsed<Expr> {
        let mut operands = vec![left];
        while self.eat(word) {
            operands.push(self.deeper(|p| p.expr_from(level + 1))?);
        }
        if operands.len() >= LONG_CHAIN {
            return Ok(balanced(operands, &op));
        }
        let mut operands = operands.into_iter();
        let first = operands.next().unwrap_or_else(|| Expr::Tuple(Vec::new()));
        Ok(operands.fold(first, |left, right| binary(left, op.clone(), right)))
    }

    fn arithmetic(&mut self, left: Expr, level: u8) -> Parsed<Expr> {
        let op = if self.eat("DIV") {
            BinaryOperator::MyIntegerDivide
        } else {
            self.symbol_operator().ok_or_else(|| self.unrecognized())?
        };
        let right = self.deeper(|p| p.expr_from(level + 1))?;
        Ok(binary(left, op, right))
    }

    /// Takes an operator that is a symbol.
    fn symbol_operator(&mut self) -> Option<BinaryOperator> {
        use super::lexer::TokenKind;
        let TokenKind::Symbol(symbol) = self.kind() else { return None };
        let op = match *symbol {
            "=" | "==" => BinaryOperator::Eq,
            "<=>" => BinaryOperator::Spaceship,
            "<>" | "!=" => BinaryOperator::NotEq,
            "<" => BinaryOperator::Lt,
            "<=" => BinaryOperator::LtEq,
            ">" => BinaryOperator::Gt,
            ">=" => BinaryOperator::GtEq,
            "|" => BinaryOperator::BitwiseOr,
            "&" => BinaryOperator::BitwiseAnd,
            "^" => BinaryOperator::BitwiseXor,
            "||" => BinaryOperator::StringConcat,
            "+" => BinaryOperator::Plus,
            "-" => BinaryOperator::Minus,
            "*" => BinaryOperator::Multiply,
            "/" => BinaryOperator::Divide,
            "%" => BinaryOperator::Modulo,
            _ => return None,
        };
        self.advance();
        Some(op)
    }

    fn equality(&mut self, left: Expr) -> Parsed<Expr> {
        if self.eat("IS") {
            let negated = self.eat("NOT");
            self.expect_all(&["DISTINCT", "FROM"])?;
            let right = Box::new(self.deeper(|p| p.expr_from(level::SIMILAR))?);
            let left = Box::new(left);
            return Ok(if negated { Expr::IsNotDistinctFrom(left, right) } else { Expr::IsDistinctFrom(left, right) });
        }
        let op = self.symbol_operator().ok_or_else(|| self.unrecognized())?;
        let right = self.deeper(|p| p.expr_from(level::SIMILAR))?;
        Ok(binary(left, op, right))
    }

    /// Do `ANY (`, `SOME (` or `ALL (` and a query stand `n` tokens ahead?
    fn quantifier_at(&self, n: usize) -> bool {
        ["ANY", "SOME", "ALL"].iter().any(|word| self.word_at(n, word)) && self.symbol_at(n + 1, "(")
    }

    fn similar(&mut self, left: Expr) -> Parsed<Expr> {
        let negated = self.eat("NOT");
        let expr = Box::new(left);
        if self.eat("IN") {
            if self.query_in_brackets_at(0) {
                let subquery = self.bracketed_query()?;
                return Ok(Expr::InSubquery { expr, subquery, negated });
            }
            let list = self.in_brackets(Self::deeper_expr)?;
            return Ok(Expr::InList { expr, list, negated });
        }
        if self.eat("BETWEEN") {
            let low = Box::new(self.deeper(Self::operand)?);
            self.expect("AND")?;
            let high = Box::new(self.deeper(Self::operand)?);
            return Ok(Expr::Between { expr, negated, low, high });
        }
        if self.eat("LIKE") {
            if let Some(word) = self.eat_one_of(&["ANY", "SOME", "ALL"]) {
                let mut arguments = vec![*expr];
                arguments.extend(self.in_brackets(Self::deeper_expr)?);
                let name = if word == "ALL" { "likeall" } else { "likeany" };
                let call = function::call(object_name_of(name), arguments);
                return Ok(if negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(call) } } else { call });
            }
            let pattern = Box::new(self.deeper(Self::operand)?);
            return Ok(Expr::Like { negated, any: false, expr, pattern, escape_char: None });
        }
        if let Some(word) = self.eat_one_of(&["RLIKE", "REGEXP"]) {
            let pattern = Box::new(self.deeper(Self::operand)?);
            return Ok(Expr::RLike { negated, expr, pattern, regexp: word == "REGEXP" });
        }
        let compare_op = self.symbol_operator().ok_or_else(|| self.unrecognized())?;
        if self.quantifier_at(0) {
            let word = self.eat_one_of(&["ANY", "SOME", "ALL"]);
            let right = Box::new(Expr::Subquery(self.bracketed_query()?));
            return Ok(match word {
                Some("ALL") => Expr::AllOp { left: expr, compare_op, right },
                word => Expr::AnyOp { left: expr, compare_op, right, is_some: word == Some("SOME") },
            });
        }
        let right = self.deeper(Self::operand)?;
        Ok(binary(*expr, compare_op, right))
    }

    /// `IS [NOT] NULL|TRUE|FALSE|UNKNOWN`
    fn is_condition(&mut self, left: Expr) -> Parsed<Expr> {
        self.expect("IS")?;
        let negated = self.eat("NOT");
        let left = Box::new(left);
        Ok(match (self.eat_one_of(&["NULL", "UNKNOWN", "TRUE", "FALSE"]), negated) {
            (Some("NULL" | "UNKNOWN"), false) => Expr::IsNull(left),
            (Some("NULL" | "UNKNOWN"), true) => Expr::IsNotNull(left),
            (Some("TRUE"), false) => Expr::IsTrue(left),
            (Some("TRUE"), true) => Expr::IsNotTrue(left),
            (Some("FALSE"), false) => Expr::IsFalse(left),
            (Some("FALSE"), true) => Expr::IsNotFalse(left),
            _ => return Err(self.unrecognized()),
        })
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let op = match self.kind() {
            super::lexer::TokenKind::Symbol("+") => UnaryOperator::Plus,
            super::lexer::TokenKind::Symbol("-") => UnaryOperator::Minus,
            super::lexer::TokenKind::Symbol("~") => UnaryOperator::BitwiseNot,
            _ => return self.field(),
        };
        self.advance();
        let expr = self.deeper(Self::unary_again)?;
        Ok(Expr::UnaryOp { op, expr: Box::new(expr) })
    }

    #[recursive::recursive]
    fn unary_again(&mut self) -> Parsed<Expr> {
        self.unary()
    }

    /// An expression one level deeper.
    pub(super) fn deeper_expr(&mut self) -> Parsed<Expr> {
        self.deeper(Self::expr)
    }
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

/// Joins operands of `AND` or `OR`, which are associative, by a tree as flat as can be.
fn balanced(mut operands: Vec<Expr>, op: &BinaryOperator) -> Expr {
    while operands.len() > 1 {
        let mut pairs = Vec::with_capacity(operands.len().div_ceil(2));
        let mut rest = operands.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => binary(left, op.clone(), right),
                None => left,
            });
        }
        operands = pairs;
    }
    operands.pop().unwrap_or_else(|| Expr::Tuple(Vec::new()))
}
