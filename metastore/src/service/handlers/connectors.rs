//! Data connectors: how other databases are reached.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{
    AlreadyExistsException, InvalidObjectException, InvalidOperationException, MetaException, NoSuchObjectException,
};

use super::{Answer, need, with};
use crate::model::{DataConnector, PrincipalType};
use crate::service::convert::authorization::{principal_type, seconds, to_principal_type};
use crate::service::{Service, now};
use crate::store::definitions::{self, Stored};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::CreateDataconnector>(with(service, create))
        .on::<m::GetDataconnectorReq>(with(service, get))
        .on::<m::DropDataconnector>(with(service, drop))
        .on::<m::GetDataconnectors>(with(service, list))
        .on::<m::AlterDataconnector>(with(service, alter))
}

fn find(service: &Service, name: &str) -> Answer<Option<Stored<DataConnector>>> {
    Ok(definitions::find(service.store(), &name.to_lowercase())?)
}

fn existing(service: &Service, name: &str) -> Answer<Stored<DataConnector>> {
    let missing = || NoSuchObjectException::new(format!("Dataconnector named {name} does not exist")).into();
    find(service, name)?.ok_or_else(missing)
}

fn to_connector(connector: t::DataConnector) -> Answer<DataConnector> {
    Ok(DataConnector {
        name: need(connector.name, "name")?.trim().to_lowercase(),
        kind: connector.r#type.unwrap_or_default(),
        url: connector.url.unwrap_or_default(),
        comment: connector.description,
        owner: connector.owner_name,
        owner_type: connector.owner_type.map_or(Ok(PrincipalType::User), to_principal_type)?,
        parameters: connector.parameters.unwrap_or_default(),
        create_time: connector.create_time.map_or(0, i64::from),
    })
}

fn create(service: &Service, _: &Call, args: m::CreateDataconnectorArgs) -> Answer<()> {
    let mut new = to_connector(need(args.connector, "connector")?)?;
    if new.name.is_empty() || !new.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(InvalidObjectException::new(format!("{} is not a valid dataconnector name", new.name)).into());
    }
    if find(service, &new.name)?.is_some() {
        return Err(AlreadyExistsException::new(format!("Dataconnector {} already exists", new.name)).into());
    }
    new.create_time = now();
    Ok(service.store().change_definitions(&[definitions::created(&new)?])?)
}

fn get(service: &Service, _: &Call, args: m::GetDataconnectorReqArgs) -> Answer<t::DataConnector> {
    let found = existing(service, &need(args.request, "request")?.connector_name)?.value;
    Ok(t::DataConnector {
        name: Some(found.name),
        r#type: Some(found.kind),
        url: Some(found.url),
        description: found.comment,
        parameters: Some(found.parameters),
        owner_name: found.owner,
        owner_type: Some(principal_type(found.owner_type)),
        create_time: Some(seconds(found.create_time)),
    })
}

/// With `checkReferences`, a connector that databases are behind stays.
fn drop(service: &Service, _: &Call, args: m::DropDataconnectorArgs) -> Answer<()> {
    let name = need(args.name, "name")?;
    let old = match find(service, &name)? {
        Some(old) => old,
        None if args.if_not_exists.unwrap_or(false) => return Ok(()),
        None => return Err(NoSuchObjectException::new(format!("DataConnector {name} doesn't exist")).into()),
    };
    if args.check_references.unwrap_or(false) {
        for database in service.store().database_names(None)? {
            let behind = service.store().database(&database)?;
            if behind.parameters.get("connector.name").is_some_and(|used| used.eq_ignore_ascii_case(&name)) {
                let text = "Cannot drop a data connector that is referenced by databases";
                return Err(InvalidOperationException::new(text).into());
            }
        }
    }
    Ok(service.store().change_definitions(&[definitions::removed(&old)])?)
}

fn list(service: &Service, _: &Call, _: m::GetDataconnectorsArgs) -> Answer<Vec<String>> {
    let all = definitions::all::<DataConnector>(service.store())?;
    Ok(all.into_iter().map(|connector| connector.value.name).collect())
}

fn alter(service: &Service, _: &Call, args: m::AlterDataconnectorArgs) -> Answer<()> {
    let old = existing(service, &need(args.name, "name")?)?;
    let new = to_connector(need(args.connector, "connector")?)?;
    if new.name != old.value.name {
        return Err(MetaException::new("A data connector cannot be renamed").into());
    }
    let new = DataConnector { create_time: old.value.create_time, ..new };
    Ok(service.store().change_definitions(&definitions::replaced(&old, &new)?)?)
}
