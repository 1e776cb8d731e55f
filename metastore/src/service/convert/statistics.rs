//! Statistics of columns.

use skep_thrift_hms as wire;

use crate::model::sketch::DistinctSketch;
use crate::model::{ColumnStatistics, ColumnStatisticsData, EpochSeconds, ForeignSketches, HiveType, UNREADABLE_TYPE};

/// How a client wants the statistics of timestamps: Hive 4 has a kind of its own for them, before they were those of
/// whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// As whole numbers (`longStats`).
    Numbers,
    /// As timestamps (`timestampStats`).
    Own,
}

/// The statistics of a column as a client gives them; none where their kind is not known.
pub fn statistics_from_wire(object: wire::ColumnStatisticsObj, analyzed: EpochSeconds) -> Option<ColumnStatistics> {
    use ColumnStatisticsData as Data;
    use wire::ColumnStatisticsData as Wire;
    let day = |date: wire::Date| date.days_since_epoch;
    let second = |time: wire::Timestamp| time.seconds_since_epoch;
    let (data, vector, histogram) = match object.stats_data {
        Wire::Unset => return None,
        Wire::BooleanStats(it) => {
            (Data::Boolean { trues: it.num_trues, falses: it.num_falses, nulls: it.num_nulls }, it.bit_vectors, None)
        }
        Wire::LongStats(it) => (
            Data::Long { low: it.low_value, high: it.high_value, nulls: it.num_nulls, distinct: it.num_dvs },
            it.bit_vectors,
            it.histogram,
        ),
        Wire::DoubleStats(it) => (
            Data::Double { low: it.low_value, high: it.high_value, nulls: it.num_nulls, distinct: it.num_dvs },
            it.bit_vectors,
            it.histogram,
        ),
        Wire::StringStats(it) => (
            Data::String {
                max_length: it.max_col_len,
                average_length: it.avg_col_len,
                nulls: it.num_nulls,
                distinct: it.num_dvs,
            },
            it.bit_vectors,
            None,
        ),
        Wire::BinaryStats(it) => (
            Data::Binary { max_length: it.max_col_len, average_length: it.avg_col_len, nulls: it.num_nulls },
            it.bit_vectors,
            None,
        ),
        Wire::DecimalStats(it) => (
            Data::Decimal {
                low: it.low_value.map(decimal_text),
                high: it.high_value.map(decimal_text),
                nulls: it.num_nulls,
                distinct: it.num_dvs,
            },
            it.bit_vectors,
            it.histogram,
        ),
        Wire::DateStats(it) => (
            Data::Date {
                low: it.low_value.map(day),
                high: it.high_value.map(day),
                nulls: it.num_nulls,
                distinct: it.num_dvs,
            },
            it.bit_vectors,
            it.histogram,
        ),
        Wire::TimestampStats(it) => (
            Data::Long {
                low: it.low_value.map(second),
                high: it.high_value.map(second),
                nulls: it.num_nulls,
                distinct: it.num_dvs,
            },
            it.bit_vectors,
            it.histogram,
        ),
    };
    let sketch = vector.as_deref().and_then(DistinctSketch::from_bytes);
    Some(ColumnStatistics {
        column: object.col_name.to_lowercase(),
        ty: object.col_type.parse().unwrap_or(UNREADABLE_TYPE),
        data,
        last_analyzed: analyzed,
        foreign: ForeignSketches { bit_vector: vector.filter(|_| sketch.is_none()), histogram },
        sketch,
    })
}

/// The statistics of a column for a client.
pub fn statistics_to_wire(statistics: ColumnStatistics, timestamps: Timestamps) -> wire::ColumnStatisticsObj {
    use ColumnStatisticsData as Data;
    use wire::ColumnStatisticsData as Wire;
    let ForeignSketches { bit_vector, histogram } = statistics.foreign;
    let bit_vectors = statistics.sketch.as_ref().map(DistinctSketch::to_bytes).or(bit_vector);
    let day = |days_since_epoch| wire::Date { days_since_epoch };
    let second = |seconds_since_epoch| wire::Timestamp { seconds_since_epoch };
    let of_timestamp = matches!(statistics.ty, HiveType::Timestamp | HiveType::TimestampLocalTz);
    /// The figures of values that have an order.
    macro_rules! ranged {
        ($data:ident, $low:expr, $high:expr, $nulls:expr, $distinct:expr) => {
            wire::$data {
                low_value: $low,
                high_value: $high,
                num_nulls: $nulls,
                num_dvs: $distinct,
                bit_vectors,
                histogram,
            }
        };
    }
    let data = match statistics.data {
        Data::Boolean { trues, falses, nulls } => Wire::BooleanStats(wire::BooleanColumnStatsData {
            num_trues: trues,
            num_falses: falses,
            num_nulls: nulls,
            bit_vectors,
        }),
        Data::Long { low, high, nulls, distinct } if of_timestamp && timestamps == Timestamps::Own => {
            Wire::TimestampStats(ranged!(TimestampColumnStatsData, low.map(second), high.map(second), nulls, distinct))
        }
        Data::Long { low, high, nulls, distinct } => {
            Wire::LongStats(ranged!(LongColumnStatsData, low, high, nulls, distinct))
        }
        Data::Double { low, high, nulls, distinct } => {
            Wire::DoubleStats(ranged!(DoubleColumnStatsData, low, high, nulls, distinct))
        }
        Data::Decimal { low, high, nulls, distinct } => {
            let of = |text: Option<String>| text.and_then(|text| decimal(&text));
            Wire::DecimalStats(ranged!(DecimalColumnStatsData, of(low), of(high), nulls, distinct))
        }
        Data::Date { low, high, nulls, distinct } => {
            Wire::DateStats(ranged!(DateColumnStatsData, low.map(day), high.map(day), nulls, distinct))
        }
        Data::String { max_length, average_length, nulls, distinct } => {
            Wire::StringStats(wire::StringColumnStatsData {
                max_col_len: max_length,
                avg_col_len: average_length,
                num_nulls: nulls,
                num_dvs: distinct,
                bit_vectors,
            })
        }
        Data::Binary { max_length, average_length, nulls } => Wire::BinaryStats(wire::BinaryColumnStatsData {
            max_col_len: max_length,
            avg_col_len: average_length,
            num_nulls: nulls,
            bit_vectors,
        }),
    };
    wire::ColumnStatisticsObj { col_name: statistics.column, col_type: statistics.ty.to_string(), stats_data: data }
}

/// A decimal of the wire as text: a whole number as big-endian two's complement, and how many of its digits are behind
/// the point. One of more than 16 bytes is none that Hive has; its nearest is taken.
fn decimal_text(value: wire::Decimal) -> String {
    let negative = value.unscaled.first().is_some_and(|byte| byte & 0x80 != 0);
    let mut number: i128 = if negative { -1 } else { 0 };
    if value.unscaled.len() > 16 {
        number = if negative { i128::MIN + 1 } else { i128::MAX };
    } else {
        for byte in &value.unscaled {
            number = (number << 8) | i128::from(*byte);
        }
    }
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    // No type has more digits than this.
    let scale = usize::from(value.scale.clamp(-128, 128).unsigned_abs());
    if value.scale < 0 {
        return format!("{sign}{digits}{}", "0".repeat(scale));
    }
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// A decimal for the wire; none where the text is no decimal of at most 38 digits.
fn decimal(text: &str) -> Option<wire::Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let number: i128 = format!("{whole}{fraction}").parse().ok()?;
    let bytes = number.to_be_bytes();
    // As few bytes as keep the sign (`BigInteger.toByteArray`).
    let filler = if number < 0 { 0xFF } else { 0 };
    let mut start = 0;
    while start < 15 && bytes[start] == filler && (bytes[start + 1] & 0x80 != 0) == (number < 0) {
        start += 1;
    }
    Some(wire::Decimal { scale: i16::try_from(fraction.len()).ok()?, unscaled: bytes[start..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_come_back() {
        for text in ["0", "1.50", "-0.05", "-128", "127", "128", "12345678901234567890.123", "-1"] {
            assert_eq!(decimal_text(decimal(text).unwrap()), text);
        }
        assert_eq!(decimal("12.5").unwrap(), wire::Decimal { scale: 1, unscaled: vec![125] });
        assert_eq!(decimal("128").unwrap().unscaled, [0, 128]);
        assert_eq!(decimal_text(wire::Decimal { scale: -2, unscaled: vec![5] }), "500");
        assert_eq!(decimal("x"), None);
    }
}
