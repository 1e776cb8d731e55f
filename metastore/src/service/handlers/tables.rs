//! Tables and views: making, reading, listing and dropping them.

use std::collections::BTreeSet;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::configuration::key_of_connection;
use super::snapshot::Snapshot;
use super::{Answer, Family, checks, databases, need, statistics_of_files as figures};
use crate::error::MetastoreError;
use crate::model::{AcidKind, DEFAULT_CATALOG, Database, PartitionFilter, Table, TableKind};
use crate::service::Service;
use crate::service::convert::{self, Constraints, table_from_wire, table_kind, table_to_wire};
use crate::service::exception::{already_exists, invalid_object, is_missing, meta, no_such_object};
use crate::service::names::{DatabaseName, shown_database, stored_database};
use crate::store::Change;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::CreateTable>(|service, _, args| {
            create(service, need(args.tbl, "tbl")?, None, Constraints::default(), false)
        })
        .on::<m::CreateTableWithEnvironmentContext>(|service, _, args| {
            create(service, need(args.tbl, "tbl")?, args.environment_context, Constraints::default(), false)
        })
        .on::<m::CreateTableWithConstraints>(create_constrained)
        .on::<m::CreateTableReq>(create_req)
        .on::<m::GetTable>(|service, call, args| {
            let database = stored_database(None, &need(args.dbname, "dbname")?);
            let table = find(service, &database, &need(args.tbl_name, "tbl_name")?)?;
            check_capability(service, call, &table, None, "get_table_req")?;
            Ok(table_to_wire(table))
        })
        .on::<m::GetTableReq>(get_req)
        .on::<m::GetTables>(|service, _, args| list(service, args.db_name.as_deref(), args.pattern.as_deref(), None))
        .on::<m::GetTablesByType>(|service, _, args| {
            list(service, args.db_name.as_deref(), args.pattern.as_deref(), args.table_type.as_deref())
        })
        .on::<m::GetAllTables>(|service, _, args| list(service, args.db_name.as_deref(), None, None))
        .on::<m::GetTableMeta>(table_meta)
        .on::<m::GetTableObjectsByName>(|service, call, args| {
            let tables = objects(service, &stored_database(None, &need(args.dbname, "dbname")?), args.tbl_names, None)?;
            tables
                .iter()
                .try_for_each(|table| check_capability(service, call, table, None, "get_table_objects_by_name_req"))?;
            Ok(tables.into_iter().map(table_to_wire).collect())
        })
        .on::<m::GetTableObjectsByNameReq>(|service, call, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let pattern = request.tables_pattern.as_deref();
            let mut tables = objects(service, &database, request.tbl_names, pattern)?;
            let capabilities = request.capabilities.as_ref();
            tables.iter().try_for_each(|table| {
                check_capability(service, call, table, capabilities, "get_table_objects_by_name_req")
            })?;
            let projection = request.projection_spec.unwrap_or_default();
            super::projection::keep_parameters(tables.iter_mut().map(|table| &mut table.parameters), &projection)?;
            let mut tables: Vec<wire::Table> = tables.into_iter().map(table_to_wire).collect();
            super::projection::of_tables(&mut tables, &projection.field_list.unwrap_or_default());
            Ok(wire::GetTablesResult { tables })
        })
        .on::<m::GetTablesExt>(tables_ext)
        .on::<m::DropTable>(|service, _, args| drop_one(service, args.dbname, args.name, args.delete_data))
        .on::<m::DropTableWithEnvironmentContext>(|service, _, args| {
            drop_one(service, args.dbname, args.name, args.delete_data)
        })
        .on::<m::GetFieldsReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let fields = fields(service, Some(database), Some(request.tbl_name), false)?;
            Ok(wire::GetFieldsResponse { fields })
        })
        .on::<m::GetSchemaReq>(|service, _, args| {
            let request = need(args.req, "req")?;
            let database = stored_database(request.cat_name.as_deref(), &request.db_name);
            let fields = fields(service, Some(database), Some(request.tbl_name), true)?;
            Ok(wire::GetSchemaResponse { fields })
        })
        .on::<m::TranslateTableDryrun>(|service, _, args| {
            let mut table = table_from_wire(need(args.request, "request")?.table);
            if table.kind != TableKind::View && table.storage.location.is_empty() {
                let database = databases::find(service, &table.database)?;
                table.storage.location = default_location(&database, &table);
            }
            Ok(table_to_wire(table))
        })
        .on::<m::GetFields>(|service, _, args| fields(service, args.db_name, args.table_name, false))
        .on::<m::GetFieldsWithEnvironmentContext>(|service, _, args| {
            fields(service, args.db_name, args.table_name, false)
        })
        .on::<m::GetSchema>(|service, _, args| fields(service, args.db_name, args.table_name, true))
        .on::<m::GetSchemaWithEnvironmentContext>(|service, _, args| {
            fields(service, args.db_name, args.table_name, true)
        })
        .router
}

/// The table of a name, in a database as the store names it.
pub(super) fn find(service: &Service, database: &str, name: &str) -> Answer<Table> {
    let name = name.to_lowercase();
    service.store().table(database, &name).map_err(|error| match error {
        MetastoreError::NoSuchObject(_) => {
            let (catalog, database) = shown_database(database);
            no_such_object(format!("{catalog}.{database}.{name} table not found"))
        }
        error => error.into(),
    })
}

fn create_constrained(service: &Service, _: &Call, args: m::CreateTableWithConstraintsArgs) -> Answer<()> {
    let constraints = Constraints {
        primary_keys: args.primary_keys.unwrap_or_default(),
        foreign_keys: args.foreign_keys.unwrap_or_default(),
        unique: args.unique_constraints.unwrap_or_default(),
        not_null: args.not_null_constraints.unwrap_or_default(),
        default: args.default_constraints.unwrap_or_default(),
        check: args.check_constraints.unwrap_or_default(),
    };
    create(service, need(args.tbl, "tbl")?, None, constraints, false)
}

fn create_req(service: &Service, _: &Call, args: m::CreateTableReqArgs) -> Answer<()> {
    let request = need(args.request, "request")?;
    let constraints = Constraints {
        primary_keys: request.primary_keys.unwrap_or_default(),
        foreign_keys: request.foreign_keys.unwrap_or_default(),
        unique: request.unique_constraints.unwrap_or_default(),
        not_null: request.not_null_constraints.unwrap_or_default(),
        default: request.default_constraints.unwrap_or_default(),
        check: request.check_constraints.unwrap_or_default(),
    };
    create(service, request.table, request.env_context, constraints, true)
}

fn create(
    service: &Service,
    mut table: wire::Table,
    context: Option<wire::EnvironmentContext>,
    constraints: Constraints,
    names_catalog: bool,
) -> Answer<()> {
    let given = table.privileges.take();
    let mut table = table_from_wire(table);
    if let Some(fault) = checks::table_fault(&table) {
        return Err(invalid_object(fault));
    }
    let (catalog, plain) = shown_database(&table.database);
    let database = service.store().database(&table.database).map_err(|error| match error {
        MetastoreError::NoSuchObject(_) => no_such_object(format!("The database {plain} does not exist")),
        error => error.into(),
    })?;
    if service.store().table(&table.database, &table.name).is_ok() {
        // Hive before 3 has no catalogs, and calls the older methods.
        let path = if names_catalog { format!("{catalog}.{plain}.") } else { String::new() };
        return Err(already_exists(format!("Table {path}{} already exists", table.name)));
    }
    let mut made = None;
    if table.kind != TableKind::View {
        if table.storage.location.is_empty() {
            table.storage.location = default_location(&database, &table);
        }
        table.storage.location = service.folders.url(&table.storage.location)?;
        let location = &table.storage.location;
        let new = service.folders.make(location).map_err(|error| {
            tracing::warn!(%error, location, "no folder for a table");
            meta(format!("{location} is not a directory or unable to create one"))
        })?;
        if new {
            made = Some(table.storage.location.clone());
        }
        if service.is_set("hive.stats.autogather", true) && !table.is_partitioned() {
            let Table { parameters, storage, .. } = &mut table;
            figures::count(service, parameters, &storage.location, new, false, context.as_ref())?;
        }
    }
    table.create_time = crate::service::now();
    figures::stamp(&mut table.parameters);
    let constraints = convert::constraints(constraints, &table.name);
    let granted = match given {
        Some(given) => super::privileges::given_with(&table.database, &table.name, given)?,
        None => vec![],
    };
    let changes = [Change::CreateTable { table: Box::new(table), constraints }, Change::Definitions(granted)];
    if let Err(error) = service.store().change(&changes) {
        if let Some(folder) = made {
            service.folders.remove(&folder)?;
        }
        return Err(error.into());
    }
    Ok(())
}

/// The folder of a table that was given none: below that of its database, for a managed table the managed one if there
/// is one (`Warehouse.getDefaultTablePath`).
pub(super) fn default_location(database: &Database, table: &Table) -> String {
    let base = match (&database.managed_location, table.kind) {
        (Some(managed), TableKind::Managed | TableKind::MaterializedView) => managed.as_str(),
        _ => database.location.as_str(),
    };
    format!("{}/{}", base.trim_end_matches('/'), crate::model::escape_path_name(&table.name))
}

fn get_req(service: &Service, call: &Call, args: m::GetTableReqArgs) -> Answer<wire::GetTableResult> {
    let request = need(args.req, "req")?;
    let database = stored_database(request.cat_name.as_deref(), &request.db_name);
    let mut table = find(service, &database, &request.tbl_name)?;
    check_capability(service, call, &table, request.capabilities.as_ref(), "get_table_req")?;
    let snapshot = Snapshot::of(&table, request.valid_write_id_list.as_deref())?;
    let holds = snapshot.and_then(|snapshot| snapshot.mark(&mut table));
    let statistics = match request.get_column_stats {
        Some(true) => super::statistics::of_table(service, &table, request.engine.as_deref())?,
        _ => None,
    };
    // Hive says it in the table alone, and gives no statistics of columns that do not hold.
    let statistics = statistics.filter(|_| holds != Some(false));
    let table = wire::Table { col_stats: statistics, is_stats_compliant: holds, ..table_to_wire(table) };
    Ok(wire::GetTableResult { table, ..Default::default() })
}

/// A table to which transactions only add rows is for clients that say they know how to read it: others would also read
/// what was not committed (`HMSHandler.assertClientHasCapability`).
fn check_capability(
    service: &Service,
    call: &Call,
    table: &Table,
    capabilities: Option<&wire::ClientCapabilities>,
    method: &str,
) -> Answer<()> {
    const KEY: &str = "hive.metastore.client.capability.check";
    if table.acid_kind() != Some(AcidKind::InsertOnly) {
        return Ok(());
    }
    let known = capabilities.is_some_and(|known| known.values.contains(&wire::ClientCapability::INSERT_ONLY_TABLES));
    let wanted = key_of_connection(service, call, KEY);
    if known || wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case("false")) {
        return Ok(());
    }
    Err(meta(format!(
        "Your client does not appear to support insert-only tables. To skip capability checks, please set \
         metastore.client.capability.check to false. This setting can be set globally, or on the client for the current \
         metastore session. Note that this may lead to incorrect results, data loss, undefined behavior, etc. if your \
         client is actually incompatible. You can also specify custom client capabilities via {method} API."
    )))
}

fn list(service: &Service, database: Option<&str>, pattern: Option<&str>, kind: Option<&str>) -> Answer<Vec<String>> {
    let database = stored_database(None, database.unwrap_or_default());
    let kinds = kind.filter(|kind| !kind.is_empty()).map(|kind| [table_kind(kind)]);
    match service.store().table_names(&database, pattern, kinds.as_ref().map(<[_; 1]>::as_slice)) {
        // Hive looks for tables whose database has that name, and finds none.
        Err(MetastoreError::NoSuchObject(_)) => Ok(vec![]),
        found => Ok(found?),
    }
}

fn table_meta(service: &Service, _: &Call, args: m::GetTableMetaArgs) -> Answer<Vec<wire::TableMeta>> {
    let wanted = args.db_patterns.as_deref().map(DatabaseName::parse);
    let catalog = wanted.as_ref().and_then(|wanted| wanted.catalog.clone());
    let catalog = catalog.unwrap_or_else(|| DEFAULT_CATALOG.to_string());
    let pattern = wanted.and_then(|wanted| wanted.database);
    let kinds: Vec<TableKind> = args.tbl_types.unwrap_or_default().iter().map(|name| table_kind(name)).collect();
    let kinds = Some(kinds.as_slice()).filter(|kinds| !kinds.is_empty());
    let mut found = vec![];
    for database in databases::names_in(service, &catalog, pattern.as_deref())? {
        let stored = stored_database(Some(&catalog), &database);
        for name in service.store().table_names(&stored, args.tbl_patterns.as_deref(), kinds)? {
            let table = match service.store().table(&stored, &name) {
                Err(MetastoreError::NoSuchObject(_)) => continue,
                table => table?,
            };
            found.push(wire::TableMeta {
                db_name: database.clone(),
                table_name: name,
                table_type: table.kind.name().to_string(),
                comments: table.parameters.get("comment").cloned(),
                cat_name: Some(catalog.clone()),
            });
        }
    }
    Ok(found)
}

/// Those of the tables that are there, each once.
fn objects(
    service: &Service,
    database: &str,
    wanted: Option<Vec<String>>,
    pattern: Option<&str>,
) -> Answer<Vec<Table>> {
    if service.store().database(database).is_err() {
        let (catalog, name) = shown_database(database);
        let message = format!("Could not find database {catalog}.{name}");
        return Err(wire::UnknownDBException::new(message).into());
    }
    let wanted: BTreeSet<String> = match wanted {
        Some(names) => names.into_iter().map(|name| name.to_lowercase()).collect(),
        None => service.store().table_names(database, pattern, None)?.into_iter().collect(),
    };
    let mut tables = vec![];
    for name in wanted {
        match service.store().table(database, &name) {
            Err(MetastoreError::NoSuchObject(_)) => {}
            table => tables.push(table?),
        }
    }
    Ok(tables)
}

/// What `requestedFields` asks for beside the names (access types, required capabilities) is what a layer of translation
/// says of tables; there is none here, so there is nothing of it to give, as in Hive without one.
fn tables_ext(service: &Service, _: &Call, args: m::GetTablesExtArgs) -> Answer<Vec<wire::ExtendedTableInfo>> {
    let request = need(args.req, "req")?;
    let database = stored_database(Some(&request.catalog), &request.database);
    let mut names = service.store().table_names(&database, Some(&request.table_name_pattern), None)?;
    if let Some(limit) = request.limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0) {
        names.truncate(limit);
    }
    Ok(names.into_iter().map(|tbl_name| wire::ExtendedTableInfo { tbl_name, ..Default::default() }).collect())
}

/// The folders that go with a table: its own and those of its partitions that are elsewhere; none where the files are
/// not the table's own.
pub(super) fn own_folders(service: &Service, table: &Table) -> Answer<Vec<String>> {
    let purge = |key: &str| table.parameters.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let own = match table.kind {
        TableKind::View => false,
        TableKind::External => purge("external.table.purge"),
        TableKind::Managed | TableKind::MaterializedView => true,
    };
    if !own {
        return Ok(vec![]);
    }
    let mut folders = vec![table.storage.location.clone()];
    if table.is_partitioned() {
        let below = format!("{}/", table.storage.location);
        let partitions = service.store().partitions(&table.database, &table.name, &PartitionFilter::All, None)?;
        let elsewhere = partitions.into_iter().map(|partition| partition.storage.location);
        folders.extend(elsewhere.filter(|location| !location.starts_with(&below)));
    }
    folders.retain(|folder| !folder.is_empty());
    Ok(folders)
}

/// Drops a table, with its files where they are its own and are to go.
fn drop_one(service: &Service, database: Option<String>, name: Option<String>, delete: Option<bool>) -> Answer<()> {
    let database = stored_database(None, &need(database, "dbname")?);
    let table = find(service, &database, &need(name, "name")?)?;
    let folders = if delete.unwrap_or_default() { own_folders(service, &table)? } else { vec![] };
    service.store().drop_table(&database, &table.name)?;
    for folder in folders {
        if let Err(error) = service.folders.remove(&folder) {
            // The table is gone all the same, as in Hive.
            tracing::warn!(%error, folder, "the files of a dropped table stay");
        }
    }
    Ok(())
}

/// The columns of a table; the name may carry a field of the table behind a dot, which does not count here.
fn fields(
    service: &Service,
    database: Option<String>,
    name: Option<String>,
    with_keys: bool,
) -> Answer<Vec<wire::FieldSchema>> {
    let database = stored_database(None, &need(database, "db_name")?);
    let name = need(name, "table_name")?;
    let base = name.split('.').next().unwrap_or_default();
    let table = find(service, &database, base).map_err(|error| match error {
        error if is_missing(&error) => wire::UnknownTableException::new(error.to_string()).into(),
        error => error,
    })?;
    let mut columns = convert::columns_to_wire(&table.storage.columns, &table.storage.type_texts);
    if with_keys {
        columns.extend(convert::columns_to_wire(&table.partition_keys, &table.extras.type_texts));
    }
    Ok(columns)
}
