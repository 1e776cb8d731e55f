//! `EXPORT` and `IMPORT`.

use crate::parser::ast::{Export, Import, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn export_table(&mut self) -> Parsed<Statement> {
        self.within("export statement", |p| {
            p.expect_all(&["EXPORT", "TABLE"])?;
            let table = p.object_name()?;
            let partition = p.optional_partition_spec()?;
            p.expect("TO")?;
            let path_span = p.span();
            let path = p.string()?;
            if p.is("FOR") {
                let end = if p.word_at(1, "METADATA") { p.token(2).span } else { p.token(1).span };
                let span = p.span().to(end);
                return Err(p.unsupported(span, "FOR REPLICATION (replication)"));
            }
            Ok(Statement::Export(Export { table, partition, path, path_span }))
        })
    }

    pub(super) fn import_table(&mut self) -> Parsed<Statement> {
        self.within("import statement", |p| {
            p.expect("IMPORT")?;
            let external = p.eat("EXTERNAL");
            let (mut table, mut partition) = (None, None);
            if external || p.is("TABLE") {
                p.expect("TABLE")?;
                table = Some(p.object_name()?);
                partition = p.optional_partition_spec()?;
            }
            p.expect("FROM")?;
            let path_span = p.span();
            let path = p.string()?;
            let location = p.string_behind("LOCATION")?;
            Ok(Statement::Import(Import { table, external, partition, path, path_span, location }))
        })
    }
}
