//! `CREATE` and `DROP` of functions and macros.

use skep_metastore::MetastoreError;
use skep_metastore::model::{Function, FunctionResource, PrincipalType, ResourceType};
use skep_metastore::store::MetaStore;
use skep_udf::registry::registry;

use super::now;
use crate::analyzer::MacroDefinition;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::names;
use crate::parser::ast::{CreateFunction, CreateMacro, DropFunction, DropMacro, FunctionResourceKind};
use crate::session::{Outcome, Session};

/// `CREATE FUNCTION`: kept in the catalog for the sake of other engines that read it. `CREATE TEMPORARY FUNCTION` would
/// be of use to nobody and is an error, for Skep runs no Java.
pub fn create(session: &Session, statement: &CreateFunction) -> Result<Outcome> {
    if statement.temporary {
        let what = format!("a temporary function of the Java class {}", statement.class);
        return Err(SkepError::unsupported(what)
            .with_span(Some(statement.name.span().into()))
            .with_hint("CREATE TEMPORARY MACRO name (argument type) expression names an expression for the session"));
    }
    for resource in &statement.resources {
        session.config().policy().check_folder(&resource.uri, None)?;
    }
    let (_, name) = names::resolve(session, &statement.name);
    let database = names::database_of(session, &statement.name)?;
    let resources = statement.resources.iter().map(|resource| FunctionResource {
        kind: match resource.kind {
            FunctionResourceKind::Jar => ResourceType::Jar,
            FunctionResourceKind::File => ResourceType::File,
            FunctionResourceKind::Archive => ResourceType::Archive,
        },
        uri: resource.uri.clone(),
    });
    let function = Function {
        database: database.name.clone(),
        name: name.clone(),
        class_name: statement.class.clone(),
        owner: Some(session.user().to_string()),
        owner_type: PrincipalType::User,
        create_time: now(),
        resources: resources.collect(),
    };
    session.catalog().create_function(&function)?;
    let warning = format!(
        "WARNING: the function {}.{name} is kept in the catalog, but Skep runs no Java and cannot call it",
        database.name
    );
    Ok(Outcome::done().with_message(warning))
}

/// `DROP FUNCTION`
pub fn drop(session: &mut Session, statement: &DropFunction) -> Result<Outcome> {
    let (database, name) = names::resolve(session, &statement.name);
    let quiet = statement.if_exists || session.config().bool("hive.exec.drop.ignorenonexistent");
    let missing =
        || SkepError::semantic(HiveError::FUNCTION_NOT_FOUND, &name).with_span(Some(statement.name.span().into()));
    if statement.temporary {
        let was_there = session.temporary_functions_mut().remove(&name).is_some();
        return if was_there || quiet { Ok(Outcome::done()) } else { Err(missing()) };
    }
    match session.catalog().drop_function(&database, &name) {
        Ok(()) => Ok(Outcome::done()),
        Err(MetastoreError::NoSuchObject(_)) => {
            if statement.name.database.is_none() && registry().describe(&name).is_some() {
                return Err(SkepError::semantic(HiveError::DROP_NATIVE_FUNCTION, &name));
            }
            if quiet { Ok(Outcome::done()) } else { Err(missing()) }
        }
        Err(error) => Err(error.into()),
    }
}

/// `CREATE TEMPORARY MACRO`
pub fn create_macro(session: &mut Session, statement: &CreateMacro) -> Result<Outcome> {
    let mut parameters: Vec<(String, skep_metastore::model::HiveType)> = Vec::with_capacity(statement.arguments.len());
    for (name, ty) in &statement.arguments {
        if parameters.iter().any(|(known, _)| *known == name.lower()) {
            let error = SkepError::invalid("At least one parameter name was used more than once");
            return Err(error.with_span(Some(name.span.into())));
        }
        parameters.push((name.lower(), ty.clone()));
    }
    // Every parameter must be used, as in Hive.
    let body = statement.body.text.to_lowercase();
    let words: Vec<&str> = body.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let (all, used): (Vec<&str>, Vec<&str>) = (
        parameters.iter().map(|(name, _)| name.as_str()).collect(),
        parameters.iter().map(|(name, _)| name.as_str()).filter(|name| words.contains(name)).collect(),
    );
    if all != used {
        let text = format!("Expected columns [{}] but found [{}]", all.join(", "), used.join(", "));
        return Err(SkepError::invalid(text).with_span(Some(statement.body.span.into())));
    }
    let definition = MacroDefinition { parameters, body: statement.body.text.clone() };
    session.macros_mut().insert(statement.name.lower(), definition);
    Ok(Outcome::done())
}

/// `DROP TEMPORARY MACRO`
pub fn drop_macro(session: &mut Session, statement: &DropMacro) -> Result<Outcome> {
    let name = statement.name.lower();
    let quiet = statement.if_exists || session.config().bool("hive.exec.drop.ignorenonexistent");
    if session.macros_mut().remove(&name).is_none() && !quiet {
        let error = SkepError::semantic(HiveError::FUNCTION_NOT_FOUND, &name);
        return Err(error.with_span(Some(statement.name.span.into())));
    }
    Ok(Outcome::done())
}
