//! Data connectors.

use crate::parser::ast::{AlterConnectorAction, ConnectorStatement, CreateDatabase, Statement};
use crate::parser::cursor::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn create_connector(&mut self) -> Parsed<Statement> {
        self.within("create connector statement", |p| {
            p.expect_all(&["CREATE", "CONNECTOR"])?;
            let if_not_exists = p.if_not_exists();
            let name = p.ident()?;
            let kind = p.string_behind("TYPE")?;
            let url = p.string_behind("URL")?;
            let comment = p.string_behind("COMMENT")?;
            let properties = if p.eat_all(&["WITH", "DCPROPERTIES"]) { p.properties()? } else { Vec::new() };
            let create = ConnectorStatement::Create { name, if_not_exists, kind, url, comment, properties };
            Ok(Statement::Connector(create))
        })
    }

    pub(super) fn alter_connector(&mut self) -> Parsed<Statement> {
        self.within("alter connector statement", |p| {
            p.expect_all(&["ALTER", "CONNECTOR"])?;
            let name = p.ident()?;
            p.expect("SET")?;
            let action = match p.eat_one_of(&["DCPROPERTIES", "URL", "OWNER"]) {
                Some("DCPROPERTIES") => AlterConnectorAction::SetProperties(p.properties()?),
                Some("URL") => AlterConnectorAction::SetUrl(p.string()?),
                Some(_) => AlterConnectorAction::SetOwner(p.principal()?),
                None => return Err(p.unrecognized()),
            };
            Ok(Statement::Connector(ConnectorStatement::Alter { name, action }))
        })
    }

    pub(super) fn drop_connector(&mut self) -> Parsed<Statement> {
        self.within("drop connector statement", |p| {
            p.expect_all(&["DROP", "CONNECTOR"])?;
            let if_exists = p.if_exists();
            Ok(Statement::Connector(ConnectorStatement::Drop { name: p.ident()?, if_exists }))
        })
    }

    pub(super) fn show_connectors(&mut self) -> Parsed<Statement> {
        self.within("show statement", |p| {
            p.expect_all(&["SHOW", "CONNECTORS"])?;
            let pattern = if p.eat("LIKE") { Some(p.string()?) } else { p.eat_string() };
            Ok(Statement::Connector(ConnectorStatement::Show { pattern }))
        })
    }

    pub(super) fn describe_connector(&mut self) -> Parsed<Statement> {
        self.within("describe statement", |p| {
            p.advance();
            p.expect("CONNECTOR")?;
            let extended = p.eat("EXTENDED");
            Ok(Statement::Connector(ConnectorStatement::Describe { name: p.ident()?, extended }))
        })
    }

    pub(super) fn create_remote_database(&mut self) -> Parsed<Statement> {
        self.within("create database statement", |p| {
            p.expect_all(&["CREATE", "REMOTE"])?;
            p.database_word()?;
            let if_not_exists = p.if_not_exists();
            let name = p.ident()?;
            let comment = p.string_behind("COMMENT")?;
            p.expect("USING")?;
            let connector = p.ident()?;
            let properties = if p.eat_all(&["WITH", "DBPROPERTIES"]) { p.properties()? } else { Vec::new() };
            let database =
                CreateDatabase { name, if_not_exists, comment, location: None, managed_location: None, properties };
            Ok(Statement::Connector(ConnectorStatement::CreateRemoteDatabase { database, connector }))
        })
    }
}
