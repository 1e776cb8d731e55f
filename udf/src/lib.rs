//! Hive functions and conversions over Arrow arrays. The crate knows no table and no session.
