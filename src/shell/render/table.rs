//! Boxed tables.

use std::io::{self, Write};

use arrow::record_batch::RecordBatch;
use unicode_width::UnicodeWidthStr;

use super::{Cells, RenderOptions, Renderer};
use crate::analyzer::OutputColumn;

/// So many rows are looked at to find the widths of the columns; later ones may be wider.
const LOOK_AHEAD: usize = 1000;

/// Prints a box with a line for each row:
///
/// ```text
/// +-----+-------+
/// | id  | name  |
/// +-----+-------+
/// | 1   | NULL  |
/// +-----+-------+
/// ```
pub struct BoxedTable {
    options: RenderOptions,
    columns: Vec<OutputColumn>,
    widths: Vec<usize>,
    held: Vec<Vec<String>>,
    open: bool,
}

impl BoxedTable {
    /// A renderer with these options.
    pub fn new(options: RenderOptions) -> Self {
        Self { options, columns: Vec::new(), widths: Vec::new(), held: Vec::new(), open: false }
    }

    fn rule(&self) -> String {
        let mut line = String::from("+");
        for width in &self.widths {
            line.extend(std::iter::repeat_n('-', width + 2));
            line.push('+');
        }
        line.push('\n');
        line
    }

    fn line(&self, values: &[String]) -> String {
        let mut line = String::from("|");
        for (value, width) in values.iter().zip(&self.widths) {
            line.push(' ');
            line.push_str(value);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(value.width()) + 1));
            line.push('|');
        }
        line.push('\n');
        line
    }

    /// Fixes the widths and prints what was held back.
    fn flush_held(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        if !self.open {
            self.open = true;
            let names: Vec<String> = self.columns.iter().map(|c| c.name.clone()).collect();
            for row in held.iter().chain(std::iter::once(&names)) {
                for (width, value) in self.widths.iter_mut().zip(row) {
                    *width = value.width().max(*width);
                }
            }
            let rule = self.rule();
            write!(out, "{rule}{}{rule}", self.line(&names))?;
        }
        for row in held {
            out.write_all(self.line(&row).as_bytes())?;
        }
        Ok(())
    }
}

impl Renderer for BoxedTable {
    fn begin(&mut self, columns: &[OutputColumn], _out: &mut dyn Write) -> io::Result<()> {
        self.columns = columns.to_vec();
        self.widths = vec![0; columns.len()];
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()> {
        let cells = Cells::new(batch, &self.columns, &self.options)?;
        for row in 0..cells.rows() {
            let value = |column| {
                let mut text = String::new();
                cells.write(column, row, &mut text);
                // A line end or a tab would break the box.
                text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
            };
            self.held.push((0..cells.columns()).map(value).collect());
        }
        if self.open || self.held.len() >= LOOK_AHEAD {
            self.flush_held(out)?;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.flush_held(out)?;
        out.write_all(self.rule().as_bytes())?;
        out.flush()
    }
}
