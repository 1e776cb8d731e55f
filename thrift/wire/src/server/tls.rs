//! TLS of a server: its certificate and key, which can be read again while it runs.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::stream::ServerStream;

/// PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate and those that lead to its authority.
    pub certificates: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

/// A file with a certificate or a key cannot be used.
#[derive(Debug, Error)]
#[error("{path}: {message}")]
pub struct TlsError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub message: String,
}

/// TLS with the certificate of files. Servers of several transports may have one in common.
#[derive(Debug)]
pub struct ServerTls {
    files: TlsFiles,
    /// The whole of it, and not the certificate alone: a client that resumes a session of the one before would not see
    /// the new certificate.
    config: RwLock<Arc<ServerConfig>>,
}

impl ServerTls {
    /// TLS with what these files hold now.
    ///
    /// # Errors
    /// One of them cannot be read, or the key is not that of the certificate.
    pub fn open(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let config = RwLock::new(read(&files)?);
        Ok(Arc::new(Self { files, config }))
    }

    /// The files.
    pub fn files(&self) -> &TlsFiles {
        &self.files
    }

    /// Reads the files again. Connections that come from now on get what they hold; those that are open go on.
    ///
    /// # Errors
    /// As for [`ServerTls::open`]; what was read before stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = read(&self.files)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// As [`ServerTls::reload`]; the log tells how it went.
    pub fn reload_and_tell(&self) {
        let certificate = self.files.certificates.display();
        match self.reload() {
            Ok(()) => tracing::info!(%certificate, "the certificate is read again: new connections get it"),
            Err(error) => tracing::error!(%error, "the certificate stays as it was"),
        }
    }

    /// The handshake over a connection that was taken. It takes as long as the peer likes.
    ///
    /// # Errors
    /// What comes is no TLS, or nothing that both sides know.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<ServerStream> {
        let config = Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner));
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        Ok(ServerStream::Tls(Box::new(stream)))
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    fn wrong(path: &Path, error: impl std::fmt::Display) -> TlsError {
        TlsError { path: path.to_owned(), message: error.to_string() }
    }
    let certificates = CertificateDer::pem_file_iter(&files.certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(&files.certificates, error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong(&files.key, error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key));
    match config {
        Ok(config) => Ok(Arc::new(config)),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(wrong(&files.key, format!("it is not the key of {}", files.certificates.display())))
        }
        Err(error) => Err(wrong(&files.certificates, error)),
    }
}
