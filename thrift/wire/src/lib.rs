//! The Thrift protocols with limits, their transports, SASL, and the loops of servers and clients.
//!
//! [`Reader`] and [`Writer`] speak the binary and the compact protocol. Whatever comes from the wire is checked before
//! it is believed: see [`Reader`]. The structs, exceptions and methods of a service are made of its IDL by
//! `skep-thrift-compiler`; they implement [`Message`], [`Exception`] and [`Method`].

mod base64;
mod call;
mod call_error;
mod client;
mod error;
mod exception;
mod header;
mod inbox;
mod kind;
mod limits;
mod method;
mod password;
mod random;
mod reader;
mod reply;
mod router;
mod sasl;
mod scan;
mod server;
mod value;
mod writer;

pub use call::{Call, Peer};
pub use call_error::CallError;
pub use client::{ClientOptions, Connection, Login};
pub use error::{ReadError, WriteError};
pub use exception::{ApplicationException, ApplicationExceptionKind};
pub use header::{MessageHeader, MessageKind};
pub use kind::{Framing, Kind, Protocol};
pub use limits::ReadLimits;
pub use method::{Exception, Method, MethodVisitor};
pub use password::{PasswordCheck, PasswordFile, PasswordFileError};
pub use reader::{FieldHeader, Reader, StructScope};
pub use router::{Answer, Encoder, Outcome, Router};
pub use scan::Scanner;
pub use server::{
    CookieOptions, Logins, Observer, Refusal, Server, ServerError, ServerOptions, ServerStream, ServerTls, Throttle,
    TlsError, TlsFiles, Transport, basic_credentials,
};
pub use value::{Message, Value};
pub use writer::Writer;
