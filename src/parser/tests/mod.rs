//! Tests of the parser, a family to a file.

mod measure;
