//! `SELECT`: `selectClause` of `SelectClauseParser.g` and the clauses behind it.

use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, GroupByWithModifier, Join, NamedWindowDefinition, NamedWindowExpr, OptimizerHint,
    OptimizerHintStyle, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
    WindowType,
};

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::Tail;
use crate::parser::cursor::{Parsed, Parser, sql_ident, sql_span};
use crate::parser::lexer::TokenKind;

impl Parser<'_> {
    /// `SELECT … [FROM …] [WHERE …] [GROUP BY …] [HAVING …] [WINDOW …] [QUALIFY …]`
    pub(super) fn select(&mut self) -> Parsed<Select> {
        let mut select = self.select_clause()?;
        if self.is("FROM") {
            select.from = self.source_clause()?;
        }
        self.select_rest(&mut select)?;
        Ok(select)
    }

    /// What stands behind the source of a FROM-first query: the `SELECT` without `FROM`, its `LATERAL VIEW`s, and the
    /// clauses behind it.
    pub(in crate::parser) fn body(&mut self) -> Parsed<(Select, Vec<Join>, Tail)> {
        let mut select = self.select_clause()?;
        let mut lateral_views = Vec::new();
        while self.lateral_view_at() {
            lateral_views.push(self.lateral_view()?);
        }
        self.select_rest(&mut select)?;
        let tail = self.tail()?;
        Ok((select, lateral_views, tail))
    }

    fn select_clause(&mut self) -> Parsed<Select> {
        self.within("select clause", |p| {
            let mut select = empty();
            if p.is_one_of(&["MAP", "REDUCE"]) {
                select.projection = vec![p.map_or_reduce()?];
                return Ok(select);
            }
            if !p.eat("SELECT") {
                return Err(p.unrecognized());
            }
            while let TokenKind::Hint(text) = p.kind().clone() {
                p.advance();
                let style = OptimizerHintStyle::MultiLine;
                select.optimizer_hints.push(OptimizerHint { prefix: String::new(), text, style });
            }
            if p.is("TRANSFORM") {
                select.projection = vec![p.transform()?];
                return Ok(select);
            }
            select.distinct = match p.eat_one_of(&["ALL", "DISTINCT"]) {
                Some("DISTINCT") => Some(Distinct::Distinct),
                Some(_) => Some(Distinct::All),
                None => None,
            };
            select.projection = p.separated(Self::select_item)?;
            Ok(select)
        })
    }

    /// The star that was just read.
    fn star(&self) -> WildcardAdditionalOptions {
        let token = TokenWithSpan::new(Token::Mul, sql_span(self.last_span()));
        WildcardAdditionalOptions { wildcard_token: AttachedToken(token), ..WildcardAdditionalOptions::default() }
    }

    fn select_item(&mut self) -> Parsed<SelectItem> {
        self.within("selection target", |p| {
            if p.eat_symbol("*") {
                return Ok(SelectItem::Wildcard(p.star()));
            }
            if let Some(name) = p.qualified_wildcard()? {
                let kind = SelectItemQualifiedWildcardKind::ObjectName(name);
                return Ok(SelectItem::QualifiedWildcard(kind, p.star()));
            }
            let expr = p.deeper_expr()?;
            if p.eat("AS") {
                if p.is_symbol("(") {
                    let aliases = p.names_in_brackets()?.into_iter().map(sql_ident).collect();
                    return Ok(SelectItem::ExprWithAliases { expr, aliases });
                }
                return Ok(SelectItem::ExprWithAlias { expr, alias: sql_ident(p.ident()?) });
            }
            if p.alias_at(0) {
                return Ok(SelectItem::ExprWithAlias { expr, alias: sql_ident(p.ident()?) });
            }
            Ok(SelectItem::UnnamedExpr(expr))
        })
    }

    /// Is the token `n` ahead a name that can only be an alias, not the start of a clause?
    pub(super) fn alias_at(&self, n: usize) -> bool {
        self.name_at(n)
            && !self.tail_at(n)
            && !((self.word_at(n, "RECORDREADER") || self.word_at(n, "RECORDWRITER"))
                && matches!(self.token(n + 1).kind, TokenKind::String(_)))
    }

    fn select_rest(&mut self, select: &mut Select) -> Parsed<()> {
        if self.eat("WHERE") {
            select.selection = Some(self.within("where clause", Self::deeper_expr)?);
        }
        if self.eat_all(&["GROUP", "BY"]) {
            select.group_by = self.within("group by clause", Self::group_by)?;
        }
        if self.eat("HAVING") {
            select.having = Some(self.within("having clause", Self::deeper_expr)?);
        }
        if self.eat("WINDOW") {
            select.named_window = self.within("window_clause", |p| p.separated(Self::named_window))?;
            select.window_before_qualify = true;
        }
        if self.eat("QUALIFY") {
            select.qualify = Some(self.within("qualify clause", Self::deeper_expr)?);
        }
        Ok(())
    }

    fn named_window(&mut self) -> Parsed<NamedWindowDefinition> {
        let name = sql_ident(self.ident()?);
        self.expect("AS")?;
        let window = match self.window_type()? {
            WindowType::NamedWindow(other) => NamedWindowExpr::NamedWindow(other),
            WindowType::WindowSpec(spec) => NamedWindowExpr::WindowSpec(spec),
        };
        Ok(NamedWindowDefinition(name, window))
    }

    /// What follows `GROUP BY`: expressions, `ROLLUP (…)`, `CUBE (…)`, `… WITH ROLLUP|CUBE`, `… GROUPING SETS (…)`
    fn group_by(&mut self) -> Parsed<GroupByExpr> {
        if let Some(word) = self.eat_one_of(&["ROLLUP", "CUBE"]) {
            let sets = self.in_brackets(Self::deeper_expr)?.into_iter().map(|expr| vec![expr]).collect();
            let expr = if word == "CUBE" { Expr::Cube(sets) } else { Expr::Rollup(sets) };
            return Ok(GroupByExpr::Expressions(vec![expr], Vec::new()));
        }
        if self.are(&["GROUPING", "SETS"]) {
            return Ok(GroupByExpr::Expressions(vec![self.grouping_sets()?], Vec::new()));
        }
        let expressions = self.separated(Self::deeper_expr)?;
        let mut modifiers = Vec::new();
        if self.eat_all(&["WITH", "ROLLUP"]) {
            modifiers.push(GroupByWithModifier::Rollup);
        } else if self.eat_all(&["WITH", "CUBE"]) {
            modifiers.push(GroupByWithModifier::Cube);
        }
        if self.are(&["GROUPING", "SETS"]) {
            modifiers.push(GroupByWithModifier::GroupingSets(self.grouping_sets()?));
        }
        Ok(GroupByExpr::Expressions(expressions, modifiers))
    }

    /// `GROUPING SETS (a, (a, b), ())`
    fn grouping_sets(&mut self) -> Parsed<Expr> {
        self.expect_all(&["GROUPING", "SETS"])?;
        let sets = self.in_brackets(|p| match p.deeper_expr()? {
            Expr::Tuple(expressions) => Ok(expressions),
            Expr::Nested(expr) => Ok(vec![*expr]),
            expr => Ok(vec![expr]),
        })?;
        Ok(Expr::GroupingSets(sets))
    }
}

/// A `SELECT` with nothing in it.
pub(super) fn empty() -> Select {
    Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection: Vec::new(),
        exclude: None,
        into: None,
        from: Vec::new(),
        lateral_views: Vec::new(),
        prewhere: None,
        selection: None,
        connect_by: Vec::new(),
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    }
}
