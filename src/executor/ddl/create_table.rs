//! `CREATE TABLE` with a list of columns.

use std::collections::HashSet;

use skep_metastore::MetastoreError;
use skep_metastore::model::{
    Constraint, Database, FieldSchema, HiveType, Order, Parameters, SkewedInfo, StorageDescriptor, Table, TableKind,
};
use skep_metastore::store::MetaStore;
use skep_warehouse::store::fs;

use super::database::table_location;
use super::{constraints, default_parameters, now, properties, storage, touch, transactional};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::names;
use crate::parser::ast::{ClusteredBy, ColumnDef, CreateTable, FileFormat, Ident, PartitionedBy, SkewedBy};
use crate::session::{Outcome, Session};

/// `CREATE TABLE`.
pub async fn run(session: &mut Session, statement: &CreateTable) -> Result<Outcome> {
    if statement.query.is_some() {
        return super::create_as_select::run(session, statement).await;
    }
    let database = names::database_of(session, &statement.name)?;
    names::check_new_name(session, &statement.name)?;
    let exists = names::find_table(session, &statement.name)?;
    if let Some(existing) = exists.filter(|existing| !statement.kind.temporary || existing.temporary) {
        if statement.if_not_exists {
            return Ok(Outcome::done());
        }
        return Err(already_exists(&existing.qualified_name()).with_span(Some(statement.name.span().into())));
    }
    let columns = columns(&statement.columns)?;
    let mut table = define(session, statement, &database, columns)?;
    check_managed(session, &table)?;
    storage::take_columns_of_serde(&mut table)?;
    if table.storage.columns.is_empty() {
        return Err(SkepError::semantic(HiveError::SERDE_WITHOUT_COLUMNS, ""));
    }
    let constraints = constraints::of_new_table(session, statement, &table)?;
    let empty = statement.location.is_none() || (table.kind == TableKind::Managed && is_empty(session, &table).await?);
    if empty && !table.is_partitioned() && session.config().bool("hive.stats.autogather") {
        let names: Vec<String> = table.storage.columns.iter().map(|column| column.name.clone()).collect();
        set_empty_statistics(&mut table.parameters, &names);
    }
    create(session, &table, &constraints, statement.if_not_exists).await?;
    Ok(Outcome::done())
}

/// `metastore.strict.managed.tables`: managed tables must be transactional.
pub fn check_managed(session: &Session, table: &Table) -> Result<()> {
    let config = session.config();
    let strict = ["metastore.strict.managed.tables", "hive.strict.managed.tables"].iter().any(|name| config.bool(name));
    let transactional = table.parameters.get("transactional").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if !strict || table.temporary || table.kind != TableKind::Managed || transactional {
        return Ok(());
    }
    let text = format!(
        "Table {} failed strict managed table checks due to the following reason: Table is marked as a managed table but \
         is not transactional.",
        table.qualified_name()
    );
    Err(SkepError::exception("MetaException", text))
}

/// Makes the folder of a new table and then its entry in the catalog.
pub async fn create(session: &Session, table: &Table, constraints: &[Constraint], if_not_exists: bool) -> Result<()> {
    let made = make_folder(session, &table.storage.location).await?;
    match session.catalog().create_constrained_table(table, constraints) {
        Ok(()) => Ok(()),
        Err(MetastoreError::AlreadyExists(_)) if if_not_exists => Ok(()),
        Err(MetastoreError::AlreadyExists(_)) => Err(already_exists(&table.qualified_name())),
        Err(error) => {
            if made {
                fs::delete(session.stores(), &table.storage.location, false).await?;
            }
            Err(error.into())
        }
    }
}

/// Makes a folder; says whether it was not there before.
pub async fn make_folder(session: &Session, location: &str) -> Result<bool> {
    match fs::status(session.stores(), location).await? {
        Some(status) if status.is_dir => Ok(false),
        Some(_) => {
            let text = format!("{location} is not a directory or unable to create one");
            Err(SkepError::exception("MetaException", text))
        }
        None => {
            fs::create_dir(session.stores(), location).await?;
            Ok(true)
        }
    }
}

async fn is_empty(session: &Session, table: &Table) -> Result<bool> {
    Ok(fs::walk(session.stores(), &table.storage.location).await?.is_empty())
}

/// The error of a name that is taken.
pub fn already_exists(qualified: &str) -> SkepError {
    SkepError::exception("AlreadyExistsException", format!("Table {qualified} already exists"))
        .with_code(1, HiveError::TABLE_EXISTS.sqlstate)
}

/// Columns as the catalog keeps them; a name given twice is Hive's error 10036.
pub fn columns(list: &[ColumnDef]) -> Result<Vec<FieldSchema>> {
    let mut seen = HashSet::new();
    list.iter()
        .map(|column| {
            let name = column.name.lower();
            if !seen.insert(name.clone()) {
                let error = SkepError::semantic(HiveError::DUPLICATE_COLUMN, &name);
                return Err(error.with_span(Some(column.name.span.into())));
            }
            check_type(&column.ty).map_err(|error| error.with_span(Some(column.type_span.into())))?;
            Ok(FieldSchema { name, ty: column.ty.clone(), comment: column.comment.clone() })
        })
        .collect()
}

/// Types that no table can have.
fn check_type(ty: &HiveType) -> Result<()> {
    match ty {
        HiveType::Void | HiveType::IntervalYearMonth | HiveType::IntervalDayTime => {
            Err(SkepError::invalid(format!("A column cannot be of type {ty}")))
        }
        HiveType::Array(element) => check_type(element),
        HiveType::Map(key, value) => {
            if !key.is_primitive() {
                return Err(SkepError::invalid(format!("The key of a map cannot be of type {key}")));
            }
            check_type(value)
        }
        HiveType::Struct(fields) => fields.iter().try_for_each(|field| check_type(&field.ty)),
        HiveType::Union(types) => types.iter().try_for_each(check_type),
        _ => Ok(()),
    }
}

/// The new table, but for its statistics.
pub fn define(
    session: &Session,
    statement: &CreateTable,
    database: &Database,
    columns: Vec<FieldSchema>,
) -> Result<Table> {
    let name = statement.name.name.lower();
    let mut parameters = default_parameters(session);
    parameters.extend(properties(&statement.properties));
    session.check_properties(&parameters)?;
    let external =
        statement.kind.external || parameters.get("EXTERNAL").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let kind = if external { TableKind::External } else { TableKind::Managed };
    if external {
        parameters.insert("EXTERNAL".into(), "TRUE".into());
    }
    if let Some(comment) = &statement.comment {
        parameters.insert("comment".into(), comment.clone());
    }
    parameters.entry("bucketing_version".into()).or_insert_with(|| "2".into());
    touch(&mut parameters);

    let mut storage = StorageDescriptor { columns, num_buckets: -1, ..Default::default() };
    storage::describe_rows(
        session,
        &mut storage,
        statement.row_format.as_ref(),
        statement.file_format.as_ref(),
        !external,
    )?;
    if let Some(FileFormat::Handler { handler, .. }) = &statement.file_format {
        parameters.insert("storage_handler".into(), handler.clone());
    }
    let partition_keys = partition_keys(&statement.partitioned_by, &mut storage.columns)?;
    if let Some(clustered) = &statement.clustered_by {
        set_buckets(&mut storage, clustered)?;
    }
    if sorted_within_buckets(&storage) {
        parameters.insert("SORTBUCKETCOLSPREFIX".into(), "TRUE".into());
    }
    if let Some(skewed) = &statement.skewed_by {
        set_skewed(&mut storage, skewed)?;
    }
    storage.location = match &statement.location {
        Some(location) => session.named_url(location)?,
        None if statement.kind.temporary => session.temporary_location(&database.name, &name)?,
        None => table_location(session, database, &name, kind)?,
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
        storage,
        partition_keys,
        parameters,
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    };
    transactional::settle(session, &mut table, statement.kind.transactional)?;
    Ok(table)
}

/// Columns of `PARTITIONED BY`; names alone take columns out of `columns`.
pub fn partition_keys(partitioned_by: &PartitionedBy, columns: &mut Vec<FieldSchema>) -> Result<Vec<FieldSchema>> {
    let keys = match partitioned_by {
        PartitionedBy::None => return Ok(Vec::new()),
        PartitionedBy::Spec(_) => return Err(SkepError::unsupported("PARTITIONED BY SPEC")),
        PartitionedBy::Names(names) => {
            // Of CREATE TABLE AS: the query's columns become partition columns.
            let mut keys = Vec::with_capacity(names.len());
            for name in names {
                let at = columns.iter().position(|column| column.name == name.lower());
                let at = at.ok_or_else(|| no_column(name))?;
                keys.push(columns.remove(at));
            }
            return Ok(keys);
        }
        PartitionedBy::Columns(list) => list,
    };
    let keys_made = self::columns(keys)?;
    for (key, typed) in keys_made.iter().zip(keys) {
        if columns.iter().any(|column| column.name == key.name) {
            let error = SkepError::semantic(HiveError::COLUMN_REPEATED_IN_PARTITION, "");
            return Err(error.with_span(Some(typed.name.span.into())));
        }
        if !key.ty.is_primitive() {
            let error = SkepError::semantic(
                HiveError::PARTITION_COLUMN_TYPE,
                format!("Found {} of type: {}", key.name, key.ty),
            );
            return Err(error.with_span(Some(typed.type_span.into())));
        }
    }
    Ok(keys_made)
}

fn no_column(name: &Ident) -> SkepError {
    SkepError::semantic(HiveError::COLUMN_NOT_FOUND, format!("'{name}'")).with_span(Some(name.span.into()))
}

/// `CLUSTERED BY`.
pub fn set_buckets(storage: &mut StorageDescriptor, clustered: &ClusteredBy) -> Result<()> {
    if clustered.buckets == 0 {
        let error = SkepError::semantic(HiveError::BUCKET_NUMBER, "");
        return Err(error.with_span(Some(clustered.span.into())));
    }
    let known = |name: &Ident| {
        let found = storage.columns.iter().any(|column| column.name == name.lower());
        if found { Ok(name.lower()) } else { Err(no_column(name)) }
    };
    let buckets = clustered.columns.iter().map(known).collect::<Result<Vec<_>>>()?;
    let sorted = clustered
        .sorted_by
        .iter()
        .map(|sort| Ok(Order { column: known(&sort.column)?, ascending: sort.ascending }))
        .collect::<Result<Vec<_>>>()?;
    storage.num_buckets = clustered.buckets as i32;
    storage.bucket_columns = buckets;
    storage.sort_columns = sorted;
    Ok(())
}

/// Are the first sort columns the bucket columns, in whatever order? Hive notes that.
fn sorted_within_buckets(storage: &StorageDescriptor) -> bool {
    let buckets = &storage.bucket_columns;
    let first = storage.sort_columns.iter().take(buckets.len());
    !buckets.is_empty()
        && storage.sort_columns.len() >= buckets.len()
        && first.map(|order| &order.column).all(|column| buckets.contains(column))
}

/// `SKEWED BY`.
pub fn set_skewed(storage: &mut StorageDescriptor, skewed: &SkewedBy) -> Result<()> {
    let mut columns = Vec::with_capacity(skewed.columns.len());
    for name in &skewed.columns {
        if !storage.columns.iter().any(|column| column.name == name.lower()) {
            return Err(no_column(name));
        }
        columns.push(name.lower());
    }
    let mut values = Vec::with_capacity(skewed.values.len());
    for row in &skewed.values {
        if row.len() != columns.len() {
            return Err(SkepError::invalid("No same number of skewed column values as of skewed columns"));
        }
        values.push(row.iter().map(|value| value.value.text().unwrap_or_default()).collect());
    }
    storage.skewed = SkewedInfo { columns, values, locations: Vec::new() };
    storage.stored_as_sub_directories = skewed.stored_as_directories;
    Ok(())
}

/// Parameters of a table that is known to be empty.
pub fn set_empty_statistics(parameters: &mut Parameters, columns: &[String]) {
    let mut accurate = String::from("{\"BASIC_STATS\":\"true\"");
    if !columns.is_empty() {
        let mut sorted: Vec<&String> = columns.iter().collect();
        sorted.sort();
        let list: Vec<String> = sorted.iter().map(|name| format!("\"{name}\":\"true\"")).collect();
        accurate.push_str(&format!(",\"COLUMN_STATS\":{{{}}}", list.join(",")));
    }
    accurate.push('}');
    parameters.insert("COLUMN_STATS_ACCURATE".into(), accurate);
    for key in ["numFiles", "numRows", "rawDataSize", "totalSize"] {
        parameters.insert(key.into(), "0".into());
    }
}
