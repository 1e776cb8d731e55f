//! Databases.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::{Answer, Family, need};
use crate::error::MetastoreError;
use crate::model::{Catalog, DEFAULT_CATALOG, Database, pattern};
use crate::service::Service;
use crate::service::convert::{database_from_wire, database_to_wire};
use crate::service::exception::{invalid_object, invalid_operation, is_missing, meta, no_such_object};
use crate::service::names::{DatabaseName, shown_database, stored_database};
use crate::store::definitions;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::CreateDatabase>(|service, _, args| create(service, need(args.database, "database")?))
        .on::<m::GetDatabase>(|service, _, args| get(service, &need(args.name, "name")?, None))
        .on::<m::GetDatabaseReq>(get_req)
        .on::<m::DropDatabase>(|service, _, args| {
            let name = stored_database(None, &need(args.name, "name")?);
            let cascade = args.cascade.unwrap_or_default();
            drop(service, &name, args.delete_data.unwrap_or_default(), true, cascade)
        })
        .on::<m::DropDatabaseReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let name = stored_database(request.catalog_name.as_deref(), &request.name);
            let managed = request.delete_managed_dir != Some(false);
            if request.soft_delete == Some(true) {
                let text = "softDelete of drop_database_req is not supported: no cleaner removes the files later";
                return Err(meta(text.to_string()));
            }
            match drop(service, &name, request.delete_data, managed, request.cascade) {
                Err(error) if request.ignore_unknown_db && is_missing(&error) => Ok(()),
                done => done,
            }
        })
        .on::<m::GetDatabases>(|service, _, args| list(service, args.pattern.as_deref()))
        .on::<m::GetAllDatabases>(|service, _, _| list(service, None))
        .on::<m::AlterDatabase>(alter)
        .router
}

/// `MetaStoreUtils.validateName`: letters, digits and `_`.
fn is_valid_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// A database that is another server's cannot be kept here.
fn check_native(database: &wire::Database) -> Answer<()> {
    let named = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
    let field = match database {
        it if it.r#type == Some(wire::DatabaseType::REMOTE) => "type REMOTE",
        it if named(&it.connector_name) => "connector_name",
        it if named(&it.remote_dbname) => "remote_dbname",
        _ => return Ok(()),
    };
    Err(meta(format!("databases of other servers are not supported: {field}")))
}

fn create(service: &Service, database: wire::Database) -> Answer<()> {
    check_native(&database)?;
    let mut database = database_from_wire(database);
    let (catalog, name) = shown_database(&database.name);
    if !is_valid_name(name) {
        return Err(invalid_object(format!("{name} is not a valid database name")));
    }
    if catalog != DEFAULT_CATALOG {
        catalog_location(service, catalog)?;
    }
    if service.store().database(&database.name).is_ok() {
        return Err(crate::service::exception::already_exists(format!("Database {name} already exists")));
    }
    if database.location.is_empty() {
        database.location = default_location(service, catalog, name)?;
    }
    database.location = service.folders.url(&database.location)?;
    if let Some(managed) = &database.managed_location {
        database.managed_location = Some(service.folders.url(managed)?);
    }
    if database.create_time == 0 {
        database.create_time = crate::service::now();
    }
    let made = service.folders.make(&database.location).map_err(|_| {
        meta(format!("Unable to create database path {}, failed to create database {name}", database.location))
    })?;
    if let Err(error) = service.store().create_database(&database) {
        if made {
            service.folders.remove(&database.location)?;
        }
        return Err(error.into());
    }
    Ok(())
}

/// The folder of a database that was given none (`Warehouse.getDefaultDatabasePath`).
fn default_location(service: &Service, catalog: &str, name: &str) -> Answer<String> {
    let root = catalog_location(service, catalog)?;
    Ok(if name == "default" { root } else { format!("{root}/{name}.db") })
}

/// The folder of a catalog.
fn catalog_location(service: &Service, catalog: &str) -> Answer<String> {
    if catalog == DEFAULT_CATALOG {
        return Ok(service.warehouse.clone());
    }
    match definitions::find::<Catalog>(service.store(), catalog)? {
        Some(found) => Ok(found.value.location),
        None => Err(no_such_object(format!("No such catalog: {catalog}"))),
    }
}

fn get_req(service: &Service, _: &Call, args: m::GetDatabaseReqArgs) -> Answer<wire::Database> {
    let request = need(args.request, "request")?;
    get(service, &need(request.name, "name")?, request.catalog_name.as_deref())
}

fn get(service: &Service, name: &str, catalog: Option<&str>) -> Answer<wire::Database> {
    Ok(database_to_wire(find(service, &stored_database(catalog, name))?))
}

/// The database that the store keeps under a name; the exception says its plain name, as Hive's does.
pub(super) fn find(service: &Service, stored: &str) -> Answer<Database> {
    service.store().database(stored).map_err(|error| match error {
        MetastoreError::NoSuchObject(_) => {
            let (catalog, name) = shown_database(stored);
            no_such_object(format!("database {catalog}.{name}"))
        }
        error => error.into(),
    })
}

fn list(service: &Service, pattern: Option<&str>) -> Answer<Vec<String>> {
    let wanted = pattern.map(DatabaseName::parse);
    let catalog = wanted.as_ref().and_then(|wanted| wanted.catalog.clone());
    let pattern = wanted.and_then(|wanted| wanted.database);
    Ok(names_in(service, catalog.as_deref().unwrap_or(DEFAULT_CATALOG), pattern.as_deref())?)
}

/// The plain names of the databases of a catalog that match a pattern.
pub(super) fn names_in(service: &Service, catalog: &str, wanted: Option<&str>) -> Result<Vec<String>, MetastoreError> {
    let stored = service.store().database_names(None)?;
    let names = stored.iter().map(|stored| shown_database(stored));
    let names = names.filter(|(of, name)| *of == catalog && wanted.is_none_or(|it| pattern::matches(it, name)));
    Ok(names.map(|(_, name)| name.to_string()).collect())
}

fn alter(service: &Service, _: &Call, args: m::AlterDatabaseArgs) -> Answer<()> {
    let name = stored_database(None, &need(args.dbname, "dbname")?);
    let old = find(service, &name)?;
    let mut new = database_from_wire(need(args.db, "db")?);
    if new.name != old.name {
        return Err(meta("alterDatabase: database name cannot be changed"));
    }
    if new.location.is_empty() {
        new.location = old.location;
    } else {
        new.location = service.folders.url(&new.location)?;
    }
    if new.create_time == 0 {
        new.create_time = old.create_time;
    }
    Ok(service.store().alter_database(&new)?)
}

/// Drops a database; with `delete` its files go too, and with `managed` also the folder of its managed tables.
fn drop(service: &Service, name: &str, delete: bool, managed: bool, cascade: bool) -> Answer<()> {
    let database = find(service, name)?;
    let (_, plain) = shown_database(name);
    if plain == "default" {
        return Err(meta("Can not drop default database"));
    }
    let tables = service.store().table_names(name, None, None)?;
    if !cascade {
        if !tables.is_empty() {
            return Err(invalid_operation(format!("Database {plain} is not empty. One or more tables exist.")));
        }
        if !service.store().function_names(name, None)?.is_empty() {
            return Err(invalid_operation(format!("Database {plain} is not empty. One or more functions exist.")));
        }
    }
    let mut folders = vec![];
    if delete {
        for table in &tables {
            match super::tables::find(service, name, table) {
                Ok(table) => folders.extend(super::tables::own_folders(service, &table)?),
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(error),
            }
        }
        folders.push(database.location);
        folders.extend(database.managed_location.filter(|_| managed));
    }
    service.store().drop_database(name, cascade)?;
    for folder in folders {
        if let Err(error) = service.folders.remove(&folder) {
            // The database is gone all the same, as in Hive.
            tracing::warn!(%error, folder, "the files of a dropped database stay");
        }
    }
    Ok(())
}
