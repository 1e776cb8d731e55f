//! `CREATE`, `DROP`, `ALTER MATERIALIZED VIEW`.

use crate::parser::ast::{
    AlterMaterializedView, AlterMaterializedViewAction, CreateMaterializedView, DropMaterializedView, Statement,
};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn create_materialized_view(&mut self) -> Parsed<Statement> {
        self.within("create materialized view statement", |p| {
            p.expect_all(&["CREATE", "MATERIALIZED", "VIEW"])?;
            let if_not_exists = p.if_not_exists();
            let name = p.object_name()?;
            let disable_rewrite = p.eat_all(&["DISABLE", "REWRITE"]);
            let comment = p.string_behind("COMMENT")?;
            let partitioned_on = if p.eat_all(&["PARTITIONED", "ON"]) { p.names_in_brackets()? } else { Vec::new() };
            let (mut distributed_on, mut sorted_on) = (Vec::new(), Vec::new());
            if p.eat_all(&["CLUSTERED", "ON"]) {
                distributed_on = p.names_in_brackets()?;
                sorted_on.clone_from(&distributed_on);
            } else if p.eat_all(&["DISTRIBUTED", "ON"]) {
                distributed_on = p.names_in_brackets()?;
                p.expect_all(&["SORTED", "ON"])?;
                sorted_on = p.names_in_brackets()?;
            }
            let row_format = p.row_format()?;
            let file_format = p.file_format()?;
            let location = p.string_behind("LOCATION")?;
            let properties = p.table_properties()?;
            p.expect("AS")?;
            Ok(Statement::CreateMaterializedView(Box::new(CreateMaterializedView {
                name,
                if_not_exists,
                disable_rewrite,
                comment,
                partitioned_on,
                sorted_on,
                distributed_on,
                row_format,
                file_format,
                location,
                properties,
                query: p.source_query()?,
            })))
        })
    }

    pub(super) fn drop_materialized_view(&mut self) -> Parsed<Statement> {
        self.within("drop materialized view statement", |p| {
            p.expect_all(&["DROP", "MATERIALIZED", "VIEW"])?;
            let if_exists = p.if_exists();
            Ok(Statement::DropMaterializedView(DropMaterializedView { name: p.object_name()?, if_exists }))
        })
    }

    pub(super) fn alter_materialized_view(&mut self) -> Parsed<Statement> {
        self.within("alter materialized view statement", |p| {
            p.expect_all(&["ALTER", "MATERIALIZED", "VIEW"])?;
            let name = p.object_name()?;
            let action = if p.eat("REBUILD") {
                AlterMaterializedViewAction::Rebuild
            } else if p.eat_all(&["ENABLE", "REWRITE"]) {
                AlterMaterializedViewAction::Rewrite(true)
            } else if p.eat_all(&["DISABLE", "REWRITE"]) {
                AlterMaterializedViewAction::Rewrite(false)
            } else {
                return Err(p.unrecognized());
            };
            Ok(Statement::AlterMaterializedView(AlterMaterializedView { name, action }))
        })
    }
}
