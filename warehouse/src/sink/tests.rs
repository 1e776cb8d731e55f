//! Tables written, committed and found again.

mod crash;
mod limits;
mod support;
mod tables;
