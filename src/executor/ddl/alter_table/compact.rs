//! `ALTER TABLE … [PARTITION (…)] COMPACT 'major' | 'minor'`
//!
//! Hive puts a compaction into a queue that its metastore's workers take it from. Skep does it at once: the statement ends
//! when it is done, with or without `AND WAIT`. On a metastore of Hive's the compaction is put into that queue.

use skep_metastore::model::{Compaction, Partition, PartitionFilter, Table, TransactionOwner, partition_name};
use skep_metastore::store::{Feature, MetaStore};
use skep_warehouse::acid::{CompactionKind, CompactionTarget, compact};

use super::named_partitions;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::insert;
use crate::parser::ast::PartitionSpec;
use crate::session::{Outcome, Session};

/// Runs the statement.
pub async fn run(session: &Session, table: &Table, spec: Option<&PartitionSpec>, kind: &str) -> Result<Outcome> {
    if table.acid_kind().is_none() {
        let name = table.qualified_name();
        return Err(SkepError::semantic(HiveError::COMPACTION_NOT_ACID, name));
    }
    let kind = match kind.to_ascii_lowercase().as_str() {
        "major" => CompactionKind::Major,
        "minor" => CompactionKind::Minor,
        "rebalance" => return Err(SkepError::unsupported("COMPACT 'rebalance'")),
        _ => return Err(SkepError::semantic(HiveError::COMPACTION_TYPE, "")),
    };
    let mut outcome = Outcome::done();
    outcome.messages = all(session, table, spec, kind).await?;
    Ok(outcome)
}

/// Compacts a table, the named partitions of it, or all of them; says what was done.
pub async fn all(
    session: &Session,
    table: &Table,
    spec: Option<&PartitionSpec>,
    kind: CompactionKind,
) -> Result<Vec<String>> {
    if !table.is_partitioned() {
        if spec.is_some() {
            return Err(SkepError::semantic(HiveError::SPEC_FOR_UNPARTITIONED, &table.name));
        }
        return Ok(vec![one(session, table, None, kind).await?]);
    }
    let partitions = match spec {
        Some(spec) => named_partitions(session, table, spec)?,
        None => session.catalog().partitions(&table.database, &table.name, &PartitionFilter::All, None)?,
    };
    let mut messages = Vec::new();
    for partition in &partitions {
        messages.push(one(session, table, Some(partition), kind).await?);
    }
    Ok(messages)
}

async fn one(session: &Session, table: &Table, partition: Option<&Partition>, kind: CompactionKind) -> Result<String> {
    if let Some(partition) = partition {
        super::refuse_archived(partition, "Compacting")?;
    }
    let catalog = session.metastore();
    let now = super::super::now();
    let mut entry = Compaction {
        id: 0,
        database: table.database.clone(),
        table: table.name.clone(),
        partition: partition.map(|partition| partition_name(&table.partition_keys, &partition.values)),
        kind: if kind == CompactionKind::Major { "MAJOR" } else { "MINOR" }.to_string(),
        state: "working".to_string(),
        owner: TransactionOwner::this_process(session.user()),
        enqueued: now,
        started: Some(now),
        ended: None,
        highest_write_id: 0,
        error: None,
        details: Default::default(),
    };
    if !catalog.has(Feature::OwnCompactions)? {
        let waiting = Compaction { state: "initiated".to_string(), started: None, ..entry };
        let (there, new) = catalog.request_compaction(&waiting)?;
        let enqueued = if new { "enqueued" } else { "already enqueued" };
        return Ok(format!("Compaction {enqueued} with id {}", there.id));
    }
    entry.id = catalog.put_compaction(&entry)?;
    let options = insert::write_options(session)?;
    let target = CompactionTarget { table, partition, kind, options: &options };
    let done = compact(target, &catalog, session.stores()).await;
    entry.ended = Some(super::super::now());
    match &done {
        Ok(covered) => {
            entry.state = "succeeded".to_string();
            entry.highest_write_id = covered.unwrap_or(0);
        }
        Err(error) => {
            entry.state = "failed".to_string();
            entry.error = Some(error.to_string());
        }
    }
    catalog.put_compaction(&entry)?;
    done?;
    Ok(format!("Compaction with id {} finished with status: {}", entry.id, entry.state))
}
