//! Permanent functions.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::{Answer, Family, need};
use crate::error::MetastoreError;
use crate::service::Service;
use crate::service::convert::{function_from_wire, function_to_wire};
use crate::service::exception::{invalid_object, invalid_operation, no_such_object};
use crate::service::names::{shown_database, stored_database};
use crate::store::Change;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::CreateFunction>(create)
        .on::<m::DropFunction>(|service, _, args| {
            let database = stored_database(None, &need(args.db_name, "dbName")?);
            let name = need(args.func_name, "funcName")?.to_lowercase();
            service.store().drop_function(&database, &name).map_err(|error| missing(error, &database, &name))
        })
        .on::<m::AlterFunction>(alter)
        .on::<m::GetFunctions>(|service, _, args| {
            let database = stored_database(None, args.db_name.as_deref().unwrap_or_default());
            match service.store().function_names(&database, args.pattern.as_deref()) {
                Err(MetastoreError::NoSuchObject(_)) => Ok(vec![]),
                names => Ok(names?),
            }
        })
        .on::<m::GetFunction>(|service, _, args| {
            let database = stored_database(None, &need(args.db_name, "dbName")?);
            let name = need(args.func_name, "funcName")?.to_lowercase();
            let found = service.store().function(&database, &name);
            Ok(function_to_wire(found.map_err(|error| missing(error, &database, &name))?))
        })
        .on::<m::GetAllFunctions>(|service, _, _| all(service))
        .router
}

/// That a function is not there, in Hive's words.
fn missing(error: MetastoreError, database: &str, name: &str) -> wire::HmsException {
    match error {
        MetastoreError::NoSuchObject(_) => {
            let (_, database) = shown_database(database);
            no_such_object(format!("Function {database}.{name} does not exist"))
        }
        error => error.into(),
    }
}

fn create(service: &Service, _: &Call, args: m::CreateFunctionArgs) -> Answer<()> {
    let mut function = function_from_wire(need(args.func, "func")?);
    if function.name.is_empty() || !function.name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(invalid_object(format!("{} is not a valid object name", function.name)));
    }
    if function.class_name.is_empty() {
        return Err(invalid_object("Function class name cannot be null"));
    }
    let (_, plain) = shown_database(&function.database);
    if service.store().database(&function.database).is_err() {
        return Err(no_such_object(format!("The database {plain} does not exist")));
    }
    function.create_time = crate::service::now();
    Ok(service.store().create_function(&function)?)
}

fn alter(service: &Service, _: &Call, args: m::AlterFunctionArgs) -> Answer<()> {
    let database = stored_database(None, &need(args.db_name, "dbName")?);
    let name = need(args.func_name, "funcName")?.to_lowercase();
    let new = function_from_wire(need(args.new_func, "newFunc")?);
    if new.name.is_empty() || !new.name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(invalid_operation(format!("{} is not a valid object name", new.name)));
    }
    let old = service.store().function(&database, &name);
    old.map_err(|error| invalid_operation(missing(error, &database, &name).to_string()))?;
    let changes = [Change::DropFunction { database, name }, Change::CreateFunction(Box::new(new))];
    service.store().change(&changes).map_err(|error| match error {
        error @ (MetastoreError::Busy { .. } | MetastoreError::Store { .. }) => error.into(),
        error => invalid_operation(error.to_string()),
    })
}

fn all(service: &Service) -> Answer<wire::GetAllFunctionsResponse> {
    let mut functions = vec![];
    for database in service.store().database_names(None)? {
        for name in service.store().function_names(&database, None)? {
            match service.store().function(&database, &name) {
                Err(MetastoreError::NoSuchObject(_)) => {}
                function => functions.push(function_to_wire(function?)),
            }
        }
    }
    Ok(wire::GetAllFunctionsResponse { functions: Some(functions) })
}
