//! What is on the wire as what is in the model, and back. Both ways keep everything: what Skep itself does not look at has
//! its place in the model.

pub mod authorization;
mod constraint;
mod database;
mod function;
pub mod schema;
mod statistics;
mod storage;
mod table;
pub mod transaction;

pub use constraint::{
    Constraints, constraints, from_check_constraints, from_default_constraints, from_foreign_keys,
    from_not_null_constraints, from_primary_keys, from_unique_constraints, to_constraints,
};
pub use database::{database_from_wire, database_to_wire, principal_from_wire};
pub use function::{function_from_wire, function_to_wire};
pub use statistics::{Timestamps, statistics_from_wire, statistics_to_wire};
pub use storage::{columns_from_wire, columns_to_wire, storage_from_wire, storage_to_wire};
pub use table::{partition_from_wire, partition_to_wire, table_from_wire, table_kind, table_to_wire};
