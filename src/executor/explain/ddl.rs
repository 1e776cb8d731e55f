//! `EXPLAIN DDL`: the statements that make the tables and views of a query anew, with their statistics, so that its plan
//! can be looked at elsewhere.

use std::collections::BTreeSet;

use skep_metastore::model::{ColumnStatistics, Parameters, PartitionFilter, Table, partition_name};
use skep_metastore::store::MetaStore;

use super::work::Work;
use crate::error::Result;
use crate::executor::analyze_table::update_values;
use crate::executor::names::quoted;
use crate::executor::show::create_table;
use crate::session::{Outcome, Session};

/// Databases, tables, partitions, statistics, views.
pub fn explain(session: &Session, work: &Work) -> Result<Outcome> {
    let mut lines = Vec::new();
    let databases: BTreeSet<&str> = work.reads.iter().map(|table| table.database.as_str()).collect();
    for database in databases.into_iter().filter(|name| *name != "default") {
        lines.push(format!("CREATE DATABASE IF NOT EXISTS {};", quoted(database)));
    }
    for table in work.reads.iter().filter(|table| !table.is_view()) {
        let name = format!("{}.{}", quoted(&table.database), quoted(&table.name));
        let mut statement = create_table::create_table(table, &name);
        if let Some(last) = statement.last_mut() {
            last.push(';');
        }
        lines.extend(statement);
        statistics(session, table, &name, &mut lines)?;
    }
    for view in work.reads.iter().filter(|table| table.is_view()) {
        let name = format!("{}.{}", quoted(&view.database), quoted(&view.name));
        let text = view.view_expanded_text.as_deref().unwrap_or_default();
        lines.extend(format!("CREATE VIEW {name} AS {text};").lines().map(str::to_string));
    }
    Outcome::lines("Explain", lines)
}

fn statistics(session: &Session, table: &Table, name: &str, lines: &mut Vec<String>) -> Result<()> {
    let catalog = session.catalog();
    if !table.is_partitioned() {
        basic(name, "", &table.parameters, lines);
        let columns: Vec<String> = table.storage.columns.iter().map(|column| column.name.clone()).collect();
        let known = catalog.column_statistics(&table.database, &table.name, None, &columns)?;
        of_columns(name, "", &known, lines);
        return Ok(());
    }
    for partition in catalog.partitions(&table.database, &table.name, &PartitionFilter::All, None)? {
        let pairs: Vec<String> = table
            .partition_keys
            .iter()
            .zip(&partition.values)
            .map(|(key, value)| format!("{}={}", quoted(&key.name), create_table::literal(value)))
            .collect();
        let spec = format!(" PARTITION ({})", pairs.join(", "));
        lines.push(format!("-- {}", partition_name(&table.partition_keys, &partition.values)));
        lines.push(format!("ALTER TABLE {name} ADD IF NOT EXISTS{spec};"));
        basic(name, &spec, &partition.parameters, lines);
        let columns: Vec<String> = partition.storage.columns.iter().map(|column| column.name.clone()).collect();
        let known = catalog.column_statistics(&table.database, &table.name, Some(&partition.values), &columns)?;
        of_columns(name, &spec, &known, lines);
    }
    Ok(())
}

fn basic(name: &str, spec: &str, parameters: &Parameters, lines: &mut Vec<String>) {
    if let (Some(rows), Some(size)) = (parameters.get("numRows"), parameters.get("rawDataSize")) {
        let values = format!("'numRows'='{rows}','rawDataSize'='{size}'");
        lines.push(format!("ALTER TABLE {name}{spec} UPDATE STATISTICS SET({values});"));
    }
}

fn of_columns(name: &str, spec: &str, known: &[ColumnStatistics], lines: &mut Vec<String>) {
    for statistics in known {
        let values: Vec<String> =
            update_values(&statistics.data).iter().map(|(key, value)| format!("'{key}'='{value}'")).collect();
        lines.push(format!(
            "ALTER TABLE {name}{spec} UPDATE STATISTICS FOR COLUMN {} SET({});",
            quoted(&statistics.column),
            values.join(",")
        ));
    }
}
