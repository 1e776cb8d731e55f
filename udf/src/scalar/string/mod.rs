//! Functions of text.

mod basic;
mod codec;
mod concat;
mod distance;
mod format;
mod java_format;
mod java_regex;
mod like;
mod pad;
mod regexp;
mod search;
mod sentences;
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
        sentences::functions(),
        format::functions(),
        regexp::functions(),
        like::functions(),
        distance::functions(),
        codec::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests;
