//! `DESCRIBE …`

use super::{Ident, ObjectName, PartitionSpec};

/// A `DESCRIBE` (or `DESC`) statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Describe {
    /// `DESCRIBE DATABASE|SCHEMA [EXTENDED] name`
    Database {
        /// Name.
        name: Ident,
        /// `EXTENDED`
        extended: bool,
    },
    /// `DESCRIBE FUNCTION [EXTENDED] name`; an operator such as `+` or a string may be the name
    Function {
        /// Name as typed.
        name: String,
        /// `EXTENDED`
        extended: bool,
    },
    /// `DESCRIBE [EXTENDED|FORMATTED] table [PARTITION (…)] [column]`
    Table(DescribeTable),
}

/// `DESCRIBE [EXTENDED|FORMATTED] table [PARTITION (…)] [column]`
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeTable {
    /// Table.
    pub table: ObjectName,
    /// `EXTENDED` or `FORMATTED`
    pub style: DescribeStyle,
    /// `PARTITION`
    pub partition: Option<PartitionSpec>,
    /// Column and then the path into it (`$elem$`, `$key$`, `$value$` or a field); empty if the table is meant.
    pub column: Vec<Ident>,
}

/// How much `DESCRIBE` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DescribeStyle {
    /// Columns only.
    #[default]
    Plain,
    /// `EXTENDED`
    Extended,
    /// `FORMATTED`
    Formatted,
}
