//! `DESCRIBE`, in the layout of Hive 4's `TextMetaDataFormatter`.

mod column;
pub mod constraints;
mod function;
mod layout;
mod sections;
mod table;
mod thrift_text;

use skep_metastore::model::{Database, PrincipalType};

use crate::error::{Result, SkepError};
use crate::executor::names;
use crate::parser::ast::{Describe, Ident};
use crate::session::{Outcome, Session};

pub use layout::{Lines, escape_java};
pub use sections::properties_of_partitioned;
pub use table::comment as column_comment;

/// Runs a `DESCRIBE`.
pub async fn run(session: &Session, statement: &Describe) -> Result<Outcome> {
    let mut outcome = match statement {
        Describe::Database { name, extended } => database(session, name, *extended)?,
        Describe::Function { name, extended } => function::run(session, name, *extended)?,
        Describe::Table(statement) => table::run(session, statement).await?,
    };
    outcome.null_text = "";
    Ok(outcome)
}

/// The word for a kind of principal.
fn principal_type(database: &Database) -> &'static str {
    match database.owner_type {
        PrincipalType::User => "USER",
        PrincipalType::Role => "ROLE",
        PrincipalType::Group => "GROUP",
    }
}

fn database(session: &Session, name: &Ident, extended: bool) -> Result<Outcome> {
    let database = names::database(session, name)?;
    let parameters: Vec<String> = database.parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let parameters =
        if extended && !parameters.is_empty() { format!("{{{}}}", parameters.join(", ")) } else { String::new() };
    let owner_type = principal_type(&database).to_string();
    let row = [
        database.name,
        database.comment.map(|comment| escape_java(&comment)).unwrap_or_default(),
        database.location,
        database.managed_location.unwrap_or_default(),
        database.owner.unwrap_or_default(),
        owner_type,
        String::new(),
        String::new(),
        parameters,
    ];
    let columns = [
        "db_name",
        "comment",
        "location",
        "managedLocation",
        "owner_name",
        "owner_type",
        "connector_name",
        "remote_dbname",
        "parameters",
    ];
    Outcome::text(&columns, vec![row.into_iter().map(Some).collect()])
}

/// The error of a partition that is not there.
pub fn no_partition(columns: &str, table: &str) -> SkepError {
    SkepError::semantic(crate::error::HiveError::PARTITION_NOT_FOUND, format!("{{{columns}}} in {table}"))
}
