//! Conditions over partition columns, evaluated over the values of partitions.

use skep_metastore::model::Table;

use crate::error::{Result, SkepError};
use crate::parser::ast::query::Expr;
use crate::session::Session;

/// Keeps the partitions for which a condition holds.
pub fn retain(_: &Session, _: &Table, _: Vec<Vec<String>>, condition: &Expr) -> Result<Vec<Vec<String>>> {
    Err(SkepError::unsupported(format!("SHOW PARTITIONS … WHERE {condition}")))
}
