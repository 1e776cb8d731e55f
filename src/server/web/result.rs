//! Rows of a result as a page shows them.

use arrow::array::Array;
use maud::{Markup, html};
use skep_udf::text::{TextFormatter, TextStyle};

use super::format;
use crate::OutputColumn;
use crate::server::operation::{Fetched, Status};

/// Of a value so many characters are shown.
const MAX_VALUE: usize = 400;

/// Rows as text.
#[derive(Debug)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<OutputColumn>,
    /// The values, `None` where they are NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Rows {
    /// Makes texts of what was fetched.
    pub fn of(fetched: &Fetched, status: &Status) -> Self {
        let columns: Vec<OutputColumn> = status.columns.iter().flat_map(|columns| columns.iter().cloned()).collect();
        let mut rows: Vec<Vec<Option<String>>> = Vec::with_capacity(fetched.rows());
        for batch in &fetched.batches {
            let first = rows.len();
            rows.resize_with(first + batch.num_rows(), || Vec::with_capacity(columns.len()));
            for (array, column) in batch.columns().iter().zip(&columns) {
                let padding = crate::analyzer::padding(&column.ty);
                let formatter = TextFormatter::padded(array.as_ref(), TextStyle::cli(status.zone), &padding).ok();
                for (row, values) in rows[first..].iter_mut().enumerate() {
                    // A type without a formatter has no values.
                    let present = !array.is_null(row) && !array.data_type().is_null();
                    values.push(formatter.as_ref().filter(|_| present).map(|formatter| {
                        let mut text = String::new();
                        formatter.write(row, &mut text);
                        text
                    }));
                }
            }
        }
        Self { columns, rows }
    }

    /// The rows as a table; the first has this number.
    pub fn table(&self, first: u64) -> Markup {
        html! {
            div.scroll.result {
                table.list {
                    thead {
                        tr {
                            th.quiet.number aria-label="Number of the row" {}
                            @for column in &self.columns {
                                th.number[column.ty.is_numeric()] { (column.name) small { (column.ty) } }
                            }
                        }
                    }
                    tbody {
                        @for (at, row) in self.rows.iter().enumerate() {
                            tr {
                                td.number.quiet { (format::count(first + at as u64 + 1)) }
                                @for (value, column) in row.iter().zip(&self.columns) {
                                    @match value {
                                        Some(text) => td.value.number[column.ty.is_numeric()] { (format::cut(text, MAX_VALUE)) },
                                        None => td.null.number[column.ty.is_numeric()] { "NULL" },
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
