//! Column statistics.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::sketch::DistinctSketch;
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
    /// What the number of distinct values was counted by, where it is known.
    #[serde(default)]
    pub sketch: Option<DistinctSketch>,
    /// What Hive has told of the values, in its own form.
    #[serde(default)]
    pub foreign: ForeignSketches,
}

/// What Hive keeps beside the figures of a column. Skep does not read it, and gives it back as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignSketches {
    /// What the distinct values were counted by (`bitVectors`), where that is no [`DistinctSketch`].
    #[serde(default)]
    pub bit_vector: Option<Vec<u8>>,
    /// How the values are spread (`histogram`, of Hive 4).
    #[serde(default)]
    pub histogram: Option<Vec<u8>>,
}

impl ColumnStatistics {
    /// Adds the figures of other rows of the same column (`ColumnStatsMerger`); `rows` and `other_rows` are how many rows
    /// each tells of. Says `false`, and changes nothing, where the two are not of one kind.
    pub fn merge(&mut self, rows: u64, other: &ColumnStatistics, other_rows: u64) -> bool {
        use ColumnStatisticsData as D;
        if self.ty != other.ty {
            return false;
        }
        let counted = match (self.sketch.clone(), &other.sketch) {
            (Some(mut both), Some(more)) => {
                both.merge(more);
                Some(both)
            }
            _ => None,
        };
        let together = |one: i64, more: i64| counted.as_ref().map_or(one.max(more), DistinctSketch::count);
        match (&mut self.data, &other.data) {
            (D::Boolean { trues, falses, nulls }, D::Boolean { trues: t, falses: f, nulls: n }) => {
                *trues += t;
                *falses += f;
                *nulls += n;
            }
            (D::Long { low, high, nulls, distinct }, D::Long { low: l, high: h, nulls: n, distinct: d })
            | (D::Date { low, high, nulls, distinct }, D::Date { low: l, high: h, nulls: n, distinct: d }) => {
                *low = bound(*low, *l, i64::min);
                *high = bound(*high, *h, i64::max);
                *nulls += n;
                *distinct = together(*distinct, *d);
            }
            (D::Double { low, high, nulls, distinct }, D::Double { low: l, high: h, nulls: n, distinct: d }) => {
                *low = bound(*low, *l, f64::min);
                *high = bound(*high, *h, f64::max);
                *nulls += n;
                *distinct = together(*distinct, *d);
            }
            (D::Decimal { low, high, nulls, distinct }, D::Decimal { low: l, high: h, nulls: n, distinct: d }) => {
                *low = decimal_bound(low.take(), l.clone(), false);
                *high = decimal_bound(high.take(), h.clone(), true);
                *nulls += n;
                *distinct = together(*distinct, *d);
            }
            (
                D::String { max_length, average_length, nulls, distinct },
                D::String { max_length: m, average_length: a, nulls: n, distinct: d },
            ) => {
                *average_length = mean(*average_length, rows, *nulls, *a, other_rows, *n);
                *max_length = (*max_length).max(*m);
                *nulls += n;
                *distinct = together(*distinct, *d);
            }
            (
                D::Binary { max_length, average_length, nulls },
                D::Binary { max_length: m, average_length: a, nulls: n },
            ) => {
                *average_length = mean(*average_length, rows, *nulls, *a, other_rows, *n);
                *max_length = (*max_length).max(*m);
                *nulls += n;
            }
            _ => return false,
        }
        self.sketch = counted;
        // They tell of a part of the rows only.
        self.foreign = ForeignSketches::default();
        self.last_analyzed = self.last_analyzed.max(other.last_analyzed);
        true
    }
}

fn bound<T>(one: Option<T>, other: Option<T>, choose: fn(T, T) -> T) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(choose(one, other)),
        (one, other) => one.or(other),
    }
}

/// The smaller or larger of two decimals in text form.
fn decimal_bound(one: Option<String>, other: Option<String>, larger: bool) -> Option<String> {
    let (Some(one), Some(other)) = (&one, &other) else { return one.or(other) };
    let order = compare_decimals(one, other)?;
    Some(if order.is_gt() == larger { one.clone() } else { other.clone() })
}

/// The order of two decimals in plain text form; `None` if one is something else.
fn compare_decimals(one: &str, other: &str) -> Option<Ordering> {
    let parts = |text: &str| {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let (whole, fraction) = (whole.trim_start_matches('0').to_string(), fraction.trim_end_matches('0').to_string());
        let zero = whole.is_empty() && fraction.is_empty();
        (plain(&whole) && plain(&fraction)).then_some((negative && !zero, whole, fraction))
    };
    let (negative, whole, fraction) = parts(one)?;
    let (other_negative, other_whole, other_fraction) = parts(other)?;
    let size = whole.len().cmp(&other_whole.len()).then(whole.cmp(&other_whole)).then(fraction.cmp(&other_fraction));
    Some(match (negative, other_negative) {
        (false, false) => size,
        (true, true) => size.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

/// The mean of two means, by how many values that are not NULL each is of.
fn mean(one: f64, rows: u64, nulls: i64, other: f64, other_rows: u64, other_nulls: i64) -> f64 {
    let values = (rows as i64 - nulls).max(0) as f64;
    let others = (other_rows as i64 - other_nulls).max(0) as f64;
    if values + others == 0.0 { one.max(other) } else { (one * values + other * others) / (values + others) }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(data: ColumnStatisticsData) -> ColumnStatistics {
        ColumnStatistics {
            column: "c".into(),
            ty: HiveType::Int,
            data,
            last_analyzed: 0,
            sketch: None,
            foreign: Default::default(),
        }
    }

    #[test]
    fn decimals_are_ordered_by_value() {
        assert_eq!(compare_decimals("10", "9.5"), Some(Ordering::Greater));
        assert_eq!(compare_decimals("-10", "-9.5"), Some(Ordering::Less));
        assert_eq!(compare_decimals("1.50", "1.5"), Some(Ordering::Equal));
        assert_eq!(compare_decimals("-0", "0.0"), Some(Ordering::Equal));
        assert_eq!(compare_decimals("1e5", "2"), None);
    }

    #[test]
    fn statistics_of_two_sets_of_rows_are_put_together() {
        let long = |low, high, nulls, distinct| ColumnStatisticsData::Long { low, high, nulls, distinct };
        let mut one = of(long(Some(1), Some(5), 1, 2));
        assert!(one.merge(3, &of(long(Some(-2), None, 2, 7)), 9));
        assert_eq!(one.data, long(Some(-2), Some(5), 3, 7));
        let text = |max_length, average_length, nulls, distinct| ColumnStatisticsData::String {
            max_length,
            average_length,
            nulls,
            distinct,
        };
        let mut one = of(text(4, 2.0, 0, 3));
        assert!(one.merge(3, &of(text(9, 5.0, 1, 1)), 2));
        assert_eq!(one.data, text(9, 2.75, 1, 3));
        assert!(!one.merge(1, &of(long(None, None, 0, 0)), 1));
    }
}
