//! `EXPORT` and `IMPORT`: a table as a folder that another warehouse, Hive's or ours, can take in.
//!
//! ```text
//! folder/_metadata        JSON: {"version":"0.2","table":"…","partitions":["…"]}, table and partitions as Thrift's JSON
//! folder/data/…           the files of a table without partitions
//! folder/ds=1/hr=2/…      the files of each partition
//! ```

mod check;
mod export;
mod import;
mod metadata;

pub use export::run as export;
pub use import::run as import;

use skep_warehouse::store::url;

use crate::error::{HiveError, Result, SkepError};
use crate::parser::span::Span;
use crate::session::Session;

/// Name of the file that says what was exported.
const METADATA: &str = "_metadata";

/// Name of the folder of the files of a table without partitions.
const DATA: &str = "data";

/// The URL of a path in a statement, where statements may name it; one that is no path of this machine is Hive's error 10320.
fn folder(session: &Session, path: &str, span: Span) -> Result<String> {
    let url = url::normalize(path).map_err(|error| {
        SkepError::semantic(HiveError::FILE_OPERATION_FAILED, format!(": {error}")).with_span(Some(span.into()))
    })?;
    session.named_url(&url).map_err(|error| error.with_span(Some(span.into())))
}
