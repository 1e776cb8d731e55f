//! Rows as JSON.

use std::io::{self, Write};

use arrow::record_batch::RecordBatch;
use skep_metastore::model::HiveType;

use super::{Cells, RenderOptions, Renderer};
use crate::analyzer::OutputColumn;

/// Prints rows as JSON objects: numbers and booleans bare, everything else as strings, as beeline does.
pub struct Json {
    /// One document for all rows, or one a row.
    document: bool,
    options: RenderOptions,
    columns: Vec<OutputColumn>,
    keys: Vec<String>,
    first: bool,
}

impl Json {
    /// `{"resultset":[…]}`
    pub fn document(options: RenderOptions) -> Self {
        Self { document: true, options, columns: Vec::new(), keys: Vec::new(), first: true }
    }

    /// One object a line.
    pub fn lines(options: RenderOptions) -> Self {
        Self { document: false, ..Self::document(options) }
    }
}

/// JSON has no NaN and no infinity; Hive's `1.0E10` is JSON too.
fn is_bare(ty: &HiveType, text: &str) -> bool {
    match ty {
        HiveType::Boolean => true,
        HiveType::Float | HiveType::Double => !text.contains(['N', 'I']),
        ty => ty.is_numeric(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Renderer for Json {
    fn begin(&mut self, columns: &[OutputColumn], out: &mut dyn Write) -> io::Result<()> {
        self.columns = columns.to_vec();
        self.keys = columns.iter().map(|c| quoted(&c.name)).collect();
        if self.document { out.write_all(b"{\"resultset\":[") } else { Ok(()) }
    }

    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()> {
        let cells = Cells::new(batch, &self.columns, &self.options)?;
        let (mut text, mut value) = (String::new(), String::new());
        for row in 0..cells.rows() {
            if self.document && !self.first {
                text.push(',');
            }
            self.first = false;
            text.push('{');
            for (i, column) in self.columns.iter().enumerate() {
                let comma = if i > 0 { "," } else { "" };
                text.push_str(comma);
                text.push_str(&self.keys[i]);
                text.push(':');
                if cells.is_null(i, row) || column.ty == HiveType::Void {
                    text.push_str("null");
                    continue;
                }
                value.clear();
                cells.write(i, row, &mut value);
                if is_bare(&column.ty, &value) {
                    text.push_str(&value);
                } else {
                    text.push_str(&quoted(&value));
                }
            }
            text.push('}');
            if !self.document {
                text.push('\n');
            }
        }
        out.write_all(text.as_bytes())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.document {
            out.write_all(b"]}\n")?;
        }
        out.flush()
    }
}
