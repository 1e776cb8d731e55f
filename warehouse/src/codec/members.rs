//! Formats whose data is a row of members, each of which says where it ends: zlib, gzip, bzip2 and Zstandard. Files of
//! several members come of joining files, and of tools that compress in parallel.

use std::io::{self, Read};

use flate2::FlushDecompress;
use zstd::stream::raw::Operation;

use super::decoder::{corrupt, truncated};

/// Compressed bytes that are read at once.
const BUFFER: usize = 64 * 1024;

/// What unpacking a piece did.
pub(super) struct Step {
    /// Bytes taken from the input.
    read: usize,
    /// Bytes put to the output.
    written: usize,
    /// The member is complete.
    ended: bool,
}

/// Unpacks one member.
pub(super) trait Member: Send + Sized {
    fn begin() -> io::Result<Self>;
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step>;
}

/// Unpacks members until the input ends.
pub(super) struct Members<M> {
    input: Box<dyn Read + Send>,
    buffer: Box<[u8]>,
    /// What of the buffer is still to be unpacked.
    at: usize,
    end: usize,
    /// The member that we are in; none before the first and between two.
    member: Option<M>,
}

impl<M: Member> Members<M> {
    pub fn new(input: Box<dyn Read + Send>) -> Self {
        Self { input, buffer: vec![0; BUFFER].into(), at: 0, end: 0, member: None }
    }

    fn refill(&mut self) -> io::Result<()> {
        loop {
            match self.input.read(&mut self.buffer) {
                Ok(count) => (self.at, self.end) = (0, count),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            }
            return Ok(());
        }
    }
}

impl<M: Member> Read for Members<M> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if output.is_empty() {
            return Ok(0);
        }
        loop {
            if self.at == self.end {
                self.refill()?;
            }
            let input = &self.buffer[self.at..self.end];
            let member = match &mut self.member {
                Some(member) => member,
                None if input.is_empty() => return Ok(0),
                None => self.member.insert(M::begin()?),
            };
            let step = member.step(input, output)?;
            self.at += step.read;
            if step.ended {
                self.member = None;
            } else if step.read == 0 && step.written == 0 {
                return Err(if input.is_empty() { truncated() } else { corrupt("the compressed data makes no sense") });
            }
            if step.written > 0 {
                return Ok(step.written);
            }
        }
    }
}

/// A zlib stream.
pub(super) struct Zlib(flate2::Decompress);

impl Member for Zlib {
    fn begin() -> io::Result<Self> {
        Ok(Self(flate2::Decompress::new(true)))
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        inflate(&mut self.0, "zlib", input, output)
    }
}

/// A gzip member.
pub(super) struct Gzip(flate2::Decompress);

impl Member for Gzip {
    fn begin() -> io::Result<Self> {
        Ok(Self(flate2::Decompress::new_gzip(15)))
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        inflate(&mut self.0, "gzip", input, output)
    }
}

fn inflate(state: &mut flate2::Decompress, format: &str, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
    let (read, written) = (state.total_in(), state.total_out());
    let status = state.decompress(input, output, FlushDecompress::None);
    let status = status.map_err(|e| corrupt(format!("not {format} data: {}", e.message().unwrap_or("bad data"))))?;
    Ok(Step {
        read: (state.total_in() - read) as usize,
        written: (state.total_out() - written) as usize,
        ended: status == flate2::Status::StreamEnd,
    })
}

/// A bzip2 stream.
pub(super) struct Bzip2(bzip2::Decompress);

impl Member for Bzip2 {
    fn begin() -> io::Result<Self> {
        Ok(Self(bzip2::Decompress::new(false)))
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let (read, written) = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(input, output).map_err(|e| corrupt(format!("not bzip2 data: {e}")))?;
        Ok(Step {
            read: (self.0.total_in() - read) as usize,
            written: (self.0.total_out() - written) as usize,
            ended: status == bzip2::Status::StreamEnd,
        })
    }
}

/// A Zstandard frame. Frames that want a window of more than 128 MiB are refused, as the zstd tool refuses them.
pub(super) struct Zstd(zstd::stream::raw::Decoder<'static>);

impl Member for Zstd {
    fn begin() -> io::Result<Self> {
        zstd::stream::raw::Decoder::new().map(Self)
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let status = self.0.run_on_buffers(input, output).map_err(|e| corrupt(format!("not Zstandard data: {e}")))?;
        Ok(Step { read: status.bytes_read, written: status.bytes_written, ended: status.remaining == 0 })
    }
}
