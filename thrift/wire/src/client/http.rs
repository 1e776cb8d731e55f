//! Calls over HTTP/1.1: a POST for each (`hive.metastore.client.thrift.transport.mode=http`).

use std::io::{self, Read, Write};
use std::time::Instant;

use super::stream::Stream;
use super::{ClientOptions, TransportError, left};
use crate::{ReadError, base64};

/// Headers of an answer, or one line of it, are not longer.
const MAX_HEAD: usize = 64 << 10;

/// A server that is asked over HTTP; the connection is kept between calls.
#[derive(Debug)]
pub(super) struct Http {
    host: String,
    path: String,
    /// Bytes that came and are not read yet.
    stream: Option<Buffered>,
}

#[derive(Debug)]
struct Buffered {
    stream: Stream,
    bytes: Vec<u8>,
    at: usize,
    deadline: Option<Instant>,
}

impl Http {
    /// Connects to `http://host:port/path` or `https://…`.
    pub(super) fn open(address: &str, options: &ClientOptions) -> Result<Self, TransportError> {
        let (secure, rest) = match address.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some((_, rest)) => (false, rest),
            None => (false, address),
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if secure != options.tls.is_some() {
            let text = format!("{address}: https needs the authorities of the server's certificate, http takes none");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text).into());
        }
        let port = if secure { 443 } else { 80 };
        let target = if host.contains(':') { host.to_owned() } else { format!("{host}:{port}") };
        let stream = Stream::open(&target, options)?;
        Ok(Http { host: host.to_owned(), path: format!("/{path}"), stream: Some(Buffered::new(stream)) })
    }

    /// Sends a message and gives the answer's, which is empty for a method that is not answered.
    pub(super) fn post(
        &mut self,
        message: &[u8],
        deadline: Option<Instant>,
        options: &ClientOptions,
    ) -> Result<Vec<u8>, TransportError> {
        let Some(stream) = &mut self.stream else {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "the server closed the connection").into());
        };
        stream.deadline = deadline;
        let authorization = match &options.login {
            None => String::new(),
            Some(login) => {
                let token = base64::encode(format!("{}:{}", login.user, login.password).as_bytes());
                format!("Authorization: Basic {token}\r\n")
            }
        };
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-thrift\r\nAccept: application/x-thrift\r\n\
             {authorization}Content-Length: {}\r\n\r\n",
            self.path,
            self.host,
            message.len()
        );
        stream.stream.set_timeout(left(deadline)?)?;
        stream.stream.write_all(head.as_bytes())?;
        stream.stream.write_all(message)?;
        stream.stream.flush()?;

        let (status, head) = loop {
            let head = stream.head()?;
            // 100 Continue and its like come before the answer.
            if head.status >= 200 {
                break (head.status, head);
            }
        };
        let body = if head.chunked {
            stream.chunks(options.max_message)?
        } else {
            stream.bytes(head.length.unwrap_or(0), options.max_message)?
        };
        if head.close {
            self.stream = None;
        }
        match status {
            200..=299 => Ok(body),
            401 | 403 => Err(TransportError::Refused(format!("the server refused the request (HTTP status {status})"))),
            _ => Err(io::Error::other(format!("the server answered with HTTP status {status}")).into()),
        }
    }
}

/// What the headers of an answer say of its body.
struct Head {
    status: u16,
    length: Option<usize>,
    chunked: bool,
    close: bool,
}

impl Buffered {
    fn new(stream: Stream) -> Self {
        Buffered { stream, bytes: Vec::new(), at: 0, deadline: None }
    }

    fn more(&mut self) -> io::Result<()> {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.stream.set_timeout(left(self.deadline)?)?;
        let mut chunk = [0; 16 << 10];
        match self.stream.read(&mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
                Ok(())
            }
        }
    }

    /// The next line, without its end.
    fn line(&mut self) -> Result<String, TransportError> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
                let line = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).trim_end().to_owned();
                self.at += end + 1;
                return Ok(line);
            }
            if rest.len() > MAX_HEAD {
                return Err(TransportError::Protocol(ReadError::MessageTooLarge(MAX_HEAD as u64)));
            }
            self.more()?;
        }
    }

    fn head(&mut self) -> Result<Head, TransportError> {
        let line = self.line()?;
        let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).and_then(|s| s.parse().ok());
        let Some(status) = status else { return Err(TransportError::Protocol(ReadError::NoHeader("HTTP"))) };
        let mut head = Head { status, length: None, chunked: false, close: line.starts_with("HTTP/1.0") };
        let mut size = 0;
        loop {
            let line = self.line()?;
            size += line.len();
            if size > MAX_HEAD {
                return Err(TransportError::Protocol(ReadError::MessageTooLarge(MAX_HEAD as u64)));
            }
            if line.is_empty() {
                return Ok(head);
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.parse().ok(),
                "transfer-encoding" => head.chunked = value.eq_ignore_ascii_case("chunked"),
                "connection" => head.close = value.eq_ignore_ascii_case("close"),
                _ => {}
            }
        }
    }

    fn bytes(&mut self, length: usize, max: usize) -> Result<Vec<u8>, TransportError> {
        if length > max {
            return Err(TransportError::Protocol(ReadError::MessageTooLarge(max as u64)));
        }
        while self.bytes.len() - self.at < length {
            self.more()?;
        }
        let body = self.bytes.get(self.at..self.at + length).unwrap_or_default().to_vec();
        self.at += length;
        Ok(body)
    }

    fn chunks(&mut self, max: usize) -> Result<Vec<u8>, TransportError> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16)
                .map_err(|_| TransportError::Protocol(ReadError::NoHeader("chunked HTTP")))?;
            if size == 0 {
                // Trailers, up to an empty line.
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            let left = max.saturating_sub(body.len());
            body.extend(self.bytes(size, left)?);
            self.line()?;
        }
    }
}
