//! `CREATE`, `DROP`, `ALTER VIEW`.

use crate::parser::ast::{AlterView, AlterViewAction, CreateView, DropView, Statement, ViewColumn};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn create_view(&mut self) -> Parsed<Statement> {
        self.expect("CREATE")?;
        let or_replace = self.eat_all(&["OR", "REPLACE"]);
        self.expect("VIEW")?;
        let if_not_exists = self.if_not_exists();
        let name = self.object_name()?;
        let columns = if self.is_symbol("(") {
            self.in_brackets(|p| Ok(ViewColumn { name: p.ident()?, comment: p.string_behind("COMMENT")? }))?
        } else {
            Vec::new()
        };
        let comment = self.string_behind("COMMENT")?;
        let partitioned_on = if self.eat_all(&["PARTITIONED", "ON"]) { self.names_in_brackets()? } else { Vec::new() };
        let properties = self.table_properties()?;
        self.expect("AS")?;
        Ok(Statement::CreateView(CreateView {
            name,
            or_replace,
            if_not_exists,
            columns,
            comment,
            partitioned_on,
            properties,
            query: self.source_query()?,
        }))
    }

    pub(super) fn drop_view(&mut self) -> Parsed<Statement> {
        self.within("drop view statement", |p| {
            p.expect_all(&["DROP", "VIEW"])?;
            let if_exists = p.if_exists();
            Ok(Statement::DropView(DropView { name: p.object_name()?, if_exists }))
        })
    }

    pub(super) fn alter_view(&mut self) -> Parsed<Statement> {
        self.within("alter view statement", |p| {
            p.expect_all(&["ALTER", "VIEW"])?;
            let name = p.object_name()?;
            Ok(Statement::AlterView(AlterView { name, action: p.alter_view_action()? }))
        })
    }

    fn alter_view_action(&mut self) -> Parsed<AlterViewAction> {
        if self.eat_all(&["SET", "TBLPROPERTIES"]) {
            return Ok(AlterViewAction::SetProperties(self.properties()?));
        }
        if self.eat_all(&["UNSET", "TBLPROPERTIES"]) {
            let if_exists = self.if_exists();
            return Ok(AlterViewAction::UnsetProperties { keys: self.property_keys()?, if_exists });
        }
        if self.eat_all(&["RENAME", "TO"]) {
            return Ok(AlterViewAction::Rename(self.object_name()?));
        }
        if self.is("ADD") {
            let (if_not_exists, partitions) = self.add_partitions()?;
            return Ok(AlterViewAction::AddPartitions { if_not_exists, partitions });
        }
        if self.is("DROP") {
            let (if_exists, partitions) = self.drop_partitions()?;
            return Ok(AlterViewAction::DropPartitions { if_exists, partitions });
        }
        self.eat("AS");
        Ok(AlterViewAction::As(self.source_query()?))
    }
}
