//! How the files of a table are laid out.
//!
//! * [`archive`]: partitions whose files are in a Hadoop archive.
//! * [`partition`]: folders of partitions.
//! * [`bucket`]: which bucket a row belongs to.
//! * [`staging`]: hidden folders where files are made.
//! * [`commit`]: how they become part of the table at once or not at all.

pub mod archive;
pub mod bucket;
pub mod commit;
pub mod partition;
pub mod staging;
