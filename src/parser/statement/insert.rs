//! `INSERT`: `insertClause`, `regularBody` and `fromStatement` of `HiveParser.g`.

use sqlparser::ast::SetExpr;

use crate::parser::ast::{Insert, InsertBranch, InsertDirectory, InsertTable, InsertTarget, Statement};
use crate::parser::cursor::{Parsed, Parser};
use crate::parser::query::with_tail;

impl Parser<'_> {
    /// A statement that starts with `WITH`, `FROM` or `INSERT`.
    pub(super) fn query_or_insert(&mut self) -> Parsed<Statement> {
        let start = self.mark();
        let with = self.with_clause()?;
        if self.is("INSERT") {
            let branch = self.insert_branch()?;
            return Ok(Statement::Insert(Insert { with, from: None, branches: vec![branch] }));
        }
        if self.is("FROM") {
            let from = self.source_clause()?;
            if self.is("INSERT") {
                let mut branches = vec![self.multi_insert_branch()?];
                while self.is("INSERT") {
                    branches.push(self.multi_insert_branch()?);
                }
                if self.is_one_of(&["SELECT", "MAP", "REDUCE"]) {
                    return Err(self
                        .unrecognized()
                        .with_hint("behind an INSERT, each SELECT needs an INSERT of its own"));
                }
                return Ok(Statement::Insert(Insert { with, from: Some(from), branches }));
            }
        }
        self.back_to(start);
        Ok(Statement::Query(self.source_query()?))
    }

    /// `INSERT … SELECT …`, `INSERT … VALUES …`
    fn insert_branch(&mut self) -> Parsed<InsertBranch> {
        let start = self.span();
        let target = self.within("insert clause", Self::insert_target)?;
        let query = self.query()?;
        Ok(InsertBranch { target, query, lateral_views: Vec::new(), span: self.span_from(start) })
    }

    /// `INSERT … SELECT …` behind a shared `FROM`
    fn multi_insert_branch(&mut self) -> Parsed<InsertBranch> {
        let start = self.span();
        let target = self.within("insert clause", Self::insert_target)?;
        let (select, lateral_views, tail) = self.body()?;
        let query = Box::new(with_tail(SetExpr::Select(Box::new(select)), tail));
        Ok(InsertBranch { target, query, lateral_views, span: self.span_from(start) })
    }

    fn insert_target(&mut self) -> Parsed<InsertTarget> {
        self.expect("INSERT")?;
        let overwrite = match self.eat_one_of(&["OVERWRITE", "INTO"]) {
            Some(word) => word == "OVERWRITE",
            None => return Err(self.unrecognized().with_hint("INSERT is followed by INTO or OVERWRITE")),
        };
        if overwrite && (self.are(&["LOCAL", "DIRECTORY"]) || self.is("DIRECTORY")) {
            let local = self.eat("LOCAL");
            self.expect("DIRECTORY")?;
            let path = self.string()?;
            let row_format = self.row_format()?;
            let file_format = self.file_format()?;
            return Ok(InsertTarget::Directory(InsertDirectory { local, path, row_format, file_format }));
        }
        self.eat("TABLE");
        let table = self.object_name()?;
        let partition = self.optional_partition_spec()?;
        let if_not_exists = overwrite && self.if_not_exists();
        let columns =
            if self.is_symbol("(") && !self.query_in_brackets_at(0) { self.names_in_brackets()? } else { Vec::new() };
        Ok(InsertTarget::Table(InsertTable { table, overwrite, partition, if_not_exists, columns }))
    }
}
