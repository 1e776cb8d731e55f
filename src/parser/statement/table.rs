//! `DROP TABLE`, `TRUNCATE TABLE`.

use crate::parser::ast::{DropTable, Statement, TruncateTable};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn drop_table(&mut self) -> Parsed<Statement> {
        self.within("drop statement", |p| {
            p.expect_all(&["DROP", "TABLE"])?;
            let if_exists = p.if_exists();
            let name = p.object_name()?;
            Ok(Statement::DropTable(DropTable { name, if_exists, purge: p.eat("PURGE") }))
        })
    }

    pub(super) fn truncate_table(&mut self) -> Parsed<Statement> {
        self.within("truncate table statement", |p| {
            p.expect("TRUNCATE")?;
            p.eat("TABLE");
            let name = p.object_name()?;
            let partition = p.optional_partition_spec()?;
            let columns = if p.eat("COLUMNS") { p.names_in_brackets()? } else { Vec::new() };
            Ok(Statement::TruncateTable(TruncateTable { name, partition, columns, force: p.eat("FORCE") }))
        })
    }
}
