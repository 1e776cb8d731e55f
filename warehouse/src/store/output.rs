//! Files being written.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use crate::error::{Result, WarehouseError};
use crate::store::url;

/// Bytes that are gathered before the system is called.
pub(crate) const BUFFER: usize = 64 * 1024;

/// A file being written. Until [`OutputFile::close`] has returned there is no promise that it is whole.
pub trait OutputFile: Write + Send {
    /// Completes the file. Returns its length in bytes.
    fn close(self: Box<Self>) -> Result<u64>;

    /// URL of the file.
    fn url(&self) -> &str;
}

/// A boxed [`OutputFile`].
pub type Output = Box<dyn OutputFile>;

/// A file on this machine.
pub struct LocalOutput {
    url: String,
    file: BufWriter<File>,
    written: u64,
}

impl LocalOutput {
    /// Begins a file, and the folders above it where they are missing. A file of that name is replaced.
    pub fn create(file_url: &str) -> Result<Self> {
        let path = url::local_path(file_url)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| WarehouseError::io("create folder", file_url, e))?;
        }
        let file = File::create(&path).map_err(|e| WarehouseError::io("create", file_url, e))?;
        Ok(Self { url: file_url.to_string(), file: BufWriter::with_capacity(BUFFER, file), written: 0 })
    }

    fn name_file(&self, error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.url))
    }
}

impl Write for LocalOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes).map_err(|e| self.name_file(e))?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|e| self.name_file(e))
    }
}

impl OutputFile for LocalOutput {
    fn close(mut self: Box<Self>) -> Result<u64> {
        self.file.flush().map_err(|e| WarehouseError::io("write", &self.url, e))?;
        Ok(self.written)
    }

    fn url(&self) -> &str {
        &self.url
    }
}
