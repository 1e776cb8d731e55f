//! `ALTER TABLE … [PARTITION (…)] CONCATENATE`

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use skep_metastore::model::{AcidKind, FieldSchema, Partition, Table};
use skep_warehouse::acid::CompactionKind;
use skep_warehouse::layout::archive::archiving_level;
use skep_warehouse::sink::WriteTarget;

use super::named_partitions;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::names::quoted;
use crate::executor::partition_spec::condition_text;
use crate::executor::{insert, query};
use crate::parser::ast::PartitionSpec;
use crate::session::Session;

/// Writes the rows of a table or of partitions anew, into one file each; the old files go in the same commit. Of a table
/// whose rows have ids it is a major compaction.
pub async fn run(session: &Session, table: &Table, spec: Option<&PartitionSpec>) -> Result<()> {
    if table.acid_kind() == Some(AcidKind::Full) {
        super::compact::all(session, table, spec, CompactionKind::Major).await?;
        return Ok(());
    }
    if !table.storage.bucket_columns.is_empty() {
        return Err(SkepError::unsupported("CONCATENATE of a bucketed table"));
    }
    match spec {
        Some(spec) => {
            for partition in named_partitions(session, table, spec)? {
                if archiving_level(&partition).is_some() {
                    return Err(SkepError::semantic(HiveError::CONCATENATE_ARCHIVED, ""));
                }
                rewrite(session, table, Some(&partition), &[]).await?;
            }
            Ok(())
        }
        None if table.is_partitioned() => Err(SkepError::semantic(HiveError::PARTITION_SPEC_NEEDED, "")),
        None => rewrite(session, table, None, &[]).await,
    }
}

/// Writes the rows of a table or a partition anew, with NULL in these columns; the old files go in the same commit.
pub async fn rewrite(
    session: &Session,
    table: &Table,
    partition: Option<&Partition>,
    emptied: &[String],
) -> Result<()> {
    let value = |column: &FieldSchema| match emptied.contains(&column.name) {
        true => format!("CAST(NULL AS {}) AS {}", column.ty, quoted(&column.name)),
        false => quoted(&column.name),
    };
    let columns: Vec<String> = table.storage.columns.iter().map(value).collect();
    let mut text = format!("SELECT {} FROM {}.{}", columns.join(", "), quoted(&table.database), quoted(&table.name));
    if let Some(partition) = partition {
        text.push_str(" WHERE ");
        text.push_str(&condition_text(table, partition));
    }
    let plan = query::analyze(session, &crate::parser::parse_query(&text)?)?.plan;
    let state = query::state(session)?;
    let plan: Arc<dyn ExecutionPlan> = Arc::new(CoalescePartitionsExec::new(query::physical(&state, plan).await?));
    let values = partition.map(|partition| partition.values.iter().cloned().map(Some).collect());
    let target = WriteTarget {
        table: Arc::new(table.clone()),
        partition: values.unwrap_or_default(),
        overwrite: true,
        if_not_exists: false,
        create_table: false,
        options: insert::write_options(session)?,
    };
    insert::write_physical(session, &state, plan, target).await?;
    Ok(())
}
