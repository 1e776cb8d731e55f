//! Columns and constraints: `columnNameTypeOrConstraint` of `HiveParser.g`.

use crate::parser::ast::{
    ColumnConstraint, ColumnConstraintKind, ColumnDef, ConstraintOptions, Ident, TableConstraint, TableConstraintKind,
};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    /// `name type [constraint] [COMMENT …]`
    pub(super) fn column_def(&mut self) -> Parsed<ColumnDef> {
        let name = self.ident()?;
        self.column_def_behind(name)
    }

    /// What stands behind the name of a column.
    pub(super) fn column_def_behind(&mut self, name: Ident) -> Parsed<ColumnDef> {
        let start = self.span();
        let ty = self.hive_type()?;
        let type_span = self.span_from(start);
        let mut constraints = Vec::new();
        while let Some(constraint) = self.column_constraint()? {
            constraints.push(constraint);
        }
        let comment = self.string_behind("COMMENT")?;
        Ok(ColumnDef { name, ty, type_span, constraints, comment })
    }

    fn column_constraint(&mut self) -> Parsed<Option<ColumnConstraint>> {
        let start = self.span();
        let name = if self.eat("CONSTRAINT") { Some(self.ident()?) } else { None };
        let kind = if self.eat_all(&["NOT", "NULL"]) {
            ColumnConstraintKind::NotNull
        } else if self.eat("DEFAULT") {
            ColumnConstraintKind::Default(self.source_expr(Self::operand)?)
        } else if self.is("CHECK") {
            ColumnConstraintKind::Check(self.check()?)
        } else if self.eat_all(&["PRIMARY", "KEY"]) {
            ColumnConstraintKind::PrimaryKey
        } else if self.eat("UNIQUE") {
            ColumnConstraintKind::Unique
        } else if self.eat("REFERENCES") {
            let table = self.object_name()?;
            self.expect_symbol("(")?;
            let column = self.ident()?;
            self.expect_symbol(")")?;
            ColumnConstraintKind::References { table, column }
        } else if name.is_some() {
            return Err(self.unrecognized());
        } else {
            return Ok(None);
        };
        let options = self.constraint_options()?;
        Ok(Some(ColumnConstraint { name, kind, options, span: self.span_from(start) }))
    }

    fn check(&mut self) -> Parsed<crate::parser::ast::SourceExpr> {
        self.expect("CHECK")?;
        let mut check = self.source_expr(Self::deeper_expr)?;
        if let sqlparser::ast::Expr::Nested(inner) = *check.expr {
            let inside = check.text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
            check.text = inside.unwrap_or(&check.text).trim().to_string();
            check.expr = inner;
        }
        Ok(check)
    }

    /// Is a constraint of the table next, rather than a column?
    pub(super) fn table_constraint_at(&self) -> bool {
        self.is("CONSTRAINT")
            || self.are(&["PRIMARY", "KEY"])
            || self.are(&["FOREIGN", "KEY"])
            || self.is("UNIQUE") && self.symbol_at(1, "(")
            || self.is("CHECK") && self.symbol_at(1, "(")
    }

    /// `[CONSTRAINT name] PRIMARY KEY (…) | UNIQUE (…) | CHECK (…) | FOREIGN KEY (…) REFERENCES t (…)`
    pub(super) fn table_constraint(&mut self) -> Parsed<TableConstraint> {
        let start = self.span();
        let name = if self.eat("CONSTRAINT") { Some(self.ident()?) } else { None };
        let kind = if self.eat_all(&["PRIMARY", "KEY"]) {
            TableConstraintKind::PrimaryKey(self.names_in_brackets()?)
        } else if self.eat("UNIQUE") {
            TableConstraintKind::Unique(self.names_in_brackets()?)
        } else if self.is("CHECK") {
            TableConstraintKind::Check(self.check()?)
        } else if self.eat_all(&["FOREIGN", "KEY"]) {
            let columns = self.names_in_brackets()?;
            self.expect("REFERENCES")?;
            let table = self.object_name()?;
            TableConstraintKind::ForeignKey { columns, table, references: self.names_in_brackets()? }
        } else {
            return Err(self.unrecognized());
        };
        let options = self.constraint_options()?;
        Ok(TableConstraint { name, kind, options, span: self.span_from(start) })
    }

    fn constraint_options(&mut self) -> Parsed<ConstraintOptions> {
        let mut options = ConstraintOptions::default();
        if let Some(word) = self.eat_one_of(&["ENABLE", "DISABLE"]) {
            options.enable = Some(word == "ENABLE");
            options.validate = self.eat_one_of(&["VALIDATE", "NOVALIDATE"]).map(|word| word == "VALIDATE");
        } else if self.eat("ENFORCED") {
            options.enable = Some(true);
        } else if self.eat_all(&["NOT", "ENFORCED"]) {
            options.enable = Some(false);
        } else {
            return Ok(options);
        }
        options.rely = self.eat_one_of(&["RELY", "NORELY"]).map(|word| word == "RELY");
        Ok(options)
    }
}
