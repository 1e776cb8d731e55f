//! `UPDATE`, `DELETE`, `MERGE`: `updateStatement`, `deleteStatement` and `mergeStatement` of `HiveParser.g`.

use sqlparser::ast::{Expr, TableWithJoins};

use crate::parser::ast::{Assignment, Delete, Merge, MergeAction, MergeClause, Statement, Update};
use crate::parser::cursor::{Parsed, Parser};
use crate::parser::lexer::TokenKind;

impl Parser<'_> {
    /// `UPDATE table SET column = value, … [WHERE …]`
    pub(super) fn update(&mut self) -> Parsed<Statement> {
        self.within("update statement", |p| {
            p.expect("UPDATE")?;
            let table = p.object_name()?;
            let assignments = p.set_columns()?;
            Ok(Statement::Update(Update { table, assignments, condition: p.optional_where()? }))
        })
    }

    /// `DELETE FROM table [WHERE …]`
    pub(super) fn delete(&mut self) -> Parsed<Statement> {
        self.within("delete statement", |p| {
            p.expect_all(&["DELETE", "FROM"])?;
            let table = p.object_name()?;
            Ok(Statement::Delete(Delete { table, condition: p.optional_where()? }))
        })
    }

    /// `MERGE INTO table [[AS] alias] USING source ON condition WHEN …`
    pub(super) fn merge(&mut self) -> Parsed<Statement> {
        self.within("MERGE statement", |p| {
            let start = p.span();
            p.expect("MERGE")?;
            // Hints are advice for Hive's joins.
            while matches!(p.kind(), TokenKind::Hint(_)) {
                p.advance();
            }
            p.expect("INTO")?;
            let target = p.object_name()?;
            let alias = if p.eat("AS") || !p.is("USING") { Some(p.ident()?) } else { None };
            p.expect("USING")?;
            let (relation, joins) = p.source()?;
            p.expect("ON")?;
            let condition = Box::new(p.deeper_expr()?);
            let mut clauses = Vec::new();
            while p.is("WHEN") {
                let clause = p.merge_clause()?;
                let last = matches!(clause.action, MergeAction::Insert { .. });
                clauses.push(clause);
                if last {
                    break;
                }
            }
            if clauses.is_empty() {
                return Err(p.error("Must have at least 1 WHEN clause in MERGE statement"));
            }
            if p.is("WHEN") {
                return Err(p.expected_end().with_hint("WHEN NOT MATCHED stands once, behind all WHEN MATCHED"));
            }
            let source = Box::new(TableWithJoins { relation, joins });
            Ok(Statement::Merge(Merge { target, alias, source, condition, clauses, span: p.span_from(start) }))
        })
    }

    fn merge_clause(&mut self) -> Parsed<MergeClause> {
        let start = self.span();
        let not_matched = self.word_at(1, "NOT");
        let context = if not_matched { "WHEN NOT MATCHED clause" } else { "WHEN MATCHED THEN clause" };
        self.within(context, |p| {
            p.expect("WHEN")?;
            let not_matched = p.eat("NOT");
            p.expect("MATCHED")?;
            let condition = if p.eat("AND") { Some(Box::new(p.deeper_expr()?)) } else { None };
            p.expect("THEN")?;
            let action = if not_matched {
                p.expect("INSERT")?;
                let columns = if p.is_symbol("(") { p.names_in_brackets()? } else { Vec::new() };
                p.expect("VALUES")?;
                MergeAction::Insert { columns, values: p.in_brackets(Self::deeper_expr)? }
            } else if p.eat("UPDATE") {
                MergeAction::Update(p.set_columns()?)
            } else if p.eat("DELETE") {
                MergeAction::Delete
            } else {
                return Err(p.unrecognized());
            };
            Ok(MergeClause { condition, action, span: p.span_from(start) })
        })
    }

    /// `SET column = value, …`
    fn set_columns(&mut self) -> Parsed<Vec<Assignment>> {
        self.expect("SET")?;
        self.separated(|p| {
            let column = p.ident()?;
            if !p.eat_equal() {
                return Err(p.mismatch("="));
            }
            Ok(Assignment { column, value: Box::new(p.deeper(Self::operand)?) })
        })
    }

    fn optional_where(&mut self) -> Parsed<Option<Box<Expr>>> {
        if !self.eat("WHERE") {
            return Ok(None);
        }
        self.within("where clause", |p| Ok(Some(Box::new(p.deeper_expr()?))))
    }
}
