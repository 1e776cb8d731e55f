//! What a statement gives.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use skep_metastore::model::HiveType;

use crate::OutputColumn;
use crate::error::Result;

/// The result of a statement. Rows come as they are made; a query runs only as fast as its rows are taken, and ends when
/// the stream is dropped.
pub struct Outcome {
    /// The columns of the result, as many as the rows have; empty for a statement without one.
    pub columns: Vec<OutputColumn>,
    /// The rows. Their Arrow types are those of [`Outcome::columns`] as in docs/types.md; the fields' names mean nothing.
    pub rows: SendableRecordBatchStream,
    /// Whether the statement is one that has rows (a query, `SHOW`, `DESCRIBE`, `EXPLAIN`), be there any or not.
    pub has_rows: bool,
    /// How a NULL among the rows is shown as text: `NULL`, but a blank where `DESCRIBE` leaves a column empty.
    pub null_text: &'static str,
    /// What the user should be told beside the rows, one line each (`WARNING: …`, `Added resources: …`).
    pub messages: Vec<String>,
    /// How many rows an `INSERT` wrote, or an `UPDATE`, a `DELETE` or a `MERGE` changed; `None` for other statements.
    pub affected: Option<u64>,
}

impl Outcome {
    /// The result of a statement that has no rows.
    pub fn done() -> Self {
        let rows = RecordBatchStreamAdapter::new(Arc::new(Schema::empty()), futures::stream::empty());
        Self {
            columns: Vec::new(),
            rows: Box::pin(rows),
            has_rows: false,
            null_text: "NULL",
            messages: Vec::new(),
            affected: None,
        }
    }

    /// The result of a statement that has written or changed so many rows.
    pub fn changed(rows: u64) -> Self {
        Self { affected: Some(rows), ..Self::done() }
    }

    /// A result of text columns.
    pub fn text(names: &[&str], rows: Vec<Vec<Option<String>>>) -> Result<Self> {
        let text = |name: &&str| OutputColumn { name: name.to_string(), ty: HiveType::String, qualifier: None };
        let columns = names.iter().map(text).collect();
        let arrays = (0..names.len())
            .map(|column| {
                let values = rows.iter().map(|row| row.get(column).and_then(|value| value.as_deref()));
                Arc::new(values.collect::<StringArray>()) as ArrayRef
            })
            .collect();
        Self::table(columns, arrays)
    }

    /// A result whose values are there: an array for each column, of the Arrow type of its type.
    pub fn table(columns: Vec<OutputColumn>, arrays: Vec<ArrayRef>) -> Result<Self> {
        let fields = columns.iter().zip(&arrays);
        let fields = fields.map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true));
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
        let batch =
            RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(datafusion::error::DataFusionError::from)?;
        let rows = RecordBatchStreamAdapter::new(schema, futures::stream::iter([Ok(batch)]));
        Ok(Self {
            columns,
            rows: Box::pin(rows),
            has_rows: true,
            null_text: "NULL",
            messages: Vec::new(),
            affected: None,
        })
    }

    /// A result of one text column, a row a line.
    pub fn lines(name: &str, lines: impl IntoIterator<Item = String>) -> Result<Self> {
        Self::text(&[name], lines.into_iter().map(|line| vec![Some(line)]).collect())
    }

    /// With one more message for the user.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.messages.push(message.into());
        self
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("columns", &self.columns)
            .field("has_rows", &self.has_rows)
            .field("messages", &self.messages)
            .finish_non_exhaustive()
    }
}
