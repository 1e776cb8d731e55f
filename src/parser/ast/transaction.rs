//! Statements about transactions and compactions.

use super::{Ident, ObjectName, PartitionSpec};

/// `SHOW COMPACTIONS [COMPACTIONID n | SCHEMA|DATABASE db | table [PARTITION (…)]] [POOL 'p'] [TYPE 't'] [STATE 's']
/// [ORDER BY column [ASC|DESC], …] [LIMIT n]`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShowCompactions {
    /// `COMPACTIONID`
    pub id: Option<i64>,
    /// `SCHEMA`, `DATABASE`
    pub database: Option<Ident>,
    /// The table.
    pub table: Option<ObjectName>,
    /// `PARTITION`
    pub partition: Option<PartitionSpec>,
    /// `POOL`
    pub pool: Option<String>,
    /// `TYPE`: `major` or `minor`
    pub kind: Option<String>,
    /// `STATE`
    pub state: Option<String>,
    /// `ORDER BY`: names of columns, each with `true` for `ASC`.
    pub order_by: Vec<(String, bool)>,
    /// `LIMIT`
    pub limit: Option<usize>,
}
