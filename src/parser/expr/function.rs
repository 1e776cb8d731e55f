//! Calls of functions: `function` of `IdentifiersParser.g`.

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    NullTreatment, ObjectName as SqlObjectName,
};

use crate::parser::ast::query::Ident as SqlIdent;
use crate::parser::cursor::{Parsed, Parser, sql_ident};
use crate::parser::keywords;
use crate::parser::lexer::TokenKind;

impl Parser<'_> {
    /// Does a function's name with a bracket stand `n` tokens ahead?
    pub(in crate::parser) fn function_name_at(&self, n: usize) -> bool {
        let name = |n: usize| match &self.token(n).kind {
            TokenKind::Word(word) => keywords::is_function_name(word),
            TokenKind::QuotedName(_) => true,
            _ => false,
        };
        name(n)
            && (self.symbol_at(n + 1, "(") || self.symbol_at(n + 1, ".") && name(n + 2) && self.symbol_at(n + 3, "("))
    }

    /// `[database.]name(arguments) [nulls] [WITHIN GROUP (…)] [OVER …]`
    pub(super) fn function(&mut self) -> Parsed<Expr> {
        let name = self.function_name()?;
        let (args, nulls) = self.arguments_and_nulls()?;
        let null_treatment = if nulls.is_some() { nulls } else { self.null_treatment() };
        let within_group = if self.eat_all(&["WITHIN", "GROUP"]) {
            self.expect_symbol("(")?;
            let order_by = self.order_by_clause()?;
            self.expect_symbol(")")?;
            order_by
        } else {
            Vec::new()
        };
        let over = if self.eat("OVER") { Some(self.window_type()?) } else { None };
        Ok(Expr::Function(Function {
            name,
            uses_odbc_syntax: false,
            parameters: FunctionArguments::None,
            args: FunctionArguments::List(args),
            filter: None,
            null_treatment,
            over,
            within_group,
        }))
    }

    /// `[database.]name`
    pub(in crate::parser) fn function_name(&mut self) -> Parsed<SqlObjectName> {
        let mut parts = vec![self.function_name_part()?];
        if self.eat_symbol(".") {
            parts.push(self.function_name_part()?);
        }
        Ok(SqlObjectName::from(parts))
    }

    fn function_name_part(&mut self) -> Parsed<SqlIdent> {
        match &self.token(0).kind {
            TokenKind::Word(word) if keywords::is_function_name(word) => Ok(sql_ident(self.any_word()?)),
            _ => Ok(sql_ident(self.ident()?)),
        }
    }

    /// `IGNORE NULLS`, `RESPECT NULLS`
    fn null_treatment(&mut self) -> Option<NullTreatment> {
        if self.eat_all(&["IGNORE", "NULLS"]) {
            Some(NullTreatment::IgnoreNulls)
        } else if self.eat_all(&["RESPECT", "NULLS"]) {
            Some(NullTreatment::RespectNulls)
        } else {
            None
        }
    }

    /// `(*)`, `([DISTINCT|ALL] a, t.*, …)`
    pub(in crate::parser) fn function_arguments(&mut self) -> Parsed<FunctionArgumentList> {
        Ok(self.arguments_and_nulls()?.0)
    }

    /// Arguments; `IGNORE NULLS` may stand behind the bracket, or behind the last argument.
    fn arguments_and_nulls(&mut self) -> Parsed<(FunctionArgumentList, Option<NullTreatment>)> {
        self.expect_symbol("(")?;
        let duplicate_treatment = match self.eat_one_of(&["DISTINCT", "ALL"]) {
            Some("DISTINCT") => Some(DuplicateTreatment::Distinct),
            Some(_) => Some(DuplicateTreatment::All),
            None => None,
        };
        let args =
            if self.is_symbol(")") { Vec::new() } else { self.separated(|p| p.deeper(Self::function_argument))? };
        let nulls = self.null_treatment();
        self.expect_symbol(")")?;
        Ok((FunctionArgumentList { duplicate_treatment, args, clauses: Vec::new() }, nulls))
    }

    fn function_argument(&mut self) -> Parsed<FunctionArg> {
        if self.eat_symbol("*") {
            return Ok(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
        }
        if let Some(name) = self.qualified_wildcard()? {
            return Ok(FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(name)));
        }
        Ok(FunctionArg::Unnamed(FunctionArgExpr::Expr(self.expr()?)))
    }

    /// `t.*`, `db.t.*`, if that is next.
    pub(in crate::parser) fn qualified_wildcard(&mut self) -> Parsed<Option<SqlObjectName>> {
        for length in [1, 2] {
            let names = (0..length).all(|i| self.name_at(2 * i) && self.symbol_at(2 * i + 1, "."));
            if names && self.symbol_at(2 * length, "*") {
                let mut parts = Vec::new();
                for _ in 0..length {
                    parts.push(sql_ident(self.ident()?));
                    self.expect_symbol(".")?;
                }
                self.expect_symbol("*")?;
                return Ok(Some(SqlObjectName::from(parts)));
            }
        }
        Ok(None)
    }
}

/// A call with plain arguments.
pub(in crate::parser) fn call(name: SqlObjectName, arguments: Vec<Expr>) -> Expr {
    let args = arguments.into_iter().map(|expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))).collect();
    Expr::Function(Function {
        name,
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// A call without brackets: `CURRENT_DATE`.
pub(super) fn without_arguments(name: SqlIdent) -> Expr {
    Expr::Function(Function {
        name: SqlObjectName::from(vec![name]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::None,
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
