//! Constraints of tables: `SQLPrimaryKey`, `SQLForeignKey`, `SQLUniqueConstraint`, `SQLNotNullConstraint`,
//! `SQLCheckConstraint` and `SQLDefaultConstraint` of Hive's metastore API.

use serde::{Deserialize, Serialize};

/// What is said about the columns of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// Name, in lower case; unique in the database.
    pub name: String,
    /// What it says.
    pub kind: ConstraintKind,
    /// `ENABLE`: new rows are checked.
    pub enable: bool,
    /// `VALIDATE`: rows that are there were checked.
    pub validate: bool,
    /// `RELY`: the optimizer may believe it.
    pub rely: bool,
}

/// What a constraint says; names are in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConstraintKind {
    /// `PRIMARY KEY`
    PrimaryKey {
        /// Columns, in their order.
        columns: Vec<String>,
    },
    /// `UNIQUE`
    Unique {
        /// Columns, in their order.
        columns: Vec<String>,
    },
    /// `FOREIGN KEY … REFERENCES …`
    ForeignKey {
        /// Columns of this table, in their order.
        columns: Vec<String>,
        /// Database of the other table.
        parent_database: String,
        /// Name of the other table.
        parent_table: String,
        /// Its columns, as many.
        parent_columns: Vec<String>,
    },
    /// `NOT NULL`
    NotNull {
        /// Column.
        column: String,
    },
    /// `CHECK (…)`
    Check {
        /// The column it was written behind; none for one of the table.
        column: Option<String>,
        /// The condition, as HiveQL text.
        expression: String,
    },
    /// `DEFAULT …`
    Default {
        /// Column.
        column: String,
        /// The value, as HiveQL text.
        value: String,
    },
}

impl Constraint {
    /// Does it speak of this column of its own table? The columns in the text of a check are not looked at.
    pub fn is_about(&self, column: &str) -> bool {
        match &self.kind {
            ConstraintKind::PrimaryKey { columns }
            | ConstraintKind::Unique { columns }
            | ConstraintKind::ForeignKey { columns, .. } => columns.iter().any(|name| name == column),
            ConstraintKind::NotNull { column: name } | ConstraintKind::Default { column: name, .. } => name == column,
            ConstraintKind::Check { column: name, .. } => name.as_deref() == Some(column),
        }
    }

    /// The same after a column of its table got another name.
    pub fn rename_column(&mut self, old: &str, new: &str) {
        let change = |name: &mut String| {
            if name == old {
                *name = new.to_string();
            }
        };
        match &mut self.kind {
            ConstraintKind::PrimaryKey { columns }
            | ConstraintKind::Unique { columns }
            | ConstraintKind::ForeignKey { columns, .. } => columns.iter_mut().for_each(change),
            ConstraintKind::NotNull { column } | ConstraintKind::Default { column, .. } => change(column),
            ConstraintKind::Check { column, .. } => column.iter_mut().for_each(change),
        }
    }
}

/// The enabled default of a column, as HiveQL text.
pub fn default_of<'c>(constraints: &'c [Constraint], column: &str) -> Option<&'c str> {
    constraints.iter().find_map(|constraint| match &constraint.kind {
        ConstraintKind::Default { column: name, value } if name == column && constraint.enable => Some(value.as_str()),
        _ => None,
    })
}
