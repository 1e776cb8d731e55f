//! `PREPARE`, `EXECUTE`.

use crate::parser::ast::{Execute, Prepare, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    /// `PREPARE name FROM query`: the query is read with NULL for its parameters, to find its errors now.
    pub(super) fn prepare(&mut self) -> Parsed<Statement> {
        self.within("prepare statement", |p| {
            p.expect("PREPARE")?;
            let name = p.ident()?;
            p.expect("FROM")?;
            let start = p.span();
            let mut parameters = 0;
            let mut end = start;
            while !p.at_end() && !p.is_symbol(";") {
                parameters += usize::from(p.is_symbol("?"));
                end = p.advance().span;
            }
            let text = start.to(end).text(p.text).to_string();
            Ok(Statement::Prepare(Prepare { name, text, parameters }))
        })
    }

    pub(super) fn execute(&mut self) -> Parsed<Statement> {
        self.within("execute statement", |p| {
            p.expect("EXECUTE")?;
            let name = p.ident()?;
            let mut values = Vec::new();
            if p.eat("USING") {
                values = p.separated(|p| {
                    let start = p.span();
                    let constant = p.constant()?;
                    Ok((constant, p.span_from(start).text(p.text).to_string()))
                })?;
            }
            Ok(Statement::Execute(Execute { name, values }))
        })
    }
}
