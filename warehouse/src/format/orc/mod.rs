//! ORC files: read with orc-rust's decoders, written by a writer of our own.
//!
//! * `tail`, `stripe`: which bytes of a file are read, and checks of what they say.
//! * `schema`: columns by name or position; timestamps of all years; Java's hybrid calendar.
//! * `statistics`: stripes and row groups that a condition rules out.
//! * `read`: all that as a stream.
//! * `write`: the writer.

mod compress;
mod read;
mod schema;
mod statistics;
mod stripe;
mod tail;
mod write;

pub(crate) use self::read::file_columns;
pub use self::read::open_reader;
pub(crate) use self::read::{open_event_reader, row_count};
pub(crate) use self::write::open_event_writer;
pub use self::write::open_writer;
