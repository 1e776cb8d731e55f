//! The sections of `DESCRIBE FORMATTED`.

use chrono::{TimeZone, Utc};
use skep_metastore::model::{
    EpochSeconds, Materialization, Order, Parameters, Partition, PartitionFilter, StorageDescriptor, Table, TableKind,
};
use skep_metastore::store::MetaStore;

use super::layout::Lines;
use crate::error::Result;
use crate::executor::ddl::materialized_view;
use crate::session::Session;

/// Statistics that a partitioned table's own parameters do not have: the sums of its partitions'.
const SUMMED: [&str; 4] = ["numFiles", "numRows", "rawDataSize", "totalSize"];

/// A point in time as Java's `Date.toString` writes it.
fn date(session: &Session, seconds: EpochSeconds) -> String {
    let zone: chrono_tz::Tz = session.config().time_zone().parse().unwrap_or(chrono_tz::UTC);
    match Utc.timestamp_opt(seconds, 0).single().filter(|_| seconds != 0) {
        Some(time) => time.with_timezone(&zone).format("%a %b %d %H:%M:%S %Z %Y").to_string(),
        None => "UNKNOWN".into(),
    }
}

/// Parameters of a partitioned table as `DESCRIBE` shows them: with the number of partitions and the sums of their
/// statistics.
pub fn properties_of_partitioned(session: &Session, table: &Table) -> Result<Parameters> {
    let partitions = session.catalog().partitions(&table.database, &table.name, &PartitionFilter::All, None)?;
    let mut parameters = table.parameters.clone();
    let accurate = partitions
        .iter()
        .all(|p| p.parameters.get("COLUMN_STATS_ACCURATE").is_some_and(|v| v.contains("\"BASIC_STATS\":\"true\"")));
    for key in SUMMED {
        let sum: i64 = partitions.iter().filter_map(|p| p.parameters.get(key)?.parse::<i64>().ok()).sum();
        parameters.insert(key.into(), sum.to_string());
    }
    if accurate {
        parameters.insert("COLUMN_STATS_ACCURATE".into(), "{\"BASIC_STATS\":\"true\"}".into());
    }
    parameters.insert("numPartitions".into(), partitions.len().to_string());
    Ok(parameters)
}

/// `# Detailed Table Information` and `# Storage Information`, of a view also `# View Information`.
pub fn table(session: &Session, lines: &mut Lines, table: &Table) -> Result<()> {
    lines.heading("# Detailed Table Information");
    lines.pair("Database:", &table.database);
    lines.pair("OwnerType:", "USER");
    lines.pair("Owner:", &table.owner);
    lines.pair("CreateTime:", &date(session, table.create_time));
    lines.pair("LastAccessTime:", &date(session, table.last_access_time));
    lines.pair("Retention:", &table.retention.to_string());
    if !table.is_view() {
        lines.pair("Location:", &table.storage.location);
    }
    lines.pair("Table Type:", table.kind.name());
    let mut parameters = match table.is_partitioned() && !table.is_view() {
        true => properties_of_partitioned(session, table)?,
        false => table.parameters.clone(),
    };
    parameters.remove(Materialization::PROPERTY);
    if !parameters.is_empty() {
        lines.plain("Table Parameters:");
        for (name, value) in sorted(&parameters) {
            lines.parameter(name, value);
        }
    }
    lines.heading("# Storage Information");
    storage(lines, &table.storage);
    if table.is_view() {
        lines.heading("# View Information");
        lines.pair("Original Query:", table.view_original_text.as_deref().unwrap_or("null"));
        lines.pair("Expanded Query:", table.view_expanded_text.as_deref().unwrap_or("null"));
    }
    if table.kind == TableKind::MaterializedView {
        materialized(session, lines, table)?;
    }
    Ok(())
}

/// `# Materialized View Information` and the tables it reads.
fn materialized(session: &Session, lines: &mut Lines, view: &Table) -> Result<()> {
    let Some(kept) = Materialization::of(view) else { return Ok(()) };
    lines.heading("# Materialized View Information");
    lines.pair("Original Query:", view.view_original_text.as_deref().unwrap_or("null"));
    lines.pair("Expanded Query:", view.view_expanded_text.as_deref().unwrap_or("null"));
    lines.pair("Rewrite Enabled:", if kept.rewrite { "Yes" } else { "No" });
    let outdated = match materialized_view::is_outdated(session, &kept)? {
        None => "Unknown",
        Some(true) => "Yes",
        Some(false) => "No",
    };
    lines.pair("Outdated for Rewriting:", outdated);
    lines.heading("# Materialized View Source table information");
    lines.pair("Table name", "Snapshot");
    for source in &kept.sources {
        lines.pair(&format!("{}.{}", source.database, source.table), &source.snapshot_text());
    }
    Ok(())
}

/// `# Detailed Partition Information` and `# Storage Information`.
pub fn partition(session: &Session, lines: &mut Lines, table: &Table, partition: &Partition) {
    lines.heading("# Detailed Partition Information");
    lines.pair("Partition Value:", &format!("[{}]", partition.values.join(", ")));
    lines.pair("Database:", &table.database);
    lines.pair("Table:", &table.name);
    lines.pair("CreateTime:", &date(session, partition.create_time));
    lines.pair("LastAccessTime:", &date(session, partition.last_access_time));
    if !table.is_view() {
        lines.pair("Location:", &partition.storage.location);
    }
    if !partition.parameters.is_empty() {
        lines.plain("Partition Parameters:");
        for (name, value) in sorted(&partition.parameters) {
            lines.parameter(name, value);
        }
    }
    if !table.is_view() {
        lines.heading("# Storage Information");
        storage(lines, &partition.storage);
    }
}

/// In the order of Java's strings.
fn sorted(parameters: &Parameters) -> impl Iterator<Item = (&String, &String)> {
    parameters.iter()
}

fn storage(lines: &mut Lines, storage: &StorageDescriptor) {
    let text_or_null = |text: &str| if text.is_empty() { "null".to_string() } else { text.to_string() };
    lines.pair("SerDe Library:", &text_or_null(&storage.serde.library));
    lines.pair("InputFormat:", &text_or_null(&storage.input_format));
    lines.pair("OutputFormat:", &text_or_null(&storage.output_format));
    lines.pair("Compressed:", if storage.compressed { "Yes" } else { "No" });
    lines.pair("Num Buckets:", &storage.num_buckets.to_string());
    lines.pair("Bucket Columns:", &format!("[{}]", storage.bucket_columns.join(", ")));
    let orders: Vec<String> = storage.sort_columns.iter().map(order_text).collect();
    lines.pair("Sort Columns:", &format!("[{}]", orders.join(", ")));
    if storage.stored_as_sub_directories {
        lines.pair("Stored As SubDirectories:", "Yes");
    }
    if !storage.skewed.columns.is_empty() {
        let mut columns = storage.skewed.columns.clone();
        columns.sort();
        lines.pair("Skewed Columns:", &format!("[{}]", columns.join(", ")));
        let mut values = storage.skewed.values.clone();
        values.sort();
        let values: Vec<String> = values.iter().map(|row| format!("[{}]", row.join(", "))).collect();
        lines.pair("Skewed Values:", &format!("[{}]", values.join(", ")));
    }
    if !storage.serde.parameters.is_empty() {
        lines.plain("Storage Desc Params:");
        for (name, value) in sorted(&storage.serde.parameters) {
            lines.parameter(name, value);
        }
    }
}

/// A sort column as Thrift's classes print themselves.
pub fn order_text(order: &Order) -> String {
    format!("Order(col:{}, order:{})", order.column, i32::from(order.ascending))
}
