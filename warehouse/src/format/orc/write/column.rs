//! Values of a column, gathered for a stripe.

use arrow::array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use arrow::array::{Array, ArrayRef, AsArray};
use skep_metastore::model::HiveType;

use super::schema::children;
use super::statistics::Statistics;
use crate::format::calendar::{days_to_hybrid, micros_to_hybrid};

/// 2015-01-01 00:00:00 UTC, from which ORC counts timestamps.
const ORC_EPOCH: i64 = 1_420_070_400;

/// A column, nested ones within it.
pub(super) struct ColumnWriter {
    /// Number of the column in the file.
    pub id: usize,
    pub ty: HiveType,
    /// Is there a value? For each row of the parent that has one.
    pub present: Vec<bool>,
    pub has_null: bool,
    pub values: Values,
    pub children: Vec<ColumnWriter>,
    /// Where each row group of the stripe begins in `present` and `values`.
    pub group_starts: Vec<(usize, usize)>,
    /// Statistics of the row groups of the stripe that are complete.
    pub groups: Vec<Statistics>,
    group: Statistics,
    /// Statistics of the stripes that are complete.
    pub file: Statistics,
}

/// Values that are not NULL.
pub(super) enum Values {
    /// A struct has none of its own.
    Struct,
    Booleans(Vec<bool>),
    /// `tinyint`, and the tags of a union.
    Bytes(Vec<u8>),
    /// Integers and dates.
    Integers(Vec<i64>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
    /// Text and binary: all bytes, and where each value ends.
    Text {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
    Decimals(Vec<i128>),
    /// Seconds since [`ORC_EPOCH`], and nanoseconds as ORC packs them.
    Timestamps {
        seconds: Vec<i64>,
        nanos: Vec<i64>,
    },
    /// Number of elements of lists and maps.
    Lengths(Vec<i64>),
}

impl ColumnWriter {
    /// A column, with the number that comes after `next`'s.
    pub fn new(ty: &HiveType, next: &mut usize) -> Self {
        let id = *next;
        *next += 1;
        let children = children(ty).into_iter().map(|child| Self::new(child, next)).collect();
        Self {
            id,
            ty: ty.clone(),
            present: Vec::new(),
            has_null: false,
            values: Values::new(ty),
            children,
            group_starts: Vec::new(),
            groups: Vec::new(),
            group: Statistics::default(),
            file: Statistics::default(),
        }
    }

    /// Adds rows of an array in the Arrow type of the column.
    pub fn append(&mut self, array: &ArrayRef, rows: &[usize]) {
        let valid: Vec<usize> = match array.null_count() {
            0 => {
                self.present.resize(self.present.len() + rows.len(), true);
                rows.to_vec()
            }
            _ => {
                self.present.extend(rows.iter().map(|row| array.is_valid(*row)));
                rows.iter().copied().filter(|row| array.is_valid(*row)).collect()
            }
        };
        if valid.len() < rows.len() {
            self.has_null = true;
            self.group.null();
        }
        self.append_valid(array, &valid);
    }

    fn append_valid(&mut self, array: &ArrayRef, rows: &[usize]) {
        let group = &mut self.group;
        match (&mut self.values, &self.ty) {
            (Values::Booleans(values), _) => {
                let array = array.as_boolean();
                for row in rows {
                    values.push(array.value(*row));
                    group.boolean(array.value(*row));
                }
            }
            (Values::Bytes(tags), HiveType::Union(_)) => {
                let union = array.as_struct();
                let from = union.column(0).as_primitive::<Int8Type>();
                let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.children.len()];
                for row in rows {
                    let tag = usize::try_from(from.value(*row)).unwrap_or(0).min(members.len().saturating_sub(1));
                    tags.push(tag as u8);
                    group.value();
                    members[tag].push(*row);
                }
                for (at, (child, rows)) in self.children.iter_mut().zip(members).enumerate() {
                    child.append(union.column(at + 1), &rows);
                }
            }
            (Values::Bytes(values), _) => {
                let array = array.as_primitive::<Int8Type>();
                for row in rows {
                    values.push(array.value(*row) as u8);
                    group.integer(i64::from(array.value(*row)));
                }
            }
            (Values::Integers(values), HiveType::Date) => {
                let array = array.as_primitive::<Date32Type>();
                for row in rows {
                    let days = days_to_hybrid(array.value(*row));
                    values.push(i64::from(days));
                    group.date(days);
                }
            }
            (Values::Integers(values), ty) => {
                let value: Box<dyn Fn(usize) -> i64> = match ty {
                    HiveType::SmallInt => Box::new(|row| i64::from(array.as_primitive::<Int16Type>().value(row))),
                    HiveType::Int => Box::new(|row| i64::from(array.as_primitive::<Int32Type>().value(row))),
                    _ => Box::new(|row| array.as_primitive::<Int64Type>().value(row)),
                };
                for row in rows {
                    let value = value(*row);
                    values.push(value);
                    group.integer(value);
                }
            }
            (Values::Floats(values), _) => {
                let array = array.as_primitive::<Float32Type>();
                for row in rows {
                    values.push(array.value(*row));
                    group.double(f64::from(array.value(*row)));
                }
            }
            (Values::Doubles(values), _) => {
                let array = array.as_primitive::<Float64Type>();
                for row in rows {
                    values.push(array.value(*row));
                    group.double(array.value(*row));
                }
            }
            (Values::Text { bytes, ends }, HiveType::Binary) => {
                let array = array.as_binary::<i32>();
                for row in rows {
                    bytes.extend_from_slice(array.value(*row));
                    ends.push(bytes.len());
                    group.binary(array.value(*row).len());
                }
            }
            (Values::Text { bytes, ends }, ty) => {
                let array = array.as_string::<i32>();
                for row in rows {
                    let start = bytes.len();
                    let value = array.value(*row);
                    bytes.extend_from_slice(value.as_bytes());
                    // Hive stores char with its spaces, and compares statistics with constants that have theirs.
                    if let HiveType::Char(length) = ty {
                        let missing = (*length as usize).saturating_sub(value.chars().count());
                        bytes.resize(bytes.len() + missing, b' ');
                    }
                    ends.push(bytes.len());
                    group.text(&bytes[start..]);
                }
            }
            (Values::Decimals(values), ty) => {
                let scale = if let HiveType::Decimal { scale, .. } = ty { *scale } else { 0 };
                let array = array.as_primitive::<Decimal128Type>();
                for row in rows {
                    values.push(array.value(*row));
                    group.decimal(array.value(*row), scale);
                }
            }
            (Values::Timestamps { seconds, nanos }, _) => {
                let array = array.as_primitive::<TimestampMicrosecondType>();
                for row in rows {
                    let micros = micros_to_hybrid(array.value(*row));
                    let (second, nano) = orc_timestamp(micros);
                    seconds.push(second);
                    nanos.push(nano);
                    group.timestamp(micros);
                }
            }
            (Values::Lengths(lengths), ty) => {
                let offsets = match ty {
                    HiveType::Map(..) => array.as_map().offsets(),
                    _ => array.as_list::<i32>().offsets(),
                };
                let mut members = Vec::new();
                for row in rows {
                    let range = offsets[*row] as usize..offsets[*row + 1] as usize;
                    lengths.push(range.len() as i64);
                    group.collection(range.len());
                    members.extend(range);
                }
                let within: Vec<ArrayRef> = match ty {
                    HiveType::Map(..) => vec![array.as_map().keys().clone(), array.as_map().values().clone()],
                    _ => vec![array.as_list::<i32>().values().clone()],
                };
                for (child, within) in self.children.iter_mut().zip(&within) {
                    child.append(within, &members);
                }
            }
            (Values::Struct, _) => {
                for _ in rows {
                    group.value();
                }
                for (child, column) in self.children.iter_mut().zip(array.as_struct().columns()) {
                    child.append(column, rows);
                }
            }
        }
    }

    /// Begins a row group.
    pub fn begin_group(&mut self) {
        self.group_starts.push((self.present.len(), self.values.len()));
        self.children.iter_mut().for_each(Self::begin_group);
    }

    /// Ends a row group.
    pub fn end_group(&mut self) {
        self.groups.push(std::mem::take(&mut self.group));
        self.children.iter_mut().for_each(Self::end_group);
    }

    /// Statistics of the stripe; afterwards the column is ready for the next.
    pub fn end_stripe(&mut self) -> Statistics {
        let mut stripe = Statistics::default();
        self.groups.drain(..).for_each(|group| stripe.merge(&group));
        self.file.merge(&stripe);
        self.present.clear();
        self.group_starts.clear();
        self.has_null = false;
        self.values.clear();
        stripe
    }

    /// Bytes that it takes, with those within it.
    pub fn memory_size(&self) -> usize {
        let within: usize = self.children.iter().map(Self::memory_size).sum();
        self.present.len() + self.values.memory_size() + within
    }

    /// Calls a function with this column and those within it, in the order of their numbers.
    pub fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        f(self);
        self.children.iter().for_each(|child| child.visit(f));
    }

    /// As [`ColumnWriter::visit`], to change them.
    pub fn visit_mut(&mut self, f: &mut dyn FnMut(&mut Self)) {
        f(self);
        self.children.iter_mut().for_each(|child| child.visit_mut(f));
    }
}

impl Values {
    fn new(ty: &HiveType) -> Self {
        match ty {
            HiveType::Boolean => Self::Booleans(Vec::new()),
            HiveType::TinyInt | HiveType::Union(_) => Self::Bytes(Vec::new()),
            HiveType::Float => Self::Floats(Vec::new()),
            HiveType::Double => Self::Doubles(Vec::new()),
            HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) | HiveType::Binary => {
                Self::Text { bytes: Vec::new(), ends: Vec::new() }
            }
            HiveType::Decimal { .. } => Self::Decimals(Vec::new()),
            HiveType::Timestamp | HiveType::TimestampLocalTz => {
                Self::Timestamps { seconds: Vec::new(), nanos: Vec::new() }
            }
            HiveType::Array(_) | HiveType::Map(..) => Self::Lengths(Vec::new()),
            HiveType::Struct(_) => Self::Struct,
            _ => Self::Integers(Vec::new()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Struct => 0,
            Self::Booleans(values) => values.len(),
            Self::Bytes(values) => values.len(),
            Self::Integers(values) | Self::Lengths(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Text { ends, .. } => ends.len(),
            Self::Decimals(values) => values.len(),
            Self::Timestamps { seconds, .. } => seconds.len(),
        }
    }

    fn memory_size(&self) -> usize {
        match self {
            Self::Struct => 0,
            Self::Booleans(values) => values.len(),
            Self::Bytes(values) => values.len(),
            Self::Integers(values) | Self::Lengths(values) => values.len() * 8,
            Self::Floats(values) => values.len() * 4,
            Self::Doubles(values) => values.len() * 8,
            Self::Text { bytes, ends } => bytes.len() + ends.len() * 8,
            Self::Decimals(values) => values.len() * 16,
            Self::Timestamps { seconds, .. } => seconds.len() * 16,
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Struct => {}
            Self::Booleans(values) => values.clear(),
            Self::Bytes(values) => values.clear(),
            Self::Integers(values) | Self::Lengths(values) => values.clear(),
            Self::Floats(values) => values.clear(),
            Self::Doubles(values) => values.clear(),
            Self::Text { bytes, ends } => {
                bytes.clear();
                ends.clear();
            }
            Self::Decimals(values) => values.clear(),
            Self::Timestamps { seconds, nanos } => {
                seconds.clear();
                nanos.clear();
            }
        }
    }
}

/// Seconds since [`ORC_EPOCH`] and packed nanoseconds. Java cuts the seconds of times before 1970 towards zero, and
/// readers take a second off again where there are milliseconds (ORC-763). So the last second before 1970 cannot be
/// told from the first one after it, here as in Hive.
fn orc_timestamp(micros: i64) -> (i64, i64) {
    let (mut seconds, nanos) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) * 1000);
    if seconds < 0 && nanos > 999_999 {
        seconds += 1;
    }
    (seconds - ORC_EPOCH, pack_nanos(nanos))
}

/// Zeros at the end are counted in the last three bits: none, or so many less one.
fn pack_nanos(nanos: i64) -> i64 {
    if nanos == 0 || nanos % 100 != 0 {
        return nanos << 3;
    }
    let (mut rest, mut zeros) = (nanos / 100, 1);
    while rest % 10 == 0 && zeros < 7 {
        rest /= 10;
        zeros += 1;
    }
    rest << 3 | zeros
}

#[cfg(test)]
mod tests {
    use super::pack_nanos;

    #[test]
    fn nanoseconds_are_packed() {
        // Examples of the ORC specification: 1000 ns and 100000 ns.
        assert_eq!(pack_nanos(1000), 0x0a);
        assert_eq!(pack_nanos(100_000), 0x0c);
        assert_eq!(pack_nanos(123_456_000), (123_456 << 3) | 2);
        assert_eq!(pack_nanos(0), 0);
    }
}
