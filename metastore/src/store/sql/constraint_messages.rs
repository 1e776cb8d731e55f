//! What events say of constraints (`JSONAddPrimaryKeyMessage` and its kin): the rows of the API, each as JSON.

use serde_json::{Value, json};
use skep_thrift::Message;

use super::event_messages::{event, text};
use super::fault::Attempt;
use crate::model::{Constraint, ConstraintKind, EpochSeconds, NewEvent, thrift_json};
use crate::service::convert::to_constraints;
use crate::service::names::shown_database;

/// The event of each kind of which there are constraints. The names of the primary keys that foreign keys refer to are
/// what `primary_key` says of a table.
pub(super) fn added(
    database: &str,
    table: &str,
    constraints: &[Constraint],
    primary_key: impl Fn(&str, &str) -> Option<String>,
    now: EpochSeconds,
) -> Attempt<Vec<NewEvent>> {
    // A foreign key is told of as something of the table that it refers to.
    let parent = constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey { parent_database, parent_table, .. } => {
            Some((parent_database.as_str(), parent_table.as_str()))
        }
        _ => None,
    });
    let parent = parent.unwrap_or((database, table));
    let own = (database, table);
    let rows = to_constraints(database, table, constraints.to_vec(), primary_key);
    let told = [
        ("ADD_PRIMARYKEY", "primaryKeyListJson", own, texts(&rows.primary_keys)?),
        ("ADD_FOREIGNKEY", "foreignKeyListJson", parent, texts(&rows.foreign_keys)?),
        ("ADD_UNIQUECONSTRAINT", "uniqueConstraintListJson", own, texts(&rows.unique)?),
        ("ADD_NOTNULLCONSTRAINT", "notNullConstraintListJson", own, texts(&rows.not_null)?),
        ("ADD_DEFAULTCONSTRAINT", "defaultConstraintListJson", own, texts(&rows.default)?),
        ("ADD_CHECKCONSTRAINT", "checkConstraintListJson", own, texts(&rows.check)?),
    ];
    let told = told.into_iter().filter(|(_, _, _, rows)| !rows.is_empty());
    let one = |(kind, list, (database, table), rows): (&str, &str, (&str, &str), Vec<Value>)| {
        event(kind, Some(database), Some(table), json!({"timestamp": now, list: rows}))
    };
    Ok(told.map(one).collect())
}

fn texts<M: Message>(rows: &[M]) -> Attempt<Vec<Value>> {
    rows.iter().map(|row| Ok(text(thrift_json::message(row)?))).collect()
}

/// `DROP_CONSTRAINT`
pub(super) fn dropped(database: &str, table: &str, constraint: &str, now: EpochSeconds) -> NewEvent {
    let (_, plain) = shown_database(database);
    let rest = json!({"dbName": plain, "tableName": table, "constraintName": constraint, "timestamp": now});
    event("DROP_CONSTRAINT", Some(database), Some(table), rest)
}
