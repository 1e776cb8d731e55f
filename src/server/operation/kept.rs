//! Rows that were fetched, kept so that they can be fetched again.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;

use crate::error::{ErrorKind, Result, SkepError};

/// Batches in the order of their coming: in memory up to a cap, then in a file that nobody else sees.
#[derive(Debug)]
pub struct Kept {
    entries: Vec<Entry>,
    memory: usize,
    max_memory: usize,
    folder: PathBuf,
    file: Option<File>,
    /// The batch that was read from the file last, with its place among the entries.
    last: Option<(usize, RecordBatch)>,
}

#[derive(Debug)]
struct Entry {
    /// The number of the first row.
    first: u64,
    rows: u64,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(RecordBatch),
    File { offset: u64, bytes: usize },
}

impl Kept {
    /// Nothing; up to `max_memory` bytes stay in memory, and the file is in `folder`.
    pub fn new(max_memory: usize, folder: PathBuf) -> Self {
        Self { entries: Vec::new(), memory: 0, max_memory, folder, file: None, last: None }
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, batch: RecordBatch) -> Result<()> {
        let first = self.entries.last().map_or(0, |last| last.first + last.rows);
        let rows = batch.num_rows() as u64;
        let size = batch.get_array_memory_size();
        let place = if self.file.is_none() && self.memory + size <= self.max_memory {
            self.memory += size;
            Place::Memory(batch)
        } else {
            let place = self.write(&batch)?;
            // It is likely to be read on.
            self.last = Some((self.entries.len(), batch));
            place
        };
        self.entries.push(Entry { first, rows, place });
        Ok(())
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<Place> {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).map_err(broken)?;
        writer.write(batch).map_err(broken)?;
        let bytes = writer.into_inner().map_err(broken)?;
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                std::fs::create_dir_all(&self.folder)?;
                self.file.insert(tempfile::tempfile_in(&self.folder)?)
            }
        };
        let offset = file.seek(SeekFrom::End(0))?;
        file.write_all(&bytes)?;
        Ok(Place::File { offset, bytes: bytes.len() })
    }

    /// The rows from number `row` on that are in one batch with it.
    ///
    /// # Errors
    /// The file cannot be read, or there is no such row.
    pub fn read(&mut self, row: u64) -> Result<RecordBatch> {
        let index = self.entries.partition_point(|entry| entry.first + entry.rows <= row);
        let entry = self.entries.get(index).ok_or_else(|| broken("there is no such row"))?;
        let batch = match (&entry.place, &self.last) {
            (Place::Memory(batch), _) => batch.clone(),
            (Place::File { .. }, Some((last, batch))) if *last == index => batch.clone(),
            (Place::File { offset, bytes }, _) => {
                let file = self.file.as_mut().ok_or_else(|| broken("their file is gone"))?;
                let mut read = vec![0; *bytes];
                file.seek(SeekFrom::Start(*offset))?;
                file.read_exact(&mut read)?;
                let mut reader = StreamReader::try_new(read.as_slice(), None).map_err(broken)?;
                let batch = reader.next().ok_or_else(|| broken("their file is short"))?.map_err(broken)?;
                self.last = Some((index, batch.clone()));
                batch
            }
        };
        let skip = usize::try_from(row.saturating_sub(entry.first)).unwrap_or(usize::MAX).min(batch.num_rows());
        Ok(batch.slice(skip, batch.num_rows() - skip))
    }
}

fn broken(error: impl std::fmt::Display) -> SkepError {
    SkepError::new(ErrorKind::Execution, format!("the rows that were fetched cannot be kept or read again: {error}"))
        .with_code(2, "58030")
}
