//! The files that one task makes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use parking_lot::Mutex;
use skep_metastore::model::{AcidKind, FieldSchema, StorageDescriptor, partition_name};

use crate::acid::{AcidNames, write_version};
use crate::error::{Result, WarehouseError};
use crate::format::{FileFormatKind, FileInfo, FileWriteOptions, RowFileWriter, open_writer};
use crate::layout::partition::display_values;
use crate::sink::WriteOptions;
use crate::stats::StatisticsAccumulator;
use crate::store::{Stores, url};

/// A finished file in the staging folder.
#[derive(Debug, Clone)]
pub struct StagedFile {
    /// Values of its partition; empty for a table without partitions.
    pub partition: Vec<String>,
    /// Where it is.
    pub url: String,
    /// What it is to be called, in the folder of the table or the partition; of a transactional table with the folder in
    /// between.
    pub name: String,
    /// Its bucket.
    pub bucket: Option<u32>,
    /// What is in it.
    pub info: FileInfo,
    /// Rows that it takes away from the table.
    pub removed: u64,
    /// What was seen of its columns, where statistics are taken.
    pub statistics: Option<StatisticsAccumulator>,
}

/// What all tasks of one write share.
#[derive(Debug)]
pub struct WriteJob {
    /// Where files are made.
    pub stores: Arc<Stores>,
    /// Folder where this write makes its files.
    pub staging: String,
    /// Format of the files.
    pub kind: FileFormatKind,
    /// How rows are stored.
    pub storage: StorageDescriptor,
    /// Stored columns of the rows.
    pub columns: Vec<FieldSchema>,
    /// Partition columns of the table.
    pub keys: Vec<FieldSchema>,
    /// Static values of the partition columns, `None` for dynamic ones.
    pub partition: Vec<Option<String>>,
    /// How files are written.
    pub file_options: FileWriteOptions,
    /// Limits.
    pub options: WriteOptions,
    /// Names of the files, where the table is transactional.
    pub acid: Option<AcidNames>,
    /// How many writes the statement has, which share its memory.
    pub writes: usize,
    /// Files begun so far.
    pub files: AtomicUsize,
    /// Dynamic partitions seen so far.
    pub partitions: Mutex<HashSet<Vec<String>>>,
}

impl WriteJob {
    /// What the names of its files end in.
    fn extension(&self) -> &'static str {
        match (self.kind, self.file_options.codec) {
            (FileFormatKind::Text | FileFormatKind::Teradata, Some(codec)) => codec.extension(),
            _ => "",
        }
    }

    /// Values of a partition, of which the rows bring the dynamic ones.
    pub fn partition_values(&self, dynamic: Vec<String>) -> Vec<String> {
        let mut dynamic = dynamic.into_iter();
        let value = |fixed: &Option<String>| fixed.clone().or_else(|| dynamic.next()).unwrap_or_default();
        self.partition.iter().map(value).collect()
    }

    /// Begins a file of a partition: number `number` (the task's or the bucket's), attempt `attempt` of its kind.
    pub fn open(&self, partition: &[String], number: usize, attempt: usize) -> Result<OpenFile> {
        if self.files.fetch_add(1, Ordering::Relaxed) >= self.options.max_created_files {
            return Err(WarehouseError::Limit {
                key: "hive.exec.max.created.files",
                value: self.options.max_created_files as i64,
                message: format!(
                    "total number of created files now is {}, which exceeds {}",
                    self.options.max_created_files + 1,
                    self.options.max_created_files
                ),
            });
        }
        let mut folder = match partition {
            [] => self.staging.clone(),
            values => url::join(&self.staging, &partition_name(&self.keys, values)),
        };
        let (name, full) = match &self.acid {
            Some(names) => {
                let own = names.folder(attempt);
                folder = url::join(&folder, &own);
                let file = names.file(number, attempt, self.extension());
                (format!("{own}/{file}"), names.kind == AcidKind::Full)
            }
            None => (format!("{number:06}_{attempt}{}", self.extension()), false),
        };
        let file_url = url::join(&folder, url::file_name(&name));
        let output = self.stores.create(&file_url)?;
        let writer = match &self.acid {
            Some(names) if full => {
                write_version(&self.stores, &folder)?;
                names.open(&self.columns, &self.file_options, output, number, attempt)?
            }
            _ => open_writer(self.kind, &self.storage, &self.columns, &self.file_options, output)?,
        };
        // Rows of transactional tables come and go under other rules.
        let taken = self.options.column_statistics && self.acid.is_none();
        let statistics = taken.then(|| StatisticsAccumulator::new(&self.columns));
        Ok(OpenFile { url: file_url, name, partition: partition.to_vec(), writer, statistics })
    }

    /// Counts a new dynamic partition against the limits. `own` is how many this task has seen, the new one too.
    pub fn admit_partition(&self, values: &[String], own: usize) -> Result<()> {
        let options = &self.options;
        if own > options.max_dynamic_partitions_pernode {
            return Err(self.too_many(
                "hive.exec.max.dynamic.partitions.pernode",
                options.max_dynamic_partitions_pernode,
                "by one task",
                values,
            ));
        }
        let mut seen = self.partitions.lock();
        seen.insert(values.to_vec());
        if seen.len() > options.max_dynamic_partitions {
            drop(seen);
            return Err(self.too_many(
                "hive.exec.max.dynamic.partitions",
                options.max_dynamic_partitions,
                "in all",
                values,
            ));
        }
        Ok(())
    }

    fn too_many(&self, key: &'static str, limit: usize, whose: &str, last: &[String]) -> WarehouseError {
        let mut some: Vec<Vec<String>> = self.partitions.lock().iter().filter(|p| *p != last).cloned().collect();
        some.sort();
        some.truncate(5);
        let some: Vec<String> = some.iter().map(|values| display_values(&self.keys, values)).collect();
        WarehouseError::Limit {
            key,
            value: limit as i64,
            message: format!(
                "Number of dynamic partitions created {whose} is {}, which is more than {limit}. To solve this try to \
                 set {key} to at least {}. Among them are {} and {}",
                limit + 1,
                limit + 1,
                some.join(", "),
                display_values(&self.keys, last)
            ),
        }
    }
}

/// A file being written.
pub struct OpenFile {
    url: String,
    name: String,
    partition: Vec<String>,
    writer: Box<dyn RowFileWriter>,
    statistics: Option<StatisticsAccumulator>,
}

impl OpenFile {
    /// Adds rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if let Some(statistics) = &mut self.statistics {
            statistics.add(batch)?;
        }
        self.writer.write(batch)
    }

    /// Bytes it holds in memory.
    pub fn memory_size(&self) -> usize {
        self.writer.memory_size()
    }

    /// Completes the file.
    pub fn finish(self, bucket: Option<u32>) -> Result<StagedFile> {
        let info = self.writer.finish()?;
        Ok(StagedFile {
            partition: self.partition,
            url: self.url,
            name: self.name,
            bucket,
            info,
            removed: 0,
            statistics: self.statistics,
        })
    }
}

/// Gives every file of a task a name of its own.
#[derive(Debug, Default)]
pub struct FileNames {
    attempts: HashMap<(Vec<String>, usize), usize>,
}

impl FileNames {
    /// The attempt's number for the next file of a partition and a number.
    pub fn next(&mut self, partition: &[String], number: usize) -> usize {
        let attempts = self.attempts.entry((partition.to_vec(), number)).or_default();
        *attempts += 1;
        *attempts - 1
    }
}
