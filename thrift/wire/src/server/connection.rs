//! A connection over which messages come one after another.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Buf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::pending::{Pending, allowed};
use super::stream::ServerStream;
use super::{Refusal, Shared, Transport};
use crate::inbox::{Inbox, wrap};
use crate::sasl::{self, Credentials, PLAIN, Received, Status};
use crate::{Framing, Peer, ReadError};

/// Why a connection ends.
enum End {
    /// The peer has closed it, or it broke, or the server stops.
    Quiet,
    /// The server ends it.
    Refused(Refusal),
}

impl From<std::io::Error> for End {
    fn from(_: std::io::Error) -> Self {
        End::Quiet
    }
}

impl From<ReadError> for End {
    fn from(error: ReadError) -> Self {
        tracing::debug!(%error, "what came is no message");
        End::Refused(Refusal::Garbage)
    }
}

/// Answers the messages of a connection until it ends.
pub(super) async fn serve(bytes: ServerStream, address: SocketAddr, shared: &Arc<Shared>) {
    let options = &shared.options;
    let framing = match options.transport {
        Transport::Socket(framing) => framing,
        Transport::Http { .. } => Framing::Unframed,
    };
    let inbox = Inbox::new(framing, options.protocol, options.max_message, options.limits.depth);
    let mut connection = Connection { bytes, inbox, framing, shared, pending: Pending::new(shared), sasl: false };
    if let Err(End::Refused(refusal)) = connection.run(address).await {
        tracing::debug!(%address, reason = refusal.name(), "a connection is ended");
        shared.observer.refused(refusal);
    }
}

struct Connection<'a> {
    bytes: ServerStream,
    inbox: Inbox,
    framing: Framing,
    shared: &'a Arc<Shared>,
    pending: Pending,
    /// Whether messages are in SASL's frames.
    sasl: bool,
}

impl Connection<'_> {
    async fn run(&mut self, address: SocketAddr) -> Result<(), End> {
        let peer = match self.shared.logins {
            Some(_) => self.log_in(address).await?,
            None => Peer::new(Some(address), None),
        };
        while let Some(message) = self.next().await? {
            let shared = Arc::clone(self.shared);
            let answer = if shared.waits(&message) {
                tokio::select! {
                    answer = shared.answer(&peer, message) => answer,
                    // A peer that goes while its call waits is not waited for.
                    end = self.gone() => return Err(end),
                }
            } else {
                shared.answer(&peer, message).await
            };
            let Some(answer) = answer else { return Ok(()) };
            let Some(bytes) = answer.bytes else { continue };
            let bytes = match wrap(bytes, self.framing, self.sasl) {
                Ok(bytes) => bytes,
                Err(error) => {
                    tracing::warn!(%error, method = answer.method, "an answer cannot be sent");
                    return Ok(());
                }
            };
            self.send(&bytes).await?;
        }
        Ok(())
    }

    /// The next message; `None` when the peer has closed the connection between messages, or the server stops.
    async fn next(&mut self) -> Result<Option<bytes::Bytes>, End> {
        let mut stop = self.shared.stop.clone();
        let mut begun = None;
        loop {
            if let Some(message) = self.inbox.message()? {
                self.pending.charge(0);
                return Ok(Some(message.freeze()));
            }
            let part = self.inbox.pending();
            if !self.pending.charge(part) {
                return Err(End::Refused(Refusal::Pending));
            }
            let read = self.bytes.read_buf(self.inbox.buffer());
            let count = if part == 0 {
                tokio::select! {
                    read = within(self.shared.options.idle_timeout, read) => {
                        read.ok_or(End::Refused(Refusal::Idle))??
                    }
                    _ = stop.wait_for(|stop| *stop) => return Ok(None),
                }
            } else {
                let begun = *begun.get_or_insert_with(Instant::now);
                let deadline = begun + allowed(self.shared.options.message_timeout, part);
                tokio::select! {
                    read = timeout_at(deadline, read) => read.map_err(|_| End::Refused(Refusal::Slow))??,
                    _ = stop.wait_for(|stop| *stop) => return Ok(None),
                }
            };
            if count == 0 {
                return Ok(None);
            }
        }
    }

    /// Returns when the peer has closed the connection. Peers send the next message when they have the answer to the
    /// last; what one sends ahead is kept, and no more is read then.
    async fn gone(&mut self) -> End {
        match self.bytes.read_buf(self.inbox.buffer()).await {
            Ok(0) => End::Quiet,
            Ok(_) => std::future::pending().await,
            Err(error) => error.into(),
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), End> {
        let time = allowed(self.shared.options.message_timeout, bytes.len());
        let sending = async {
            self.bytes.write_all(bytes).await?;
            self.bytes.flush().await
        };
        timeout(time, sending).await.map_err(|_| End::Refused(Refusal::Slow))??;
        Ok(())
    }

    /// SASL: who the peer is.
    async fn log_in(&mut self, address: SocketAddr) -> Result<Arc<Peer>, End> {
        let deadline = Instant::now() + self.shared.options.login_timeout;
        let mechanism = self.negotiation(deadline).await?;
        if mechanism != (Status::Start, PLAIN.to_vec()) {
            let text = "Unsupported mechanism type ".to_owned() + &String::from_utf8_lossy(&mechanism.1);
            self.send(&sasl::message(Status::Bad, text.as_bytes())).await?;
            return Err(End::Refused(Refusal::Login));
        }
        // Java's clients send COMPLETE, Python's OK.
        let (status, payload) = self.negotiation(deadline).await?;
        let credentials = sasl::plain_credentials(&payload).filter(|_| matches!(status, Status::Ok | Status::Complete));
        let peer = match credentials {
            Some(Credentials { acting, .. }) if acting.is_some() && !self.shared.options.acting => None,
            Some(Credentials { acting, name, password }) => {
                let right = self.shared.check_password(name, password.to_owned(), address.ip()).await;
                let acting = acting.map(str::to_owned);
                right.then(|| Peer::known(address, Some(name.to_owned()), None, acting))
            }
            None => None,
        };
        let Some(peer) = peer else {
            self.send(&sasl::message(Status::Error, b"Error validating the login")).await?;
            return Err(End::Refused(Refusal::Login));
        };
        self.send(&sasl::message(Status::Complete, b"")).await?;
        self.inbox.expect_sasl_frames();
        self.sasl = true;
        Ok(peer)
    }

    /// The next message of the negotiation.
    async fn negotiation(&mut self, deadline: Instant) -> Result<(Status, Vec<u8>), End> {
        loop {
            if let Some(Received { status, payload, length }) = sasl::parse(self.inbox.buffer())? {
                let payload = payload.to_vec();
                self.inbox.buffer().advance(length);
                return Ok((status, payload));
            }
            let read = self.bytes.read_buf(self.inbox.buffer());
            if timeout_at(deadline, read).await.map_err(|_| End::Refused(Refusal::Slow))?? == 0 {
                return Err(End::Quiet);
            }
        }
    }
}

async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}
