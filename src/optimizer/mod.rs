//! Rules of ours beside DataFusion's.

pub mod physical;
