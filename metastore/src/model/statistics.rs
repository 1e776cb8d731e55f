//! Column statistics.

use serde::{Deserialize, Serialize};

use super::{EpochSeconds, HiveType};

/// What is known about one column of a table or a partition (`ColumnStatisticsObj` of the metastore API).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    /// Column name in lower case.
    pub column: String,
    /// Its type when the statistics were taken.
    pub ty: HiveType,
    /// The figures.
    pub data: ColumnStatisticsData,
    /// When they were taken.
    pub last_analyzed: EpochSeconds,
}

/// The figures of a [`ColumnStatistics`], by family of types. `None` is "not known".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ColumnStatisticsData {
    /// `boolean`
    Boolean {
        /// Number of true values.
        trues: i64,
        /// Number of false values.
        falses: i64,
        /// Number of NULLs.
        nulls: i64,
    },
    /// Integers, and timestamps as seconds since 1970.
    Long {
        /// Smallest value.
        low: Option<i64>,
        /// Largest value.
        high: Option<i64>,
        /// Number of NULLs.
        nulls: i64,
        /// Number of distinct values.
        distinct: i64,
    },
    /// `float` and `double`
    Double {
        /// Smallest value.
        low: Option<f64>,
        /// Largest value.
        high: Option<f64>,
        /// Number of NULLs.
        nulls: i64,
        /// Number of distinct values.
        distinct: i64,
    },
    /// `decimal`, in text form
    Decimal {
        /// Smallest value.
        low: Option<String>,
        /// Largest value.
        high: Option<String>,
        /// Number of NULLs.
        nulls: i64,
        /// Number of distinct values.
        distinct: i64,
    },
    /// `date`, in days since 1970-01-01
    Date {
        /// Smallest value.
        low: Option<i64>,
        /// Largest value.
        high: Option<i64>,
        /// Number of NULLs.
        nulls: i64,
        /// Number of distinct values.
        distinct: i64,
    },
    /// Character types
    String {
        /// Longest value, in bytes.
        max_length: i64,
        /// Mean length, in bytes.
        average_length: f64,
        /// Number of NULLs.
        nulls: i64,
        /// Number of distinct values.
        distinct: i64,
    },
    /// `binary`
    Binary {
        /// Longest value, in bytes.
        max_length: i64,
        /// Mean length, in bytes.
        average_length: f64,
        /// Number of NULLs.
        nulls: i64,
    },
}
