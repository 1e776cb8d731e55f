//! Catalogs, which databases are in. `hive` is always there; a database of another one is kept under the name
//! `@catalog#database`.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{
    AlreadyExistsException, InvalidObjectException, InvalidOperationException, MetaException, NoSuchObjectException,
};

use super::{Answer, need, with};
use crate::model::{Catalog, DEFAULT_CATALOG, Database, PrincipalType};
use crate::service::convert::authorization::seconds;
use crate::service::names::{shown_database, stored_database};
use crate::service::{Service, now};
use crate::store::Change;
use crate::store::definitions::{self, Stored};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::CreateCatalog>(with(service, create))
        .on::<m::AlterCatalog>(with(service, alter))
        .on::<m::GetCatalog>(with(service, get))
        .on::<m::GetCatalogs>(with(service, list))
        .on::<m::DropCatalog>(with(service, drop))
}

fn find(service: &Service, name: &str) -> Answer<Option<Stored<Catalog>>> {
    Ok(definitions::find(service.store(), &name.to_lowercase())?)
}

/// The catalog of Hive itself, where nobody has changed it.
fn default_catalog(service: &Service) -> Catalog {
    Catalog {
        name: DEFAULT_CATALOG.to_string(),
        description: Some("Default catalog, for Hive".to_string()),
        location: service.warehouse.clone(),
        create_time: 0,
    }
}

fn existing(service: &Service, name: &str) -> Answer<Catalog> {
    match find(service, name)? {
        Some(found) => Ok(found.value),
        None if name.eq_ignore_ascii_case(DEFAULT_CATALOG) => Ok(default_catalog(service)),
        None => Err(NoSuchObjectException::new(format!("No catalog {name}")).into()),
    }
}

/// With an empty database `default`.
fn create(service: &Service, _: &Call, args: m::CreateCatalogArgs) -> Answer<()> {
    let told = need(need(args.catalog, "catalog")?.catalog, "catalog")?;
    let name = need(told.name, "name")?.to_lowercase();
    if name == DEFAULT_CATALOG || find(service, &name)?.is_some() {
        return Err(AlreadyExistsException::new(format!("Catalog {name} already exists")).into());
    }
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(InvalidObjectException::new(format!("{name} is not a valid catalog name")).into());
    }
    let Some(location) = told.location_uri else {
        return Err(InvalidObjectException::new("You must specify a path for the catalog").into());
    };
    let location = service.folders.url(&location)?;
    let made = service.folders.make(&location)?;
    let new =
        Catalog { name: name.clone(), description: told.description, location: location.clone(), create_time: now() };
    let database = Database {
        name: stored_database(Some(&name), "default"),
        comment: Some(format!("Default database for catalog {name}")),
        location: location.clone(),
        managed_location: None,
        owner: None,
        owner_type: PrincipalType::User,
        parameters: BTreeMap::new(),
        create_time: now(),
    };
    let changes = [Change::Definitions(vec![definitions::created(&new)?]), Change::CreateDatabase(Box::new(database))];
    if let Err(error) = service.store().change(&changes) {
        if made {
            service.folders.remove(&location)?;
        }
        return Err(error.into());
    }
    Ok(())
}

fn alter(service: &Service, _: &Call, args: m::AlterCatalogArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    let name = need(request.name, "name")?;
    let old = existing(service, &name)?;
    let told = need(request.new_cat, "newCat")?;
    if told.name.as_deref().is_some_and(|name| !name.eq_ignore_ascii_case(&old.name)) {
        return Err(InvalidOperationException::new("You cannot change a catalog's name").into());
    }
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let new = Catalog {
        location: given(told.location_uri).unwrap_or_else(|| old.location.clone()),
        description: given(told.description).or_else(|| old.description.clone()),
        ..old
    };
    let changes = match find(service, &name)? {
        Some(old) => definitions::replaced(&old, &new)?,
        None => vec![definitions::created(&new)?],
    };
    Ok(service.store().change_definitions(&changes)?)
}

fn get(service: &Service, _: &Call, args: m::GetCatalogArgs) -> Answer<t::GetCatalogResponse> {
    let found = existing(service, &need(need(args.cat_name, "catName")?.name, "name")?)?;
    let catalog = t::Catalog {
        name: Some(found.name),
        description: found.description,
        location_uri: Some(found.location),
        create_time: Some(seconds(found.create_time)),
    };
    Ok(t::GetCatalogResponse { catalog: Some(catalog) })
}

fn list(service: &Service, _: &Call, _: m::GetCatalogsArgs) -> Answer<t::GetCatalogsResponse> {
    let mut names: Vec<String> =
        definitions::all::<Catalog>(service.store())?.into_iter().map(|catalog| catalog.value.name).collect();
    names.push(DEFAULT_CATALOG.to_string());
    names.sort_unstable();
    names.dedup();
    Ok(t::GetCatalogsResponse { names: Some(names) })
}

/// Only a catalog in which there is nothing. Its folder stays, for there may be other things in it.
fn drop(service: &Service, _: &Call, args: m::DropCatalogArgs) -> Answer<()> {
    let name = need(need(args.cat_name, "catName")?.name, "name")?.to_lowercase();
    if name == DEFAULT_CATALOG {
        return Err(MetaException::new(format!("Can not drop {DEFAULT_CATALOG} catalog")).into());
    }
    let Some(old) = find(service, &name)? else {
        return Err(NoSuchObjectException::new(format!("No catalog {name}")).into());
    };
    let store = service.store();
    let databases: Vec<String> =
        store.database_names(None)?.into_iter().filter(|stored| shown_database(stored).0 == name).collect();
    if databases.iter().any(|stored| shown_database(stored).1 != "default") {
        let text = format!("There are non-default databases in the catalog {name} so it cannot be dropped.");
        return Err(InvalidOperationException::new(text).into());
    }
    let mut changes: Vec<Change> = databases.into_iter().map(|name| Change::DropDatabase { name }).collect();
    changes.push(Change::Definitions(vec![definitions::removed(&old)]));
    store.change(&changes).map_err(|error| match error {
        crate::MetastoreError::InvalidOperation(_) => {
            let text = format!("There are still objects in the default database for catalog {name}");
            InvalidOperationException::new(text).into()
        }
        other => t::HmsException::from(other),
    })
}
