//! `EXPORT` and `IMPORT`.

use super::{ObjectName, PartitionSpec};
use crate::parser::span::Span;

/// `EXPORT TABLE name [PARTITION (…)] TO 'path'`
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// Table.
    pub table: ObjectName,
    /// `PARTITION`; may name only some of the partition columns
    pub partition: Option<PartitionSpec>,
    /// Folder, as typed.
    pub path: String,
    /// Where the path stands.
    pub path_span: Span,
}

/// `IMPORT [[EXTERNAL] TABLE name [PARTITION (…)]] FROM 'path' [LOCATION 'path']`
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The table that is made or added to; where none is named it is the exported one's name in the current database.
    pub table: Option<ObjectName>,
    /// `EXTERNAL`
    pub external: bool,
    /// `PARTITION`: the only one that is taken
    pub partition: Option<PartitionSpec>,
    /// Folder of the export, as typed.
    pub path: String,
    /// Where the path stands.
    pub path_span: Span,
    /// `LOCATION`
    pub location: Option<String>,
}
