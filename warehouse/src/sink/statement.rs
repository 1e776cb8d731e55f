//! The writes of one statement: begun one after the other, run side by side, committed together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use skep_metastore::model::Table;
use skep_metastore::store::MetaStore;
use tokio_util::sync::CancellationToken;

use super::commit::{self, StagedTable, is_rolled_back};
use super::directory::{self, StagedDirectory};
use super::{
    Buckets, DirectoryTarget, StagedFile, WriteJob, WriteSummary, WriteTarget, existing_partition, write_files,
};
use crate::acid::{AcidNames, AcidWrite};
use crate::error::{Result, WarehouseError};
use crate::format::{FileFormatKind, FileWriteOptions};
use crate::layout::archive::Conflicts;
use crate::layout::commit::{commit_all, complete_pending};
use crate::layout::staging::{Staging, remove_stale};
use crate::store::Stores;

/// What rows are written into.
#[derive(Debug, Clone)]
pub enum Target {
    /// A table.
    Table(WriteTarget),
    /// A folder.
    Directory(Box<DirectoryTarget>),
}

/// A write that is begun: it has a folder to make its files in. When it is dropped, nothing has happened.
#[derive(Debug)]
pub struct Write {
    target: Target,
    job: Arc<WriteJob>,
    staging: Staging,
    buckets: Option<Buckets>,
}

/// A write whose files are made. When it is dropped, nothing has happened.
#[derive(Debug)]
pub struct StagedWrite(Staged);

#[derive(Debug)]
enum Staged {
    Table(StagedTable),
    Directory(StagedDirectory),
}

/// `(database, name)` of a table.
type TableName = (String, String);

/// What the writes of a statement share.
#[derive(Debug)]
pub struct StatementCommit {
    metastore: Arc<dyn MetaStore>,
    stores: Arc<Stores>,
    /// How many there are.
    writes: usize,
    /// The transactions, for the transactional tables among the targets.
    transactions: BTreeMap<TableName, AcidWrite>,
}

/// Begins the writes of a statement. There is none for a partition that is there and is to be written `IF NOT EXISTS`. Those
/// into one transactional table are statements of one transaction.
///
/// # Errors
/// A target cannot be written.
pub async fn begin(
    targets: Vec<Target>,
    metastore: Arc<dyn MetaStore>,
    stores: Arc<Stores>,
) -> Result<(Vec<Option<Write>>, StatementCommit)> {
    let mut statements: BTreeMap<TableName, u32> = BTreeMap::new();
    for target in &targets {
        if let Target::Table(target) = target {
            *statements.entry(name_of(&target.table)).or_default() += 1;
        }
    }
    let mut commit = StatementCommit { metastore, stores, writes: targets.len(), transactions: BTreeMap::new() };
    let mut begun: BTreeMap<TableName, u32> = BTreeMap::new();
    let mut writes = Vec::with_capacity(targets.len());
    for target in targets {
        writes.push(match target {
            Target::Directory(target) => {
                let (target, job, staging) =
                    directory::begin(target, commit.metastore.as_ref(), &commit.stores, commit.writes).await?;
                Some(Write { target: Target::Directory(target), job, staging, buckets: None })
            }
            Target::Table(target) => {
                let name = name_of(&target.table);
                let number = begun.entry(name.clone()).or_default();
                let of = statements.get(&name).copied().unwrap_or(1);
                *number += 1;
                commit.begin_table(target, *number - 1, of).await?
            }
        });
    }
    Ok((writes, commit))
}

fn name_of(table: &Table) -> TableName {
    (table.database.clone(), table.name.clone())
}

impl StatementCommit {
    /// Begins write `number` of `of` into the table.
    async fn begin_table(&mut self, target: WriteTarget, number: u32, of: u32) -> Result<Option<Write>> {
        let table = Arc::clone(&target.table);
        let stores = &self.stores;
        check_partition(&target)?;
        complete_pending(self.metastore.as_ref(), stores, &table.database, &table.name).await?;
        let fixed: Option<Vec<String>> = target.partition.iter().cloned().collect();
        let existing = match fixed.as_ref().filter(|values| !values.is_empty()) {
            Some(values) => existing_partition(self.metastore.as_ref(), &table, values)?,
            None => None,
        };
        if target.if_not_exists && existing.is_some() {
            return Ok(None);
        }
        if let Some(values) = &fixed {
            Conflicts::default().check(self.metastore.as_ref(), &table, values, existing.as_ref())?;
        }
        remove_stale(stores, &table.storage.location).await?;
        let mut storage = table.storage.clone();
        if let (Some(partition), false) = (existing, target.overwrite) {
            // Rows are added to files that are there, in their format.
            storage.input_format = partition.storage.input_format;
            storage.output_format = partition.storage.output_format;
            storage.serde = partition.storage.serde;
        }
        let kind = FileFormatKind::of(&storage)?;
        let buckets = Buckets::new(&storage, table.bucketing_version(), &target.options.tz)?;
        let acid = self.transaction(&target)?;
        let acid = acid.map(|names| AcidNames { overwrite: target.overwrite, ..names.of_statement(number, of) });
        let staging = Staging::create(&self.stores, &table.storage.location).await?;
        let job = Arc::new(WriteJob {
            stores: Arc::clone(&self.stores),
            staging: staging.url().to_string(),
            kind,
            columns: storage.columns.clone(),
            keys: table.partition_keys.clone(),
            partition: target.partition.clone(),
            file_options: FileWriteOptions {
                codec: target.options.compress,
                table_parameters: target.options.file_parameters(&table.parameters),
                time_zone: Arc::clone(&target.options.tz),
            },
            options: target.options.clone(),
            writes: self.writes,
            files: AtomicUsize::new(0),
            partitions: Default::default(),
            acid,
            storage,
        });
        Ok(Some(Write { target: Target::Table(target), job, staging, buckets }))
    }

    /// How the table's transaction, which is opened where there is none yet, names its files.
    fn transaction(&mut self, target: &WriteTarget) -> Result<Option<AcidNames>> {
        let name = name_of(&target.table);
        if let Some(open) = self.transactions.get(&name) {
            return Ok(Some(open.names()));
        }
        let begun = AcidWrite::begin(&self.metastore, &target.table, target.overwrite, &target.options.user)?;
        let Some(begun) = begun else { return Ok(None) };
        let names = begun.names();
        self.transactions.insert(name, begun);
        Ok(Some(names))
    }

    /// Makes all writes part of their tables and folders, or none, as if they were done one after the other. Returns what
    /// each of them wrote, in their order.
    ///
    /// # Errors
    /// As of [`commit_all`].
    pub async fn commit(self, writes: Vec<StagedWrite>) -> Result<Vec<WriteSummary>> {
        let Self { metastore, stores, transactions, .. } = self;
        let mut summaries = Vec::with_capacity(writes.len());
        let mut tables: Vec<(TableName, Vec<StagedTable>)> = Vec::new();
        let mut decisions = Vec::new();
        for StagedWrite(write) in writes {
            match write {
                Staged::Directory(write) => {
                    let (decision, summary) = directory::decide(write, &stores).await?;
                    decisions.push(decision);
                    summaries.push(summary);
                }
                Staged::Table(write) => {
                    summaries.push(write.summary());
                    let name = name_of(&write.target.table);
                    match tables.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, writes)) => writes.push(write),
                        None => tables.push((name, vec![write])),
                    }
                }
            }
        }
        let mut seen = Vec::new();
        for (name, writes) in tables {
            seen.extend(writes.iter().any(|write| !is_rolled_back(&write.target)).then(|| name.clone()));
            let acid = transactions.get(&name);
            decisions.push(commit::decide(writes, acid, metastore.as_ref(), &stores).await?);
        }
        commit_all(metastore.as_ref(), &stores, decisions).await?;
        for (name, transaction) in transactions {
            if seen.contains(&name) {
                transaction.committed();
            }
        }
        Ok(summaries)
    }
}

impl Write {
    /// Runs a plan and makes files of its rows. For a table the plan's columns are the stored columns in their Arrow
    /// types, then the dynamic partition columns; for a folder they are those of its rows.
    ///
    /// # Errors
    /// The plan fails or does not fit, a file cannot be written, or `stop` is cancelled.
    pub async fn run(
        self,
        input: Arc<dyn ExecutionPlan>,
        ctx: Arc<TaskContext>,
        stop: &CancellationToken,
    ) -> Result<StagedWrite> {
        let Self { target, job, staging, buckets } = self;
        let target = match target {
            Target::Table(target) => target,
            Target::Directory(target) => {
                let files = write_files(&job, input, &ctx, 0, None, stop).await?;
                return Ok(StagedWrite(Staged::Directory(StagedDirectory { target, files, staging })));
            }
        };
        check(&target, input.as_ref())?;
        let dynamic = target.partition.iter().filter(|value| value.is_none()).count();
        let mut files = write_files(&job, input, &ctx, dynamic, buckets.as_ref(), stop).await?;
        if let (Some(buckets), None) = (&buckets, &job.acid) {
            let fixed: Option<Vec<String>> = target.partition.iter().cloned().collect();
            add_empty_buckets(&job, fixed.as_deref(), buckets.count, &mut files)?;
        }
        if dynamic > 0 && files.is_empty() && target.options.error_on_empty_partition {
            return Err(WarehouseError::Invalid(
                "This query creates no partitions. To turn off this error, set \
                 hive.error.on.empty.partition=false."
                    .to_string(),
            ));
        }
        Ok(StagedWrite(Staged::Table(StagedTable { target, files, staging })))
    }
}

/// Runs a plan into a target that is a statement's only one.
pub(super) async fn write_one(
    target: Target,
    input: Arc<dyn ExecutionPlan>,
    ctx: Arc<TaskContext>,
    metastore: Arc<dyn MetaStore>,
    stores: Arc<Stores>,
) -> Result<WriteSummary> {
    let (writes, commit) = begin(vec![target], metastore, stores).await?;
    let Some(write) = writes.into_iter().flatten().next() else {
        return Ok(WriteSummary::default());
    };
    let staged = write.run(input, ctx, &CancellationToken::new()).await?;
    Ok(commit.commit(vec![staged]).await?.into_iter().next().unwrap_or_default())
}

/// Is there a value, or a place for one, for each partition column?
fn check_partition(target: &WriteTarget) -> Result<()> {
    let table = &target.table;
    if target.partition.len() == table.partition_keys.len() {
        return Ok(());
    }
    Err(WarehouseError::Invalid(format!(
        "table {} has {} partition columns, but {} were given",
        table.qualified_name(),
        table.partition_keys.len(),
        target.partition.len()
    )))
}

/// Does the plan fit the table?
fn check(target: &WriteTarget, input: &dyn ExecutionPlan) -> Result<()> {
    let table = &target.table;
    let dynamic = table.partition_keys.iter().zip(&target.partition).filter(|(_, value)| value.is_none());
    let wanted: Vec<_> = table.storage.columns.iter().chain(dynamic.map(|(key, _)| key)).collect();
    let schema = input.schema();
    let fits = schema.fields().len() == wanted.len()
        && schema
            .fields()
            .iter()
            .zip(&wanted)
            .all(|(field, column)| field.data_type().equals_datatype(&crate::types::arrow_type(&column.ty)));
    if fits {
        return Ok(());
    }
    let types: Vec<String> = wanted.iter().map(|column| format!("{} {}", column.name, column.ty)).collect();
    Err(WarehouseError::Invalid(format!(
        "table {} takes ({}), but the rows have ({})",
        table.qualified_name(),
        types.join(", "),
        schema.fields().iter().map(|f| f.data_type().to_string()).collect::<Vec<_>>().join(", ")
    )))
}

/// Every bucket of every written partition has a file, if an empty one.
fn add_empty_buckets(
    job: &Arc<WriteJob>,
    fixed: Option<&[String]>,
    count: u32,
    files: &mut Vec<StagedFile>,
) -> Result<()> {
    let mut partitions: Vec<Vec<String>> = files.iter().map(|f| f.partition.clone()).collect();
    partitions.extend(fixed.map(<[String]>::to_vec));
    partitions.sort();
    partitions.dedup();
    for partition in partitions {
        for bucket in 0..count {
            if !files.iter().any(|f| f.partition == partition && f.bucket == Some(bucket)) {
                files.push(job.open(&partition, bucket as usize, 0)?.finish(Some(bucket))?);
            }
        }
    }
    files.sort_by(|a, b| (&a.partition, &a.name).cmp(&(&b.partition, &b.name)));
    Ok(())
}
