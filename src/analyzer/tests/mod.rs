//! Statements analyzed and run against small tables in memory.

mod aggregation;
mod dml;
mod expressions;
mod joins;
mod names;
mod ordering;
mod row_change;
mod selects;
mod subqueries;
mod support;
mod windows;
