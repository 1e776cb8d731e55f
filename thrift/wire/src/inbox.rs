//! From the bytes of a connection to messages.

use bytes::{Buf, BytesMut};

use crate::scan::Scanner;
use crate::{Framing, Protocol, ReadError};

/// A buffer that has held a large message is given back to the system when it is empty.
const KEEP: usize = 64 << 10;

/// Takes messages out of the bytes that arrive on a connection.
#[derive(Debug)]
pub(crate) struct Inbox {
    framing: Framing,
    protocol: Protocol,
    max_bytes: usize,
    max_depth: usize,
    /// After a SASL negotiation bytes come in frames, which know nothing of messages.
    sasl: Option<SaslFrames>,
    /// Bytes as they came, in frames of SASL.
    wrapped: BytesMut,
    /// Bytes of messages.
    plain: BytesMut,
    scanner: Option<Scanner>,
}

#[derive(Debug, Default)]
struct SaslFrames {
    left: usize,
}

impl Inbox {
    pub(crate) fn new(framing: Framing, protocol: Protocol, max_bytes: usize, max_depth: usize) -> Self {
        Inbox {
            framing,
            protocol,
            max_bytes,
            max_depth,
            sasl: None,
            wrapped: BytesMut::new(),
            plain: BytesMut::new(),
            scanner: None,
        }
    }

    /// From here on bytes come in SASL's frames.
    pub(crate) fn expect_sasl_frames(&mut self) {
        self.sasl = Some(SaslFrames::default());
        std::mem::swap(&mut self.wrapped, &mut self.plain);
    }

    /// Where arriving bytes are to be added.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        if self.sasl.is_some() { &mut self.wrapped } else { &mut self.plain }
    }

    /// How many bytes have come of a message that is not there whole.
    pub(crate) fn pending(&self) -> usize {
        self.plain.len() + self.wrapped.len()
    }

    /// The next message, if all of it is there. After an error nothing that follows can be understood.
    pub(crate) fn message(&mut self) -> Result<Option<BytesMut>, ReadError> {
        self.unwrap_sasl()?;
        let found = match self.framing {
            Framing::Framed => self.framed()?,
            Framing::Unframed => {
                let scanner =
                    self.scanner.get_or_insert_with(|| Scanner::new(self.protocol, self.max_bytes, self.max_depth));
                match scanner.scan(&self.plain)? {
                    None => None,
                    Some(length) => {
                        self.scanner = None;
                        Some(self.plain.split_to(length))
                    }
                }
            }
        };
        if found.is_some() && self.plain.is_empty() {
            self.plain = BytesMut::new();
        }
        Ok(found)
    }

    fn framed(&mut self) -> Result<Option<BytesMut>, ReadError> {
        let Some(length) = self.plain.first_chunk::<4>() else { return Ok(None) };
        let length = frame_length(*length, self.max_bytes)?;
        if self.plain.len() - 4 < length {
            return Ok(None);
        }
        self.plain.advance(4);
        Ok(Some(self.plain.split_to(length)))
    }

    /// Takes what has come out of SASL's frames.
    fn unwrap_sasl(&mut self) -> Result<(), ReadError> {
        let Some(frames) = &mut self.sasl else { return Ok(()) };
        loop {
            if frames.left == 0 {
                let Some(length) = self.wrapped.first_chunk::<4>() else { break };
                frames.left = frame_length(*length, self.max_bytes)?;
                self.wrapped.advance(4);
                continue;
            }
            let here = frames.left.min(self.wrapped.len());
            if here == 0 {
                break;
            }
            self.plain.extend_from_slice(&self.wrapped[..here]);
            self.wrapped.advance(here);
            frames.left -= here;
        }
        if self.wrapped.is_empty() && self.wrapped.capacity() > KEEP {
            self.wrapped = BytesMut::new();
        }
        Ok(())
    }
}

/// The length of a frame, which tells it in its first bytes.
fn frame_length(bytes: [u8; 4], max: usize) -> Result<usize, ReadError> {
    let length = i32::from_be_bytes(bytes);
    match usize::try_from(length) {
        Err(_) => Err(ReadError::NegativeLength(length.into())),
        Ok(length) if length > max => Err(ReadError::MessageTooLarge(max as u64)),
        Ok(length) => Ok(length),
    }
}

/// SASL's frames and Thrift's are kept well below the 16 MB that Apache Thrift's libraries take.
const MAX_SASL_FRAME: usize = 4 << 20;

/// A message as it goes out on a connection.
pub(crate) fn wrap(message: Vec<u8>, framing: Framing, sasl: bool) -> Result<Vec<u8>, crate::WriteError> {
    if !sasl && framing == Framing::Unframed {
        return Ok(message);
    }
    let message = match framing {
        Framing::Unframed => message,
        Framing::Framed => {
            let length = i32::try_from(message.len()).map_err(|_| crate::WriteError::TooLong(message.len()))?;
            [length.to_be_bytes().as_slice(), &message].concat()
        }
    };
    if !sasl {
        return Ok(message);
    }
    let mut out = Vec::with_capacity(message.len() + 4 * (message.len() / MAX_SASL_FRAME + 1));
    for part in message.chunks(MAX_SASL_FRAME) {
        // A part is shorter than 4 MB.
        out.extend_from_slice(&(part.len() as u32).to_be_bytes());
        out.extend_from_slice(part);
    }
    Ok(out)
}
