//! Values kept by group: all of them ([`GroupedValues`]), or each different row once ([`GroupedRows`]).

use std::fmt;
use std::hash::BuildHasher;
use std::mem;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, UInt32Array, new_empty_array};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, FieldRef};
use arrow::row::{OwnedRow, RowConverter, SortField};
use datafusion_common::{Result as DfResult, ScalarValue, internal_datafusion_err};
use datafusion_expr::EmitTo;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Columns with the group of each row.
#[derive(Debug, Clone)]
pub(super) struct Grouped {
    /// The columns.
    pub(super) columns: Vec<ArrayRef>,
    /// The group of each row.
    pub(super) groups: Vec<usize>,
}

/// Rows kept by group.
pub(super) trait Store: fmt::Debug + Send + Sync {
    /// Adds row `row` of the columns to a group for every pair `(row, group)`.
    fn add(&mut self, columns: &[ArrayRef], rows: &[(u32, usize)]) -> DfResult<()>;

    /// All rows in the order of their arrival.
    fn rows(&self) -> DfResult<Grouped>;

    /// Forgets all rows.
    fn clear(&mut self);

    /// Bytes held.
    fn size(&self) -> usize;
}

/// The rows that an update adds: none that the filter leaves out, none with NULL in the columns to look at.
pub(super) fn rows_to_add(
    columns: &[ArrayRef],
    skip_null: bool,
    group_of: impl Fn(usize) -> usize,
    filter: Option<&BooleanArray>,
) -> Vec<(u32, usize)> {
    let rows = columns.first().map_or(0, |column| column.len());
    let nulls: Vec<_> =
        if skip_null { columns.iter().filter_map(|column| column.logical_nulls()).collect() } else { Vec::new() };
    (0..rows)
        .filter(|&row| filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row)))
        .filter(|&row| nulls.iter().all(|nulls| nulls.is_valid(row)))
        .map(|row| (row as u32, group_of(row)))
        .collect()
}

/// Takes out the first groups (or all) and moves the numbers of the others down.
pub(super) fn emit(store: &mut dyn Store, emit_to: EmitTo) -> DfResult<Grouped> {
    let all = store.rows()?;
    store.clear();
    let EmitTo::First(count) = emit_to else { return Ok(all) };
    let (mut out, mut kept) = (Vec::new(), Vec::new());
    for (row, &group) in all.groups.iter().enumerate() {
        match group.checked_sub(count) {
            None => out.push(row as u32),
            Some(group) => kept.push((row as u32, group)),
        }
    }
    store.add(&all.columns, &kept)?;
    let groups = out.iter().filter_map(|&row| all.groups.get(row as usize).copied()).collect();
    let out = UInt32Array::from(out);
    let columns = all.columns.iter().map(|column| take(column, &out, None)).collect::<Result<_, _>>()?;
    Ok(Grouped { columns, groups })
}

/// A list a group of one column, in the order of the rows; a group without rows has the empty list.
pub(super) fn lists(column: &ArrayRef, groups: &[usize], total: usize, item: FieldRef) -> DfResult<ArrayRef> {
    let mut lengths = vec![0_usize; total];
    for &group in groups {
        if let Some(length) = lengths.get_mut(group) {
            *length += 1;
        }
    }
    let offsets = OffsetBuffer::<i32>::from_lengths(lengths.iter().copied());
    let values = if groups.is_sorted() {
        Arc::clone(column)
    } else {
        let mut next: Vec<usize> = offsets.iter().map(|&offset| offset as usize).collect();
        let mut order = vec![0_u32; groups.len()];
        for (row, &group) in groups.iter().enumerate() {
            if let Some(position) = next.get_mut(group) {
                if let Some(slot) = order.get_mut(*position) {
                    *slot = row as u32;
                }
                *position += 1;
            }
        }
        take(column, &UInt32Array::new(ScalarBuffer::from(order), None), None)?
    };
    Ok(Arc::new(ListArray::try_new(item, offsets, values, None)?))
}

/// A list of a whole column, as one value.
pub(super) fn list_scalar(column: &ArrayRef, item: FieldRef) -> DfResult<ScalarValue> {
    let offsets = OffsetBuffer::<i32>::from_lengths([column.len()]);
    Ok(ScalarValue::List(Arc::new(ListArray::try_new(item, offsets, Arc::clone(column), None)?)))
}

/// The items of lists one after the other, and for each item the row of its list. All lists have equal lengths in a
/// row (they are columns of one state).
pub(super) fn unlist(states: &[ArrayRef]) -> DfResult<(Vec<ArrayRef>, Vec<usize>)> {
    let mut columns = Vec::with_capacity(states.len());
    let mut rows = Vec::new();
    for (position, state) in states.iter().enumerate() {
        let list = state.as_list_opt::<i32>().ok_or_else(|| internal_datafusion_err!("the state is not a list"))?;
        let offsets = list.offsets();
        let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
        columns.push(list.values().slice(first as usize, (last - first) as usize));
        if position == 0 {
            for (row, bounds) in offsets.windows(2).enumerate() {
                rows.extend(std::iter::repeat_n(row, (bounds[1] - bounds[0]) as usize));
            }
        }
    }
    Ok((columns, rows))
}

/// All values of one column.
#[derive(Debug)]
pub(super) struct GroupedValues {
    data_type: DataType,
    parts: Vec<ArrayRef>,
    groups: Vec<usize>,
    bytes: usize,
}

impl GroupedValues {
    pub(super) fn new(data_type: DataType) -> GroupedValues {
        GroupedValues { data_type, parts: Vec::new(), groups: Vec::new(), bytes: 0 }
    }
}

impl Store for GroupedValues {
    fn add(&mut self, columns: &[ArrayRef], rows: &[(u32, usize)]) -> DfResult<()> {
        let Some(column) = columns.first() else { return Ok(()) };
        if rows.is_empty() {
            return Ok(());
        }
        let indices: UInt32Array = rows.iter().map(|(row, _)| *row).collect::<Vec<_>>().into();
        let part = take(column, &indices, None)?;
        self.bytes += part.get_array_memory_size();
        self.parts.push(part);
        self.groups.extend(rows.iter().map(|(_, group)| *group));
        Ok(())
    }

    fn rows(&self) -> DfResult<Grouped> {
        let column = match self.parts.as_slice() {
            [] => new_empty_array(&self.data_type),
            [part] => Arc::clone(part),
            parts => concat(&parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>())?,
        };
        Ok(Grouped { columns: vec![column], groups: self.groups.clone() })
    }

    fn clear(&mut self) {
        self.parts.clear();
        self.groups.clear();
        self.bytes = 0;
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.bytes + self.groups.capacity() * size_of::<usize>()
    }
}

/// Each different row once a group, in the order of first sight.
#[derive(Debug)]
pub(super) struct GroupedRows {
    converter: RowConverter,
    hasher: DefaultHashBuilder,
    /// Positions in `rows`, by hash.
    table: HashTable<(u64, usize)>,
    rows: Vec<(usize, OwnedRow)>,
    bytes: usize,
}

impl GroupedRows {
    pub(super) fn try_new(types: &[DataType]) -> DfResult<GroupedRows> {
        let converter = RowConverter::new(types.iter().cloned().map(SortField::new).collect())?;
        let hasher = DefaultHashBuilder::default();
        Ok(GroupedRows { converter, hasher, table: HashTable::new(), rows: Vec::new(), bytes: 0 })
    }
}

impl Store for GroupedRows {
    fn add(&mut self, columns: &[ArrayRef], rows: &[(u32, usize)]) -> DfResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let converted = self.converter.convert_columns(columns)?;
        for &(row, group) in rows {
            let row = converted.row(row as usize);
            let hash = self.hasher.hash_one((group, row.as_ref()));
            let held = &self.rows;
            let known = self.table.find(hash, |(_, position)| {
                held.get(*position).is_some_and(|(other, known)| *other == group && known.row() == row)
            });
            if known.is_none() {
                self.table.insert_unique(hash, (hash, self.rows.len()), |(hash, _)| *hash);
                self.bytes += row.as_ref().len();
                self.rows.push((group, row.owned()));
            }
        }
        Ok(())
    }

    fn rows(&self) -> DfResult<Grouped> {
        let columns = self.converter.convert_rows(self.rows.iter().map(|(_, row)| row.row()))?;
        Ok(Grouped { columns, groups: self.rows.iter().map(|(group, _)| *group).collect() })
    }

    fn clear(&mut self) {
        self.table.clear();
        mem::take(&mut self.rows);
        self.bytes = 0;
    }

    fn size(&self) -> usize {
        size_of_val(self)
            + self.converter.size()
            + self.table.allocation_size()
            + self.rows.capacity() * size_of::<(usize, OwnedRow)>()
            + self.bytes
    }
}
