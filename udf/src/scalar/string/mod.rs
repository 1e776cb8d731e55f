//! Functions of text.

mod basic;
mod concat;
mod java_regex;
mod pad;
mod search;
mod substring;
mod url;

pub use java_regex::JavaRegex;
pub(crate) use url::{UrlParts, url_part};

use crate::registry::FunctionEntry;

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    [
        basic::functions(),
        concat::functions(),
        pad::functions(),
        search::functions(),
        substring::functions(),
        url::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
