//! `LazySimpleSerDe`: values between separators.

use arrow::array::{ArrayRef, RecordBatch};
use skep_metastore::model::{FieldSchema, HiveType};

use super::column::ColumnBuilder;
use super::params::LazyParams;
use super::reader::LineParser;
use super::split::{FieldSplitter, Span};
use super::value::{Column, ValueWriter};
use super::writer::{LineBuffer, LineFormat};
use crate::error::Result;

/// Makes columns of lines. Fields are found line by line, then parsed column by column.
pub struct LazyParser {
    params: LazyParams,
    splitter: FieldSplitter,
    builders: Vec<ColumnBuilder>,
    spans: Vec<Span>,
}

impl LazyParser {
    /// `columns` are the wanted columns by position and type; `total` is how many the table has.
    pub fn new(params: LazyParams, columns: &[(usize, HiveType)], total: usize) -> Result<Self> {
        let indices: Vec<usize> = columns.iter().map(|(index, _)| *index).collect();
        let builders = columns.iter().map(|(_, ty)| ColumnBuilder::new(ty, 1, &params)).collect::<Result<_>>()?;
        Ok(Self { splitter: FieldSplitter::new(&params, &indices, total), params, builders, spans: Vec::new() })
    }
}

impl LineParser for LazyParser {
    fn parse(&mut self, data: &[u8], lines: &[Span]) -> Result<()> {
        if self.builders.is_empty() {
            return Ok(());
        }
        self.spans.clear();
        for line in lines {
            self.splitter.split(data, line.start(), line.end(), &mut self.spans);
        }
        let step = self.builders.len();
        for (place, builder) in self.builders.iter_mut().enumerate() {
            builder.extend(data, self.spans.iter().skip(place).step_by(step).copied(), &self.params);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.builders.iter_mut().map(ColumnBuilder::finish).collect()
    }
}

/// Makes lines of columns.
pub struct LazyFormat {
    writer: ValueWriter,
}

impl LazyFormat {
    /// A writer by a table's properties.
    pub fn new(params: LazyParams) -> Self {
        Self { writer: ValueWriter::new(params) }
    }
}

impl LineFormat for LazyFormat {
    fn format(&mut self, batch: &RecordBatch, columns: &[FieldSchema], out: &mut LineBuffer<'_>) -> Result<u64> {
        let arrays = batch.columns().iter().zip(columns);
        let arrays = arrays.map(|(array, column)| Column::new(array, &column.ty, 1, self.writer.params()));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let separator = match &self.writer.params().delimiter {
            Some(delimiter) => delimiter.clone(),
            None => vec![self.writer.params().separator(0)?],
        };
        let mut raw = 0;
        for row in 0..batch.num_rows() {
            let start = out.bytes.len();
            for (i, column) in arrays.iter().enumerate() {
                if i > 0 {
                    out.bytes.extend_from_slice(&separator);
                }
                self.writer.write(column, row, out.bytes);
            }
            raw += (out.bytes.len() - start) as u64;
            out.end_line()?;
        }
        Ok(raw)
    }
}
