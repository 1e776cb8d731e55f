//! Conditions on partition columns that a store can evaluate itself.

use serde::{Deserialize, Serialize};

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `<>`
    NotEq,
    /// `<`
    Lt,
    /// `<=`
    LtEq,
    /// `>`
    Gt,
    /// `>=`
    GtEq,
}

/// A constant of a [`PartitionFilter`], in the type in which the column is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PartitionLiteral {
    /// Compared as text: `string`, `char`, `varchar`, and `date`/`timestamp` in ISO form.
    Text(String),
    /// Compared as a number: `tinyint` … `bigint`.
    Integer(i64),
}

/// A condition on the partition columns. Columns are given by their position among the partition keys. A NULL
/// value (`__HIVE_DEFAULT_PARTITION__`) satisfies no comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PartitionFilter {
    /// Every partition.
    All,
    /// `column op literal`
    Compare {
        /// Position of the column among the partition keys.
        column: usize,
        /// Operator.
        op: CompareOp,
        /// Constant on the right.
        literal: PartitionLiteral,
    },
    /// `column IN (…)`
    In {
        /// Position of the column among the partition keys.
        column: usize,
        /// The constants.
        literals: Vec<PartitionLiteral>,
    },
    /// `column IS NULL` / `IS NOT NULL`
    IsNull {
        /// Position of the column among the partition keys.
        column: usize,
        /// `IS NOT NULL`
        negated: bool,
    },
    /// All of them hold.
    And(Vec<PartitionFilter>),
    /// One of them holds.
    Or(Vec<PartitionFilter>),
}
