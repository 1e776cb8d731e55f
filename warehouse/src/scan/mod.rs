//! A table as a source of rows.
//!
//! * `table`: [`HiveTable`], what plans refer to. It finds the partitions (`partitions`), then their files (`files`).
//! * `filter`: conditions on partition columns as the catalog takes them.
//! * `exec`: [`HiveScanExec`], which shares the files out (`split`) and reads them (`unit`).
//! * `evolve`: values of a file made into values of the table's types.

pub(crate) mod evolve;
mod exec;
mod files;
mod filter;
mod partitions;
mod split;
mod statistics;
mod table;
mod unit;

use skep_metastore::model::{DEFAULT_PARTITION, HiveType, Parameters};

pub use self::exec::HiveScanExec;
pub use self::table::HiveTable;

/// Name of the virtual column with the URL of the file that a row is in (`INPUT__FILE__NAME`).
pub const INPUT_FILE_NAME: &str = "input__file__name";
/// Name of the virtual column with the byte of the file that a row begins at (`BLOCK__OFFSET__INSIDE__FILE`).
pub const BLOCK_OFFSET_INSIDE_FILE: &str = "block__offset__inside__file";

/// The columns that every table has besides its own, at the end of its schema; `SELECT *` does not show them.
pub const VIRTUAL_COLUMNS: &[(&str, HiveType)] =
    &[(INPUT_FILE_NAME, HiveType::String), (BLOCK_OFFSET_INSIDE_FILE, HiveType::BigInt)];

/// How tables are read.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// Are files in folders below a table's or a partition's folder read? (`mapred.input.dir.recursive`,
    /// `hive.mapred.supports.subdirectories`) Where they are not, such a folder is an error.
    pub recursive: bool,
    /// The partition value that stands for NULL (`hive.exec.default.partition.name`).
    pub default_partition_name: String,
    /// IANA name of the session's time zone; the session's configuration of DataFusion wins over it.
    pub time_zone: String,
    /// Settings of the session that readers take as if they were table properties, e.g.
    /// `orc.force.positional.evolution`. The table's own properties win.
    pub reader_properties: Parameters,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            recursive: false,
            default_partition_name: DEFAULT_PARTITION.to_string(),
            time_zone: "UTC".to_string(),
            reader_properties: Parameters::new(),
        }
    }
}
