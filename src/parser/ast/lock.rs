//! `LOCK`, `UNLOCK`.

use skep_metastore::model::LockMode;

use super::{Ident, ObjectName, PartitionSpec};

/// What is locked or unlocked.
#[derive(Debug, Clone, PartialEq)]
pub enum LockTarget {
    /// `DATABASE name`
    Database(Ident),
    /// `TABLE name [PARTITION (…)]`
    Table(ObjectName, Option<PartitionSpec>),
}

/// `LOCK TABLE|DATABASE … SHARED|EXCLUSIVE`
#[derive(Debug, Clone, PartialEq)]
pub struct Lock {
    /// What is locked.
    pub target: LockTarget,
    /// How.
    pub mode: LockMode,
    /// The statement as typed.
    pub text: String,
}
