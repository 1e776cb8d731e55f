//! `DESCRIBE`, in the layout of Hive 4's `TextMetaDataFormatter`.

mod column;
mod layout;
mod sections;
mod table;
mod thrift_text;

use skep_metastore::model::{Database, PrincipalType};
use skep_udf::registry::registry;

use crate::error::{Result, SkepError};
use crate::executor::names;
use crate::parser::ast::{Describe, Ident};
use crate::session::{Outcome, Session};

pub use layout::escape_java;
pub use sections::properties_of_partitioned;

/// Runs a `DESCRIBE`.
pub async fn run(session: &Session, statement: &Describe) -> Result<Outcome> {
    let mut outcome = match statement {
        Describe::Database { name, extended } => database(session, name, *extended)?,
        Describe::Function { name, extended } => function(session, name, *extended)?,
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

fn function(session: &Session, name: &str, extended: bool) -> Result<Outcome> {
    let mut lines = Vec::new();
    if let Some(definition) = session.macros().get(&name.to_lowercase()) {
        lines.push(format!("{name} is a temporary macro for {}", definition.body));
    } else if let Some(doc) = registry().describe(name) {
        lines.extend(doc.usage.lines().map(str::to_string));
        if extended {
            if !doc.synonyms.is_empty() {
                lines.push(format!("Synonyms: {}", doc.synonyms.join(", ")));
            }
            lines.extend(doc.extended.lines().map(str::to_string));
            lines.extend(doc.class.map(|class| format!("Function class:{class}")));
            lines.push("Function type:BUILTIN".into());
        }
    } else {
        lines.push(format!("Function '{name}' does not exist."));
    }
    Outcome::lines("tab_name", lines)
}

/// The error of a partition that is not there.
pub fn no_partition(columns: &str, table: &str) -> SkepError {
    SkepError::semantic(crate::error::HiveError::PARTITION_NOT_FOUND, format!("{{{columns}}} in {table}"))
}
