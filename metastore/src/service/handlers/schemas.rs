//! The schema registry: schemas, their versions, SerDes with names.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{AlreadyExistsException, InvalidOperationException, MetaException, NoSuchObjectException};

use super::{Answer, need, with};
use crate::model::{Defined, NamedSerDe, RegisteredSchema, SchemaName, SchemaVersion};
use crate::service::Service;
use crate::service::convert::schema as convert;
use crate::service::names::stored_database;
use crate::store::definitions::{self, Stored};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::CreateIschema>(with(service, create))
        .on::<m::AlterIschema>(with(service, alter))
        .on::<m::GetIschema>(with(service, get))
        .on::<m::DropIschema>(with(service, drop))
        .on::<m::AddSchemaVersion>(with(service, add_version))
        .on::<m::GetSchemaVersion>(with(service, get_version))
        .on::<m::GetSchemaLatestVersion>(with(service, latest))
        .on::<m::GetSchemaAllVersions>(with(service, all_versions))
        .on::<m::DropSchemaVersion>(with(service, drop_version))
        .on::<m::GetSchemasByCols>(with(service, by_columns))
        .on::<m::MapSchemaVersionToSerde>(with(service, map_to_serde))
        .on::<m::SetSchemaVersionState>(with(service, set_state))
        .on::<m::AddSerde>(with(service, add_serde))
        .on::<m::GetSerde>(with(service, get_serde))
}

fn no_such<T>(text: String) -> Answer<T> {
    Err(NoSuchObjectException::new(text).into())
}

fn name_of(name: Option<t::ISchemaName>) -> Answer<SchemaName> {
    let name = need(name, "schemaName")?;
    Ok(convert::to_schema_name(name.cat_name, name.db_name, name.schema_name))
}

fn find(service: &Service, name: &SchemaName) -> Answer<Option<Stored<RegisteredSchema>>> {
    let key = RegisteredSchema {
        name: name.clone(),
        schema_type: None,
        compatibility: None,
        validation: None,
        can_evolve: None,
        group: None,
        description: None,
    }
    .key();
    Ok(definitions::find(service.store(), &key)?)
}

fn create(service: &Service, _: &Call, args: m::CreateIschemaArgs) -> Answer<()> {
    let new = convert::to_schema(need(args.schema, "schema")?);
    service.store().database(&stored_database(Some(&new.name.catalog), &new.name.database))?;
    if find(service, &new.name)?.is_some() {
        let text = format!("Schema with name {}.{} already exists", new.name.database, new.name.name);
        return Err(AlreadyExistsException::new(text).into());
    }
    Ok(service.store().change_definitions(&[definitions::created(&new)?])?)
}

/// Its name and its type stay.
fn alter(service: &Service, _: &Call, args: m::AlterIschemaArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    let name = name_of(request.name)?;
    let Some(old) = find(service, &name)? else {
        return no_such(format!("Could not find schema {}", convert::name_text(&name)));
    };
    let wanted = convert::to_schema(need(request.new_schema, "newSchema")?);
    let new = RegisteredSchema {
        compatibility: wanted.compatibility,
        validation: wanted.validation,
        can_evolve: wanted.can_evolve,
        group: wanted.group.or_else(|| old.value.group.clone()),
        description: wanted.description.or_else(|| old.value.description.clone()),
        ..old.value.clone()
    };
    Ok(service.store().change_definitions(&definitions::replaced(&old, &new)?)?)
}

fn get(service: &Service, _: &Call, args: m::GetIschemaArgs) -> Answer<t::ISchema> {
    let name = name_of(args.name)?;
    match find(service, &name)? {
        Some(found) => Ok(convert::schema(found.value)),
        None => no_such(format!("No schema named {} exists", convert::name_text(&name))),
    }
}

fn drop(service: &Service, _: &Call, args: m::DropIschemaArgs) -> Answer<()> {
    let name = name_of(args.name)?;
    if !versions(service, &name)?.is_empty() {
        let name = convert::name_text(&name);
        let text = format!("Schema {name} cannot be dropped, it has at least one valid version");
        return Err(InvalidOperationException::new(text).into());
    }
    let Some(old) = find(service, &name)? else {
        return no_such(format!("Schema {} does not exist", convert::name_text(&name)));
    };
    Ok(service.store().change_definitions(&[definitions::removed(&old)])?)
}

/// The versions of a schema, the latest first.
fn versions(service: &Service, name: &SchemaName) -> Answer<Vec<Stored<SchemaVersion>>> {
    let mut versions =
        definitions::under::<SchemaVersion>(service.store(), &format!("{}#", SchemaVersion::key_of_schema(name)))?;
    versions.sort_by_key(|version| std::cmp::Reverse(version.value.version));
    Ok(versions)
}

fn version_of(descriptor: Option<t::SchemaVersionDescriptor>) -> Answer<(SchemaName, i32)> {
    let descriptor = need(descriptor, "schemaVersion")?;
    Ok((name_of(descriptor.schema)?, descriptor.version.unwrap_or(0)))
}

fn find_version(service: &Service, name: &SchemaName, version: i32) -> Answer<Option<Stored<SchemaVersion>>> {
    Ok(versions(service, name)?.into_iter().find(|found| found.value.version == version))
}

fn existing_version(
    service: &Service,
    descriptor: Option<t::SchemaVersionDescriptor>,
) -> Answer<Stored<SchemaVersion>> {
    let (name, version) = version_of(descriptor)?;
    match find_version(service, &name, version)? {
        Some(found) => Ok(found),
        None => {
            let name = convert::name_text(&name);
            no_such(format!("No schema version SchemaVersionDescriptor(schema:{name}, version:{version})"))
        }
    }
}

fn add_version(service: &Service, _: &Call, args: m::AddSchemaVersionArgs) -> Answer<()> {
    let new = convert::to_version(need(args.schema_version, "schemaVersion")?);
    let name = convert::name_text(&new.schema);
    if find(service, &new.schema)?.is_none() {
        return no_such(format!("No schema named {name}"));
    }
    if find_version(service, &new.schema, new.version)?.is_some() {
        let text = format!("Schema name {name} version {} already exists", new.version);
        return Err(AlreadyExistsException::new(text).into());
    }
    Ok(service.store().change_definitions(&[definitions::created(&new)?])?)
}

fn get_version(service: &Service, _: &Call, args: m::GetSchemaVersionArgs) -> Answer<t::SchemaVersion> {
    Ok(convert::version(existing_version(service, args.schema_version)?.value))
}

fn none_of<T>(name: &SchemaName) -> Answer<T> {
    no_such(format!("No versions of schema {}exist", convert::name_text(name)))
}

fn latest(service: &Service, _: &Call, args: m::GetSchemaLatestVersionArgs) -> Answer<t::SchemaVersion> {
    let name = name_of(args.schema_name)?;
    match versions(service, &name)?.into_iter().next() {
        Some(version) => Ok(convert::version(version.value)),
        None => none_of(&name),
    }
}

fn all_versions(service: &Service, _: &Call, args: m::GetSchemaAllVersionsArgs) -> Answer<Vec<t::SchemaVersion>> {
    let name = name_of(args.schema_name)?;
    let versions = versions(service, &name)?;
    if versions.is_empty() {
        return none_of(&name);
    }
    Ok(versions.into_iter().map(|version| convert::version(version.value)).collect())
}

fn drop_version(service: &Service, _: &Call, args: m::DropSchemaVersionArgs) -> Answer<()> {
    let old = existing_version(service, args.schema_version)?;
    Ok(service.store().change_definitions(&[definitions::removed(&old)])?)
}

/// Versions with a column of this name, this comment (the registry's namespace) and this type, as far as they are given.
fn by_columns(service: &Service, _: &Call, args: m::GetSchemasByColsArgs) -> Answer<t::FindSchemasByColsResp> {
    let request = need(args.rqst, "rqst")?;
    if request.col_name.is_none() && request.col_namespace.is_none() {
        let text = "You must specify column name or column namespace, else your query may be too large";
        return Err(MetaException::new(text).into());
    }
    let name = request.col_name.map(|name| name.trim().to_lowercase());
    let ty = request.r#type.map(|ty| ty.trim().to_lowercase());
    let fits = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
    let mut found = definitions::all::<SchemaVersion>(service.store())?;
    found.retain(|version| {
        version.value.columns.iter().any(|column| {
            fits(&name, &column.name) && fits(&request.col_namespace, &column.comment) && fits(&ty, &column.ty)
        })
    });
    let descriptor = |version: Stored<SchemaVersion>| t::SchemaVersionDescriptor {
        schema: Some(convert::schema_name(version.value.schema)),
        version: Some(version.value.version),
    };
    Ok(t::FindSchemasByColsResp { schema_versions: Some(found.into_iter().map(descriptor).collect()) })
}

fn map_to_serde(service: &Service, _: &Call, args: m::MapSchemaVersionToSerdeArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    let old = existing_version(service, request.schema_version)?;
    let name = request.serde_name.unwrap_or_default();
    let Some(serde) = definitions::find::<NamedSerDe>(service.store(), &name)? else {
        return no_such(format!("No SerDe named {name}"));
    };
    let new = SchemaVersion { serde: Some(serde.value), ..old.value.clone() };
    Ok(service.store().change_definitions(&definitions::replaced(&old, &new)?)?)
}

fn set_state(service: &Service, _: &Call, args: m::SetSchemaVersionStateArgs) -> Answer<()> {
    let request = need(args.rqst, "rqst")?;
    let old = existing_version(service, request.schema_version)?;
    let state = request.state.map(|state| state.0).or(old.value.state);
    let new = SchemaVersion { state, ..old.value.clone() };
    Ok(service.store().change_definitions(&definitions::replaced(&old, &new)?)?)
}

fn add_serde(service: &Service, _: &Call, args: m::AddSerdeArgs) -> Answer<()> {
    let new = convert::to_serde(need(args.serde, "serde")?);
    if definitions::find::<NamedSerDe>(service.store(), &new.name)?.is_some() {
        return Err(AlreadyExistsException::new(format!("Serde with name {} already exists", new.name)).into());
    }
    Ok(service.store().change_definitions(&[definitions::created(&new)?])?)
}

fn get_serde(service: &Service, _: &Call, args: m::GetSerdeArgs) -> Answer<t::SerDeInfo> {
    let name = need(args.rqst, "rqst")?.serde_name.unwrap_or_default();
    match definitions::find::<NamedSerDe>(service.store(), &name)? {
        Some(found) => Ok(convert::serde_info(found.value)),
        None => no_such(format!("No SerDe named {name}")),
    }
}
