//! What Hive writes into the footers of a transactional table's files, beside what ORC does.

use std::ops::Range;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type};
use orc_rust::proto;

/// The last event of each stripe, by which Hive finds the stripes of a range of row ids, and the numbers of events.
/// (`OrcRecordUpdater.KeyIndexBuilder` of Hive.)
#[derive(Debug, Default)]
pub(super) struct EventKeys {
    /// `originalTransaction,bucket,rowId;` for each stripe.
    stripes: String,
    last: Option<(i64, i32, i64)>,
    inserts: u64,
    updates: u64,
    deletes: u64,
}

impl EventKeys {
    /// Takes note of events: rows of a batch that begins with `operation`, `originalTransaction`, `bucket`, `rowId`.
    pub fn add(&mut self, batch: &RecordBatch, rows: Range<usize>) {
        let long = |column: usize| batch.column(column).as_primitive_opt::<Int64Type>();
        let int = |column: usize| batch.column(column).as_primitive_opt::<Int32Type>();
        let (Some(operations), Some(transactions), Some(buckets), Some(ids)) = (int(0), long(1), int(2), long(3))
        else {
            return;
        };
        for operation in rows.clone().map(|row| operations.value(row)) {
            match operation {
                0 => self.inserts += 1,
                1 => self.updates += 1,
                _ => self.deletes += 1,
            }
        }
        if let Some(row) = rows.last() {
            self.last = Some((transactions.value(row), buckets.value(row), ids.value(row)));
        }
    }

    /// The events so far are a stripe.
    pub fn end_stripe(&mut self) {
        if let Some((transaction, bucket, row)) = self.last.take() {
            self.stripes.push_str(&format!("{transaction},{bucket},{row};"));
        }
    }

    /// What stands in the footer.
    pub fn metadata(&self) -> Vec<proto::UserMetadataItem> {
        let item = |name: &str, value: String| proto::UserMetadataItem {
            name: Some(name.to_string()),
            value: Some(value.into_bytes()),
        };
        vec![
            item("hive.acid.version", "2".to_string()),
            item("hive.acid.key.index", self.stripes.clone()),
            item("hive.acid.stats", format!("{},{},{}", self.inserts, self.updates, self.deletes)),
        ]
    }
}
