//! What is written where, and how.

use std::sync::Arc;

use skep_metastore::model::{Parameters, Table};

use crate::codec::TextCodec;

/// What rows are written into.
#[derive(Debug, Clone)]
pub struct WriteTarget {
    /// The table.
    pub table: Arc<Table>,
    /// One entry for each partition column: the value that all rows have, or `None` where the rows bring it
    /// (dynamic partitions). Empty for a table without partitions.
    pub partition: Vec<Option<String>>,
    /// `INSERT OVERWRITE`: the rows take the place of what is there.
    pub overwrite: bool,
    /// `IF NOT EXISTS` of a static partition: nothing happens when it is there.
    pub if_not_exists: bool,
    /// The table does not exist yet and is made together with its rows (`CREATE TABLE … AS SELECT`).
    pub create_table: bool,
    /// Limits and habits of the session.
    pub options: WriteOptions,
}

/// Limits and habits of the session that writes.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// Compression of text files: `hive.exec.compress.output` with
    /// `mapreduce.output.fileoutputformat.compress.codec`.
    pub compress: Option<TextCodec>,
    /// `hive.exec.max.dynamic.partitions`
    pub max_dynamic_partitions: usize,
    /// `hive.exec.max.dynamic.partitions.pernode`
    pub max_dynamic_partitions_pernode: usize,
    /// `hive.exec.max.created.files`
    pub max_created_files: usize,
    /// `hive.error.on.empty.partition`
    pub error_on_empty_partition: bool,
    /// `hive.exec.default.partition.name`
    pub default_partition_name: String,
    /// Who writes, as `SHOW TRANSACTIONS` tells it.
    pub user: String,
    /// `hive.test.rollbacktxn`: what is written into a transactional table is aborted in the end.
    pub roll_back: bool,
    /// IANA name of the session's time zone.
    pub tz: Arc<str>,
    /// What files are made of where the table's own properties do not say: `hive.exec.orc.default.compress`,
    /// `parquet.compression`, `hive.parquet.write.int64.timestamp`,
    /// `mapreduce.output.fileoutputformat.compress.type`.
    pub file_defaults: Parameters,
    /// Are statistics of columns taken of the rows (`hive.stats.autogather` with `hive.stats.column.autogather`)?
    pub column_statistics: bool,
}

impl WriteOptions {
    /// The properties that file writers see: those of the table over the session's defaults.
    pub fn file_parameters(&self, table: &Parameters) -> Arc<Parameters> {
        let mut parameters = self.file_defaults.clone();
        parameters.extend(table.iter().map(|(name, value)| (name.clone(), value.clone())));
        Arc::new(parameters)
    }
}

impl Default for WriteOptions {
    /// Hive's defaults.
    fn default() -> Self {
        Self {
            compress: None,
            max_dynamic_partitions: 1000,
            max_dynamic_partitions_pernode: 100,
            max_created_files: 100_000,
            error_on_empty_partition: false,
            default_partition_name: skep_metastore::model::DEFAULT_PARTITION.to_string(),
            user: String::new(),
            roll_back: false,
            tz: "UTC".into(),
            file_defaults: Parameters::new(),
            column_statistics: true,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteSummary {
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Values of the partitions that were written, in order; empty for a table without partitions.
    pub partitions: Vec<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tables_own_properties_come_before_the_sessions() {
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        let file_defaults = Parameters::from([pair("parquet.compression", "GZIP"), pair("a", "1")]);
        let options = WriteOptions { file_defaults, ..WriteOptions::default() };
        let seen = options.file_parameters(&Parameters::from([pair("parquet.compression", "ZSTD")]));
        assert_eq!(*seen, Parameters::from([pair("parquet.compression", "ZSTD"), pair("a", "1")]));
    }
}
