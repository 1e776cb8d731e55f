//! `CREATE TABLE … LIKE …`

use skep_metastore::model::{Parameters, StorageDescriptor, Table, TableKind};

use super::create_table::{already_exists, create, set_empty_statistics};
use super::database::table_location;
use super::{default_parameters, now, properties, storage, touch, transactional};
use crate::engine::absolute_url;
use crate::error::{Result, SkepError};
use crate::executor::names;
use crate::parser::ast::{CreateTableLike, LikeSource};
use crate::session::{Outcome, Session};

/// Runs the statement: columns, partition columns, buckets and format of another table, or the columns of a view; none
/// of its rows.
pub async fn run(session: &Session, statement: &CreateTableLike) -> Result<Outcome> {
    let source = match &statement.source {
        LikeSource::Table(name) => names::table(session, name)?,
        LikeSource::File { format, .. } => return Err(SkepError::unsupported(format!("LIKE FILE {format}"))),
    };
    let database = names::database_of(session, &statement.name)?;
    names::check_new_name(session, &statement.name)?;
    if let Some(existing) = names::find_table(session, &statement.name)?
        && (!statement.kind.temporary || existing.temporary)
    {
        if statement.if_not_exists {
            return Ok(Outcome::done());
        }
        return Err(already_exists(&existing.qualified_name()).with_span(Some(statement.name.span().into())));
    }
    let name = statement.name.name.lower();
    let kind = if statement.kind.external { TableKind::External } else { TableKind::Managed };
    let mut parameters = default_parameters(session);
    parameters.extend(kept_parameters(session, &source));
    parameters.extend(properties(&statement.properties));
    if kind == TableKind::External {
        parameters.insert("EXTERNAL".into(), "TRUE".into());
    }
    parameters.entry("bucketing_version".into()).or_insert_with(|| "2".into());
    touch(&mut parameters);
    let mut made = StorageDescriptor { columns: source.storage.columns.clone(), num_buckets: -1, ..Default::default() };
    let formatted = statement.row_format.is_some() || statement.file_format.is_some();
    if source.is_view() || formatted {
        let (rows, files) = (statement.row_format.as_ref(), statement.file_format.as_ref());
        storage::describe_rows(session, &mut made, rows, files, kind == TableKind::Managed)?;
        if !formatted {
            made.serde.parameters.clear();
        }
    } else {
        made = source.storage.clone();
        made.skewed.locations.clear();
    }
    made.location = match &statement.location {
        Some(location) => absolute_url(location)?,
        None if statement.kind.temporary => session.temporary_location(&database.name, &name)?,
        None => table_location(session, &database, &name, kind)?,
    };
    let mut partition_keys = source.partition_keys.clone();
    if source.is_view() {
        made.columns.append(&mut partition_keys);
    }
    let mut table = Table {
        database: database.name.clone(),
        name,
        owner: session.user().to_string(),
        create_time: now(),
        last_access_time: 0,
        retention: 0,
        kind,
        temporary: statement.kind.temporary,
        storage: made,
        partition_keys,
        parameters,
        view_original_text: None,
        view_expanded_text: None,
    };
    transactional::settle(session, &mut table, statement.kind.transactional)?;
    if statement.location.is_none() && !table.is_partitioned() && session.config().bool("hive.stats.autogather") {
        let columns: Vec<String> = table.storage.columns.iter().map(|column| column.name.clone()).collect();
        set_empty_statistics(&mut table.parameters, &columns);
    }
    create(session, &table, statement.if_not_exists).await?;
    Ok(Outcome::done())
}

/// Properties that say how files are written and read go with the copy, and those that
/// `hive.ddl.createtablelike.properties.whitelist` names; the rest belongs to the source.
fn kept_parameters(session: &Session, source: &Table) -> Parameters {
    const KEPT: [&str; 4] = ["orc.", "parquet.", "skip.", "avro."];
    let named = session.config().text("hive.ddl.createtablelike.properties.whitelist");
    let named: Vec<&str> = named.split(',').map(str::trim).collect();
    let kept = source.parameters.iter().filter(|(key, _)| {
        KEPT.iter().any(|prefix| key.starts_with(prefix))
            || key.as_str() == "bucketing_version"
            || named.contains(&key.as_str())
    });
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}
