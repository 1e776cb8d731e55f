//! One line a value.

use std::io::{self, Write};

use arrow::record_batch::RecordBatch;
use unicode_width::UnicodeWidthStr;

use super::{Cells, RenderOptions, Renderer};
use crate::analyzer::OutputColumn;

/// Prints each value on a line of its own behind the name of its column, and an empty line after each row.
pub struct Vertical {
    options: RenderOptions,
    columns: Vec<OutputColumn>,
    width: usize,
}

impl Vertical {
    /// A renderer with these options.
    pub fn new(options: RenderOptions) -> Self {
        Self { options, columns: Vec::new(), width: 0 }
    }
}

impl Renderer for Vertical {
    fn begin(&mut self, columns: &[OutputColumn], _out: &mut dyn Write) -> io::Result<()> {
        self.columns = columns.to_vec();
        self.width = columns.iter().map(|c| c.name.width()).max().unwrap_or(0);
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()> {
        let cells = Cells::new(batch, &self.columns, &self.options)?;
        let mut text = String::new();
        for row in 0..cells.rows() {
            for (i, column) in self.columns.iter().enumerate() {
                text.push_str(&column.name);
                text.extend(std::iter::repeat_n(' ', self.width - column.name.width() + 2));
                let start = text.len();
                cells.write(i, row, &mut text);
                self.options.escape_from(start, &mut text);
                text.push('\n');
            }
            text.push('\n');
        }
        out.write_all(text.as_bytes())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }
}
