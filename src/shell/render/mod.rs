//! How results are printed: Hive CLI's tab-separated lines, and beeline's output formats.
//!
//! A [`Renderer`] is given the columns, then batch after batch, and writes as it goes; only the boxed table looks ahead,
//! to find the widths of its columns.

mod delimited;
mod json;
mod table;
mod values;
mod vertical;

use std::io::{self, Write};
use std::str::FromStr;

use arrow::array::timezone::Tz;
use arrow::record_batch::RecordBatch;

use crate::analyzer::OutputColumn;

pub use values::Cells;

/// The names that `--outputformat` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// Values separated by tabs, as the Hive CLI prints them.
    Hive,
    /// A boxed table.
    Table,
    /// One line a value, an empty line between rows.
    Vertical,
    /// Values separated by commas, quoted where needed.
    Csv2,
    /// Values separated by tabs, quoted where needed.
    Tsv2,
    /// Values separated by a character of one's choice, quoted where needed.
    Dsv,
    /// One JSON document with all rows.
    Json,
    /// One JSON document a row.
    JsonFile,
}

/// The names of the formats, for messages and completion.
pub const OUTPUT_FORMATS: [&str; 7] = ["table", "vertical", "csv2", "tsv2", "dsv", "json", "jsonfile"];

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "hive" => Self::Hive,
            "table" => Self::Table,
            "vertical" => Self::Vertical,
            "csv2" | "csv" => Self::Csv2,
            "tsv2" | "tsv" => Self::Tsv2,
            "dsv" => Self::Dsv,
            "json" => Self::Json,
            "jsonfile" => Self::JsonFile,
            _ => return Err(format!("there is no output format '{name}'; there are {}", OUTPUT_FORMATS.join(", "))),
        })
    }
}

/// What a renderer needs to know beside the format.
#[derive(Debug, Clone, Copy)]
pub struct RenderOptions {
    /// The format.
    pub format: OutputFormat,
    /// Print the names of the columns, in the formats where that is a choice.
    pub header: bool,
    /// The separator of [`OutputFormat::Dsv`].
    pub delimiter: char,
    /// The zone in which times with a zone are shown.
    pub zone: Tz,
    /// What stands for NULL.
    pub null: &'static str,
    /// Print line ends within values as `\n` and `\r`, in the formats that do not mark them anyway.
    pub escape_line_ends: bool,
}

impl RenderOptions {
    /// Escapes the line ends of the value that begins there, if that is asked for.
    fn escape_from(&self, start: usize, text: &mut String) {
        if self.escape_line_ends && text[start..].contains(['\n', '\r']) {
            let value = text[start..].replace('\n', "\\n").replace('\r', "\\r");
            text.truncate(start);
            text.push_str(&value);
        }
    }
}

/// Prints one result. The calls come in this order: `begin`, `batch` any number of times, `finish`.
pub trait Renderer {
    /// Takes the columns of the result.
    fn begin(&mut self, columns: &[OutputColumn], out: &mut dyn Write) -> io::Result<()>;
    /// Prints the rows of a batch, whose columns are those given to `begin`.
    fn batch(&mut self, batch: &RecordBatch, out: &mut dyn Write) -> io::Result<()>;
    /// Prints what is left.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// Makes the renderer of a format.
pub fn renderer(options: RenderOptions) -> Box<dyn Renderer> {
    match options.format {
        OutputFormat::Hive => Box::new(delimited::Delimited::plain('\t', options)),
        OutputFormat::Csv2 => Box::new(delimited::Delimited::quoted(',', options)),
        OutputFormat::Tsv2 => Box::new(delimited::Delimited::quoted('\t', options)),
        OutputFormat::Dsv => Box::new(delimited::Delimited::quoted(options.delimiter, options)),
        OutputFormat::Table => Box::new(table::BoxedTable::new(options)),
        OutputFormat::Vertical => Box::new(vertical::Vertical::new(options)),
        OutputFormat::Json => Box::new(json::Json::document(options)),
        OutputFormat::JsonFile => Box::new(json::Json::lines(options)),
    }
}
