//! A table as a source of rows.
//!
//! * `table`: [`HiveTable`], what plans refer to. It finds the partitions (`partitions`), then their files (`files`).
//! * `filter`: conditions on partition columns as the catalog takes them.
//! * `exec`: [`HiveScanExec`], which shares the files out (`split`) and reads them (`unit`).
//! * `evolve`: values of a file made into values of the table's types; `file_rules` has what ORC and Parquet do otherwise.

pub(crate) mod evolve;
mod exec;
pub(crate) mod file_rules;
mod files;
mod filter;
mod partitions;
mod split;
mod statistics;
mod symlink;
mod table;
mod unit;

use std::sync::Arc;

use skep_metastore::model::{DEFAULT_PARTITION, HiveType, Parameters, StructField};

pub use self::exec::HiveScanExec;
pub use self::table::{HiveTable, has_subquery};
use crate::store::AllowedFolders;

/// Name of the virtual column with the URL of the file that a row is in (`INPUT__FILE__NAME`).
pub const INPUT_FILE_NAME: &str = "input__file__name";
/// Name of the virtual column with the byte of the file that a row begins at (`BLOCK__OFFSET__INSIDE__FILE`).
pub const BLOCK_OFFSET_INSIDE_FILE: &str = "block__offset__inside__file";

/// Name of the virtual column with the id of a row of a transactional table (`ROW__ID`).
pub const ROW_ID: &str = "row__id";
/// Name of the virtual column that says whether a row of a transactional table is deleted (`ROW__IS__DELETED`).
pub const ROW_IS_DELETED: &str = "row__is__deleted";

/// The columns that every table has besides its own, at the end of its schema; `SELECT *` does not show them.
pub fn virtual_columns() -> Vec<(&'static str, HiveType)> {
    vec![
        (INPUT_FILE_NAME, HiveType::String),
        (BLOCK_OFFSET_INSIDE_FILE, HiveType::BigInt),
        (ROW_ID, row_id_type()),
        (ROW_IS_DELETED, HiveType::Boolean),
    ]
}

/// The type of `ROW__ID`: `struct<writeid:bigint,bucketid:int,rowid:bigint>`. Tables that are not full ACID tables
/// have NULL there.
pub fn row_id_type() -> HiveType {
    let field = |name: &str, ty| StructField { name: name.to_string(), ty };
    HiveType::Struct(vec![
        field("writeid", HiveType::BigInt),
        field("bucketid", HiveType::Int),
        field("rowid", HiveType::BigInt),
    ])
}

/// How tables are read.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// May queries be answered from the catalog's statistics, where these are known to be right
    /// (`hive.compute.query.using.stats`)?
    pub answer_from_statistics: bool,
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
    /// Are deleted rows of a full ACID table given, too? `ROW__IS__DELETED` tells them apart. (The table property
    /// `acid.fetch.deleted.rows` of a query.)
    pub show_deleted_rows: bool,
    /// Have rows of insert-only tables a `ROW__ID`, too? It tells the write id and the bucket; there is no number. (The
    /// table property `insertonly.fetch.bucketid` of a query.)
    pub insert_only_ids: bool,
    /// The folders that files which list a table's files may name, beside the table's own; `None` for all.
    pub folders: Option<Arc<AllowedFolders>>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            answer_from_statistics: true,
            recursive: false,
            default_partition_name: DEFAULT_PARTITION.to_string(),
            time_zone: "UTC".to_string(),
            reader_properties: Parameters::new(),
            show_deleted_rows: false,
            insert_only_ids: false,
            folders: None,
        }
    }
}
