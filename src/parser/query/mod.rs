//! Queries: `queryStatementExpression` and `selectStatement` of `HiveParser.g`.

mod from;
mod sample;
mod select;
mod transform;

use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    Cte, Expr, Ident as SqlIdent, LimitClause, ObjectName as SqlObjectName, Offset, OffsetRows, OrderBy, OrderByExpr,
    OrderByKind, OrderByOptions, Parens, Query, Select, SelectItem, SetExpr, SetOperator, SetQuantifier, TableAlias,
    TableAliasColumnDef, TableFactor, TableWithJoins, Value, Values, WildcardAdditionalOptions, With,
};

use super::ast::SourceQuery;
use super::cursor::{MAX_DEPTH, Parsed, Parser, sql_ident, sql_span};
use super::lexer::TokenKind;

/// The clauses behind a query.
#[derive(Default)]
pub(super) struct Tail {
    order_by: Vec<OrderByExpr>,
    cluster_by: Vec<Expr>,
    distribute_by: Vec<Expr>,
    sort_by: Vec<OrderByExpr>,
    limit: Option<LimitClause>,
}

impl Tail {
    fn spreads(&self) -> bool {
        !(self.cluster_by.is_empty() && self.distribute_by.is_empty() && self.sort_by.is_empty())
    }
}

/// Longest row of set operators; their tree is as deep as the row is long.
const MAX_SET_OPERATORS: usize = 1000;

impl Parser<'_> {
    /// A query with its text.
    pub(super) fn source_query(&mut self) -> Parsed<SourceQuery> {
        let start = self.span();
        let query = self.query()?;
        let span = self.span_from(start);
        Ok(SourceQuery { query, text: span.text(self.text).to_string(), span })
    }

    /// A query: `[WITH …] SELECT …`, `[WITH …] FROM … SELECT …`, `VALUES …`
    pub(super) fn query(&mut self) -> Parsed<Box<Query>> {
        self.deeper(Self::any_query)
    }

    #[recursive::recursive]
    fn any_query(&mut self) -> Parsed<Box<Query>> {
        let with = self.with_clause()?;
        let mut query = if self.is("FROM") { self.source_first_statement()? } else { self.select_statement()? };
        // Several WITH may only come together where a query in brackets is all of the body.
        if with.is_some() && query.with.is_some() {
            query = plain_query(SetExpr::Query(Box::new(query)));
        }
        if with.is_some() {
            query.with = with;
        }
        Ok(Box::new(query))
    }

    /// `(query)`
    pub(super) fn bracketed_query(&mut self) -> Parsed<Box<Query>> {
        self.expect_symbol("(")?;
        let query = self.within("subquery source", Self::query)?;
        self.expect_symbol(")")?;
        Ok(query)
    }

    /// Does a bracket that holds a query open `n` tokens ahead? A query may start with brackets itself.
    pub(super) fn query_in_brackets_at(&self, n: usize) -> bool {
        let mut inner = n;
        while self.symbol_at(inner, "(") {
            inner += 1;
            if inner - n > MAX_DEPTH {
                return false;
            }
        }
        if inner == n || !self.query_at(inner) {
            return false;
        }
        // The innermost bracket holds a query; one around it does if a query can go on behind the inner one.
        (n + 1..inner).rev().all(|bracket| {
            let behind = self.closing(bracket) + 1;
            self.symbol_at(behind, ")") || self.set_operator_at(behind) || self.tail_at(behind)
        })
    }

    fn query_at(&self, n: usize) -> bool {
        ["SELECT", "WITH", "FROM", "VALUES"].iter().any(|word| self.word_at(n, word))
            || ["MAP", "REDUCE"].iter().any(|word| self.word_at(n, word)) && !self.symbol_at(n + 1, "(")
    }

    fn set_operator_at(&self, n: usize) -> bool {
        ["UNION", "INTERSECT", "EXCEPT", "MINUS"].iter().any(|word| self.word_at(n, word))
    }

    /// Does `ORDER BY`, `SORT BY`, `LIMIT`… stand `n` tokens ahead?
    pub(super) fn tail_at(&self, n: usize) -> bool {
        let by = ["ORDER", "SORT", "CLUSTER", "DISTRIBUTE"].iter().any(|word| self.word_at(n, word));
        let number = self.token(n + 1).kind == TokenKind::Number;
        by && self.word_at(n + 1, "BY") || (self.word_at(n, "LIMIT") || self.word_at(n, "OFFSET")) && number
    }

    /// `WITH name AS (query), …`
    pub(super) fn with_clause(&mut self) -> Parsed<Option<With>> {
        if !self.eat("WITH") {
            return Ok(None);
        }
        let cte_tables = self.separated(|p| {
            let name = p.ident()?;
            let columns = if p.is_symbol("(") { p.names_in_brackets()? } else { Vec::new() };
            p.expect("AS")?;
            let query = p.bracketed_query()?;
            let alias = table_alias(name.into(), columns.into_iter().map(sql_ident).collect(), false);
            Ok(Cte { alias, query, from: None, materialized: None, closing_paren_token: AttachedToken::empty() })
        })?;
        Ok(Some(With { with_token: AttachedToken::empty(), recursive: false, cte_tables }))
    }

    /// `FROM … SELECT …`, joined by set operators
    fn source_first_statement(&mut self) -> Parsed<Query> {
        let mut query = self.single_source_first()?;
        let mut length = 0;
        while let Some((op, set_quantifier)) = self.set_operator() {
            length += 1;
            if length > MAX_SET_OPERATORS {
                return Err(self.error(format!("more than {MAX_SET_OPERATORS} set operators in a row")));
            }
            let right = if self.is("FROM") { self.single_source_first()? } else { self.atom_query()? };
            query = plain_query(SetExpr::SetOperation {
                left: Box::new(as_operand(query)),
                op,
                set_quantifier,
                right: Box::new(as_operand(right)),
            });
        }
        Ok(query)
    }

    fn atom_query(&mut self) -> Parsed<Query> {
        Ok(plain_query(self.atom_select_statement()?))
    }

    fn single_source_first(&mut self) -> Parsed<Query> {
        let from = self.source_clause()?;
        if self.is("INSERT") {
            return Err(self.unrecognized().with_hint("INSERT cannot stand inside a query"));
        }
        let (mut select, lateral_views, tail) = self.body()?;
        select.flavor = sqlparser::ast::SelectFlavor::FromFirst;
        select.from = from;
        if let Some(table) = select.from.last_mut() {
            table.joins.extend(lateral_views);
        }
        Ok(with_tail(SetExpr::Select(Box::new(select)), tail))
    }

    /// `atom [set operator atom]… [tail]`
    fn select_statement(&mut self) -> Parsed<Query> {
        let mut body = self.atom_select_statement()?;
        let mut length = 0;
        while let Some((op, set_quantifier)) = self.set_operator() {
            length += 1;
            if length > MAX_SET_OPERATORS {
                return Err(self.error(format!("more than {MAX_SET_OPERATORS} set operators in a row")));
            }
            let right = Box::new(self.atom_select_statement()?);
            body = SetExpr::SetOperation { left: Box::new(body), op, set_quantifier, right };
        }
        let tail = self.tail()?;
        Ok(with_tail(body, tail))
    }

    fn atom_select_statement(&mut self) -> Parsed<SetExpr> {
        if self.is_symbol("(") {
            return Ok(SetExpr::Query(self.bracketed_query()?));
        }
        if self.is("VALUES") {
            return Ok(SetExpr::Values(self.values()?));
        }
        if self.is("FROM") {
            return Ok(as_operand(self.single_source_first()?));
        }
        Ok(SetExpr::Select(Box::new(self.select()?)))
    }

    fn set_operator(&mut self) -> Option<(SetOperator, SetQuantifier)> {
        let op = match self.eat_one_of(&["UNION", "INTERSECT", "EXCEPT", "MINUS"])? {
            "UNION" => SetOperator::Union,
            "INTERSECT" => SetOperator::Intersect,
            _ => SetOperator::Except,
        };
        let quantifier = match self.eat_one_of(&["ALL", "DISTINCT"]) {
            Some("ALL") => SetQuantifier::All,
            Some(_) => SetQuantifier::Distinct,
            None => SetQuantifier::None,
        };
        Some((op, quantifier))
    }

    /// `VALUES (…), (…)`
    pub(super) fn values(&mut self) -> Parsed<Values> {
        self.within("values clause", |p| {
            p.expect("VALUES")?;
            let rows = p.separated(|p| {
                let content = p.in_brackets(Self::value_of_row)?;
                let token = AttachedToken::empty;
                Ok(Parens { opening_token: token(), content, closing_token: token() })
            })?;
            Ok(Values { explicit_row: false, value_keyword: false, rows })
        })
    }

    /// A value of a row of `VALUES`, which may have a name
    fn value_of_row(&mut self) -> Parsed<Expr> {
        let expr = Box::new(self.deeper_expr()?);
        if self.eat("AS") || self.alias_at(0) {
            return Ok(Expr::Named { expr, name: sql_ident(self.ident()?) });
        }
        Ok(*expr)
    }

    /// `[ORDER BY] [CLUSTER BY] [DISTRIBUTE BY] [SORT BY] [LIMIT]`
    pub(super) fn tail(&mut self) -> Parsed<Tail> {
        let mut tail = Tail::default();
        if self.are(&["ORDER", "BY"]) {
            tail.order_by = self.order_by_clause()?;
        }
        if self.are(&["CLUSTER", "BY"]) {
            tail.cluster_by = self.cluster_by_clause()?;
        }
        if self.are(&["DISTRIBUTE", "BY"]) {
            tail.distribute_by = self.distribute_by_clause()?;
        }
        if self.are(&["SORT", "BY"]) {
            tail.sort_by = self.sort_by_clause()?;
        }
        if self.is("LIMIT") {
            tail.limit = Some(self.within("limit clause", Self::limit_clause)?);
        }
        Ok(tail)
    }

    /// `LIMIT n`, `LIMIT offset, n`, `LIMIT n OFFSET offset`
    fn limit_clause(&mut self) -> Parsed<LimitClause> {
        self.expect("LIMIT")?;
        let first = self.limit_number()?;
        let (limit, offset) = if self.eat_symbol(",") {
            (self.limit_number()?, Some(first))
        } else if self.eat("OFFSET") {
            (first, Some(self.limit_number()?))
        } else {
            (first, None)
        };
        let offset = offset.map(|value| Offset { value, rows: OffsetRows::None });
        Ok(LimitClause::LimitOffset { limit: Some(limit), offset, limit_by: Vec::new() })
    }

    fn limit_number(&mut self) -> Parsed<Expr> {
        let number: u64 = self.integer()?;
        let span = sql_span(self.last_span());
        Ok(Expr::Value(Value::Number(number.to_string(), false).with_span(span)))
    }

    /// `ORDER BY …`
    pub(super) fn order_by_clause(&mut self) -> Parsed<Vec<OrderByExpr>> {
        self.within("order by clause", |p| {
            p.expect_all(&["ORDER", "BY"])?;
            p.separated(Self::order_by_expr)
        })
    }

    /// `SORT BY …`
    pub(super) fn sort_by_clause(&mut self) -> Parsed<Vec<OrderByExpr>> {
        self.within("sort by clause", |p| {
            p.expect_all(&["SORT", "BY"])?;
            if p.brackets_are_all() {
                return p.in_brackets(Self::order_by_expr);
            }
            p.separated(Self::order_by_expr)
        })
    }

    /// `CLUSTER BY …`
    pub(super) fn cluster_by_clause(&mut self) -> Parsed<Vec<Expr>> {
        self.within("cluster by clause", |p| {
            p.expect_all(&["CLUSTER", "BY"])?;
            p.bracketed_or_bare_list()
        })
    }

    /// `DISTRIBUTE BY …`
    pub(super) fn distribute_by_clause(&mut self) -> Parsed<Vec<Expr>> {
        self.within("distribute by clause", |p| {
            p.expect_all(&["DISTRIBUTE", "BY"])?;
            p.bracketed_or_bare_list()
        })
    }

    /// `a, b` or `(a, b)`
    pub(super) fn bracketed_or_bare_list(&mut self) -> Parsed<Vec<Expr>> {
        if self.brackets_are_all() {
            return self.in_brackets(Self::deeper_expr);
        }
        self.separated(Self::deeper_expr)
    }

    /// Does a bracket open here that holds the whole list, and is not the start of an expression?
    fn brackets_are_all(&self) -> bool {
        if !self.is_symbol("(") || self.query_in_brackets_at(0) {
            return false;
        }
        let behind = self.closing(0) + 1;
        match &self.token(behind).kind {
            TokenKind::Symbol(symbol) => matches!(*symbol, ")" | ";"),
            TokenKind::Word(word) => !matches!(
                word.as_str(),
                "AND"
                    | "OR"
                    | "IS"
                    | "IN"
                    | "LIKE"
                    | "RLIKE"
                    | "REGEXP"
                    | "BETWEEN"
                    | "DIV"
                    | "NOT"
                    | "ASC"
                    | "DESC"
                    | "NULLS"
            ),
            TokenKind::End => true,
            _ => false,
        }
    }

    fn order_by_expr(&mut self) -> Parsed<OrderByExpr> {
        let expr = self.deeper_expr()?;
        let asc = match self.eat_one_of(&["ASC", "DESC"]) {
            Some("ASC") => Some(true),
            Some(_) => Some(false),
            None => None,
        };
        let nulls_first = if self.eat_all(&["NULLS", "FIRST"]) {
            Some(true)
        } else if self.eat_all(&["NULLS", "LAST"]) {
            Some(false)
        } else {
            None
        };
        Ok(OrderByExpr { expr, options: OrderByOptions { asc, nulls_first }, with_fill: None })
    }
}

/// A name of one part.
pub(super) fn object_name_of(name: &str) -> SqlObjectName {
    SqlObjectName::from(vec![SqlIdent::new(name)])
}

/// An alias of a table.
fn table_alias(name: SqlIdent, columns: Vec<SqlIdent>, explicit: bool) -> TableAlias {
    let columns = columns.into_iter().map(|name| TableAliasColumnDef { name, data_type: None }).collect();
    TableAlias { explicit, name, columns, at: None }
}

/// A query without any clause behind it.
pub(super) fn plain_query(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

/// A query as an operand of a set operator.
fn as_operand(query: Query) -> SetExpr {
    if query.with.is_none() && query.order_by.is_none() && query.limit_clause.is_none() {
        *query.body
    } else {
        SetExpr::Query(Box::new(query))
    }
}

/// Puts the clauses behind a query. `SORT BY`, `DISTRIBUTE BY` and `CLUSTER BY` behind a union mean the whole of it,
/// so that it becomes `SELECT * FROM (union) … SORT BY`, as in Hive.
pub(super) fn with_tail(body: SetExpr, tail: Tail) -> Query {
    let body = match body {
        body if !tail.spreads() => body,
        SetExpr::Select(mut select) => {
            select.cluster_by = tail.cluster_by;
            select.distribute_by = tail.distribute_by;
            select.sort_by = tail.sort_by;
            SetExpr::Select(select)
        }
        body => {
            let mut select = select_all(TableFactor::Derived {
                lateral: false,
                subquery: Box::new(plain_query(body)),
                alias: Some(table_alias(SqlIdent::with_quote('`', "__u1"), Vec::new(), true)),
                sample: None,
            });
            select.cluster_by = tail.cluster_by;
            select.distribute_by = tail.distribute_by;
            select.sort_by = tail.sort_by;
            SetExpr::Select(Box::new(select))
        }
    };
    let mut query = plain_query(body);
    if !tail.order_by.is_empty() {
        query.order_by = Some(OrderBy { kind: OrderByKind::Expressions(tail.order_by), interpolate: None });
    }
    query.limit_clause = tail.limit;
    query
}

/// `SELECT * FROM table`
fn select_all(relation: TableFactor) -> Select {
    let mut select = select::empty();
    select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
    select.from = vec![TableWithJoins { relation, joins: Vec::new() }];
    select
}

impl From<super::ast::Ident> for SqlIdent {
    fn from(ident: super::ast::Ident) -> Self {
        sql_ident(ident)
    }
}
