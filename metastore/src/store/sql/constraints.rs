//! Constraints of tables.

use super::codec::{from_json, to_json};
use super::connection::{Connection, values};
use super::fault::Attempt;
use super::tables::{self, TableRef};
use super::{constraint_messages, events};
use crate::error::MetastoreError;
use crate::model::{Constraint, ConstraintKind, Table};
use crate::store::reference::{self, known};

pub(super) fn list(connection: &mut Connection<'_>, database: &str, table: &str) -> Attempt<Vec<Constraint>> {
    let table = tables::reference(connection, database, table)?;
    of(connection, &table)
}

fn of(connection: &mut Connection<'_>, table: &TableRef) -> Attempt<Vec<Constraint>> {
    connection.all(
        "SELECT c.body, d.name, t.name
         FROM constraints c LEFT JOIN tables t ON t.table_id = c.parent_id
             LEFT JOIN databases d ON d.database_id = t.database_id
         WHERE c.table_id = ?1 ORDER BY c.constraint_id",
        values![table.id],
        |row| {
            let mut constraint: Constraint = from_json(|| format!("a constraint of {}", table.name), row.get(0)?)?;
            if let ConstraintKind::ForeignKey { parent_database, parent_table, .. } = &mut constraint.kind
                && let (Some(database), Some(name)) = (row.get(1)?, row.get(2)?)
            {
                // The other table may have another name by now.
                (*parent_database, *parent_table) = (database, name);
            }
            Ok(constraint)
        },
    )
}

/// Removes and adds constraints of a table.
pub(super) fn change(
    connection: &mut Connection<'_>,
    database: &str,
    name: &str,
    remove: &[String],
    add: &[Constraint],
) -> Attempt<()> {
    let reference = tables::reference(connection, database, name)?;
    for constraint in remove {
        let removed = connection
            .execute("DELETE FROM constraints WHERE table_id = ?1 AND name = ?2", values![reference.id, constraint])?;
        if removed == 0 {
            return Err(reference::missing(constraint, database, name).into());
        }
        events::put(connection, |now| constraint_messages::dropped(database, name, constraint, now))?;
    }
    if add.is_empty() {
        return Ok(());
    }
    let table = tables::get(connection, database, name)?;
    for constraint in add {
        put(connection, &reference, &table, constraint)?;
    }
    tell_added(connection, &table, add)
}

fn tell_added(connection: &mut Connection<'_>, table: &Table, added: &[Constraint]) -> Attempt<()> {
    if !connection.tells_events() {
        return Ok(());
    }
    let mut keys = vec![];
    for constraint in added {
        if let ConstraintKind::ForeignKey { parent_database, parent_table, .. } = &constraint.kind {
            let key = list(connection, parent_database, parent_table)?
                .into_iter()
                .find(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey { .. }));
            keys.extend(key.map(|key| ((parent_database.clone(), parent_table.clone()), key.name)));
        }
    }
    let primary_key = |database: &str, table: &str| {
        keys.iter().find(|((of, name), _)| of == database && name == table).map(|(_, key)| key.clone())
    };
    let now = connection.now()? / 1000;
    for event in constraint_messages::added(&table.database, &table.name, added, primary_key, now)? {
        events::put(connection, |_| event)?;
    }
    Ok(())
}

fn put(connection: &mut Connection<'_>, reference: &TableRef, table: &Table, constraint: &Constraint) -> Attempt<()> {
    let taken = connection.exists(
        "SELECT 1 FROM constraints WHERE name = ?1 AND (table_id = ?2 OR parent_id = ?2)",
        values![&constraint.name, reference.id],
    )?;
    if taken {
        let message = format!("Constraint name already exists: {}", constraint.name);
        return Err(MetastoreError::InvalidObject(message).into());
    }
    let parent = match &constraint.kind {
        ConstraintKind::PrimaryKey { columns } => {
            known(table, columns, "Parent")?;
            let there = of(connection, reference)?;
            if there.iter().any(|other| matches!(other.kind, ConstraintKind::PrimaryKey { .. })) {
                let message = format!(" Primary key already exists for: hive.{}", table.qualified_name());
                return Err(MetastoreError::InvalidOperation(message).into());
            }
            None
        }
        ConstraintKind::Unique { columns } => {
            known(table, columns, "Parent")?;
            None
        }
        ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns } => {
            known(table, columns, "Child")?;
            Some(parent(connection, table, columns, (parent_database, parent_table), parent_columns)?)
        }
        ConstraintKind::NotNull { column } | ConstraintKind::Default { column, .. } => {
            known(table, std::slice::from_ref(column), "Parent")?;
            None
        }
        ConstraintKind::Check { column, .. } => {
            known(table, column.as_slice(), "Parent")?;
            None
        }
    };
    connection.execute(
        "INSERT INTO constraints (table_id, parent_id, name, body) VALUES (?1, ?2, ?3, ?4)",
        values![reference.id, parent, &constraint.name, to_json("a constraint", constraint)?],
    )?;
    Ok(())
}

/// The number of the table that a foreign key refers to, whose columns must be a primary key or unique.
fn parent(
    connection: &mut Connection<'_>,
    child: &Table,
    columns: &[String],
    (database, name): (&str, &str),
    referenced: &[String],
) -> Attempt<i64> {
    let parent = match tables::get(connection, database, name) {
        Ok(parent) => parent,
        Err(_) => return Err(MetastoreError::InvalidObject(format!("Parent table not found: {name}")).into()),
    };
    let reference_of_parent = tables::reference(connection, database, name)?;
    let mut keys = vec![];
    for constraint in of(connection, &reference_of_parent)? {
        if let ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns } = constraint.kind {
            keys.push(columns);
        }
    }
    reference::check(child, columns, &parent, referenced, &keys)?;
    Ok(reference_of_parent.id)
}
