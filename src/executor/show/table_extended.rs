//! `SHOW TABLE EXTENDED`

use skep_metastore::model::{FieldSchema, PartitionFilter, StorageDescriptor, Table};
use skep_metastore::store::MetaStore;
use skep_warehouse::store::fs;

use crate::error::Result;
use crate::executor::{names, partition_spec};
use crate::parser::ast::{Ident, ObjectName, PartitionSpec};
use crate::session::{Outcome, Session};

/// Runs the statement.
pub async fn run(
    session: &Session,
    database: Option<&Ident>,
    pattern: &str,
    spec: Option<&PartitionSpec>,
) -> Result<Outcome> {
    let mut lines = Vec::new();
    if let Some(spec) = spec {
        let name = ObjectName { database: database.cloned(), name: Ident::new(pattern) };
        let table = names::table(session, &name)?;
        let values = partition_spec::full_values(session, &table, spec)?;
        let partition = session.catalog().partition(&table.database, &table.name, &values)?;
        let folders = [partition.storage.location.clone()];
        describe(session, &mut lines, &table, &partition.storage, &folders).await?;
        return Outcome::lines("tab_name", lines);
    }
    let database = match database {
        Some(name) => names::database(session, name)?.name,
        None => session.current_database().to_string(),
    };
    let names = session.catalog().table_names(&database, Some(pattern), None)?;
    for name in session.visible_tables_of("SHOW_TABLESTATUS", &database, names)? {
        let table = session.catalog().table(&database, &name)?;
        let folders = match table.is_partitioned() {
            true => {
                let partitions = session.catalog().partitions(&database, &name, &PartitionFilter::All, None)?;
                partitions.into_iter().map(|partition| partition.storage.location).collect()
            }
            false => vec![table.storage.location.clone()],
        };
        describe(session, &mut lines, &table, &table.storage, &folders).await?;
    }
    Outcome::lines("tab_name", lines)
}

async fn describe(
    session: &Session,
    lines: &mut Vec<String>,
    table: &Table,
    storage: &StorageDescriptor,
    folders: &[String],
) -> Result<()> {
    lines.push(format!("tableName:{}", table.name));
    lines.push(format!("owner:{}", table.owner));
    lines.push(format!("location:{}", if table.is_view() { "null" } else { storage.location.as_str() }));
    lines.push(format!("inputformat:{}", storage.input_format));
    lines.push(format!("outputformat:{}", storage.output_format));
    lines.push(format!("columns:{}", fields("columns", &table.storage.columns)));
    lines.push(format!("partitioned:{}", table.is_partitioned()));
    let keys = if table.is_partitioned() { fields("partition_columns", &table.partition_keys) } else { String::new() };
    lines.push(format!("partitionColumns:{keys}"));
    let folders: Vec<&String> = folders.iter().filter(|folder| !folder.is_empty()).collect();
    if !folders.is_empty() {
        let mut files = Vec::new();
        for folder in folders {
            files.extend(fs::walk(session.stores(), folder).await?);
        }
        let sizes = files.iter().map(|file| file.len);
        let latest = files.iter().map(|file| file.modified).max().unwrap_or_default();
        lines.push(format!("totalNumberFiles:{}", files.len()));
        lines.push(format!("totalFileSize:{}", sizes.clone().sum::<u64>()));
        lines.push(format!("maxFileSize:{}", sizes.clone().max().unwrap_or_default()));
        lines.push(format!("minFileSize:{}", sizes.min().unwrap_or_default()));
        lines.push(format!("lastAccessTime:{latest}"));
        lines.push(format!("lastUpdateTime:{latest}"));
    }
    lines.push(String::new());
    Ok(())
}

/// Columns in the form of Thrift's old DDL.
fn fields(name: &str, list: &[FieldSchema]) -> String {
    let texts: Vec<String> = list
        .iter()
        .map(|field| {
            let ty = field.ty.to_string();
            let ty = match ty.as_str() {
                "tinyint" => "byte",
                "smallint" => "i16",
                "int" => "i32",
                "bigint" => "i64",
                "boolean" => "bool",
                other => other,
            };
            format!("{ty} {}", field.name)
        })
        .collect();
    format!("struct {name} {{ {}}}", texts.join(", "))
}
