//! Taking connections.

use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::gate::Place;
use super::{Refusal, ServerError, Shared, TlsFiles, connection};

/// A connection's bytes, with TLS or without.
pub(super) enum Bytes {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that was taken.
pub(super) struct Taken {
    pub(super) bytes: Bytes,
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
pub(super) async fn run(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    http: Option<mpsc::Sender<Taken>>,
) {
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
        let (acceptor, http, shared) = (acceptor.clone(), http.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            // A connection without it is slower, and no worse.
            let _ = stream.set_nodelay(true);
            let bytes = match acceptor {
                None => Bytes::Plain(stream),
                Some(acceptor) => {
                    let handshake = acceptor.accept(stream);
                    match tokio::time::timeout(shared.options.login_timeout, handshake).await {
                        Ok(Ok(stream)) => Bytes::Tls(Box::new(stream)),
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

/// TLS with the certificates and the key of these files.
pub(super) fn tls(files: &TlsFiles) -> Result<TlsAcceptor, ServerError> {
    fn wrong(path: &Path, error: impl std::fmt::Display) -> ServerError {
        ServerError::Tls { path: path.to_owned(), message: error.to_string() }
    }
    let certificates = CertificateDer::pem_file_iter(&files.certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(&files.certificates, error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong(&files.key, error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| wrong(&files.certificates, error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl AsyncRead for Bytes {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Bytes::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Bytes::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Bytes {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Bytes::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Bytes::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Bytes::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Bytes::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Bytes::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Bytes::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
