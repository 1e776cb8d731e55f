//! `SHOW …`

pub(super) mod create_table;
mod materialized_views;
mod partitions;
mod table_extended;
mod transactions;

use arrow::array::{RecordBatch, StringArray};
use futures::TryStreamExt;
use skep_metastore::model::{TableKind, pattern, unescape_path_name};
use skep_metastore::store::MetaStore;
use skep_udf::registry::registry;

use super::describe::properties_of_partitioned;
use super::names;
use crate::error::{Result, SkepError};
use crate::parser::ast::{Ident, ObjectName, Show};
use crate::session::{Outcome, Session};

/// Runs a `SHOW`.
pub async fn run(session: &Session, statement: &Show) -> Result<Outcome> {
    let mut outcome = match statement {
        Show::Databases { pattern } => {
            let names = session.catalog().database_names(pattern.as_deref())?;
            Outcome::lines("database_name", session.visible_databases("SHOWDATABASES", names)?)
        }
        Show::Tables { database, pattern, table_type, extended } => {
            tables(session, database.as_ref(), pattern.as_deref(), table_type.as_deref(), *extended)
        }
        Show::Views { database, pattern } => {
            let database = database_name(session, database.as_ref())?;
            let names = session.catalog().table_names(&database, pattern.as_deref(), Some(&[TableKind::View]))?;
            Outcome::lines("tab_name", session.visible_tables_of("SHOWVIEWS", &database, names)?)
        }
        Show::MaterializedViews { database, pattern } => {
            let database = database_name(session, database.as_ref())?;
            materialized_views::run(session, &database, pattern.as_deref())
        }
        Show::Columns { table, sorted, pattern } => columns(session, table, *sorted, pattern.as_deref()),
        Show::Functions { pattern } => {
            Outcome::lines("tab_name", function_names(session, "SHOWFUNCTIONS", pattern.as_deref())?)
        }
        Show::Partitions(statement) => partitions::run(session, statement).await,
        Show::CreateDatabase(name) => create_database(session, name),
        Show::CreateTable(name) => create_table::run(session, name),
        Show::TableExtended { database, pattern, partition } => {
            table_extended::run(session, database.as_ref(), pattern, partition.as_ref()).await
        }
        Show::TableProperties { table, key } => table_properties(session, table, key.as_deref()),
        Show::Conf(key) => conf(key),
        Show::Locks { target, extended } => crate::executor::lock::show(session, target.as_ref(), *extended),
        // A command of its own in Hive: it has no output as JSON, and a NULL in it is a NULL.
        Show::Processes => return crate::executor::processes::show(session),
        Show::Transactions => transactions::transactions(session),
        Show::Compactions(statement) => transactions::compactions(session, statement),
    }?;
    if session.config().text("hive.ddl.output.format").eq_ignore_ascii_case("json") {
        return json(statement, outcome).await;
    }
    outcome.null_text = "";
    Ok(outcome)
}

fn database_name(session: &Session, name: Option<&Ident>) -> Result<String> {
    match name {
        Some(name) => Ok(names::database(session, name)?.name),
        None => Ok(session.current_database().to_string()),
    }
}

fn tables(
    session: &Session,
    database: Option<&Ident>,
    pattern: Option<&str>,
    table_type: Option<&str>,
    extended: bool,
) -> Result<Outcome> {
    let database = database_name(session, database)?;
    let kinds = match table_type {
        None => None,
        Some(wanted) => {
            let all = [TableKind::Managed, TableKind::External, TableKind::View, TableKind::MaterializedView];
            Some(all.into_iter().filter(|kind| kind.name().eq_ignore_ascii_case(wanted)).collect::<Vec<_>>())
        }
    };
    let names = session.catalog().table_names(&database, pattern, kinds.as_deref())?;
    let names = session.visible_tables_of("SHOWTABLES", &database, names)?;
    if !extended {
        return Outcome::lines("tab_name", names);
    }
    let mut rows = vec![vec![Some("# Table Name".to_string()), Some("Table Type".to_string())]];
    for name in names {
        let kind = session.catalog().table(&database, &name)?.kind.name();
        rows.push(vec![Some(name), Some(kind.to_string())]);
    }
    if session.padded() {
        for row in &mut rows {
            for field in row.iter_mut().flatten() {
                *field = format!("{field:<20}");
            }
        }
    }
    Outcome::text(&["tab_name", "table_type"], rows)
}

fn columns(session: &Session, name: &ObjectName, sorted: bool, wanted: Option<&str>) -> Result<Outcome> {
    let table = names::table(session, name)?;
    let names = table.all_columns().map(|column| column.name.clone());
    let mut names: Vec<String> = names.filter(|name| wanted.is_none_or(|p| pattern::matches(p, name))).collect();
    if sorted || wanted.is_some() {
        names.sort();
    }
    let pad = |name: String| if session.padded() { format!("{name:<20}") } else { name };
    Outcome::lines("field", names.into_iter().map(pad))
}

/// The functions that a session may call, sorted: those that are built in, its own, and those of the catalog with their
/// databases, where the user may see them.
pub fn function_names(session: &Session, operation: &'static str, wanted: Option<&str>) -> Result<Vec<String>> {
    let mut names: Vec<String> = registry().names().into_iter().map(str::to_string).collect();
    names.extend(session.macros().keys().cloned());
    names.extend(session.temporary_functions().keys().cloned());
    let mut of_catalog = Vec::new();
    for database in session.visible_databases(operation, session.catalog().database_names(None)?)? {
        let of_database = session.catalog().function_names(&database, None)?;
        of_catalog.extend(of_database.into_iter().map(|name| (database.clone(), name)));
    }
    let of_catalog = session.visible_functions(operation, of_catalog)?;
    names.extend(of_catalog.into_iter().map(|(database, name)| format!("{database}.{name}")));
    let wanted = wanted.map(pattern::Pattern::new);
    names.retain(|name| wanted.as_ref().is_none_or(|wanted| wanted.matches(name)));
    names.sort();
    names.dedup();
    Ok(names)
}

fn create_database(session: &Session, name: &Ident) -> Result<Outcome> {
    let database = names::database(session, name)?;
    let mut lines = vec![format!("CREATE DATABASE `{}`", database.name)];
    if let Some(comment) = &database.comment {
        lines.push("COMMENT".into());
        lines.push(format!("  '{}'", create_table::escape(comment)));
    }
    lines.push("LOCATION".into());
    lines.push(format!("  '{}'", database.location));
    if let Some(location) = &database.managed_location {
        lines.push("MANAGEDLOCATION".into());
        lines.push(format!("  '{location}'"));
    }
    if !database.parameters.is_empty() {
        lines.push("WITH DBPROPERTIES (".into());
        create_table::list_properties(&mut lines, database.parameters.iter());
    }
    Outcome::lines("createdb_stmt", lines)
}

fn table_properties(session: &Session, name: &ObjectName, key: Option<&str>) -> Result<Outcome> {
    let table = names::table(session, name)?;
    let mut parameters = match table.is_partitioned() && !table.is_view() {
        true => properties_of_partitioned(session, &table)?,
        false => table.parameters.clone(),
    };
    parameters.remove(skep_metastore::model::Materialization::PROPERTY);
    let rows = match key {
        None => parameters.into_iter().map(|(key, value)| vec![Some(key), Some(value)]).collect(),
        Some(key) => match parameters.get(key) {
            Some(value) => vec![vec![Some(key.to_string()), Some(value.clone())]],
            None => {
                let text = format!("Table {} does not have property: {key}", table.qualified_name());
                vec![vec![Some(text), None]]
            }
        },
    };
    Outcome::text(&["prpt_name", "prpt_value"], rows)
}

fn conf(name: &str) -> Result<Outcome> {
    let Some(key) = crate::session::keys::find(name) else {
        return Err(SkepError::invalid(format!("there is no configuration key {name}")));
    };
    let kind = match key.kind {
        crate::session::config::KeyKind::Bool => "BOOLEAN",
        crate::session::config::KeyKind::Int(..) => "LONG",
        crate::session::config::KeyKind::Float => "FLOAT",
        _ => "STRING",
    };
    let default = key.default.unwrap_or_default().to_string();
    Outcome::text(&["default", "type", "desc"], vec![vec![Some(default), Some(kind.into()), Some(key.doc.into())]])
}

/// A partition by the name of its folder, as Hive tells it in JSON.
fn json_partition(folder: &str) -> serde_json::Value {
    let parts: Vec<(&str, String)> = folder
        .split('/')
        .filter_map(|part| part.split_once('='))
        .map(|(column, value)| (column, unescape_path_name(value)))
        .collect();
    let names: Vec<String> = parts.iter().map(|(column, value)| format!("{column}='{value}'")).collect();
    let values: Vec<serde_json::Value> =
        parts.iter().map(|(column, value)| serde_json::json!({ "columnName": column, "columnValue": value })).collect();
    serde_json::json!({ "name": names.join(","), "values": values })
}

/// The listings that Hive also gives as JSON (`hive.ddl.output.format`), in its form.
async fn json(statement: &Show, outcome: Outcome) -> Result<Outcome> {
    let name = match statement {
        Show::Databases { .. } => "databases",
        Show::Tables { extended: false, .. } | Show::Views { .. } => "tables",
        Show::Partitions(_) => "partitions",
        _ => return Ok(outcome),
    };
    let batches: Vec<RecordBatch> = outcome.rows.try_collect().await?;
    let mut names = Vec::new();
    for batch in &batches {
        let column = batch.column(0).as_any().downcast_ref::<StringArray>();
        names.extend(column.into_iter().flat_map(|column| column.iter().flatten().map(str::to_string)));
    }
    let list = match statement {
        Show::Partitions(_) => serde_json::Value::Array(names.iter().map(|name| json_partition(name)).collect()),
        _ => serde_json::json!(names),
    };
    Outcome::lines(name, [serde_json::json!({ name: list }).to_string()])
}
