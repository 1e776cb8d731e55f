//! Constraints of tables.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::{Answer, Family, need, tables};
use crate::error::MetastoreError;
use crate::model::Constraint;
use crate::service::Service;
use crate::service::convert::{
    Constraints, from_check_constraints, from_default_constraints, from_foreign_keys, from_not_null_constraints,
    from_primary_keys, from_unique_constraints, to_constraints,
};
use crate::service::exception::{is_missing, meta, no_such_object};
use crate::service::names::{shown_database, stored_database};
use crate::store::{self, ForeignKeysOf, primary_key_name};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::GetPrimaryKeys>(|service, _, args| {
            let request = need(args.request, "request")?;
            let (database, table) = (Some(request.db_name), Some(request.tbl_name));
            let primary_keys = rows(service, request.cat_name, database, table)?.primary_keys;
            Ok(wire::PrimaryKeysResponse { primary_keys })
        })
        .on::<m::GetForeignKeys>(foreign_keys)
        .on::<m::GetUniqueConstraints>(|service, _, args| {
            let request = need(args.request, "request")?;
            let (database, table) = (Some(request.db_name), Some(request.tbl_name));
            let unique_constraints = rows(service, Some(request.cat_name), database, table)?.unique;
            Ok(wire::UniqueConstraintsResponse { unique_constraints })
        })
        .on::<m::GetNotNullConstraints>(|service, _, args| {
            let request = need(args.request, "request")?;
            let (database, table) = (Some(request.db_name), Some(request.tbl_name));
            let not_null_constraints = rows(service, Some(request.cat_name), database, table)?.not_null;
            Ok(wire::NotNullConstraintsResponse { not_null_constraints })
        })
        .on::<m::GetDefaultConstraints>(|service, _, args| {
            let request = need(args.request, "request")?;
            let (database, table) = (Some(request.db_name), Some(request.tbl_name));
            let default_constraints = rows(service, Some(request.cat_name), database, table)?.default;
            Ok(wire::DefaultConstraintsResponse { default_constraints })
        })
        .on::<m::GetCheckConstraints>(|service, _, args| {
            let request = need(args.request, "request")?;
            let (database, table) = (Some(request.db_name), Some(request.tbl_name));
            let check_constraints = rows(service, Some(request.cat_name), database, table)?.check;
            Ok(wire::CheckConstraintsResponse { check_constraints })
        })
        .on::<m::GetAllTableConstraints>(|service, _, args| {
            let request = need(args.request, "request")?;
            let (database, table) = (Some(request.db_name), Some(request.tbl_name));
            let rows = rows(service, Some(request.cat_name), database, table)?;
            let all_table_constraints = wire::SQLAllTableConstraints {
                primary_keys: Some(rows.primary_keys),
                foreign_keys: Some(rows.foreign_keys),
                unique_constraints: Some(rows.unique),
                not_null_constraints: Some(rows.not_null),
                default_constraints: Some(rows.default),
                check_constraints: Some(rows.check),
            };
            Ok(wire::AllTableConstraintsResponse { all_table_constraints })
        })
        .on::<m::DropConstraint>(drop)
        .on::<m::AddPrimaryKey>(|service, _, args| {
            let rows = need(args.req, "req")?.primary_key_cols;
            let place = rows.first().map(|row| (row.cat_name.clone(), row.table_db.clone(), row.table_name.clone()));
            add(service, place, |table| from_primary_keys(rows, table))
        })
        .on::<m::AddForeignKey>(|service, _, args| {
            let rows = need(args.req, "req")?.foreign_key_cols;
            let place =
                rows.first().map(|row| (row.cat_name.clone(), row.fktable_db.clone(), row.fktable_name.clone()));
            add(service, place, |table| from_foreign_keys(rows, table))
        })
        .on::<m::AddUniqueConstraint>(|service, _, args| {
            let rows = need(args.req, "req")?.unique_constraint_cols;
            let place = rows.first().map(|row| (row.cat_name.clone(), row.table_db.clone(), row.table_name.clone()));
            add(service, place, |table| from_unique_constraints(rows, table))
        })
        .on::<m::AddNotNullConstraint>(|service, _, args| {
            let rows = need(args.req, "req")?.not_null_constraint_cols;
            let place = rows.first().map(|row| (row.cat_name.clone(), row.table_db.clone(), row.table_name.clone()));
            add(service, place, |table| from_not_null_constraints(rows, table))
        })
        .on::<m::AddDefaultConstraint>(|service, _, args| {
            let rows = need(args.req, "req")?.default_constraint_cols;
            let place = rows.first().map(|row| (row.cat_name.clone(), row.table_db.clone(), row.table_name.clone()));
            add(service, place, |table| from_default_constraints(rows, table))
        })
        .on::<m::AddCheckConstraint>(|service, _, args| {
            let rows = need(args.req, "req")?.check_constraint_cols;
            let place = rows.first().map(|row| (row.cat_name.clone(), row.table_db.clone(), row.table_name.clone()));
            add(service, place, |table| from_check_constraints(rows, table))
        })
        .router
}

/// The rows of the constraints of a table. A table that is not there has none, as in Hive.
fn rows(
    service: &Service,
    catalog: Option<String>,
    database: Option<String>,
    table: Option<String>,
) -> Answer<Constraints> {
    let database = stored_database(catalog.as_deref(), &need(database, "db_name")?);
    let table = need(table, "tbl_name")?.to_lowercase();
    match service.store().constraints(&database, &table) {
        Err(MetastoreError::NoSuchObject(_)) => Ok(Constraints::default()),
        found => Ok(told(service, &database, &table, found?)),
    }
}

fn told(service: &Service, database: &str, table: &str, constraints: Vec<Constraint>) -> Constraints {
    let primary_key = |database: &str, table: &str| primary_key_name(service.store(), database, table);
    to_constraints(database, table, constraints, primary_key)
}

/// Foreign keys by the table that has them, by the one they refer to, or both.
fn foreign_keys(service: &Service, _: &Call, args: m::GetForeignKeysArgs) -> Answer<wire::ForeignKeysResponse> {
    let request = need(args.request, "request")?;
    let catalog = request.cat_name.as_deref();
    let stored = |name: &Option<String>| {
        name.as_deref().filter(|name| !name.is_empty()).map(|name| stored_database(catalog, name))
    };
    let lower = |name: &Option<String>| name.as_ref().filter(|name| !name.is_empty()).map(|name| name.to_lowercase());
    let (parent_database, parent) = (stored(&request.parent_db_name), lower(&request.parent_tbl_name));
    let (database, table) = (stored(&request.foreign_db_name), lower(&request.foreign_tbl_name));
    let wanted = ForeignKeysOf {
        parent_database: parent_database.as_deref(),
        parent_table: parent.as_deref(),
        database: database.as_deref(),
        table: table.as_deref(),
    };
    let mut foreign_keys = vec![];
    for (database, table, key) in store::foreign_keys(service.store(), &wanted)? {
        foreign_keys.extend(told(service, &database, &table, vec![key]).foreign_keys);
    }
    Ok(wire::ForeignKeysResponse { foreign_keys })
}

fn drop(service: &Service, _: &Call, args: m::DropConstraintArgs) -> Answer<()> {
    let request = need(args.req, "req")?;
    let database = stored_database(request.cat_name.as_deref(), &request.dbname);
    let (table, name) = (request.tablename.to_lowercase(), request.constraintname.to_lowercase());
    let missing = || {
        let (_, plain) = shown_database(&database);
        no_such_object(format!("The constraint: {name} does not exist for the associated table: {plain}.{table}"))
    };
    let there = service.store().constraints(&database, &table).map_err(|_| missing())?;
    if !there.iter().any(|constraint| constraint.name == name) {
        return Err(missing());
    }
    Ok(service.store().change_constraints(&database, &table, std::slice::from_ref(&name), &[])?)
}

type Place = (Option<String>, Option<String>, Option<String>);

fn add(service: &Service, place: Option<Place>, constraints: impl FnOnce(&str) -> Vec<Constraint>) -> Answer<()> {
    let Some((catalog, database, name)) = place else { return Ok(()) };
    let database = stored_database(catalog.as_deref(), &need(database, "table_db")?);
    let table = tables::find(service, &database, &need(name, "table_name")?).map_err(|error| match error {
        error if is_missing(&error) => no_such_object("Parent table not found"),
        error => error,
    })?;
    let constraints = constraints(&table.name);
    service.store().change_constraints(&database, &table.name, &[], &constraints).map_err(|error| match error {
        // The methods declare no other exception.
        MetastoreError::InvalidObject(text) | MetastoreError::InvalidOperation(text) => meta(text),
        error => error.into(),
    })
}
