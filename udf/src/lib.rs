//! Hive functions and conversions over Arrow arrays. The crate knows no table and no session.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod hash;
