//! Tables written, committed and found again.

mod acid;
mod crash;
mod limits;
mod support;
mod tables;
