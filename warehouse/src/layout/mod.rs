//! How the files of a table are laid out.

pub mod commit;
