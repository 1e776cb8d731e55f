//! Types with names of their own, which nothing but these methods knows.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{AlreadyExistsException, InvalidObjectException, MetaException, NoSuchObjectException};

use super::{Answer, need, with};
use crate::model::UserType;
use crate::service::Service;
use crate::service::convert::schema::{column, to_column};
use crate::store::definitions::{self, Stored};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::CreateType>(with(service, create))
        .on::<m::GetType>(with(service, get))
        .on::<m::DropType>(with(service, drop))
        // Hive's own answer.
        .on::<m::GetTypeAll>(|_, _| Err(MetaException::new("Not yet implemented").into()))
}

fn create(service: &Service, _: &Call, args: m::CreateTypeArgs) -> Answer<bool> {
    let new = need(args.r#type, "type")?;
    let name = need(new.name, "name")?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(InvalidObjectException::new("Invalid type name").into());
    }
    if definitions::find::<UserType>(service.store(), &name)?.is_some() {
        return Err(AlreadyExistsException::new(format!("Type {name} already exists")).into());
    }
    let new = UserType {
        name,
        first: new.type1,
        second: new.type2,
        fields: new.fields.map(|fields| fields.into_iter().map(to_column).collect()),
    };
    service.store().change_definitions(&[definitions::created(&new)?])?;
    Ok(true)
}

fn existing(service: &Service, name: &str) -> Answer<Stored<UserType>> {
    let found = definitions::find::<UserType>(service.store(), name)?;
    found.ok_or_else(|| NoSuchObjectException::new(format!("Type \"{name}\" not found.")).into())
}

fn get(service: &Service, _: &Call, args: m::GetTypeArgs) -> Answer<t::Type> {
    let found = existing(service, &need(args.name, "name")?)?.value;
    Ok(t::Type {
        name: Some(found.name),
        type1: found.first,
        type2: found.second,
        fields: found.fields.map(|fields| fields.into_iter().map(column).collect()),
    })
}

fn drop(service: &Service, _: &Call, args: m::DropTypeArgs) -> Answer<bool> {
    let old = existing(service, &need(args.r#type, "type")?)?;
    service.store().change_definitions(&[definitions::removed(&old)])?;
    Ok(true)
}
