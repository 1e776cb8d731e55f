//! What constraints may refer to.

use crate::error::{MetastoreError, Result};
use crate::model::{FieldSchema, Table};

/// Has the table these columns? `whose` is the word for the table in the error (`Child`, `Parent`).
///
/// # Errors
/// [`MetastoreError::InvalidObject`] that names the first that is not there.
pub(crate) fn known(table: &Table, columns: &[String], whose: &str) -> Result<()> {
    match columns.iter().find(|column| field(table, column).is_none()) {
        None => Ok(()),
        Some(column) => Err(MetastoreError::InvalidObject(format!("{whose} column not found: {column}"))),
    }
}

/// The error of a constraint that is not there.
pub(crate) fn missing(constraint: &str, database: &str, table: &str) -> MetastoreError {
    let message = format!("The constraint: {constraint} does not exist for the associated table: {database}.{table}");
    MetastoreError::InvalidObject(message)
}

/// May columns of `child` refer to columns of `parent`, whose primary key and unique columns are `keys`?
///
/// # Errors
/// [`MetastoreError::InvalidObject`] for a column that is not there, [`MetastoreError::InvalidOperation`] where the
/// columns are no key or of other types.
pub(crate) fn check(
    child: &Table,
    columns: &[String],
    parent: &Table,
    referenced: &[String],
    keys: &[Vec<String>],
) -> Result<()> {
    known(parent, referenced, "Parent")?;
    let with_type = |table: &Table, columns: &[String]| -> Vec<String> {
        let fields = columns.iter().filter_map(|name| field(table, name));
        fields.map(|field| format!("{}:{};", field.name, field.ty)).collect()
    };
    let types = |table: &Table, columns: &[String]| -> Vec<_> {
        columns.iter().filter_map(|name| field(table, name)).map(|field| field.ty.clone()).collect()
    };
    let sorted = |columns: &[String]| {
        let mut columns = columns.to_vec();
        columns.sort();
        columns
    };
    if !keys.iter().any(|key| sorted(key) == sorted(referenced)) {
        let possible: Vec<String> = keys.iter().map(|key| with_type(parent, key).concat()).collect();
        let message = format!(
            "Foreign key references {} but no corresponding primary key or unique key exists. Possible keys: [{}]",
            with_type(parent, referenced).concat(),
            possible.join(", ")
        );
        return Err(MetastoreError::InvalidOperation(message));
    }
    if types(child, columns) != types(parent, referenced) {
        let message = format!(
            "The types of the foreign key {} are not those of {}",
            with_type(child, columns).concat(),
            with_type(parent, referenced).concat()
        );
        return Err(MetastoreError::InvalidOperation(message));
    }
    Ok(())
}

fn field<'t>(table: &'t Table, column: &str) -> Option<&'t FieldSchema> {
    table.all_columns().find(|field| field.name == column)
}
