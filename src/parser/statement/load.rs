//! `LOAD DATA`.

use crate::parser::ast::{LoadData, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn load_data(&mut self) -> Parsed<Statement> {
        self.within("load statement", |p| {
            p.expect_all(&["LOAD", "DATA"])?;
            let local = p.eat("LOCAL");
            p.expect("INPATH")?;
            let path = p.string()?;
            let path_span = p.last_span();
            let overwrite = p.eat("OVERWRITE");
            p.expect_all(&["INTO", "TABLE"])?;
            let table = p.object_name()?;
            let partition = p.optional_partition_spec()?;
            let input_format = if p.eat("INPUTFORMAT") {
                let class = p.string()?;
                p.expect("SERDE")?;
                Some((class, p.string()?))
            } else {
                None
            };
            Ok(Statement::LoadData(LoadData { local, path, path_span, overwrite, table, partition, input_format }))
        })
    }
}
