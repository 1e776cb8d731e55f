//! Taking connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::gate::Place;
use super::stream::ServerStream;
use super::{Refusal, Shared, connection};

/// A connection that was taken.
pub(super) struct Taken {
    pub(super) bytes: ServerStream,
    pub(super) address: SocketAddr,
    pub(super) place: Counted,
}

/// A connection's place, which also tells the observer of its end.
pub(super) struct Counted {
    shared: Arc<Shared>,
    _place: Place,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.shared.observer.disconnected();
    }
}

/// Takes connections for ever. They go to `http`, or are served as streams of messages.
pub(super) async fn run(listener: TcpListener, shared: Arc<Shared>, http: Option<mpsc::Sender<Taken>>) {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Such as too many open files: what is open must end first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let place = match shared.gate.enter(address.ip()) {
            Ok(place) => place,
            Err(refusal) => {
                tracing::warn!(%address, reason = refusal.name(), "a connection is refused");
                shared.observer.refused(refusal);
                continue;
            }
        };
        shared.observer.connected();
        let place = Counted { shared: Arc::clone(&shared), _place: place };
        let (http, shared) = (http.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            // A connection without it is slower, and no worse.
            let _ = stream.set_nodelay(true);
            let bytes = match &shared.options.tls {
                None => ServerStream::Plain(stream),
                Some(tls) => {
                    let handshake = tls.accept(stream);
                    match tokio::time::timeout(shared.options.login_timeout, handshake).await {
                        Ok(Ok(stream)) => stream,
                        Ok(Err(error)) => {
                            tracing::debug!(%address, %error, "the TLS handshake failed");
                            shared.observer.refused(Refusal::Tls);
                            return;
                        }
                        Err(_) => {
                            shared.observer.refused(Refusal::Slow);
                            return;
                        }
                    }
                }
            };
            match http {
                // The receiver ends with the server.
                Some(http) => drop(http.send(Taken { bytes, address, place }).await),
                None => {
                    connection::serve(bytes, address, &shared).await;
                    drop(place);
                }
            }
        });
    }
}
