//! Statistics that are gathered while columns are written.

use orc_rust::proto;

/// Text longer than this is not kept whole.
const MAX_TEXT: usize = 1024;

/// Statistics of the values of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Statistics {
    /// Values that are not NULL.
    count: u64,
    has_null: bool,
    values: Values,
}

#[derive(Debug, Clone, Default)]
enum Values {
    #[default]
    None,
    Booleans {
        trues: u64,
    },
    Integers {
        min: i64,
        max: i64,
        sum: Option<i64>,
    },
    Doubles {
        min: f64,
        max: f64,
        sum: f64,
    },
    Text {
        min: Vec<u8>,
        max: Vec<u8>,
        bytes: i64,
    },
    Binary {
        bytes: i64,
    },
    Decimals {
        min: i128,
        max: i128,
        sum: Option<i128>,
        scale: u8,
    },
    Dates {
        min: i32,
        max: i32,
    },
    /// In milliseconds.
    Timestamps {
        min: i64,
        max: i64,
    },
    Collections {
        min: u64,
        max: u64,
        total: u64,
    },
}

impl Statistics {
    pub fn null(&mut self) {
        self.has_null = true;
    }

    /// Values of which only the number is of interest.
    pub fn values(&mut self, count: u64) {
        self.count += count;
    }

    /// A value of which only the number is of interest.
    pub fn value(&mut self) {
        self.count += 1;
    }

    pub fn boolean(&mut self, value: bool) {
        self.add(Values::Booleans { trues: u64::from(value) });
    }

    pub fn integer(&mut self, value: i64) {
        self.add(Values::Integers { min: value, max: value, sum: Some(value) });
    }

    pub fn double(&mut self, value: f64) {
        self.add(Values::Doubles { min: value, max: value, sum: value });
    }

    pub fn text(&mut self, value: &[u8]) {
        self.count += 1;
        match &mut self.values {
            Values::Text { min, max, bytes } => {
                if value < min.as_slice() {
                    value.clone_into(min);
                } else if value > max.as_slice() {
                    value.clone_into(max);
                }
                *bytes += value.len() as i64;
            }
            empty => {
                *empty = Values::Text { min: value.to_vec(), max: value.to_vec(), bytes: value.len() as i64 };
            }
        }
    }

    pub fn binary(&mut self, bytes: usize) {
        self.add(Values::Binary { bytes: bytes as i64 });
    }

    pub fn decimal(&mut self, value: i128, scale: u8) {
        self.add(Values::Decimals { min: value, max: value, sum: Some(value), scale });
    }

    pub fn date(&mut self, days: i32) {
        self.add(Values::Dates { min: days, max: days });
    }

    pub fn timestamp(&mut self, micros: i64) {
        let millis = micros.div_euclid(1000);
        self.add(Values::Timestamps { min: millis, max: millis });
    }

    pub fn collection(&mut self, length: usize) {
        let length = length as u64;
        self.add(Values::Collections { min: length, max: length, total: length });
    }

    fn add(&mut self, values: Values) {
        self.count += 1;
        self.values.merge(values);
    }

    /// Adds the statistics of other values of the same column.
    pub fn merge(&mut self, other: &Statistics) {
        self.count += other.count;
        self.has_null |= other.has_null;
        self.values.merge(other.values.clone());
    }

    pub fn to_proto(&self) -> proto::ColumnStatistics {
        let mut out = proto::ColumnStatistics {
            number_of_values: Some(self.count),
            has_null: Some(self.has_null),
            ..Default::default()
        };
        match &self.values {
            Values::None => {}
            Values::Booleans { trues } => {
                out.bucket_statistics = Some(proto::BucketStatistics { count: vec![*trues] });
            }
            Values::Integers { min, max, sum } => {
                out.int_statistics =
                    Some(proto::IntegerStatistics { minimum: Some(*min), maximum: Some(*max), sum: *sum });
            }
            Values::Doubles { min, max, sum } => {
                out.double_statistics =
                    Some(proto::DoubleStatistics { minimum: Some(*min), maximum: Some(*max), sum: Some(*sum) });
            }
            Values::Text { min, max, bytes } => out.string_statistics = text_statistics(min, max, *bytes),
            Values::Binary { bytes } => {
                out.binary_statistics = Some(proto::BinaryStatistics { sum: Some(*bytes) });
            }
            Values::Decimals { min, max, sum, scale } => {
                out.decimal_statistics = Some(proto::DecimalStatistics {
                    minimum: Some(decimal_text(*min, *scale)),
                    maximum: Some(decimal_text(*max, *scale)),
                    sum: sum.map(|sum| decimal_text(sum, *scale)),
                });
            }
            Values::Dates { min, max } => {
                out.date_statistics = Some(proto::DateStatistics { minimum: Some(*min), maximum: Some(*max) });
            }
            Values::Timestamps { min, max } => {
                // The writer's time zone is UTC, so local and UTC bounds are the same.
                out.timestamp_statistics = Some(proto::TimestampStatistics {
                    minimum: Some(*min),
                    maximum: Some(*max),
                    minimum_utc: Some(*min),
                    maximum_utc: Some(*max),
                    ..Default::default()
                });
            }
            Values::Collections { min, max, total } => {
                out.collection_statistics = Some(proto::CollectionStatistics {
                    min_children: Some(*min),
                    max_children: Some(*max),
                    total_children: Some(*total),
                });
            }
        }
        out
    }
}

impl Values {
    fn merge(&mut self, other: Values) {
        use Values::*;
        match (&mut *self, other) {
            (_, None) => {}
            (Booleans { trues }, Booleans { trues: more }) => *trues += more,
            (Integers { min, max, sum }, Integers { min: low, max: high, sum: more }) => {
                (*min, *max) = ((*min).min(low), (*max).max(high));
                *sum = sum.zip(more).and_then(|(a, b)| a.checked_add(b));
            }
            // NaN stays out of the bounds and in the sum, by which readers know.
            (Doubles { min, max, sum }, Doubles { min: low, max: high, sum: more }) => {
                (*min, *max) = (min.min(low), max.max(high));
                *sum += more;
            }
            (Text { min, max, bytes }, Text { min: low, max: high, bytes: more }) => {
                if low < *min {
                    *min = low;
                }
                if high > *max {
                    *max = high;
                }
                *bytes += more;
            }
            (Binary { bytes }, Binary { bytes: more }) => *bytes += more,
            (Decimals { min, max, sum, .. }, Decimals { min: low, max: high, sum: more, .. }) => {
                (*min, *max) = ((*min).min(low), (*max).max(high));
                *sum = sum.zip(more).and_then(|(a, b)| a.checked_add(b)).filter(|sum| sum.abs() < MAX_DECIMAL);
            }
            (Dates { min, max }, Dates { min: low, max: high }) => {
                (*min, *max) = ((*min).min(low), (*max).max(high));
            }
            (Timestamps { min, max }, Timestamps { min: low, max: high }) => {
                (*min, *max) = ((*min).min(low), (*max).max(high));
            }
            (Collections { min, max, total }, Collections { min: low, max: high, total: more }) => {
                (*min, *max) = ((*min).min(low), (*max).max(high));
                *total += more;
            }
            (before, other) => *before = other,
        }
    }
}

/// One more than the largest decimal.
const MAX_DECIMAL: i128 = 10i128.pow(38);

fn text_statistics(min: &[u8], max: &[u8], bytes: i64) -> Option<proto::StringStatistics> {
    let mut statistics = proto::StringStatistics { sum: Some(bytes), ..Default::default() };
    if min.len() <= MAX_TEXT {
        statistics.minimum = Some(String::from_utf8(min.to_vec()).ok()?);
    } else {
        statistics.lower_bound = Some(prefix(min)?.to_string());
    }
    if max.len() <= MAX_TEXT {
        statistics.maximum = Some(String::from_utf8(max.to_vec()).ok()?);
    } else {
        // The prefix with its last character made greater, so that it is greater than all that begins with it.
        let prefix = prefix(max)?;
        let (at, last) = prefix.char_indices().next_back()?;
        let next = (last as u32 + 1..=u32::from(char::MAX)).find_map(char::from_u32)?;
        statistics.upper_bound = Some(format!("{}{next}", &prefix[..at]));
    }
    Some(statistics)
}

/// As many whole characters as fit.
fn prefix(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?;
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end))?;
    Some(&text[..end])
}

fn decimal_text(value: i128, scale: u8) -> String {
    let digits = value.unsigned_abs().to_string();
    let scale = usize::from(scale);
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_bounds() {
        assert_eq!(decimal_text(-5, 2), "-0.05");
        assert_eq!(decimal_text(1234, 2), "12.34");
        assert_eq!(decimal_text(7, 0), "7");
        let long = "ü".repeat(600);
        let mut statistics = Statistics::default();
        statistics.text(long.as_bytes());
        statistics.text(b"zz");
        let proto = statistics.to_proto().string_statistics.unwrap();
        assert_eq!((proto.minimum, proto.maximum), (Some("zz".into()), None));
        assert!(proto.upper_bound.unwrap() > long);
    }
}
