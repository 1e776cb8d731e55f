//! Changing, renaming and emptying tables, and what materialized views keep (`HiveAlterHandler`).

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::{Answer, Family, checks, configuration, need, statistics_of_files as figures, tables};
use crate::error::MetastoreError;
use crate::model::{
    AcidKind, CreationMetadata, FieldSchema, Partition, PartitionFilter, Table, TableKind, ValidTransactions,
};
use crate::service::Service;
use crate::service::convert::{table_from_wire, table_to_wire};
use crate::service::exception::{invalid_operation, is_missing, meta};
use crate::service::names::{shown_database, stored_database};
use crate::store::{Change, ExpectedParameter};

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::AlterTable>(|service, call, args| {
            alter(service, call, args.dbname, args.tbl_name, Wanted { table: args.new_tbl, ..Wanted::default() })
        })
        .on::<m::AlterTableWithEnvironmentContext>(|service, call, args| {
            let wanted = Wanted { table: args.new_tbl, context: args.environment_context, ..Wanted::default() };
            alter(service, call, args.dbname, args.tbl_name, wanted)
        })
        .on::<m::AlterTableWithCascade>(|service, call, args| {
            let cascade = args.cascade.unwrap_or_default();
            let wanted = Wanted { table: args.new_tbl, cascade, ..Wanted::default() };
            alter(service, call, args.dbname, args.tbl_name, wanted)
        })
        .on::<m::AlterTableReq>(|service, call, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let mut table = request.table;
            if request.write_id.is_some_and(|id| id > 0) {
                table.write_id = request.write_id;
            }
            let wanted = Wanted {
                table: Some(table),
                context: request.environment_context,
                cascade: false,
                expected_key: request.expected_parameter_key,
                expected_value: request.expected_parameter_value,
            };
            alter(service, call, Some(database), Some(request.table_name), wanted)?;
            Ok(wire::AlterTableResponse::default())
        })
        .on::<m::TruncateTable>(|service, _, args| truncate(service, args.db_name, args.table_name, args.part_names))
        .on::<m::TruncateTableReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            truncate(service, Some(request.db_name), Some(request.table_name), request.part_names)?;
            Ok(wire::TruncateTableResponse::default())
        })
        .on::<m::UpdateCreationMetadata>(|service, _, args| {
            let database = need(args.dbname, "dbname")?;
            let database = stored_database(args.cat_name.as_deref(), &database);
            let mut table = tables::find(service, &database, &need(args.tbl_name, "tbl_name")?)?;
            let metadata = need(args.creation_metadata, "creation_metadata")?;
            let told = wire::Table { creation_metadata: Some(metadata), ..Default::default() };
            table.extras.creation = table_from_wire(told).extras.creation;
            let name = table.name.clone();
            Ok(service.store().alter_table(&database, &name, &table)?)
        })
        .on::<m::GetMaterializationInvalidationInfo>(|service, _, args| {
            let metadata = need(args.creation_metadata, "creation_metadata")?;
            let told = wire::Table { creation_metadata: Some(metadata), ..Default::default() };
            let creation = table_from_wire(told).extras.creation.unwrap_or_default();
            let snapshot = match args.valid_txn_list.filter(|text| !text.is_empty()) {
                Some(text) => ValidTransactions::parse(&text).map_err(|error| meta(error.to_string()))?,
                None => service.store().valid_transactions()?,
            };
            let source_tables_update_delete_modified = changed_since(service, &creation, &snapshot)?;
            Ok(wire::Materialization { source_tables_update_delete_modified, ..Default::default() })
        })
        .on::<m::GetMaterializedViewsForRewriting>(|service, _, args| {
            let database = stored_database(None, args.db_name.as_deref().unwrap_or_default());
            Ok(rewriting(service, &database)?.into_iter().map(|table| table.name).collect())
        })
        .on::<m::GetAllMaterializedViewObjectsForRewriting>(|service, _, _| {
            let mut all = vec![];
            for database in service.store().database_names(None)? {
                all.extend(rewriting(service, &database)?.into_iter().map(table_to_wire));
            }
            Ok(all)
        })
        .router
}

/// May rows have been changed or removed in the tables of a materialized view since it was filled? In tables whose rows
/// cannot, they have not; in others they may have by any write that the view has not seen.
fn changed_since(service: &Service, creation: &CreationMetadata, snapshot: &ValidTransactions) -> Answer<bool> {
    let seen = creation.valid_transactions.as_deref().unwrap_or_default();
    for source in &creation.tables {
        let Some((database, name)) = source.rsplit_once('.') else { continue };
        let database = stored_database(Some(&creation.catalog), database);
        let table = match service.store().table(&database, name) {
            Err(MetastoreError::NoSuchObject(_)) => continue,
            table => table?,
        };
        if table.acid_kind() != Some(AcidKind::Full) {
            continue;
        }
        // `transaction$database.table:highest:…$…`
        let of_table = seen.split('$').find_map(|part| {
            let (of, rest) = part.split_once(':')?;
            of.eq_ignore_ascii_case(source).then(|| rest.split(':').next())?
        });
        let known = of_table.and_then(|highest| highest.parse::<i64>().ok()).unwrap_or_default();
        let seen = service.store().valid_write_ids_at(&database, name, snapshot)?;
        if (known + 1..=seen.high).any(|write_id| seen.is_valid(write_id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The materialized views of a database that queries may be rewritten to read.
fn rewriting(service: &Service, database: &str) -> Answer<Vec<Table>> {
    let names = match service.store().table_names(database, None, Some(&[TableKind::MaterializedView])) {
        Err(MetastoreError::NoSuchObject(_)) => return Ok(vec![]),
        names => names?,
    };
    let mut views = vec![];
    for name in names {
        match service.store().table(database, &name) {
            Err(MetastoreError::NoSuchObject(_)) => {}
            table => views.extend(Some(table?).filter(|table| table.extras.rewrite_enabled)),
        }
    }
    Ok(views)
}

/// What a client wants a table to be.
#[derive(Default)]
struct Wanted {
    table: Option<wire::Table>,
    context: Option<wire::EnvironmentContext>,
    /// The partitions get the table's columns.
    cascade: bool,
    expected_key: Option<String>,
    expected_value: Option<String>,
}

fn alter(service: &Service, call: &Call, database: Option<String>, name: Option<String>, wanted: Wanted) -> Answer<()> {
    let Wanted { table, context, cascade, expected_key, expected_value } = wanted;
    let cascade = cascade || figures::told(context.as_ref(), "CASCADE") == Some("true");
    let database = stored_database(None, &need(database, "dbname")?);
    let name = need(name, "tbl_name")?.to_lowercase();
    let mut new = table_from_wire(need(table, "new_tbl")?);
    if !checks::is_object_name(&new.name) {
        return Err(invalid_operation(format!("{} is not a valid object name", new.name)));
    }
    if let Some(fault) = checks::column_fault(&new.storage.columns, &new.storage.type_texts) {
        return Err(invalid_operation(format!("Invalid column {fault}")));
    }
    let old = tables::find(service, &database, &name).map_err(|error| match error {
        error if is_missing(&error) => {
            let (_, plain) = shown_database(&database);
            invalid_operation(format!("table {plain}.{name} doesn't exist"))
        }
        error => error,
    })?;
    check(service, call, &old, &new)?;
    let expected = expected(&new, context.as_ref(), expected_key, expected_value)?;
    figures::stamp(&mut new.parameters);
    // What a client says of it does not count, as in `ObjectStore.alterTable`.
    new.create_time = old.create_time;
    let renamed = (&new.database, &new.name) != (&old.database, &old.name);
    let mut moved = None;
    if renamed {
        if service.store().table(&new.database, &new.name).is_ok() {
            let (_, plain) = shown_database(&new.database);
            return Err(invalid_operation(format!("new table {plain}.{} already exists", new.name)));
        }
        moved = plan_move(service, &old, &mut new)?;
    }
    if new.storage.location.is_empty() {
        new.storage.location.clone_from(&old.storage.location);
    } else if new.kind != TableKind::View {
        new.storage.location = service.folders.url(&new.storage.location)?;
    }
    if !renamed && !new.is_partitioned() && figures::wants_count(None, &new, context.as_ref()) {
        let Table { parameters, storage, .. } = &mut new;
        figures::count(service, parameters, &storage.location, false, true, context.as_ref())?;
    }
    // The property that says to leave the figures alone is for this call only.
    new.parameters.remove("DO_NOT_UPDATE_STATS");
    let partitions = changed_partitions(service, &old, &new, moved.as_ref(), cascade)?;
    if let Some((from, to)) = &moved {
        service.folders.rename(from, to).map_err(|error| {
            invalid_operation(format!(
                "Alter Table operation for {}.{} failed to move data due to: '{error}' See hive log file for details.",
                old.database, old.name
            ))
        })?;
    }
    if let Err(error) = store(service, &old, &new, partitions, expected) {
        if let Some((from, to)) = &moved {
            service.folders.rename(to, from)?;
        }
        return Err(error);
    }
    Ok(())
}

/// May a table become another?
fn check(service: &Service, call: &Call, old: &Table, new: &Table) -> Answer<()> {
    let keep = configuration::key_of_connection(service, call, "hive.metastore.disallow.incompatible.col.type.changes");
    if keep.as_deref() != Some("false") && !new.is_view() {
        let columns = checks::incompatible(&old.storage.columns, &new.storage.columns);
        if !columns.is_empty() {
            return Err(invalid_operation(format!(
                "The following columns have types incompatible with the existing columns in their respective positions \
                 :\n{}",
                columns.join(",")
            )));
        }
    }
    let same = |(old, new): (&FieldSchema, &FieldSchema)| old.name == new.name;
    let (old, new) = (&old.partition_keys, &new.partition_keys);
    if old.len() != new.len() || !old.iter().zip(new).all(same) {
        return Err(invalid_operation("partition keys can not be changed."));
    }
    Ok(())
}

/// Where the files of a table that is renamed go: for a managed one whose location is left to the server, to the folder
/// of the new name below the new database.
fn plan_move(service: &Service, old: &Table, new: &mut Table) -> Answer<Option<(String, String)>> {
    let asked = new.storage.location.is_empty() || new.storage.location == old.storage.location;
    if old.kind != TableKind::Managed || !asked || old.storage.location.is_empty() {
        return Ok(None);
    }
    let database = service.store().database(&new.database).map_err(|error| invalid_operation(error.to_string()))?;
    let to = tables::default_location(&database, new);
    let to = service.folders.url(&to)?;
    if to == old.storage.location {
        return Ok(None);
    }
    if service.folders.exists(&to)? {
        return Err(invalid_operation(format!(
            "New location for this table {}.{} already exists : {to}",
            new.database, new.name
        )));
    }
    let from = old.storage.location.clone();
    new.storage.location.clone_from(&to);
    Ok(service.folders.exists(&from)?.then_some((from, to)))
}

/// The partitions that change with their table: their locations where its files are moved, and with `cascade` their
/// columns.
fn changed_partitions(
    service: &Service,
    old: &Table,
    new: &Table,
    moved: Option<&(String, String)>,
    cascade: bool,
) -> Answer<Vec<Partition>> {
    if !old.is_partitioned() || (moved.is_none() && !cascade) {
        return Ok(vec![]);
    }
    let mut partitions = service.store().partitions(&old.database, &old.name, &PartitionFilter::All, None)?;
    for partition in &mut partitions {
        if let Some((from, to)) = moved
            && let Some(rest) = partition.storage.location.strip_prefix(from.as_str())
            && (rest.is_empty() || rest.starts_with('/'))
        {
            partition.storage.location = format!("{to}{rest}");
        }
        if cascade {
            partition.storage.columns.clone_from(&new.storage.columns);
            partition.storage.type_texts.clone_from(&new.storage.type_texts);
        }
    }
    Ok(partitions)
}

/// Puts the new definition in the store, and forgets the statistics of columns that are no more what they were.
fn store(
    service: &Service,
    old: &Table,
    new: &Table,
    partitions: Vec<Partition>,
    expected: Option<ExpectedParameter>,
) -> Answer<()> {
    let stays = |column: &FieldSchema| {
        new.storage.columns.iter().any(|other| other.name == column.name && other.ty == column.ty)
    };
    let gone: Vec<String> =
        old.storage.columns.iter().filter(|column| !stays(column)).map(|column| column.name.clone()).collect();
    let (database, table) = (new.database.clone(), new.name.clone());
    let forget = |partition: Option<Vec<String>>| Change::DeleteColumnStatistics {
        database: database.clone(),
        table: table.clone(),
        partition,
        columns: gone.clone(),
    };
    let mut changes = vec![Change::AlterTable {
        database: old.database.clone(),
        name: old.name.clone(),
        table: Box::new(new.clone()),
        expected,
        emptied: false,
    }];
    if !gone.is_empty() && new.kind != TableKind::View {
        changes.push(forget(None));
        changes.extend(partitions.iter().map(|partition| forget(Some(partition.values.clone()))));
    }
    if !partitions.is_empty() {
        let (database, table) = (database.clone(), table.clone());
        changes.insert(1, Change::AlterPartitions { database, table, partitions, emptied: false });
    }
    service.store().change(&changes).map_err(|error| match error {
        MetastoreError::NoSuchObject(text) | MetastoreError::InvalidObject(text) => invalid_operation(text),
        error => error.into(),
    })
}

/// What a client says that must hold of the table that it changes.
fn expected(
    new: &Table,
    context: Option<&wire::EnvironmentContext>,
    key: Option<String>,
    value: Option<String>,
) -> Answer<Option<ExpectedParameter>> {
    let told = |given: Option<String>, key: &str| given.or_else(|| figures::told(context, key).map(str::to_string));
    let (key, value) = (told(key, "expected_parameter_key"), told(value, "expected_parameter_value"));
    let (Some(key), Some(value)) = (key, value) else { return Ok(None) };
    if !new.parameters.contains_key(&key) {
        return Err(meta(format!("New value for expected key {key} is not set")));
    }
    Ok(Some(ExpectedParameter { key, value }))
}

fn truncate(
    service: &Service,
    database: Option<String>,
    name: Option<String>,
    names: Option<Vec<String>>,
) -> Answer<()> {
    let database = stored_database(None, &need(database, "dbName")?);
    let mut table = tables::find(service, &database, &need(name, "tableName")?)?;
    if matches!(table.kind, TableKind::View) {
        return Err(meta(format!("Cannot truncate the view {}", table.qualified_name())));
    }
    let (database, name) = (table.database.clone(), table.name.clone());
    let forget = |partition: Option<Vec<String>>| Change::DeleteColumnStatistics {
        database: database.clone(),
        table: name.clone(),
        partition,
        columns: vec![],
    };
    if !table.is_partitioned() {
        service.folders.empty(&table.storage.location)?;
        figures::clear(&mut table.parameters);
        let change = Change::AlterTable {
            database: database.clone(),
            name: name.clone(),
            table: Box::new(table),
            expected: None,
            emptied: true,
        };
        return Ok(service.store().change(&[change, forget(None)])?);
    }
    let mut partitions = match names {
        Some(names) => super::partitions::by_names(service, &table, &names)?,
        None => service.store().partitions(&database, &table.name, &PartitionFilter::All, None)?,
    };
    for partition in &mut partitions {
        service.folders.empty(&partition.storage.location)?;
        figures::clear(&mut partition.parameters);
    }
    let forgotten: Vec<Change> = partitions.iter().map(|partition| forget(Some(partition.values.clone()))).collect();
    let (database, table) = (database.clone(), name.clone());
    let mut changes = vec![Change::AlterPartitions { database, table, partitions, emptied: true }];
    changes.extend(forgotten);
    Ok(service.store().change(&changes)?)
}
