//! Statements that change the catalog.

pub mod alter_table;
pub mod authorization;
pub mod connector;
pub mod constraints;
pub mod create_as_select;
pub mod create_like;
pub mod create_table;
pub mod database;
pub mod drop_table;
pub mod function;
pub mod materialized_view;
pub mod scheduled;
pub mod storage;
pub mod transactional;
pub mod truncate;
pub mod view;
pub mod workload;

use chrono::Utc;
use skep_metastore::model::{EpochSeconds, Parameters};

use crate::parser::ast::Property;
use crate::session::Session;

/// Now, as the catalog keeps times.
pub fn now() -> EpochSeconds {
    Utc::now().timestamp()
}

/// Notes in an object's parameters that its definition has changed.
pub fn touch(parameters: &mut Parameters) {
    parameters.insert("transient_lastDdlTime".into(), now().to_string());
}

/// Properties as a map; of one that is given twice the last counts.
pub fn properties(list: &[Property]) -> Parameters {
    list.iter().map(|property| (property.key.clone(), property.value.clone())).collect()
}

/// Properties that every new table begins with (`hive.table.parameters.default`: `key=value,…`).
pub fn default_parameters(session: &Session) -> Parameters {
    let pairs =
        session.config().text("hive.table.parameters.default").split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_string(), value.trim().to_string())).collect()
}
