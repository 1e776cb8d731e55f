//! Stored procedures and packages of HPL/SQL, which clients run.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::NoSuchObjectException;
use skep_thrift_hms::methods as m;

use super::{Answer, need, with};
use crate::model::{DEFAULT_CATALOG, Defined, Package, StoredProcedure};
use crate::service::Service;
use crate::service::names::stored_database;
use crate::store::definitions::{self, Stored};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::CreateStoredProcedure>(with(service, create))
        .on::<m::GetStoredProcedure>(with(service, get))
        .on::<m::DropStoredProcedure>(with(service, drop))
        .on::<m::GetAllStoredProcedures>(with(service, list))
        .on::<m::AddPackage>(with(service, add_package))
        .on::<m::FindPackage>(with(service, find_package))
        .on::<m::DropPackage>(with(service, drop_package))
        .on::<m::GetAllPackages>(with(service, packages))
}

/// Catalog, database and name, in lower case.
fn key(catalog: Option<String>, database: Option<String>, name: Option<String>) -> Answer<(String, String, String)> {
    let catalog = catalog.map_or_else(|| DEFAULT_CATALOG.to_string(), |catalog| catalog.to_lowercase());
    Ok((catalog, need(database, "dbName")?.to_lowercase(), need(name, "name")?.to_lowercase()))
}

/// Adds it, or puts it in the place of the one of its name.
fn put<T: Defined + PartialEq>(service: &Service, new: &T) -> Answer<()> {
    let changes = match definitions::find::<T>(service.store(), &new.key())? {
        Some(old) => definitions::replaced(&old, new)?,
        None => vec![definitions::created(new)?],
    };
    Ok(service.store().change_definitions(&changes)?)
}

fn named(key: (String, String, String)) -> StoredProcedure {
    StoredProcedure { catalog: key.0, database: key.1, name: key.2, owner: None, source: None }
}

fn create(service: &Service, _: &Call, args: m::CreateStoredProcedureArgs) -> Answer<()> {
    let procedure = need(args.proc, "proc")?;
    let key = key(procedure.cat_name, procedure.db_name, procedure.name)?;
    service.store().database(&stored_database(Some(&key.0), &key.1))?;
    put(service, &StoredProcedure { owner: procedure.owner_name, source: procedure.source, ..named(key) })
}

fn find(service: &Service, request: t::StoredProcedureRequest) -> Answer<Option<Stored<StoredProcedure>>> {
    let wanted = named(key(Some(request.cat_name), Some(request.db_name), Some(request.proc_name))?);
    Ok(definitions::find(service.store(), &wanted.key())?)
}

fn get(service: &Service, _: &Call, args: m::GetStoredProcedureArgs) -> Answer<t::StoredProcedure> {
    let request = need(args.request, "request")?;
    let name = format!("{}.{}", request.db_name, request.proc_name);
    let Some(found) = find(service, request)? else {
        return Err(NoSuchObjectException::new(format!("Stored procedure {name} does not exist")).into());
    };
    Ok(t::StoredProcedure {
        name: Some(found.value.name),
        db_name: Some(found.value.database),
        cat_name: Some(found.value.catalog),
        owner_name: found.value.owner,
        source: found.value.source,
    })
}

fn drop(service: &Service, _: &Call, args: m::DropStoredProcedureArgs) -> Answer<()> {
    let Some(old) = find(service, need(args.request, "request")?)? else { return Ok(()) };
    Ok(service.store().change_definitions(&[definitions::removed(&old)])?)
}

/// Is it in this catalog and, if one is named, in this database?
fn within(catalog: &str, database: &str, wanted: (&str, Option<&str>)) -> bool {
    catalog.eq_ignore_ascii_case(wanted.0) && wanted.1.is_none_or(|wanted| database.eq_ignore_ascii_case(wanted))
}

fn list(service: &Service, _: &Call, args: m::GetAllStoredProceduresArgs) -> Answer<Vec<String>> {
    let request = need(args.request, "request")?;
    let wanted = (request.cat_name.as_str(), request.db_name.as_deref());
    let all = definitions::all::<StoredProcedure>(service.store())?.into_iter().map(|one| one.value);
    Ok(all.filter(|one| within(&one.catalog, &one.database, wanted)).map(|one| one.name).collect())
}

fn named_package(key: (String, String, String)) -> Package {
    Package { catalog: key.0, database: key.1, name: key.2, owner: None, header: None, body: None }
}

fn add_package(service: &Service, _: &Call, args: m::AddPackageArgs) -> Answer<()> {
    let package = need(args.request, "request")?;
    let key = key(package.cat_name, package.db_name, package.package_name)?;
    service.store().database(&stored_database(Some(&key.0), &key.1))?;
    let new = Package { owner: package.owner_name, header: package.header, body: package.body, ..named_package(key) };
    put(service, &new)
}

fn find_package(service: &Service, _: &Call, args: m::FindPackageArgs) -> Answer<t::Package> {
    let request = need(args.request, "request")?;
    let wanted = named_package(key(Some(request.cat_name), Some(request.db_name), Some(request.package_name))?);
    let Some(found) = definitions::find::<Package>(service.store(), &wanted.key())? else {
        let text = format!("Package {}.{} does not exist", wanted.database, wanted.name);
        return Err(NoSuchObjectException::new(text).into());
    };
    Ok(t::Package {
        cat_name: Some(found.value.catalog),
        db_name: Some(found.value.database),
        package_name: Some(found.value.name),
        owner_name: found.value.owner,
        header: found.value.header,
        body: found.value.body,
    })
}

fn drop_package(service: &Service, _: &Call, args: m::DropPackageArgs) -> Answer<()> {
    let request = need(args.request, "request")?;
    let wanted = named_package(key(Some(request.cat_name), Some(request.db_name), Some(request.package_name))?);
    let Some(old) = definitions::find::<Package>(service.store(), &wanted.key())? else { return Ok(()) };
    Ok(service.store().change_definitions(&[definitions::removed(&old)])?)
}

fn packages(service: &Service, _: &Call, args: m::GetAllPackagesArgs) -> Answer<Vec<String>> {
    let request = need(args.request, "request")?;
    let wanted = (request.cat_name.as_str(), request.db_name.as_deref());
    let all = definitions::all::<Package>(service.store())?.into_iter().map(|one| one.value);
    Ok(all.filter(|one| within(&one.catalog, &one.database, wanted)).map(|one| one.name).collect())
}
