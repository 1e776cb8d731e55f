//! Constraints: one of the model for each name, one row for each of its columns on the wire.

use skep_thrift_hms as wire;

use crate::model::{Constraint, ConstraintKind};
use crate::service::names::{shown_database, stored_database};

/// The rows of the constraints of a table, by kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Constraints {
    /// `PRIMARY KEY`
    pub primary_keys: Vec<wire::SQLPrimaryKey>,
    /// `FOREIGN KEY`
    pub foreign_keys: Vec<wire::SQLForeignKey>,
    /// `UNIQUE`
    pub unique: Vec<wire::SQLUniqueConstraint>,
    /// `NOT NULL`
    pub not_null: Vec<wire::SQLNotNullConstraint>,
    /// `DEFAULT`
    pub default: Vec<wire::SQLDefaultConstraint>,
    /// `CHECK`
    pub check: Vec<wire::SQLCheckConstraint>,
}

/// A name that no constraint has yet, for one that was given none (`ConstraintStore.generateConstraintName`).
fn make_name(given: Option<String>, kind: &str, table: &str, at: usize) -> String {
    match given.filter(|name| !name.is_empty()) {
        Some(name) => name.to_lowercase(),
        None => {
            let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            // As Java hashes a text.
            let hash = table.encode_utf16().fold(0u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
            format!("{kind}_{}_{}_{at}", hash & 0xFFF_FFFF, time.as_millis())
        }
    }
}

/// Rows in the order of their keys' numbers, those of one constraint together. Rows without a name are one constraint.
fn grouped<T>(rows: Vec<T>, name: impl Fn(&T) -> Option<String>, sequence: impl Fn(&T) -> i32) -> Vec<Vec<T>> {
    let mut groups: Vec<(Option<String>, Vec<T>)> = vec![];
    for row in rows {
        let name = name(&row).map(|name| name.to_lowercase());
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, group)) => group.push(row),
            None => groups.push((name, vec![row])),
        }
    }
    groups
        .into_iter()
        .map(|(_, mut group)| {
            group.sort_by_key(&sequence);
            group
        })
        .collect()
}

fn lower(text: &Option<String>) -> String {
    text.as_deref().unwrap_or_default().to_lowercase()
}

/// The primary keys in these rows.
pub fn from_primary_keys(rows: Vec<wire::SQLPrimaryKey>, table: &str) -> Vec<Constraint> {
    grouped(rows, |row| row.pk_name.clone(), |row| row.key_seq.unwrap_or_default())
        .into_iter()
        .enumerate()
        .filter_map(|(at, rows)| {
            let first = rows.first()?;
            Some(Constraint {
                name: make_name(first.pk_name.clone(), "pk", table, at),
                kind: ConstraintKind::PrimaryKey { columns: rows.iter().map(|row| lower(&row.column_name)).collect() },
                enable: first.enable_cstr.unwrap_or_default(),
                validate: first.validate_cstr.unwrap_or_default(),
                rely: first.rely_cstr.unwrap_or_default(),
            })
        })
        .collect()
}

/// The unique constraints in these rows.
pub fn from_unique_constraints(rows: Vec<wire::SQLUniqueConstraint>, table: &str) -> Vec<Constraint> {
    grouped(rows, |row| row.uk_name.clone(), |row| row.key_seq.unwrap_or_default())
        .into_iter()
        .enumerate()
        .filter_map(|(at, rows)| {
            let first = rows.first()?;
            Some(Constraint {
                name: make_name(first.uk_name.clone(), "uk", table, at),
                kind: ConstraintKind::Unique { columns: rows.iter().map(|row| lower(&row.column_name)).collect() },
                enable: first.enable_cstr.unwrap_or_default(),
                validate: first.validate_cstr.unwrap_or_default(),
                rely: first.rely_cstr.unwrap_or_default(),
            })
        })
        .collect()
}

/// The foreign keys in these rows.
pub fn from_foreign_keys(rows: Vec<wire::SQLForeignKey>, table: &str) -> Vec<Constraint> {
    grouped(rows, |row| row.fk_name.clone(), |row| row.key_seq.unwrap_or_default())
        .into_iter()
        .enumerate()
        .filter_map(|(at, rows)| {
            let first = rows.first()?;
            Some(Constraint {
                name: make_name(first.fk_name.clone(), "fk", table, at),
                kind: ConstraintKind::ForeignKey {
                    columns: rows.iter().map(|row| lower(&row.fkcolumn_name)).collect(),
                    parent_database: stored_database(
                        first.cat_name.as_deref(),
                        first.pktable_db.as_deref().unwrap_or_default(),
                    ),
                    parent_table: lower(&first.pktable_name),
                    parent_columns: rows.iter().map(|row| lower(&row.pkcolumn_name)).collect(),
                },
                enable: first.enable_cstr.unwrap_or_default(),
                validate: first.validate_cstr.unwrap_or_default(),
                rely: first.rely_cstr.unwrap_or_default(),
            })
        })
        .collect()
}

/// The `NOT NULL` constraints in these rows.
pub fn from_not_null_constraints(rows: Vec<wire::SQLNotNullConstraint>, table: &str) -> Vec<Constraint> {
    let constraint = |(at, row): (usize, wire::SQLNotNullConstraint)| Constraint {
        kind: ConstraintKind::NotNull { column: lower(&row.column_name) },
        name: make_name(row.nn_name, "nn", table, at),
        enable: row.enable_cstr.unwrap_or_default(),
        validate: row.validate_cstr.unwrap_or_default(),
        rely: row.rely_cstr.unwrap_or_default(),
    };
    rows.into_iter().enumerate().map(constraint).collect()
}

/// The `DEFAULT` constraints in these rows.
pub fn from_default_constraints(rows: Vec<wire::SQLDefaultConstraint>, table: &str) -> Vec<Constraint> {
    let constraint = |(at, row): (usize, wire::SQLDefaultConstraint)| Constraint {
        kind: ConstraintKind::Default { column: lower(&row.column_name), value: row.default_value.unwrap_or_default() },
        name: make_name(row.dc_name, "dc", table, at),
        enable: row.enable_cstr.unwrap_or_default(),
        validate: row.validate_cstr.unwrap_or_default(),
        rely: row.rely_cstr.unwrap_or_default(),
    };
    rows.into_iter().enumerate().map(constraint).collect()
}

/// The `CHECK` constraints in these rows.
pub fn from_check_constraints(rows: Vec<wire::SQLCheckConstraint>, table: &str) -> Vec<Constraint> {
    let constraint = |(at, row): (usize, wire::SQLCheckConstraint)| Constraint {
        kind: ConstraintKind::Check {
            column: row.column_name.as_deref().filter(|name| !name.is_empty()).map(str::to_lowercase),
            expression: row.check_expression.unwrap_or_default(),
        },
        name: make_name(row.dc_name, "cc", table, at),
        enable: row.enable_cstr.unwrap_or_default(),
        validate: row.validate_cstr.unwrap_or_default(),
        rely: row.rely_cstr.unwrap_or_default(),
    };
    rows.into_iter().enumerate().map(constraint).collect()
}

/// Constraints of the model in the rows of all kinds, those of a table that is made.
pub fn constraints(rows: Constraints, table: &str) -> Vec<Constraint> {
    let mut all = from_primary_keys(rows.primary_keys, table);
    all.extend(from_foreign_keys(rows.foreign_keys, table));
    all.extend(from_unique_constraints(rows.unique, table));
    all.extend(from_not_null_constraints(rows.not_null, table));
    all.extend(from_default_constraints(rows.default, table));
    all.extend(from_check_constraints(rows.check, table));
    all
}

/// The rows of a table's constraints for a client. The names of the primary keys that foreign keys refer to are what
/// `primary_key` says of a table.
pub fn to_constraints(
    stored: &str,
    table: &str,
    constraints: Vec<Constraint>,
    primary_key: impl Fn(&str, &str) -> Option<String>,
) -> Constraints {
    let (catalog, database) = shown_database(stored);
    let (catalog, database, table) = (Some(catalog.to_string()), Some(database.to_string()), Some(table.to_string()));
    let mut rows = Constraints::default();
    for Constraint { name, kind, enable, validate, rely } in constraints {
        let name = Some(name);
        let (enable_cstr, validate_cstr, rely_cstr) = (Some(enable), Some(validate), Some(rely));
        let numbered = |columns: Vec<String>| (1..).zip(columns).map(|(at, column)| (Some(at), Some(column)));
        match kind {
            ConstraintKind::PrimaryKey { columns } => {
                rows.primary_keys.extend(numbered(columns).map(|(key_seq, column_name)| wire::SQLPrimaryKey {
                    table_db: database.clone(),
                    table_name: table.clone(),
                    column_name,
                    key_seq,
                    pk_name: name.clone(),
                    enable_cstr,
                    validate_cstr,
                    rely_cstr,
                    cat_name: catalog.clone(),
                }));
            }
            ConstraintKind::Unique { columns } => {
                rows.unique.extend(numbered(columns).map(|(key_seq, column_name)| wire::SQLUniqueConstraint {
                    cat_name: catalog.clone(),
                    table_db: database.clone(),
                    table_name: table.clone(),
                    column_name,
                    key_seq,
                    uk_name: name.clone(),
                    enable_cstr,
                    validate_cstr,
                    rely_cstr,
                }));
            }
            ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns } => {
                let key = primary_key(&parent_database, &parent_table);
                let (parent_catalog, parent) = shown_database(&parent_database);
                let pairs = numbered(columns).zip(parent_columns);
                rows.foreign_keys.extend(pairs.map(|((key_seq, fkcolumn_name), parent_column)| wire::SQLForeignKey {
                    pktable_db: Some(parent.to_string()),
                    pktable_name: Some(parent_table.clone()),
                    pkcolumn_name: Some(parent_column),
                    fktable_db: database.clone(),
                    fktable_name: table.clone(),
                    fkcolumn_name,
                    key_seq,
                    update_rule: Some(0),
                    delete_rule: Some(0),
                    fk_name: name.clone(),
                    pk_name: key.clone(),
                    enable_cstr,
                    validate_cstr,
                    rely_cstr,
                    cat_name: Some(parent_catalog.to_string()),
                }));
            }
            ConstraintKind::NotNull { column } => rows.not_null.push(wire::SQLNotNullConstraint {
                cat_name: catalog.clone(),
                table_db: database.clone(),
                table_name: table.clone(),
                column_name: Some(column),
                nn_name: name,
                enable_cstr,
                validate_cstr,
                rely_cstr,
            }),
            ConstraintKind::Default { column, value } => rows.default.push(wire::SQLDefaultConstraint {
                cat_name: catalog.clone(),
                table_db: database.clone(),
                table_name: table.clone(),
                column_name: Some(column),
                default_value: Some(value),
                dc_name: name,
                enable_cstr,
                validate_cstr,
                rely_cstr,
            }),
            ConstraintKind::Check { column, expression } => rows.check.push(wire::SQLCheckConstraint {
                cat_name: catalog.clone(),
                table_db: database.clone(),
                table_name: table.clone(),
                column_name: column,
                check_expression: Some(expression),
                dc_name: name,
                enable_cstr,
                validate_cstr,
                rely_cstr,
            }),
        }
    }
    rows
}
