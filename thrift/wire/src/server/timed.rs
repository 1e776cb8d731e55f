//! Connections of HTTP's clients, and how long they may be silent.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};

use super::accept::{Counted, Taken};
use super::stream::ServerStream;
use super::{Refusal, Shared};

/// Hands connections that were taken to axum.
pub(super) struct Connections {
    receiver: mpsc::Receiver<Taken>,
    shared: Arc<Shared>,
}

impl Connections {
    pub(super) fn new(receiver: mpsc::Receiver<Taken>, shared: Arc<Shared>) -> Self {
        Connections { receiver, shared }
    }
}

impl Listener for Connections {
    type Io = Timed;
    type Addr = Client;

    async fn accept(&mut self) -> (Timed, Client) {
        match self.receiver.recv().await {
            Some(Taken { bytes, address, place }) => {
                let client = Client { address, answered: Arc::default() };
                let options = &self.shared.options;
                let timed = Timed {
                    bytes,
                    idle: options.idle_timeout.map(|limit| (limit, Box::pin(tokio::time::sleep(limit)))),
                    // Whoever connects has something to say.
                    head: Some(Box::pin(tokio::time::sleep(options.login_timeout))),
                    begun: false,
                    answered: Arc::clone(&client.answered),
                    shared: Arc::clone(&self.shared),
                    _place: place,
                };
                (timed, client)
            }
            // No more will come: the server stops.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Client> {
        Err(io::ErrorKind::AddrNotAvailable.into())
    }
}

/// A connection, as those who answer its requests see it.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    /// The head of a request has come, and it is being answered.
    pub(super) answered: Arc<AtomicBool>,
}

impl Connected<IncomingStream<'_, Connections>> for Client {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A request is being answered until this is dropped.
pub(super) struct Answered(Arc<AtomicBool>);

impl Answered {
    pub(super) fn begin(answered: Arc<AtomicBool>) -> Self {
        answered.store(true, Ordering::Relaxed);
        Answered(answered)
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A connection that breaks when nothing goes over it for too long, or when the head of a request is too long on its way.
pub(super) struct Timed {
    bytes: ServerStream,
    idle: Option<(Duration, Pin<Box<Sleep>>)>,
    /// Until when the head of the next request must have come: of the first, and of one that has begun.
    head: Option<Pin<Box<Sleep>>>,
    /// Something of the request has come, and nothing of its answer has gone.
    begun: bool,
    answered: Arc<AtomicBool>,
    shared: Arc<Shared>,
    _place: Counted,
}

impl Timed {
    /// Something has gone over it.
    fn progressed(&mut self) {
        if let Some((limit, timer)) = &mut self.idle {
            timer.as_mut().reset(Instant::now() + *limit);
        }
    }

    /// What to give while nothing goes. A call may take its time.
    fn waiting<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        let Some((_, timer)) = self.idle.as_mut().filter(|_| !self.answered.load(Ordering::Relaxed)) else {
            return Poll::Pending;
        };
        timer.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether the head of a request is too long on its way. Bodies and answers have times of their own.
    fn slow(&mut self, context: &mut Context<'_>) -> bool {
        let Some(head) = self.head.as_mut().filter(|_| !self.answered.load(Ordering::Relaxed)) else { return false };
        let slow = head.as_mut().poll(context).is_ready();
        if slow {
            self.shared.observer.refused(Refusal::Slow);
        }
        slow
    }
}

impl AsyncRead for Timed {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let read = Pin::new(&mut this.bytes).poll_read(context, buf);
        if read.is_ready() {
            this.progressed();
            let time = this.shared.options.message_timeout;
            if !std::mem::replace(&mut this.begun, true) {
                this.head = Some(Box::pin(tokio::time::sleep(time)));
            }
        }
        if this.slow(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if read.is_pending() { this.waiting(context) } else { read }
    }
}

impl AsyncWrite for Timed {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // What is written is an answer: the next request has not begun.
        (this.head, this.begun) = (None, false);
        match Pin::new(&mut this.bytes).poll_write(context, buf) {
            Poll::Pending => this.waiting(context),
            ready => {
                this.progressed();
                ready
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().bytes).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().bytes).poll_shutdown(context)
    }
}
