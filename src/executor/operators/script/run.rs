//! One run of a script over one stream of rows.

use std::collections::VecDeque;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use parking_lot::Mutex;
use skep_warehouse::WarehouseError;
use skep_warehouse::format::text::{LineReader, LineWriter, escape_line, unescape_line};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::mpsc::Sender;

use super::command::ScriptSettings;
use super::error::ScriptError;
use crate::analyzer::nodes::ScriptSpec;

/// Bytes of output that are gathered before they are made a batch.
const BUFFER: usize = 64 * 1024;
/// Lines of standard error that an error shows.
const LAST_LINES: usize = 10;
/// How long a script that has closed its input may take to end, before it is killed.
const GRACE: Duration = Duration::from_secs(1);

/// What a run needs.
pub struct Run {
    /// The script.
    pub spec: Arc<ScriptSpec>,
    /// The session's settings.
    pub settings: Arc<ScriptSettings>,
    /// Columns of the rows that come out.
    pub schema: SchemaRef,
    /// The session's time zone.
    pub time_zone: String,
    /// Which of the plan's streams it is.
    pub partition: usize,
}

/// Where rows go.
type Rows = Sender<Result<RecordBatch>>;
/// The last lines of standard error.
type LastLines = Mutex<VecDeque<String>>;

/// How the writing of rows ended.
enum Fed {
    All,
    /// The script does not want more, which is allowed.
    Enough,
}

impl Run {
    /// Runs the script; nothing is started for an input without rows.
    ///
    /// # Errors
    /// [`ScriptError`], or what the input fails with.
    pub async fn run(self, mut input: SendableRecordBatchStream, rows: Rows) -> Result<()> {
        let first = loop {
            match input.next().await.transpose()? {
                None => return Ok(()),
                Some(batch) if batch.num_rows() > 0 => break batch,
                Some(_) => {}
            }
        };
        let columns = &self.spec.input_columns;
        let mut writer = LineWriter::new(&self.spec.input, columns, &self.time_zone).map_err(|e| self.rows_error(e))?;
        let reader = LineReader::new(&self.spec.output, &self.time_zone).map_err(|e| self.rows_error(e))?;
        tracing::info!(command = %self.spec.command, partition = self.partition, "a script begins");
        let (mut child, folder) = self
            .settings
            .start(&self.spec.command)
            .map_err(|source| ScriptError::Start { command: self.spec.command.clone(), source })?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            let source = io::Error::other("it has no pipes");
            return Err(ScriptError::Start { command: self.spec.command.clone(), source }.into());
        };
        let last = LastLines::default();
        let feed = self.feed(&mut writer, stdin, first, input, &mut child, &last);
        let (fed, (), ()) = tokio::try_join!(feed, self.take(reader, stdout, &rows, &last), self.log(stderr, &last))?;
        if matches!(fed, Fed::Enough) {
            tracing::warn!(command = %self.spec.command, "the script did not read all rows");
        }
        let status = child.wait().await.map_err(|source| self.pipe_error(source, &last))?;
        drop(folder);
        if !status.success() {
            let (command, status) = (self.spec.command.clone(), ended(Some(status)));
            return Err(ScriptError::Failed { command, status, stderr: words(&last) }.into());
        }
        Ok(())
    }

    /// Writes the rows to the script.
    async fn feed(
        &self,
        writer: &mut LineWriter,
        mut stdin: ChildStdin,
        first: RecordBatch,
        mut input: SendableRecordBatchStream,
        child: &mut Child,
        last: &LastLines,
    ) -> Result<Fed> {
        let mut lines = Vec::with_capacity(BUFFER);
        let mut next = Some(first);
        let written: io::Result<()> = loop {
            let Some(batch) = next else { break stdin.flush().await };
            lines.clear();
            self.write_lines(writer, &batch, &mut lines)?;
            if let Err(error) = stdin.write_all(&lines).await {
                break Err(error);
            }
            next = input.next().await.transpose()?;
        };
        drop(stdin);
        match written {
            Ok(()) => Ok(Fed::All),
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(self.pipe_error(error, last).into()),
            Err(_) if self.settings.partial_consumption => Ok(Fed::Enough),
            Err(_) => {
                let status = tokio::time::timeout(GRACE, child.wait()).await.ok().and_then(Result::ok);
                // What it said last is still on its way.
                tokio::time::sleep(Duration::from_millis(20)).await;
                let (command, stderr) = (self.spec.command.clone(), words(last));
                match status {
                    Some(status) if !status.success() => {
                        Err(ScriptError::Failed { command, status: ended(Some(status)), stderr }.into())
                    }
                    status => Err(ScriptError::NotRead { command, status: ended(status), stderr }.into()),
                }
            }
        }
    }

    fn write_lines(&self, writer: &mut LineWriter, batch: &RecordBatch, lines: &mut Vec<u8>) -> Result<()> {
        if !self.settings.escape {
            return Ok(writer.write(batch, lines).map_err(|error| self.rows_error(error))?);
        }
        let mut line = Vec::new();
        for row in 0..batch.num_rows() {
            line.clear();
            writer.write(&batch.slice(row, 1), &mut line).map_err(|error| self.rows_error(error))?;
            escape_line(line.strip_suffix(b"\n").unwrap_or(&line), lines);
            lines.push(b'\n');
        }
        Ok(())
    }

    /// Reads the rows that the script writes.
    async fn take(&self, mut reader: LineReader, mut stdout: ChildStdout, rows: &Rows, last: &LastLines) -> Result<()> {
        let mut buffer: Vec<u8> = Vec::with_capacity(2 * BUFFER);
        loop {
            let limit = if self.spec.binary_records { self.settings.binary_record } else { BUFFER };
            let count = (&mut stdout)
                .take(limit as u64)
                .read_buf(&mut buffer)
                .await
                .map_err(|source| self.pipe_error(source, last))?;
            let whole = match count {
                0 => buffer.len(),
                _ if self.spec.binary_records => buffer.len(),
                _ if buffer.len() < BUFFER => continue,
                _ => match buffer.iter().rposition(|byte| *byte == b'\n') {
                    Some(end) => end + 1,
                    None => continue,
                },
            };
            if whole > 0 {
                let batch = self.rows(&mut reader, &buffer[..whole])?;
                if rows.send(Ok(batch)).await.is_err() {
                    // Nobody wants more; the child is killed with the task.
                    return Ok(());
                }
                buffer.drain(..whole);
            }
            if count == 0 {
                return Ok(());
            }
        }
    }

    fn rows(&self, reader: &mut LineReader, data: &[u8]) -> Result<RecordBatch> {
        let read = if self.spec.binary_records {
            reader.read_record(data)
        } else if self.settings.escape {
            // A line end that was escaped is part of its row.
            let lines =
                data.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line));
            let lines: Vec<_> = lines.map(unescape_line).collect();
            reader.read_records(lines.iter().map(AsRef::as_ref))
        } else {
            reader.read(data)
        };
        let batch = read.map_err(|error| self.rows_error(error))?;
        // The columns have ids in the plan; a script's row has at least one.
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())?)
    }

    /// Logs what the script says on standard error.
    async fn log(&self, stderr: ChildStderr, last: &LastLines) -> Result<()> {
        let mut lines = BufReader::new(stderr);
        let mut line = Vec::new();
        let mut bytes = 0u64;
        // A pipe that cannot be read any more has nothing to say.
        while matches!(lines.read_until(b'\n', &mut line).await, Ok(count) if count > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_string();
            if self.settings.max_stderr.is_none_or(|max| bytes < max) {
                tracing::info!(command = %self.spec.command, partition = self.partition, "{text}");
            }
            bytes += line.len() as u64;
            line.clear();
            let mut last = last.lock();
            if last.len() == LAST_LINES {
                last.pop_front();
            }
            last.push_back(text);
        }
        Ok(())
    }

    fn rows_error(&self, source: WarehouseError) -> ScriptError {
        ScriptError::Rows { command: self.spec.command.clone(), source }
    }

    fn pipe_error(&self, source: io::Error, last: &LastLines) -> ScriptError {
        ScriptError::Pipe { command: self.spec.command.clone(), source, stderr: words(last) }
    }
}

/// How a process ended.
fn ended(status: Option<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status {
        None => "it was still running".to_string(),
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with exit code {code}"),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => format!("ended with {status}"),
        },
    }
}

/// The last lines of standard error, for an error.
fn words(last: &LastLines) -> String {
    let last = last.lock();
    if last.is_empty() {
        return String::new();
    }
    let lines: Vec<&str> = last.iter().map(String::as_str).collect();
    format!(". Its last words: {}", lines.join("\n"))
}
