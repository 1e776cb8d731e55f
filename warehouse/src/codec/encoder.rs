//! Writers that compress.

use std::io::{self, Write};

use super::TextCodec;
use crate::store::Output;

/// Compresses what is written to it into a file.
pub trait Encoder: Write + Send {
    /// Bytes it holds in memory.
    fn memory_size(&self) -> usize;

    /// Writes what is left and gives the file back.
    fn finish(self: Box<Self>) -> io::Result<Output>;
}

/// An encoder into a file; without a codec it writes the bytes as they are.
pub fn encoder(codec: Option<TextCodec>, output: Output) -> io::Result<Box<dyn Encoder>> {
    match codec {
        None => Ok(Box::new(Plain(output))),
        Some(codec) => Err(io::Error::other(format!("{codec:?}"))),
    }
}

struct Plain(Output);

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Encoder for Plain {
    fn memory_size(&self) -> usize {
        0
    }

    fn finish(self: Box<Self>) -> io::Result<Output> {
        Ok(self.0)
    }
}
