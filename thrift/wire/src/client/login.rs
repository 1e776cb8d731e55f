//! SASL PLAIN, the client's side.

use std::io::Write;

use bytes::Buf;

use super::stream::Stream;
use super::{Login, TransportError, receive};
use crate::inbox::Inbox;
use crate::sasl::{self, PLAIN, Received, Status};

/// Sends the name and the password and waits until the server has agreed.
pub(super) fn negotiate(stream: &mut Stream, inbox: &mut Inbox, login: &Login) -> Result<(), TransportError> {
    stream.write_all(&sasl::message(Status::Start, PLAIN))?;
    // Java says COMPLETE here, since PLAIN has nothing more to say; servers take it and OK.
    let payload = sasl::plain_message(&login.user, &login.password);
    stream.write_all(&sasl::message(Status::Complete, &payload))?;
    stream.flush()?;
    loop {
        let found = sasl::parse(inbox.buffer()).map_err(TransportError::Protocol)?;
        if let Some(Received { status, payload, length }) = found {
            let text = String::from_utf8_lossy(payload).into_owned();
            inbox.buffer().advance(length);
            match status {
                Status::Complete => {
                    inbox.expect_sasl_frames();
                    return Ok(());
                }
                Status::Ok | Status::Start => {}
                Status::Bad | Status::Error => return Err(TransportError::Refused(text)),
            }
        } else {
            receive(stream, inbox)?;
        }
    }
}
