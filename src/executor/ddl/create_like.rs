//! `CREATE TABLE … LIKE …`

use skep_metastore::model::{HiveType, Parameters, StorageDescriptor, Table, TableKind};
use skep_warehouse::format::FileFormatKind;
use skep_warehouse::format::inspect::file_columns;
use skep_warehouse::store::fs;

use super::create_table::{already_exists, create, partition_keys, set_empty_statistics};
use super::database::table_location;
use super::{default_parameters, now, properties, storage, touch, transactional};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::names;
use crate::parser::ast::{CreateTableLike, LikeSource};
use crate::session::{Outcome, Session};

/// Runs the statement: columns, partition columns, buckets and format of another table, or the columns of a view; none
/// of its rows.
pub async fn run(session: &Session, statement: &CreateTableLike) -> Result<Outcome> {
    let source = match &statement.source {
        LikeSource::Table(name) => names::table(session, name)?,
        LikeSource::File { format, path } => file_as_table(session, statement, format, path).await?,
    };
    let of_file = matches!(statement.source, LikeSource::File { .. });
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
    let given = properties(&statement.properties);
    session.check_properties(&given)?;
    parameters.extend(given);
    if kind == TableKind::External {
        parameters.insert("EXTERNAL".into(), "TRUE".into());
    }
    parameters.entry("bucketing_version".into()).or_insert_with(|| "2".into());
    touch(&mut parameters);
    let mut made = StorageDescriptor { columns: source.storage.columns.clone(), num_buckets: -1, ..Default::default() };
    let formatted = statement.row_format.is_some() || statement.file_format.is_some();
    if source.is_view() || formatted || of_file {
        let (rows, files) = (statement.row_format.as_ref(), statement.file_format.as_ref());
        storage::describe_rows(session, &mut made, rows, files, kind == TableKind::Managed)?;
        if !formatted && !of_file {
            made.serde.parameters.clear();
        }
    } else {
        made = source.storage.clone();
        made.skewed.locations.clear();
    }
    made.location = match &statement.location {
        Some(location) => session.named_url(location)?,
        None if statement.kind.temporary => session.temporary_location(&database.name, &name)?,
        None => table_location(session, &database, &name, kind)?,
    };
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
        partition_keys: source.partition_keys.clone(),
        parameters,
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    };
    transactional::settle(session, &mut table, statement.kind.transactional)?;
    if statement.location.is_none() && !table.is_partitioned() && session.config().bool("hive.stats.autogather") {
        let columns: Vec<String> = table.storage.columns.iter().map(|column| column.name.clone()).collect();
        set_empty_statistics(&mut table.parameters, &columns);
    }
    create(session, &table, &[], statement.if_not_exists).await?;
    Ok(Outcome::done())
}

/// A table with the columns of a data file and the partition columns of the statement.
async fn file_as_table(session: &Session, statement: &CreateTableLike, format: &str, path: &str) -> Result<Table> {
    let kind = match format.to_ascii_uppercase().as_str() {
        "PARQUET" => FileFormatKind::Parquet,
        "ORC" => FileFormatKind::Orc,
        "AVRO" => FileFormatKind::Avro,
        _ => return Err(SkepError::unsupported(format!("LIKE FILE {format}"))),
    };
    let url = session.named_url(path)?;
    if !fs::exists(session.stores(), &url).await? {
        return Err(SkepError::semantic(HiveError::INVALID_PATH, format!("'{path}': there is no such file")));
    }
    let mut columns = file_columns(session.stores(), &url, kind).await?;
    let word = match kind {
        FileFormatKind::Orc => "Orc",
        FileFormatKind::Avro => "Avro",
        _ => "Parquet",
    };
    let binary_is_text = kind == FileFormatKind::Parquet
        && session.config().get("hive.parquet.infer.binary.as").is_some_and(|ty| ty.eq_ignore_ascii_case("string"));
    for column in &mut columns {
        column.comment = Some(format!("Inferred from {word} file."));
        if binary_is_text {
            binary_as_text(&mut column.ty);
        }
    }
    let mut storage = StorageDescriptor { columns, ..Default::default() };
    let partition_keys = partition_keys(&statement.partitioned_by, &mut storage.columns)?;
    Ok(Table {
        database: String::new(),
        name: String::new(),
        owner: String::new(),
        create_time: 0,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage,
        partition_keys,
        parameters: Parameters::new(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    })
}

fn binary_as_text(ty: &mut HiveType) {
    match ty {
        HiveType::Binary => *ty = HiveType::String,
        HiveType::Array(element) => binary_as_text(element),
        HiveType::Map(key, value) => {
            binary_as_text(key);
            binary_as_text(value);
        }
        HiveType::Struct(fields) => fields.iter_mut().for_each(|field| binary_as_text(&mut field.ty)),
        _ => {}
    }
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
