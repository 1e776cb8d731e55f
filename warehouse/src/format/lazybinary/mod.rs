//! `LazyBinarySerDe`: rows as the bytes of their values, each type in a form of its own.
//!
//! ```text
//! struct  = (nulls (u8, a bit for each of eight fields, set where there is a value), those fields)*
//! nested  = length (i32), struct | array | map | union
//! array   = items (vint), nulls, items          map = entries (vint), nulls (two bits an entry), keys and values
//! union   = tag (u8), value
//! ```

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use self::read::{ValueReader, parser};
pub(crate) use self::read::{big_integer, rescale};
pub(crate) use self::write::big_integer as big_integer_bytes;
pub use self::write::{ValueWriter, format};

/// The class.
pub const SERDE: &str = "org.apache.hadoop.hive.serde2.lazybinary.LazyBinarySerDe";
