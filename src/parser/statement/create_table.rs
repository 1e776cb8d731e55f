//! `CREATE TABLE`.

use crate::parser::ast::{
    ClusteredBy, CreateTable, CreateTableKind, CreateTableLike, LikeSource, PartitionedBy, SkewedBy, SortColumn,
    Statement,
};
use crate::parser::cursor::{Parsed, Parser};
use crate::parser::lexer::TokenKind;

/// The clauses of `CREATE TABLE` in Hive's order, by their first words.
const CLAUSES: &[&str] =
    &["COMMENT", "PARTITIONED", "CLUSTERED", "SKEWED", "ROW", "STORED", "LOCATION", "TBLPROPERTIES", "AS"];

impl Parser<'_> {
    pub(super) fn create_table(&mut self) -> Parsed<Statement> {
        self.expect("CREATE")?;
        let mut kind = CreateTableKind { temporary: self.eat("TEMPORARY"), ..Default::default() };
        kind.managed = self.eat("MANAGED");
        // Hive keeps nothing but transactional tables for itself: that is what the word asks for.
        kind.transactional = self.eat("TRANSACTIONAL") || kind.managed;
        kind.external = self.eat("EXTERNAL");
        self.expect("TABLE")?;
        let if_not_exists = self.if_not_exists();
        let name = self.object_name()?;
        if self.eat("LIKE") {
            let source = if self.is("FILE") && self.name_at(1) && matches!(self.token(2).kind, TokenKind::String(_)) {
                self.advance();
                LikeSource::File { format: self.ident()?.value, path: self.string()? }
            } else {
                LikeSource::Table(self.object_name()?)
            };
            let partitioned_by = match source {
                LikeSource::File { .. } => self.partitioned_by()?,
                LikeSource::Table(_) => PartitionedBy::None,
            };
            let row_format = self.row_format()?;
            let file_format = self.file_format()?;
            let location = self.string_behind("LOCATION")?;
            let properties = self.table_properties()?;
            return Ok(Statement::CreateTableLike(CreateTableLike {
                name,
                if_not_exists,
                kind,
                source,
                partitioned_by,
                row_format,
                file_format,
                location,
                properties,
            }));
        }
        let (mut columns, mut constraints) = (Vec::new(), Vec::new());
        if self.eat_symbol("(") {
            loop {
                if self.table_constraint_at() {
                    constraints.push(self.table_constraint()?);
                } else {
                    let column = self.column_def()?;
                    if column.name.value.contains(['.', ':']) {
                        let message = "[., :] can not be used in column name in create table statement.";
                        return Err(self.error_at(column.name.span, message));
                    }
                    columns.push(column);
                }
                if !self.eat_symbol(",") {
                    break;
                }
            }
            self.expect_symbol(")")?;
        }
        let comment = self.string_behind("COMMENT")?;
        let partitioned_by = self.partitioned_by()?;
        let clustered_by = if self.is("CLUSTERED") { Some(self.clustered_by()?) } else { None };
        let skewed_by = if self.is("SKEWED") { Some(self.skewed_by()?) } else { None };
        let row_format = self.row_format()?;
        let file_format = self.file_format()?;
        let location = self.string_behind("LOCATION")?;
        let properties = self.table_properties()?;
        let query = if self.eat("AS") { Some(self.source_query()?) } else { None };
        if self.is_one_of(CLAUSES) {
            let hint = format!("the clauses of CREATE TABLE come in this order: {}", CLAUSES.join(", "));
            return Err(self.expected_end().with_hint(hint));
        }
        Ok(Statement::CreateTable(CreateTable {
            name,
            if_not_exists,
            kind,
            columns,
            constraints,
            comment,
            partitioned_by,
            clustered_by,
            skewed_by,
            row_format,
            file_format,
            location,
            properties,
            query,
        }))
    }

    /// `TBLPROPERTIES (…)`, if it is next
    pub(super) fn table_properties(&mut self) -> Parsed<Vec<crate::parser::ast::Property>> {
        if self.eat("TBLPROPERTIES") { self.properties() } else { Ok(Vec::new()) }
    }

    fn partitioned_by(&mut self) -> Parsed<PartitionedBy> {
        if !self.eat("PARTITIONED") {
            return Ok(PartitionedBy::None);
        }
        self.within("table partition specification", |p| {
            p.expect("BY")?;
            if p.eat("SPEC") {
                let parts = p.in_brackets(|p| p.source_expr(Self::deeper_expr))?;
                return Ok(PartitionedBy::Spec(parts));
            }
            if p.symbol_at(2, ",") || p.symbol_at(2, ")") {
                return Ok(PartitionedBy::Names(p.names_in_brackets()?));
            }
            Ok(PartitionedBy::Columns(p.in_brackets(Self::column_def)?))
        })
    }

    /// `CLUSTERED BY (…) [SORTED BY (…)] INTO n BUCKETS`
    pub(super) fn clustered_by(&mut self) -> Parsed<ClusteredBy> {
        self.within("table buckets specification", |p| {
            let start = p.span();
            p.expect_all(&["CLUSTERED", "BY"])?;
            let columns = p.names_in_brackets()?;
            let sorted_by = if p.eat_all(&["SORTED", "BY"]) { p.in_brackets(Self::sort_column)? } else { Vec::new() };
            p.expect("INTO")?;
            let buckets = p.integer()?;
            p.expect("BUCKETS")?;
            Ok(ClusteredBy { columns, sorted_by, buckets, span: p.span_from(start) })
        })
    }

    fn sort_column(&mut self) -> Parsed<SortColumn> {
        let column = self.ident()?;
        let ascending = self.eat_one_of(&["ASC", "DESC"]) != Some("DESC");
        let nulls_first = if self.eat_all(&["NULLS", "FIRST"]) {
            Some(true)
        } else if self.eat_all(&["NULLS", "LAST"]) {
            Some(false)
        } else {
            None
        };
        Ok(SortColumn { column, ascending, nulls_first })
    }

    /// `SKEWED BY (columns) ON (values) [STORED AS DIRECTORIES]`
    pub(super) fn skewed_by(&mut self) -> Parsed<SkewedBy> {
        self.within("table skewed specification", |p| {
            p.expect_all(&["SKEWED", "BY"])?;
            let columns = p.names_in_brackets()?;
            p.expect("ON")?;
            let values = p.in_brackets(Self::skewed_value)?;
            let stored_as_directories = p.eat_all(&["STORED", "AS", "DIRECTORIES"]);
            Ok(SkewedBy { columns, values, stored_as_directories })
        })
    }

    /// `value` or `(value, …)`
    pub(super) fn skewed_value(&mut self) -> Parsed<Vec<crate::parser::ast::Constant>> {
        if self.is_symbol("(") { self.in_brackets(Self::constant) } else { Ok(vec![self.constant()?]) }
    }
}
