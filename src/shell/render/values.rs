//! The text of single values.

use std::io;

use arrow::array::Array;
use arrow::record_batch::RecordBatch;
use skep_udf::text::{TextFormatter, TextStyle};

use super::RenderOptions;
use crate::analyzer::{OutputColumn, padding};

/// The values of a batch as text, in the form in which Hive shows them.
pub struct Cells<'a> {
    columns: Vec<(&'a dyn Array, TextFormatter<'a>)>,
    rows: usize,
    null: &'static str,
}

impl<'a> Cells<'a> {
    /// Takes a batch and its columns, which must be as many. A type that has no
    /// text is an error.
    pub fn new(batch: &'a RecordBatch, columns: &[OutputColumn], options: &RenderOptions) -> io::Result<Self> {
        let padded = |i: usize| columns.get(i).map(|column| padding(&column.ty)).unwrap_or_default();
        let columns = batch
            .columns()
            .iter()
            .enumerate()
            .map(|(i, array)| {
                let style = TextStyle::cli(options.zone);
                let formatter = TextFormatter::padded(array.as_ref(), style, &padded(i)).map_err(io::Error::other)?;
                Ok((array.as_ref(), formatter))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { columns, rows: batch.num_rows(), null: options.null })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// Is the value NULL?
    pub fn is_null(&self, column: usize, row: usize) -> bool {
        self.columns[column].0.is_null(row)
    }

    /// Appends the value to `out`; [`RenderOptions::null`] where it is NULL, and `char` values padded to their length.
    pub fn write(&self, column: usize, row: usize, out: &mut String) {
        let (array, formatter) = &self.columns[column];
        if array.is_null(row) || array.data_type().is_null() {
            out.push_str(self.null);
        } else {
            formatter.write(row, out);
        }
    }
}
