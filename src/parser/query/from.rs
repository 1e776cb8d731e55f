//! `FROM`: tables, subqueries, joins, lateral views, partitioned table functions (`FromClauseParser.g`).

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, Ident as SqlIdent, Join, JoinConstraint, JoinOperator,
    ObjectName as SqlObjectName, SetExpr, TableAlias, TableFactor, TableVersion, TableWithJoins, Value,
};

use super::{object_name_of, plain_query, select_all, table_alias};
use crate::parser::ast::query::UNIQUE_JOIN;
use crate::parser::cursor::{Parsed, Parser, sql_ident};
use crate::parser::lexer::TokenKind;

/// A source with the lateral views behind it.
pub(in crate::parser) type Source = (TableFactor, Vec<Join>);

impl Parser<'_> {
    /// `FROM source`. A comma is a cross join, for in Hive it binds like one: there is one entry only.
    pub(in crate::parser) fn source_clause(&mut self) -> Parsed<Vec<TableWithJoins>> {
        self.expect("FROM")?;
        self.within("from clause", |p| {
            if p.eat("UNIQUEJOIN") {
                let relation = p.within("unique join", Self::unique_join)?;
                return Ok(vec![TableWithJoins { relation, joins: Vec::new() }]);
            }
            Ok(vec![p.join_source()?])
        })
    }

    #[recursive::recursive]
    fn join_source(&mut self) -> Parsed<TableWithJoins> {
        let (relation, mut joins) = self.source()?;
        while let Some(operator) = self.join_operator()? {
            let (relation, lateral_views) = self.source()?;
            let constraint = match operator {
                JoinKind::Comma => JoinConstraint::None,
                _ => self.join_constraint()?,
            };
            // Lateral views behind the right side belong to it; that matters where a condition follows them.
            if lateral_views.is_empty() || constraint == JoinConstraint::None {
                joins.push(Join { relation, global: false, join_operator: operator.with(constraint) });
                joins.extend(lateral_views);
            } else {
                let nested = TableWithJoins { relation, joins: lateral_views };
                let relation = TableFactor::NestedJoin { table_with_joins: Box::new(nested), alias: None };
                joins.push(Join { relation, global: false, join_operator: operator.with(constraint) });
            }
            while self.lateral_view_at() {
                joins.push(self.lateral_view()?);
            }
        }
        Ok(TableWithJoins { relation, joins })
    }

    /// `UNIQUEJOIN [PRESERVE] source (key, …), [PRESERVE] source (key, …), …`
    fn unique_join(&mut self) -> Parsed<TableFactor> {
        let args = self.separated(|p| {
            let preserve = p.eat("PRESERVE");
            let source = p.deeper(Self::ptf_source)?;
            let keys = p.in_brackets(Self::deeper_expr)?;
            let query = plain_query(SetExpr::Select(Box::new(select_all(source))));
            let preserve = Expr::Value(Value::Boolean(preserve).with_empty_span());
            let parts = vec![preserve, Expr::Subquery(Box::new(query)), Expr::Tuple(keys)];
            Ok(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Tuple(parts))))
        })?;
        let name = object_name_of(UNIQUE_JOIN);
        Ok(TableFactor::Function { lateral: false, name, args, with_ordinality: false, alias: None })
    }

    fn join_operator(&mut self) -> Parsed<Option<JoinKind>> {
        if self.eat_symbol(",") {
            return Ok(Some(JoinKind::Comma));
        }
        let kind = match self.eat_one_of(&["JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "FULL"]) {
            None => return Ok(None),
            Some("JOIN") => return Ok(Some(JoinKind::Inner)),
            Some("INNER") => JoinKind::Inner,
            Some("CROSS") => JoinKind::Cross,
            Some("LEFT") if self.eat("SEMI") => JoinKind::LeftSemi,
            Some("LEFT") if self.eat("ANTI") => JoinKind::LeftAnti,
            Some(side) => {
                self.eat("OUTER");
                match side {
                    "LEFT" => JoinKind::Left,
                    "RIGHT" => JoinKind::Right,
                    _ => JoinKind::Full,
                }
            }
        };
        self.within("join type specifier", |p| p.expect("JOIN"))?;
        Ok(Some(kind))
    }

    fn join_constraint(&mut self) -> Parsed<JoinConstraint> {
        if self.eat("ON") {
            return Ok(JoinConstraint::On(self.deeper_expr()?));
        }
        if self.eat("USING") {
            let columns = self.names_in_brackets()?;
            let columns = columns.into_iter().map(|column| SqlObjectName::from(vec![sql_ident(column)])).collect();
            return Ok(JoinConstraint::Using(columns));
        }
        Ok(JoinConstraint::None)
    }

    /// A table or a query, with the lateral views behind it.
    pub(in crate::parser) fn source(&mut self) -> Parsed<Source> {
        let factor = self.within("join source", |p| p.deeper(Self::table_factor))?;
        let mut lateral_views = Vec::new();
        while self.lateral_view_at() {
            lateral_views.push(self.lateral_view()?);
        }
        Ok((factor, lateral_views))
    }

    fn table_factor(&mut self) -> Parsed<TableFactor> {
        if self.is("TABLE") && self.symbol_at(1, "(") && self.word_at(2, "VALUES") {
            self.advance();
            return self.subquery_source();
        }
        if self.query_in_brackets_at(0) {
            return self.subquery_source();
        }
        if self.eat_symbol("(") {
            let inner = self.join_source()?;
            self.expect_symbol(")")?;
            return Ok(if inner.joins.is_empty() {
                inner.relation
            } else {
                TableFactor::NestedJoin { table_with_joins: Box::new(inner), alias: None }
            });
        }
        if self.name_at(0) && self.symbol_at(1, "(") && self.word_at(2, "ON") {
            return self.within("ptf clause", Self::partitioned_table_function);
        }
        self.within("table source", Self::table_source)
    }

    /// `(query) [AS] alias [(columns)]`
    fn subquery_source(&mut self) -> Parsed<TableFactor> {
        let subquery = self.bracketed_query()?;
        if !self.is("AS") && !self.alias_at(0) {
            return self.within("subquery source", |p| {
                Err(p.unrecognized().with_hint("a subquery in FROM needs a name: (SELECT …) t"))
            });
        }
        let alias = self.alias_of_table()?;
        Ok(TableFactor::Derived { lateral: false, subquery, alias, sample: None })
    }

    /// `[AS] alias [(columns)]`, if it is there
    fn alias_of_table(&mut self) -> Parsed<Option<TableAlias>> {
        let explicit = self.eat("AS");
        if !explicit && !self.alias_at(0) {
            return Ok(None);
        }
        let name = sql_ident(self.within("table alias", Self::ident)?);
        let columns = if self.is_symbol("(") && self.name_at(1) {
            self.names_in_brackets()?.into_iter().map(sql_ident).collect()
        } else {
            Vec::new()
        };
        Ok(Some(table_alias(name, columns, explicit)))
    }

    /// `[db.]table [FOR SYSTEM_TIME AS OF …] [TABLESAMPLE …] [[AS] alias]`
    fn table_source(&mut self) -> Parsed<TableFactor> {
        let table = self.object_name()?;
        let mut parts: Vec<SqlIdent> = table.database.into_iter().chain([table.name]).map(sql_ident).collect();
        // A third part names a branch, a tag or a metadata table of an Iceberg table.
        if parts.len() == 2 && self.eat_symbol(".") {
            parts.push(sql_ident(self.ident()?));
        }
        let properties = self.is_symbol("(") && matches!(self.token(1).kind, TokenKind::String(_));
        let with_hints = if properties { self.table_hints()? } else { Vec::new() };
        let version = if self.eat("FOR") {
            let time = match self.eat_one_of(&["SYSTEM_TIME", "SYSTEM_VERSION"]) {
                Some(word) => word == "SYSTEM_TIME",
                None => return Err(self.unrecognized()),
            };
            self.expect_all(&["AS", "OF"])?;
            let at = self.deeper(Self::operand)?;
            Some(if time { TableVersion::ForSystemTimeAsOf(at) } else { TableVersion::VersionAsOf(at) })
        } else {
            None
        };
        let sample = self.table_sample()?;
        let alias = if self.is("AS") || self.alias_at(0) {
            let explicit = self.eat("AS");
            Some(table_alias(sql_ident(self.ident()?), Vec::new(), explicit))
        } else {
            None
        };
        Ok(TableFactor::Table {
            name: SqlObjectName::from(parts),
            alias,
            args: None,
            with_hints,
            version,
            with_ordinality: false,
            partitions: Vec::new(),
            json_path: None,
            sample,
            index_hints: Vec::new(),
        })
    }

    /// `('key' = 'value', …)` behind a table: properties for this one scan
    fn table_hints(&mut self) -> Parsed<Vec<Expr>> {
        let value = |property| Box::new(Expr::Value(Value::SingleQuotedString(property).with_empty_span()));
        let hints = self.properties()?.into_iter().map(|property| Expr::BinaryOp {
            left: value(property.key),
            op: BinaryOperator::Eq,
            right: value(property.value),
        });
        Ok(hints.collect())
    }

    /// `f(ON source [PARTITION BY …] [ORDER BY …] [name(value), …]) [alias]`: a table function whose first argument is
    /// the subquery `SELECT * FROM source DISTRIBUTE BY … SORT BY …`
    fn partitioned_table_function(&mut self) -> Parsed<TableFactor> {
        let name = SqlObjectName::from(vec![sql_ident(self.ident()?)]);
        self.expect_symbol("(")?;
        self.expect("ON")?;
        let source = self.deeper(Self::ptf_source)?;
        let mut select = select_all(source);
        (select.distribute_by, select.sort_by) = self.partitioning()?;
        let query = plain_query(SetExpr::Select(Box::new(select)));
        let argument = |expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr));
        let mut args = vec![argument(Expr::Subquery(Box::new(query)))];
        if !self.is_symbol(")") {
            args.extend(self.separated(Self::deeper_expr)?.into_iter().map(argument));
        }
        self.expect_symbol(")")?;
        let alias = self.alias_of_table()?;
        Ok(TableFactor::Function { lateral: false, name, args, with_ordinality: false, alias })
    }

    #[recursive::recursive]
    fn ptf_source(&mut self) -> Parsed<TableFactor> {
        self.table_factor()
    }

    /// Is `[,] LATERAL VIEW` or `[,] LATERAL TABLE` next?
    pub(super) fn lateral_view_at(&self) -> bool {
        let n = usize::from(self.is_symbol(","));
        self.word_at(n, "LATERAL") && (self.word_at(n + 1, "VIEW") || self.word_at(n + 1, "TABLE"))
    }

    /// `[,] LATERAL VIEW [OUTER] f(arguments) alias [AS column, …]`, `[,] LATERAL TABLE (VALUES …) [AS] alias [(columns)]`
    pub(super) fn lateral_view(&mut self) -> Parsed<Join> {
        self.within("lateral view", |p| {
            p.eat_symbol(",");
            p.expect("LATERAL")?;
            if p.eat("TABLE") {
                p.expect_symbol("(")?;
                let values = p.values()?;
                p.expect_symbol(")")?;
                let subquery = Box::new(plain_query(SetExpr::Values(values)));
                let alias = p.alias_of_table()?;
                let relation = TableFactor::Derived { lateral: true, subquery, alias, sample: None };
                return Ok(cross_join(relation));
            }
            p.expect("VIEW")?;
            let outer = p.eat("OUTER");
            let name = p.function_name()?;
            let args = p.function_arguments()?;
            if args.duplicate_treatment.is_some() {
                return Err(p.error_at(p.last_span(), "DISTINCT and ALL are not allowed in a lateral view"));
            }
            let alias = p.within("table alias", Self::ident)?;
            let mut columns = Vec::new();
            if p.eat("AS") {
                columns.push(sql_ident(p.ident()?));
                while p.is_symbol(",") && p.name_at(1) {
                    p.advance();
                    columns.push(sql_ident(p.ident()?));
                }
            }
            let relation = TableFactor::Function {
                lateral: true,
                name,
                args: args.args,
                with_ordinality: false,
                alias: Some(table_alias(sql_ident(alias), columns, true)),
            };
            Ok(if outer { left_join_on_true(relation) } else { cross_join(relation) })
        })
    }
}

fn cross_join(relation: TableFactor) -> Join {
    Join { relation, global: false, join_operator: JoinOperator::CrossJoin(JoinConstraint::None) }
}

fn left_join_on_true(relation: TableFactor) -> Join {
    let yes = Expr::Value(Value::Boolean(true).with_empty_span());
    Join { relation, global: false, join_operator: JoinOperator::LeftOuter(JoinConstraint::On(yes)) }
}

/// The kinds of joins HiveQL has.
enum JoinKind {
    Comma,
    Inner,
    Cross,
    Left,
    Right,
    Full,
    LeftSemi,
    LeftAnti,
}

impl JoinKind {
    fn with(self, constraint: JoinConstraint) -> JoinOperator {
        match self {
            Self::Comma | Self::Cross => JoinOperator::CrossJoin(constraint),
            Self::Inner => JoinOperator::Inner(constraint),
            Self::Left => JoinOperator::LeftOuter(constraint),
            Self::Right => JoinOperator::RightOuter(constraint),
            Self::Full => JoinOperator::FullOuter(constraint),
            Self::LeftSemi => JoinOperator::LeftSemi(constraint),
            Self::LeftAnti => JoinOperator::LeftAnti(constraint),
        }
    }
}
