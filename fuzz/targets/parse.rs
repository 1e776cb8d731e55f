//! Any text goes through the parser without a panic; positions of errors are within the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skep::parser::{self, ParseOptions};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for double_quotes_are_names in [false, true] {
        match parser::parse_with(&text, ParseOptions { double_quotes_are_names }) {
            Ok(statement) => drop(format!("{statement:?}")),
            Err(error) => {
                assert!(error.span.start.offset <= error.span.end.offset);
                assert!(text.is_char_boundary(error.span.start.offset) && text.is_char_boundary(error.span.end.offset));
                drop(error.render(&text));
            }
        }
    }
    let _ = parser::parse_query(&text);
});
