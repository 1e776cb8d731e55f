//! Between the model and the structs of the API.

pub mod authorization;
pub mod schema;
pub mod transaction;
