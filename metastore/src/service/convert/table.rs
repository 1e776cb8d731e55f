//! Tables and partitions.

use skep_thrift_hms as wire;

use super::authorization::{principal_type, seconds};
use super::{columns_from_wire, columns_to_wire, principal_from_wire};
use super::{storage_from_wire, storage_to_wire};
use crate::model::{CreationMetadata, Parameters, Partition, SourceTable, Table, TableExtras, TableKind};
use crate::service::names::{shown_database, stored_database};

/// The kind of table of Hive's name for it; a managed one where the name is another.
pub fn table_kind(name: &str) -> TableKind {
    [TableKind::External, TableKind::View, TableKind::MaterializedView]
        .into_iter()
        .find(|kind| kind.name() == name)
        .unwrap_or(TableKind::Managed)
}

/// A table as a client gives it. As in `ObjectStore.convertToMTable`, a managed table whose property `EXTERNAL` is true
/// is an external one, and an external one without that property a managed one.
pub fn table_from_wire(table: wire::Table) -> Table {
    let mut type_texts = Parameters::new();
    let parameters = table.parameters.unwrap_or_default();
    let external = parameters.get("EXTERNAL").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let kind = match table_kind(table.table_type.as_deref().unwrap_or_default()) {
        TableKind::Managed if external => TableKind::External,
        TableKind::External if !external => TableKind::Managed,
        kind => kind,
    };
    Table {
        database: stored_database(table.cat_name.as_deref(), &table.db_name.unwrap_or_default()),
        name: table.table_name.unwrap_or_default().to_lowercase(),
        owner: table.owner.unwrap_or_default(),
        create_time: i64::from(table.create_time.unwrap_or_default()),
        last_access_time: i64::from(table.last_access_time.unwrap_or_default()),
        retention: table.retention.unwrap_or_default(),
        kind,
        temporary: table.temporary.unwrap_or_default(),
        storage: storage_from_wire(table.sd.unwrap_or_default()),
        partition_keys: columns_from_wire(table.partition_keys, &mut type_texts),
        parameters,
        view_original_text: table.view_original_text,
        view_expanded_text: table.view_expanded_text,
        extras: TableExtras {
            owner_type: table.owner_type.map(|kind| principal_from_wire(Some(kind))),
            rewrite_enabled: table.rewrite_enabled.unwrap_or_default(),
            creation: table.creation_metadata.map(creation_from_wire),
            write_id: table.write_id,
            type_texts,
        },
    }
}

fn creation_from_wire(creation: wire::CreationMetadata) -> CreationMetadata {
    CreationMetadata {
        catalog: creation.cat_name,
        database: creation.db_name,
        table: creation.tbl_name,
        tables: creation.tables_used.into_iter().collect(),
        sources: creation.source_tables.unwrap_or_default().into_iter().map(source_from_wire).collect(),
        valid_transactions: creation.valid_txn_list,
        time: creation.materialization_time,
    }
}

fn source_from_wire(source: wire::SourceTable) -> SourceTable {
    let wire::Table { db_name, table_name, cat_name, .. } = source.table;
    SourceTable {
        database: stored_database(cat_name.as_deref(), &db_name.unwrap_or_default()),
        table: table_name.unwrap_or_default().to_lowercase(),
        inserted: source.inserted_count,
        updated: source.updated_count,
        deleted: source.deleted_count,
    }
}

fn source_to_wire(source: SourceTable) -> wire::SourceTable {
    let (catalog, database) = shown_database(&source.database);
    let (cat_name, db_name) = (Some(catalog.to_string()), Some(database.to_string()));
    wire::SourceTable {
        table: wire::Table { table_name: Some(source.table), db_name, cat_name, ..Default::default() },
        inserted_count: source.inserted,
        updated_count: source.updated,
        deleted_count: source.deleted,
    }
}

/// A table for a client.
pub fn table_to_wire(table: Table) -> wire::Table {
    let (catalog, database) = shown_database(&table.database);
    let (catalog, database) = (Some(catalog.to_string()), Some(database.to_string()));
    let creation = |creation: CreationMetadata| wire::CreationMetadata {
        cat_name: creation.catalog,
        db_name: creation.database,
        tbl_name: creation.table,
        tables_used: creation.tables.into_iter().collect(),
        source_tables: Some(creation.sources.into_iter().map(source_to_wire).collect::<Vec<_>>())
            .filter(|sources| !sources.is_empty()),
        valid_txn_list: creation.valid_transactions,
        materialization_time: creation.time,
    };
    wire::Table {
        table_name: Some(table.name),
        db_name: database,
        owner: Some(table.owner).filter(|owner| !owner.is_empty()),
        create_time: Some(seconds(table.create_time)),
        last_access_time: Some(seconds(table.last_access_time)),
        retention: Some(table.retention),
        partition_keys: Some(columns_to_wire(&table.partition_keys, &table.extras.type_texts)),
        sd: Some(storage_to_wire(table.storage)),
        parameters: Some(table.parameters),
        view_original_text: table.view_original_text,
        view_expanded_text: table.view_expanded_text,
        table_type: Some(table.kind.name().to_string()),
        temporary: Some(table.temporary),
        rewrite_enabled: Some(table.extras.rewrite_enabled),
        creation_metadata: table.extras.creation.map(creation),
        cat_name: catalog,
        owner_type: Some(table.extras.owner_type.map_or(wire::PrincipalType::USER, principal_type)),
        write_id: table.extras.write_id,
        ..Default::default()
    }
}

/// A partition as a client gives it.
pub fn partition_from_wire(partition: wire::Partition) -> Partition {
    Partition {
        values: partition.values.unwrap_or_default(),
        create_time: i64::from(partition.create_time.unwrap_or_default()),
        last_access_time: i64::from(partition.last_access_time.unwrap_or_default()),
        storage: storage_from_wire(partition.sd.unwrap_or_default()),
        parameters: partition.parameters.unwrap_or_default(),
        write_id: partition.write_id,
    }
}

/// A partition of a table, whose database is named as the store names it, for a client.
pub fn partition_to_wire(database: &str, table: &str, partition: Partition) -> wire::Partition {
    let (catalog, database) = shown_database(database);
    wire::Partition {
        values: Some(partition.values),
        db_name: Some(database.to_string()),
        table_name: Some(table.to_string()),
        create_time: Some(seconds(partition.create_time)),
        last_access_time: Some(seconds(partition.last_access_time)),
        sd: Some(storage_to_wire(partition.storage)),
        parameters: Some(partition.parameters),
        cat_name: Some(catalog.to_string()),
        write_id: partition.write_id,
        ..Default::default()
    }
}
