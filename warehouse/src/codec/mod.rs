//! Hadoop's compression codecs for text files.
//!
//! Which codec a file has shows in the end of its name; which one is written, a Hadoop class says. All of them unpack
//! and pack piece by piece, and no length that a file claims makes them take more memory than a block may have.

mod blocks;
mod buffer;
mod decoder;
mod encoder;
mod lz;
pub(crate) mod lzo1x;
mod lzop;
mod members;
#[cfg(test)]
mod tests;

pub use self::buffer::{compress, decompress};
pub use self::decoder::decoder;
pub use self::encoder::{Encoder, encoder};
use crate::error::{Result, WarehouseError};

/// A compression of text files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextCodec {
    /// zlib stream, `.deflate` (`DefaultCodec`, `DeflateCodec`).
    Deflate,
    /// `.gz`
    Gzip,
    /// `.bz2`
    Bzip2,
    /// Hadoop's blocks of Snappy, `.snappy`
    Snappy,
    /// Hadoop's blocks of LZ4, `.lz4`
    Lz4,
    /// Hadoop's blocks of LZO1X, `.lzo_deflate` (`LzoCodec`)
    Lzo,
    /// lzop files, `.lzo` (`LzopCodec`)
    Lzop,
    /// `.zst`
    Zstd,
}

/// Codec, extension, and the Hadoop classes that mean it.
const CODECS: &[(TextCodec, &str, &[&str])] = &[
    (
        TextCodec::Deflate,
        ".deflate",
        &["org.apache.hadoop.io.compress.DefaultCodec", "org.apache.hadoop.io.compress.DeflateCodec"],
    ),
    (TextCodec::Gzip, ".gz", &["org.apache.hadoop.io.compress.GzipCodec"]),
    (TextCodec::Bzip2, ".bz2", &["org.apache.hadoop.io.compress.BZip2Codec"]),
    (TextCodec::Snappy, ".snappy", &["org.apache.hadoop.io.compress.SnappyCodec"]),
    (TextCodec::Lz4, ".lz4", &["org.apache.hadoop.io.compress.Lz4Codec"]),
    (
        TextCodec::Lzo,
        ".lzo_deflate",
        &["com.hadoop.compression.lzo.LzoCodec", "org.apache.hadoop.io.compress.LzoCodec"],
    ),
    (TextCodec::Lzop, ".lzo", &["com.hadoop.compression.lzo.LzopCodec", "org.apache.hadoop.io.compress.LzopCodec"]),
    (
        TextCodec::Zstd,
        ".zst",
        &["org.apache.hadoop.io.compress.ZStandardCodec", "org.apache.hadoop.io.compress.ZstdCodec"],
    ),
];

impl TextCodec {
    /// The codec of a file by the end of its name, as Hadoop's `CompressionCodecFactory` finds it.
    pub fn from_file_name(name: &str) -> Option<Self> {
        CODECS.iter().find(|(_, extension, _)| name.ends_with(extension)).map(|(codec, ..)| *codec)
    }

    /// The codec that a Hadoop class stands for (`mapreduce.output.fileoutputformat.compress.codec`).
    pub fn from_class(class: &str) -> Result<Self> {
        CODECS.iter().find(|(_, _, classes)| classes.contains(&class.trim())).map(|(codec, ..)| *codec).ok_or_else(
            || {
                let known: Vec<_> = CODECS.iter().flat_map(|(_, _, classes)| *classes).copied().collect();
                WarehouseError::UnknownCodec { class: class.to_string(), known: known.join(", ") }
            },
        )
    }

    /// The first class that stands for the codec.
    pub fn class(self) -> &'static str {
        CODECS.iter().find(|(codec, ..)| *codec == self).and_then(|(_, _, classes)| classes.first()).unwrap_or(&"")
    }

    /// What its files' names end in.
    pub fn extension(self) -> &'static str {
        CODECS.iter().find(|(codec, ..)| *codec == self).map_or("", |(_, extension, _)| extension)
    }
}
