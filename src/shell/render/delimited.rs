//! One line a row, values separated by a character.

use std::io::{self, Write};

use arrow::record_batch::RecordBatch;

use super::{Cells, RenderOptions, Renderer};
use crate::analyzer::OutputColumn;

/// Prints rows as lines: Hive CLI's way (bare values) or that of csv2, tsv2 and dsv (quoted where needed).
pub struct Delimited {
    delimiter: char,
    quote: bool,
    options: RenderOptions,
    columns: Vec<OutputColumn>,
    buffer: String,
}

impl Delimited {
    /// Bare values, as the Hive CLI prints them.
    pub fn plain(delimiter: char, options: RenderOptions) -> Self {
        Self { delimiter, quote: false, options, columns: Vec::new(), buffer: String::new() }
    }

    /// Values that hold the delimiter, a double quote or a line end are put in double quotes, as beeline does.
    pub fn quoted(delimiter: char, options: RenderOptions) -> Self {
        Self { quote: true, ..Self::plain(delimiter, options) }
    }

    /// Puts the text from `start` on in quotes if it needs them.
    fn quote_from(&mut self, start: usize) {
        let delimiter = self.delimiter;
        let value = &self.buffer[start..];
        if value.contains([delimiter, '"', '\n', '\r']) {
            let quoted = format!("\"{}\"", value.replace('"', "\"\""));
            self.buffer.truncate(start);
            self.buffer.push_str(&quoted);
        }
    }
}

impl Renderer for Delimited {
    fn begin(&mut self, columns: &[OutputColumn], out: &mut dyn Write) -> io::Result<()> {
        self.columns = columns.to_vec();
        if !self.options.header || columns.is_empty() {
            return Ok(());
        }
        self.buffer.clear();
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                self.buffer.push(self.delimiter);
            }
            let start = self.buffer.len();
            self.buffer.push_str(&column.name);
            if self.quote {
                self.quote_from(start);
            }
        }
        self.buffer.push('\n');
        out.write_all(self.buffer.as_bytes())
    }

    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()> {
        let columns = std::mem::take(&mut self.columns);
        let cells = Cells::new(batch, &columns, &self.options)?;
        self.buffer.clear();
        for row in 0..cells.rows() {
            for column in 0..cells.columns() {
                if column > 0 {
                    self.buffer.push(self.delimiter);
                }
                let start = self.buffer.len();
                cells.write(column, row, &mut self.buffer);
                self.options.escape_from(start, &mut self.buffer);
                if self.quote {
                    self.quote_from(start);
                }
            }
            self.buffer.push('\n');
        }
        drop(cells);
        self.columns = columns;
        out.write_all(self.buffer.as_bytes())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }
}
