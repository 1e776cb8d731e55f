//! `DESCRIBE [EXTENDED|FORMATTED] table [PARTITION (…)] [column]`

use skep_metastore::MetastoreError;
use skep_metastore::model::{FieldSchema, Partition, Table};
use skep_metastore::store::MetaStore;

use super::layout::{Lines, escape_java};
use super::{column, constraints, sections, thrift_text};
use crate::error::{Result, SkepError};
use crate::executor::{names, partition_spec};
use crate::parser::ast::{DescribeStyle, DescribeTable, Ident, ObjectName};
use crate::session::{Outcome, Session};

/// Names of the result's columns.
pub const COLUMNS: [&str; 3] = ["col_name", "data_type", "comment"];

/// Runs the statement.
pub async fn run(session: &Session, statement: &DescribeTable) -> Result<Outcome> {
    let (table, path) = find(session, statement)?;
    let partition = match &statement.partition {
        None => None,
        Some(spec) => {
            let values = partition_spec::full_values(session, &table, spec)?;
            match session.catalog().partition(&table.database, &table.name, &values) {
                Ok(partition) => Some(partition),
                Err(MetastoreError::NoSuchObject(_)) => {
                    let shown: Vec<&str> = table.partition_keys.iter().map(|key| key.name.as_str()).collect();
                    return Err(super::no_partition(&shown.join(","), &table.qualified_name()));
                }
                Err(error) => return Err(error.into()),
            }
        }
    };
    if !path.is_empty() {
        return column::run(session, &table, partition.as_ref(), &path, statement.style);
    }
    let json = session.config().text("hive.ddl.output.format").eq_ignore_ascii_case("json");
    if json && statement.style == DescribeStyle::Plain {
        return as_json(&table);
    }
    if json {
        return Err(SkepError::unsupported("DESCRIBE EXTENDED or FORMATTED with hive.ddl.output.format=json"));
    }
    let mut lines = Lines::new(session.padded());
    let stored = match &partition {
        Some(partition) if !table.is_view() => &partition.storage.columns,
        _ => &table.storage.columns,
    };
    columns(session, &mut lines, &table, stored, statement.style);
    match (statement.style, &partition) {
        (DescribeStyle::Plain, _) => {}
        (DescribeStyle::Formatted, None) => {
            sections::table(session, &mut lines, &table)?;
            constraints::formatted(session, &mut lines, &table)?;
        }
        (DescribeStyle::Formatted, Some(partition)) => sections::partition(session, &mut lines, &table, partition),
        (DescribeStyle::Extended, partition) => extended(session, &mut lines, &table, partition.as_ref())?,
    }
    lines.outcome(&COLUMNS)
}

/// The table and the path of a column behind it. `a.b` may be a table of a database or a column of a table; the former
/// wins where both are there.
fn find(session: &Session, statement: &DescribeTable) -> Result<(Table, Vec<Ident>)> {
    let path = statement.column.clone();
    let known_database =
        statement.table.database.as_ref().is_none_or(|name| session.catalog().database(&name.lower()).is_ok());
    if known_database && let Some(table) = names::find_table(session, &statement.table)? {
        return Ok((table, path));
    }
    if let Some(first) = &statement.table.database {
        let name = ObjectName { database: None, name: first.clone() };
        if let Some(table) = names::find_table(session, &name)? {
            let mut longer = vec![statement.table.name.clone()];
            longer.extend(path);
            return Ok((table, longer));
        }
    }
    Ok((names::table(session, &statement.table)?, path))
}

fn as_json(table: &Table) -> Result<Outcome> {
    let columns: Vec<serde_json::Value> = table
        .all_columns()
        .map(|column| match column.comment.as_deref().filter(|comment| !comment.is_empty()) {
            Some(comment) => {
                serde_json::json!({ "name": column.name, "type": column.ty.to_string(), "comment": comment })
            }
            None => serde_json::json!({ "name": column.name, "type": column.ty.to_string() }),
        })
        .collect();
    Outcome::lines("col_name", [serde_json::json!({ "columns": columns }).to_string()])
}

/// Comment of a stored column; SerDes that know their columns themselves say so where there is none.
pub fn comment<'a>(table: &Table, field: &'a FieldSchema) -> Option<&'a str> {
    match field.comment.as_deref() {
        Some(comment) if !comment.is_empty() => Some(comment),
        // The Avro SerDe tells a comment for every column.
        _ if table.storage.serde.library == skep_warehouse::format::avro::SERDE => Some(""),
        _ if !table.is_view() && !schema_in_metastore(&table.storage.serde.library) => Some("from deserializer"),
        comment => comment,
    }
}

/// `hive.serdes.using.metastore.for.schema`
fn schema_in_metastore(serde: &str) -> bool {
    const SERDES: [&str; 8] = [
        "OrcSerde",
        "LazySimpleSerDe",
        "ColumnarSerDe",
        "DynamicSerDe",
        "MetadataTypedColumnsetSerDe",
        "LazyBinaryColumnarSerDe",
        "LazyBinarySerDe",
        "ParquetHiveSerDe",
    ];
    serde.is_empty() || serde.rsplit('.').next().is_some_and(|name| SERDES.contains(&name))
}

fn columns(session: &Session, lines: &mut Lines, table: &Table, stored: &[FieldSchema], style: DescribeStyle) {
    let put = |lines: &mut Lines, field: &FieldSchema, comment: &str| {
        lines.row("", &[&field.name, &field.ty.to_string(), comment]);
    };
    if style == DescribeStyle::Formatted {
        lines.row("# ", &COLUMNS);
    }
    for field in stored {
        put(lines, field, comment(table, field).unwrap_or_default());
    }
    let keys = &table.partition_keys;
    if style != DescribeStyle::Formatted {
        for field in keys {
            put(lines, field, field.comment.as_deref().unwrap_or_default());
        }
    }
    if !keys.is_empty() && session.config().bool("hive.display.partition.cols.separately") {
        lines.heading("# Partition Information");
        lines.row("# ", &COLUMNS);
        for field in keys {
            put(lines, field, field.comment.as_deref().unwrap_or_default());
        }
    }
}

fn extended(session: &Session, lines: &mut Lines, table: &Table, partition: Option<&Partition>) -> Result<()> {
    lines.plain("");
    let line = match partition {
        Some(partition) => {
            format!("Detailed Partition Information\t{}\t", escape_java(&thrift_text::partition(table, partition)))
        }
        None => {
            let parameters = match table.is_partitioned() && !table.is_view() {
                true => sections::properties_of_partitioned(session, table)?,
                false => table.parameters.clone(),
            };
            format!("Detailed Table Information\t{}\t", escape_java(&thrift_text::table(table, &parameters)))
        }
    };
    lines.plain(line);
    if partition.is_none() {
        constraints::extended(session, lines, table)?;
    }
    Ok(())
}
