//! Functions and macros.

use crate::parser::ast::{
    CreateFunction, CreateMacro, DropFunction, DropMacro, FunctionResource, FunctionResourceKind, Statement,
};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn create_function(&mut self) -> Parsed<Statement> {
        self.within("create function statement", |p| {
            p.expect("CREATE")?;
            let temporary = p.eat("TEMPORARY");
            p.expect("FUNCTION")?;
            let name = p.object_name()?;
            p.expect("AS")?;
            let class = p.string()?;
            let resources = if p.eat("USING") { p.separated(Self::function_resource)? } else { Vec::new() };
            Ok(Statement::CreateFunction(CreateFunction { name, temporary, class, resources }))
        })
    }

    fn function_resource(&mut self) -> Parsed<FunctionResource> {
        let kind = match self.eat_one_of(&["JAR", "FILE", "ARCHIVE"]) {
            Some("JAR") => FunctionResourceKind::Jar,
            Some("FILE") => FunctionResourceKind::File,
            Some(_) => FunctionResourceKind::Archive,
            None => return Err(self.unrecognized()),
        };
        Ok(FunctionResource { kind, uri: self.string()? })
    }

    pub(super) fn drop_function(&mut self) -> Parsed<Statement> {
        self.within("drop function statement", |p| {
            p.expect("DROP")?;
            let temporary = p.eat("TEMPORARY");
            p.expect("FUNCTION")?;
            let if_exists = p.if_exists();
            Ok(Statement::DropFunction(DropFunction { name: p.object_name()?, temporary, if_exists }))
        })
    }

    pub(super) fn create_macro(&mut self) -> Parsed<Statement> {
        self.within("create macro statement", |p| {
            p.expect_all(&["CREATE", "TEMPORARY", "MACRO"])?;
            let name = p.ident()?;
            p.expect_symbol("(")?;
            let arguments = if p.is_symbol(")") {
                Vec::new()
            } else {
                p.separated(|p| {
                    let column = p.column_def()?;
                    Ok((column.name, column.ty))
                })?
            };
            p.expect_symbol(")")?;
            Ok(Statement::CreateMacro(CreateMacro { name, arguments, body: p.source_expr(Self::deeper_expr)? }))
        })
    }

    pub(super) fn drop_macro(&mut self) -> Parsed<Statement> {
        self.within("drop macro statement", |p| {
            p.expect_all(&["DROP", "TEMPORARY", "MACRO"])?;
            let if_exists = p.if_exists();
            Ok(Statement::DropMacro(DropMacro { name: p.ident()?, if_exists }))
        })
    }
}
