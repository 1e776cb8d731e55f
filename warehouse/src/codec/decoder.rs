//! Readers that unpack.

use std::io::{self, BufReader, Read};

use super::TextCodec;
use super::blocks::{BlockCodec, BlockReader};
use super::lzop::LzopReader;

/// Largest window that a zstd frame may ask for, as a power of two: 128 MiB.
const ZSTD_WINDOW: u32 = 27;

/// Unpacks what an input gives. Input that the codec did not write is an error of the kind
/// [`io::ErrorKind::InvalidData`] or [`io::ErrorKind::UnexpectedEof`]. Several streams one after the other (gzip,
/// bzip2, zstd) are one.
pub fn decoder(codec: TextCodec, input: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    let input = Tagged { input };
    let unpacked: Box<dyn Read + Send> = match codec {
        TextCodec::Deflate => Box::new(flate2::read::ZlibDecoder::new(input)),
        TextCodec::Gzip => Box::new(flate2::read::MultiGzDecoder::new(input)),
        TextCodec::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(input)),
        TextCodec::Snappy => Box::new(BlockReader::new(BlockCodec::Snappy, buffered(input))),
        TextCodec::Lz4 => Box::new(BlockReader::new(BlockCodec::Lz4, buffered(input))),
        TextCodec::Lzo => Box::new(BlockReader::new(BlockCodec::Lzo, buffered(input))),
        TextCodec::Lzop => Box::new(LzopReader::new(buffered(input))),
        TextCodec::Zstd => match zstd::stream::read::Decoder::new(input) {
            Ok(mut decoder) => match decoder.window_log_max(ZSTD_WINDOW) {
                Ok(()) => Box::new(decoder),
                Err(error) => Box::new(Failing(Some(error))),
            },
            Err(error) => Box::new(Failing(Some(error))),
        },
    };
    Box::new(Checked { unpacked })
}

fn buffered(input: Tagged) -> Box<dyn Read + Send> {
    Box::new(BufReader::with_capacity(128 * 1024, input))
}

/// An input whose own errors are told from those of unpacking.
struct Tagged {
    input: Box<dyn Read + Send>,
}

/// Says that an error is the input's own.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct InputError(io::Error);

impl Read for Tagged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer).map_err(|e| match e.kind() {
            io::ErrorKind::Interrupted => e,
            kind => io::Error::new(kind, InputError(e)),
        })
    }
}

/// Gives every error of unpacking the kind [`io::ErrorKind::InvalidData`]: the crates have many.
struct Checked {
    unpacked: Box<dyn Read + Send>,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.unpacked.read(buffer).map_err(|e| {
            let own = e.get_ref().is_some_and(|inner| inner.is::<InputError>());
            match e.kind() {
                io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof => e,
                _ if own => e,
                _ => io::Error::new(io::ErrorKind::InvalidData, e.to_string()),
            }
        })
    }
}

struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(self.0.take().unwrap_or_else(|| io::ErrorKind::Other.into()))
    }
}
