//! `CREATE`, `DROP`, `ALTER DATABASE`.

use crate::parser::ast::{AlterDatabase, AlterDatabaseAction, CreateDatabase, DropDatabase, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn create_database(&mut self) -> Parsed<Statement> {
        self.within("create database statement", |p| {
            p.expect("CREATE")?;
            p.database_word()?;
            let if_not_exists = p.if_not_exists();
            let name = p.ident()?;
            let comment = p.string_behind("COMMENT")?;
            let location = p.string_behind("LOCATION")?;
            let managed_location = p.string_behind("MANAGEDLOCATION")?;
            let properties = if p.eat_all(&["WITH", "DBPROPERTIES"]) { p.properties()? } else { Vec::new() };
            Ok(Statement::CreateDatabase(CreateDatabase {
                name,
                if_not_exists,
                comment,
                location,
                managed_location,
                properties,
            }))
        })
    }

    pub(super) fn database_word(&mut self) -> Parsed<()> {
        match self.eat_one_of(&["DATABASE", "SCHEMA"]) {
            Some(_) => Ok(()),
            None => Err(self.unrecognized()),
        }
    }

    pub(super) fn drop_database(&mut self) -> Parsed<Statement> {
        self.within("drop database statement", |p| {
            p.expect("DROP")?;
            p.database_word()?;
            let if_exists = p.if_exists();
            let name = p.ident()?;
            Ok(Statement::DropDatabase(DropDatabase { name, if_exists, behavior: p.drop_behavior() }))
        })
    }

    pub(super) fn alter_database(&mut self) -> Parsed<Statement> {
        self.within("alter database statement", |p| {
            p.expect("ALTER")?;
            p.database_word()?;
            let name = p.ident()?;
            p.expect("SET")?;
            let action = match p.eat_one_of(&["DBPROPERTIES", "OWNER", "LOCATION", "MANAGEDLOCATION"]) {
                Some("DBPROPERTIES") => AlterDatabaseAction::SetProperties(p.properties()?),
                Some("OWNER") => AlterDatabaseAction::SetOwner(p.principal()?),
                Some("LOCATION") => AlterDatabaseAction::SetLocation(p.string()?),
                Some(_) => AlterDatabaseAction::SetManagedLocation(p.string()?),
                None => return Err(p.unrecognized()),
            };
            Ok(Statement::AlterDatabase(AlterDatabase { name, action }))
        })
    }
}
