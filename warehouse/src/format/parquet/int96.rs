//! Timestamp columns as `INT96`, which Arrow's Parquet writer does not write.

use arrow::array::types::TimestampMicrosecondType;
use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait};
use arrow::buffer::OffsetBuffer;
use parquet::data_type::Int96;
use skep_metastore::model::HiveType;

use crate::format::calendar::micros_to_hybrid;

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Julian day number of 1970-01-01.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

/// Values of a column chunk that are still to be written, with their definition and repetition levels.
#[derive(Debug, Default)]
pub(super) struct Int96Column {
    /// Values that are not NULL.
    pub values: Vec<Int96>,
    /// How much of the path to each value is there.
    pub definition: Vec<i16>,
    /// At which repeated field of the path each value begins a new entry.
    pub repetition: Vec<i16>,
}

impl Int96Column {
    /// Bytes it takes.
    pub fn memory_size(&self) -> usize {
        self.values.len() * size_of::<Int96>() + self.definition.len() * 4
    }
}

/// For each leaf of a type, in the order of the file's columns, the steps to it if it is a timestamp, else `None`.
pub(super) fn leaves(ty: &HiveType) -> Vec<Option<Vec<Step>>> {
    fn walk(ty: &HiveType, path: &mut Vec<Step>, found: &mut Vec<Option<Vec<Step>>>) {
        let mut down = |step: Step, ty: &HiveType| {
            path.push(step);
            walk(ty, path, found);
            path.pop();
        };
        match ty {
            HiveType::Array(element) => down(Step::Elements, element),
            HiveType::Map(key, value) => {
                down(Step::Keys, key);
                down(Step::Values, value);
            }
            HiveType::Struct(fields) => {
                for (at, field) in fields.iter().enumerate() {
                    down(Step::Field(at), &field.ty);
                }
            }
            HiveType::Timestamp => found.push(Some(path.clone())),
            _ => found.push(None),
        }
    }
    let mut found = Vec::new();
    walk(ty, &mut Vec::new(), &mut found);
    found
}

/// One step from a value to a value within it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// Elements of a list.
    Elements,
    /// Keys of a map, which are never NULL.
    Keys,
    /// Values of a map.
    Values,
    /// A field of a struct.
    Field(usize),
}

/// One entry on the way down: levels so far, and its row in the array reached, if it is there.
struct Entry {
    definition: i16,
    repetition: i16,
    row: Option<usize>,
}

/// Adds the timestamps at the end of a path through a column.
pub(super) fn append(column: &ArrayRef, path: &[Step], out: &mut Int96Column) {
    let mut array = column.clone();
    let mut entries: Vec<Entry> =
        (0..array.len()).map(|row| Entry { definition: 0, repetition: 0, row: Some(row) }).collect();
    let mut depth = 0;
    for (at, step) in path.iter().enumerate() {
        let required = at > 0 && path[at - 1] == Step::Keys;
        keep_present(&mut entries, &array, required);
        array = match step {
            Step::Field(index) => array.as_struct().column(*index).clone(),
            Step::Elements => {
                let list = array.as_list::<i32>();
                depth += 1;
                entries = spread(entries, list.offsets(), depth);
                list.values().clone()
            }
            Step::Keys | Step::Values => {
                let map = array.as_map();
                depth += 1;
                entries = spread(entries, map.offsets(), depth);
                if *step == Step::Keys { map.keys().clone() } else { map.values().clone() }
            }
        };
    }
    keep_present(&mut entries, &array, path.last() == Some(&Step::Keys));
    let timestamps = array.as_primitive::<TimestampMicrosecondType>();
    for entry in entries {
        out.definition.push(entry.definition);
        out.repetition.push(entry.repetition);
        if let Some(row) = entry.row {
            out.values.push(int96(timestamps.value(row)));
        }
    }
}

/// Takes the step from an optional field to what is in it.
fn keep_present(entries: &mut [Entry], array: &ArrayRef, required: bool) {
    for entry in entries {
        match entry.row {
            Some(row) if array.is_null(row) => entry.row = None,
            Some(_) if !required => entry.definition += 1,
            _ => {}
        }
    }
}

/// Takes the step from a repeated field to its members.
fn spread<O: OffsetSizeTrait>(entries: Vec<Entry>, offsets: &OffsetBuffer<O>, depth: i16) -> Vec<Entry> {
    let mut spread = Vec::with_capacity(entries.len());
    for entry in entries {
        let members = entry.row.map(|row| offsets[row].as_usize()..offsets[row + 1].as_usize());
        match members {
            Some(members) if !members.is_empty() => {
                for (nth, row) in members.enumerate() {
                    let repetition = if nth == 0 { entry.repetition } else { depth };
                    spread.push(Entry { definition: entry.definition + 1, repetition, row: Some(row) });
                }
            }
            _ => spread.push(Entry { row: None, ..entry }),
        }
    }
    spread
}

/// Nanoseconds of the day, then the Julian day, by Java's hybrid calendar.
fn int96(micros: i64) -> Int96 {
    let micros = micros_to_hybrid(micros);
    let day = micros.div_euclid(MICROS_PER_DAY) + EPOCH_JULIAN_DAY;
    let nanos = micros.rem_euclid(MICROS_PER_DAY) as u64 * 1000;
    let mut value = Int96::new();
    value.set_data(nanos as u32, (nanos >> 32) as u32, day as u32);
    value
}
