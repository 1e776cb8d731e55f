//! Data connectors: kept and shown. Skep does not reach through them.

use skep_metastore::model::{DataConnector, Defined, PrincipalType, pattern};
use skep_metastore::store::MetaStore;
use skep_metastore::store::definitions::{self, Stored};

use super::{now, properties};
use crate::error::{ErrorKind, Result, SkepError};
use crate::parser::ast::{AlterConnectorAction, ConnectorStatement, Ident, Principal};
use crate::session::authorizer::{ObjectKind, PrivilegeObject};
use crate::session::{Outcome, Session};

/// Runs the statement.
pub fn run(session: &Session, statement: &ConnectorStatement) -> Result<Outcome> {
    match statement {
        ConnectorStatement::Create { name, if_not_exists, kind, url, comment, properties: list } => {
            let key = name.lower();
            if find(session, &key)?.is_some() {
                if *if_not_exists {
                    return Ok(Outcome::done());
                }
                let error = SkepError::new(ErrorKind::Command, format!("Dataconnector {key} already exists"));
                return Err(error.with_code(10427, "42000").with_span(Some(name.span.into())));
            }
            let given = |value: &Option<String>, word: &str| {
                value.clone().ok_or_else(|| {
                    SkepError::invalid(format!("CREATE CONNECTOR {key} needs {word}")).with_span(Some(name.span.into()))
                })
            };
            let connector = DataConnector {
                kind: given(kind, "TYPE")?,
                url: given(url, "URL")?,
                name: key.clone(),
                comment: comment.clone(),
                owner: Some(session.user().to_string()),
                owner_type: PrincipalType::User,
                parameters: properties(list),
                create_time: now(),
            };
            session.catalog().change_definitions(&[definitions::created(&connector)?])?;
        }
        ConnectorStatement::Alter { name, action } => {
            let old = existing(session, name)?;
            let mut new = old.value.clone();
            match action {
                AlterConnectorAction::SetProperties(list) => new.parameters.extend(properties(list)),
                AlterConnectorAction::SetUrl(url) => new.url.clone_from(url),
                AlterConnectorAction::SetOwner(principal) => {
                    let (kind, owner) = match principal {
                        Principal::User(name) => (PrincipalType::User, name),
                        Principal::Role(name) => (PrincipalType::Role, name),
                        Principal::Group(name) => (PrincipalType::Group, name),
                    };
                    new.owner_type = kind;
                    new.owner = Some(owner.value.clone());
                }
            }
            session.catalog().change_definitions(&definitions::replaced(&old, &new)?)?;
        }
        ConnectorStatement::Drop { name, if_exists } => match find(session, &name.lower())? {
            Some(old) => session.catalog().change_definitions(&[definitions::removed(&old)])?,
            None if *if_exists => {}
            None => return Err(missing(name)),
        },
        ConnectorStatement::Show { pattern } => {
            let all = definitions::all::<DataConnector>(session.catalog().as_ref())?;
            let names = all.into_iter().map(|stored| stored.value.key());
            let wanted = names.filter(|name| pattern.as_deref().is_none_or(|p| pattern::matches(p, name)));
            let (user, operation) = (session.user(), "SHOWDATACONNECTORS");
            let shown = session.engine().visible(user, operation, wanted.collect(), |name: &String| {
                PrivilegeObject::new(ObjectKind::Connector, None, name)
            })?;
            return Outcome::lines("connector_name", shown);
        }
        ConnectorStatement::Describe { name, extended } => return describe(existing(session, name)?.value, *extended),
        ConnectorStatement::CreateRemoteDatabase { connector, .. } => {
            existing(session, connector)?;
            let what = format!("a database behind the data connector {}", connector.lower());
            return Err(SkepError::unsupported(what)
                .with_span(Some(connector.span.into()))
                .with_hint("data connectors are kept and shown only"));
        }
    }
    Ok(Outcome::done())
}

fn find(session: &Session, key: &str) -> Result<Option<Stored<DataConnector>>> {
    Ok(definitions::find(session.catalog().as_ref(), key)?)
}

fn existing(session: &Session, name: &Ident) -> Result<Stored<DataConnector>> {
    find(session, &name.lower())?.ok_or_else(|| missing(name))
}

fn missing(name: &Ident) -> SkepError {
    SkepError::new(ErrorKind::Semantic, format!("Dataconnector does not exist: {}", name.lower()))
        .with_code(10428, "42000")
        .with_span(Some(name.span.into()))
}

fn describe(connector: DataConnector, extended: bool) -> Result<Outcome> {
    let pairs: Vec<String> = connector.parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let parameters = if extended && !pairs.is_empty() { format!("{{{}}}", pairs.join(", ")) } else { String::new() };
    let owner_type = match connector.owner_type {
        PrincipalType::User => "USER",
        PrincipalType::Role => "ROLE",
        PrincipalType::Group => "GROUP",
    };
    let row = [
        connector.name,
        connector.kind,
        connector.url,
        connector.owner.unwrap_or_default(),
        owner_type.to_string(),
        connector.comment.unwrap_or_default(),
        parameters,
    ];
    let columns = ["name", "type", "url", "ownerName", "ownerType", "comment", "properties"];
    Outcome::text(&columns, vec![row.into_iter().map(Some).collect()])
}
