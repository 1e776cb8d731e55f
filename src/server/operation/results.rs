//! The rows of an operation on their way from its plan to its client.
//!
//! ```text
//! plan ──add───▶ ahead (bounded) ──fetch──▶ client
//!                                   └─────▶ kept: memory, beyond a cap a file; read again after FETCH_FIRST
//! ```
//!
//! The plan runs only a little ahead of its client, so that memory stays flat however large the result is.

use std::collections::VecDeque;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::kept::Kept;
use crate::error::{Result, SkepError};

/// How much of a result is held in memory.
#[derive(Debug, Clone)]
pub struct ResultLimits {
    /// Bytes of rows that are made before they are fetched.
    pub ahead: usize,
    /// Bytes of fetched rows that are kept in memory, to be fetched again; more go into a file.
    pub kept: usize,
    /// Bytes of rows that one fetch gives at most (but always a row).
    pub fetch: usize,
    /// The folder of the files.
    pub folder: PathBuf,
}

/// The rows of an operation.
#[derive(Debug)]
pub struct Results {
    limits: ResultLimits,
    state: Mutex<State>,
    /// Rows have come, or the end.
    arrived: Notify,
    /// Rows were taken.
    taken: Notify,
}

#[derive(Debug)]
struct State {
    kept: Kept,
    ahead: VecDeque<RecordBatch>,
    ahead_bytes: usize,
    /// Where the client reads: so many rows are before it.
    position: u64,
    /// How many rows have moved from `ahead` to `kept`.
    moved: u64,
    ended: Option<Result<(), Failure>>,
}

/// Why rows end early: the error is told at each fetch.
type Failure = std::sync::Arc<SkepError>;

/// What a fetch gives.
#[derive(Debug, Default)]
pub struct Fetched {
    /// How many rows of the result are before these.
    pub offset: u64,
    /// The rows; none at the end.
    pub batches: Vec<RecordBatch>,
}

impl Fetched {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

impl Results {
    /// A result without rows so far.
    pub fn new(limits: ResultLimits) -> Self {
        let kept = Kept::new(limits.kept, limits.folder.clone());
        let state = State { kept, ahead: VecDeque::new(), ahead_bytes: 0, position: 0, moved: 0, ended: None };
        Self { limits, state: Mutex::new(state), arrived: Notify::new(), taken: Notify::new() }
    }

    /// Adds rows. There is always room for a batch, but whoever adds one waits for [`Results::room`] before the next.
    pub fn add(&self, batch: RecordBatch) {
        if batch.num_rows() > 0 {
            let mut state = self.state.lock();
            state.ahead_bytes += batch.get_array_memory_size();
            state.ahead.push_back(batch);
            drop(state);
            self.arrived.notify_waiters();
        }
    }

    /// Waits until there is room for more rows.
    pub async fn room(&self) {
        loop {
            let taken = self.taken.notified();
            if self.state.lock().ahead_bytes <= self.limits.ahead {
                return;
            }
            taken.await;
        }
    }

    /// No more rows come; with an error, because something failed.
    pub fn end(&self, result: Result<(), Failure>) {
        let mut state = self.state.lock();
        if state.ended.is_none() {
            state.ended = Some(result);
        }
        drop(state);
        self.arrived.notify_waiters();
    }

    /// Whether no more rows come, be it because something failed.
    pub fn has_ended(&self) -> bool {
        self.state.lock().ended.is_some()
    }

    /// How many rows have come so far.
    pub fn rows(&self) -> u64 {
        let state = self.state.lock();
        state.moved + state.ahead.iter().map(|batch| batch.num_rows() as u64).sum::<u64>()
    }

    /// Forgets all rows: nobody will fetch them any more.
    pub fn clear(&self) {
        let mut state = self.state.lock();
        state.kept = Kept::new(self.limits.kept, self.limits.folder.clone());
        state.ahead.clear();
        state.ahead_bytes = 0;
        drop(state);
        self.taken.notify_waiters();
    }

    /// The next rows, at most `max`, or from the first on. Waits until there is one, and gives those that are there.
    ///
    /// # Errors
    /// What the rows ended with, after those that came; or the file of kept rows.
    pub async fn fetch(&self, from_first: bool, max: usize) -> Result<Fetched, Failure> {
        if from_first {
            self.state.lock().position = 0;
        }
        self.next(max, None).await
    }

    /// Rows from number `offset` on, as [`Results::fetch`] gives them; none where there are not so many. Where the client
    /// reads stays as it is.
    ///
    /// # Errors
    /// As there.
    pub async fn fetch_at(&self, offset: u64, max: usize) -> Result<Fetched, Failure> {
        self.next(max, Some(offset)).await
    }

    async fn next(&self, max: usize, at: Option<u64>) -> Result<Fetched, Failure> {
        loop {
            let arrived = self.arrived.notified();
            let fetched = self.ready(max, at)?;
            self.taken.notify_waiters();
            if let Some(fetched) = fetched {
                return Ok(fetched);
            }
            arrived.await;
        }
    }

    /// Rows that are there, or the end; `None` if it must be waited for.
    fn ready(&self, max: usize, at: Option<u64>) -> Result<Option<Fetched>, Failure> {
        let mut state = self.state.lock();
        let state = &mut *state;
        let mut position = at.unwrap_or(state.position);
        while state.moved < position && state.take()?.is_some() {}
        let mut fetched = Fetched { offset: position, batches: Vec::new() };
        let (mut rows, mut bytes) = (max, self.limits.fetch);
        while rows > 0 && bytes > 0 {
            let next = if position < state.moved {
                state.kept.read(position).map_err(Failure::new)?
            } else if let Some(batch) = state.take()? {
                batch
            } else {
                break;
            };
            let part = part(next, rows, bytes);
            rows -= part.num_rows();
            bytes = bytes.saturating_sub(size(&part));
            position += part.num_rows() as u64;
            fetched.batches.push(part);
        }
        if at.is_none() {
            state.position = position;
        }
        if !fetched.batches.is_empty() || max == 0 {
            return Ok(Some(fetched));
        }
        match &state.ended {
            None => Ok(None),
            Some(Ok(())) => Ok(Some(fetched)),
            Some(Err(error)) => Err(Failure::clone(error)),
        }
    }
}

impl State {
    /// Moves the first batch that was not fetched to those that were.
    fn take(&mut self) -> Result<Option<RecordBatch>, Failure> {
        let Some(batch) = self.ahead.pop_front() else { return Ok(None) };
        self.ahead_bytes = self.ahead_bytes.saturating_sub(batch.get_array_memory_size());
        self.moved += batch.num_rows() as u64;
        self.kept.add(batch.clone()).map_err(Failure::new)?;
        Ok(Some(batch))
    }
}

/// The first rows of a batch, so many at most and about so many bytes, but one at least.
fn part(batch: RecordBatch, rows: usize, bytes: usize) -> RecordBatch {
    let each = (size(&batch) / batch.num_rows().max(1)).max(1);
    let wanted = rows.min((bytes / each).max(1));
    if wanted < batch.num_rows() { batch.slice(0, wanted) } else { batch }
}

/// Bytes of the values of a batch (of a slice, its own alone).
fn size(batch: &RecordBatch) -> usize {
    let sizes = batch
        .columns()
        .iter()
        .map(|column| column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size()));
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, RecordBatch};
    use arrow::datatypes::{DataType, Field, Int64Type, Schema};

    use super::{Fetched, ResultLimits, Results};
    use crate::error::{ErrorKind, SkepError};

    fn limits(folder: &std::path::Path, kept: usize) -> ResultLimits {
        ResultLimits { ahead: 1 << 20, kept, fetch: 1 << 20, folder: folder.to_path_buf() }
    }

    fn batch(from: i64, to: i64) -> RecordBatch {
        let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true)]));
        RecordBatch::try_new(schema, vec![Arc::new((from..to).collect::<Int64Array>())]).unwrap()
    }

    fn values(fetched: &Fetched) -> Vec<i64> {
        let values = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().to_vec();
        fetched.batches.iter().flat_map(values).collect()
    }

    #[tokio::test]
    async fn rows_come_in_pages_and_again_from_the_first() {
        let folder = tempfile::tempdir().unwrap();
        // Nothing is kept in memory, so all of it goes through the file.
        for kept in [0, 1 << 20] {
            let results = Results::new(limits(folder.path(), kept));
            results.add(batch(0, 5));
            results.add(batch(5, 12));
            results.end(Ok(()));
            let first = results.fetch(false, 2).await.unwrap();
            assert_eq!((first.offset, values(&first)), (0, vec![0, 1]));
            let second = results.fetch(false, 4).await.unwrap();
            assert_eq!((second.offset, values(&second)), (2, vec![2, 3, 4, 5]));
            let again = results.fetch(true, 7).await.unwrap();
            assert_eq!((again.offset, values(&again)), (0, (0..7).collect()));
            assert_eq!(values(&results.fetch(false, 100).await.unwrap()), (7..12).collect::<Vec<_>>());
            let end = results.fetch(false, 100).await.unwrap();
            assert_eq!((end.offset, end.rows()), (12, 0));
        }
    }

    #[tokio::test]
    async fn rows_are_read_anywhere_beside_the_client() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::new(limits(folder.path(), 0));
        results.add(batch(0, 5));
        results.add(batch(5, 12));
        assert_eq!(values(&results.fetch(false, 2).await.unwrap()), [0, 1]);
        let page = results.fetch_at(6, 3).await.unwrap();
        assert_eq!((page.offset, values(&page)), (6, vec![6, 7, 8]));
        assert_eq!(values(&results.fetch(false, 4).await.unwrap()), [2, 3, 4, 5]);
        results.end(Ok(()));
        assert_eq!(values(&results.fetch_at(0, 2).await.unwrap()), [0, 1]);
        assert_eq!(results.fetch_at(40, 2).await.unwrap().rows(), 0);
        assert_eq!(values(&results.fetch(false, 40).await.unwrap()), (6..12).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn an_error_comes_behind_the_rows() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::new(limits(folder.path(), 0));
        results.add(batch(0, 1));
        results.end(Err(Arc::new(SkepError::new(ErrorKind::Execution, "broken"))));
        assert_eq!(results.fetch(false, 10).await.unwrap().rows(), 1);
        for _ in 0..2 {
            assert_eq!(results.fetch(false, 10).await.unwrap_err().message(), "broken");
        }
    }

    #[tokio::test]
    async fn whoever_makes_rows_waits_for_whoever_takes_them() {
        let folder = tempfile::tempdir().unwrap();
        let results = Arc::new(Results::new(ResultLimits { ahead: 100, ..limits(folder.path(), 0) }));
        let maker = Arc::clone(&results);
        let made = tokio::spawn(async move {
            for n in 0..50 {
                maker.add(batch(n * 100, n * 100 + 100));
                maker.room().await;
            }
            maker.end(Ok(()));
        });
        tokio::task::yield_now().await;
        assert!(results.rows() <= 200);
        let mut all = Vec::new();
        loop {
            let fetched = results.fetch(false, 70).await.unwrap();
            if fetched.rows() == 0 {
                break;
            }
            all.extend(values(&fetched));
        }
        made.await.unwrap();
        assert_eq!(all, (0..5000).collect::<Vec<_>>());
    }
}
