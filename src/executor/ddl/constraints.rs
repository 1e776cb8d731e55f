//! Constraints of tables: as they are written, as the catalog keeps them.

use std::time::{SystemTime, UNIX_EPOCH};

use skep_metastore::model::{Constraint, ConstraintKind, FieldSchema, Table, TableKind};
use skep_metastore::store::MetaStore;

use crate::analyzer::Analyzer;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::context::StatementContext;
use crate::executor::names;
use crate::parser::ast::{
    ColumnConstraint, ColumnConstraintKind, ColumnDef, ConstraintOptions, CreateTable, Ident, PartitionedBy,
    SourceExpr, TableConstraint, TableConstraintKind,
};
use crate::parser::replace_names;
use crate::session::Session;

/// Longest name, condition or default.
const MAX_LENGTH: usize = 255;

/// The constraints of a new table.
///
/// # Errors
/// In Hive's words: constraints that are not supported, or that do not fit the table.
pub fn of_new_table(session: &Session, statement: &CreateTable, table: &Table) -> Result<Vec<Constraint>> {
    let mut found = Vec::new();
    if let PartitionedBy::Columns(keys) = &statement.partitioned_by {
        for key in keys {
            of_column(session, table, key, &mut found)?;
            let constraint = key.constraints.first();
            if let Some(constraint) = constraint.filter(|_| found.iter().any(is_held)) {
                let error = syntax("NOT NULL,DEFAULT and CHECK Constraints are not allowed with partition columns. ");
                return Err(error.with_span(Some(constraint.span.into())));
            }
        }
    }
    for column in &statement.columns {
        of_column(session, table, column, &mut found)?;
    }
    for constraint in &statement.constraints {
        found.push(of_table(session, table, constraint)?);
    }
    let mut keys = found.iter().filter(|one| matches!(one.kind, ConstraintKind::PrimaryKey { .. }));
    if keys.next().is_some() && keys.next().is_some() {
        let text = "Invalid constraint definition Cannot exist more than one primary key definition for the same table";
        return Err(SkepError::invalid(text).with_code(10332, "42000"));
    }
    refuse_external(table, &found)?;
    Ok(found)
}

/// The constraints behind a column, added to those found so far.
pub fn of_column(session: &Session, table: &Table, column: &ColumnDef, found: &mut Vec<Constraint>) -> Result<()> {
    for constraint in &column.constraints {
        let made = one_of_column(session, table, column, constraint).map_err(|error| {
            if error.span().is_none() { error.with_span(Some(constraint.span.into())) } else { error }
        })?;
        found.push(made);
    }
    Ok(())
}

fn one_of_column(
    session: &Session,
    table: &Table,
    column: &ColumnDef,
    constraint: &ColumnConstraint,
) -> Result<Constraint> {
    let name = column.name.lower();
    let options = &constraint.options;
    let (kind, short) = match &constraint.kind {
        ColumnConstraintKind::NotNull => (ConstraintKind::NotNull { column: name.clone() }, "nn"),
        ColumnConstraintKind::Default(value) => {
            let text = limited(&value.text, "Invalid Default value:  ", " .Maximum character length allowed is 255 .")?;
            let field = FieldSchema { name: name.clone(), ty: column.ty.clone(), comment: None };
            let context = StatementContext::new(session);
            Analyzer::new(&context).analyze_default(&field, value)?;
            (ConstraintKind::Default { column: name.clone(), value: text }, "dc")
        }
        ColumnConstraintKind::Check(check) => {
            let expression = check_text(session, table, check)?;
            (ConstraintKind::Check { column: Some(name.clone()), expression }, "cc")
        }
        ColumnConstraintKind::PrimaryKey => (ConstraintKind::PrimaryKey { columns: vec![name.clone()] }, "pk"),
        ColumnConstraintKind::Unique => (ConstraintKind::Unique { columns: vec![name.clone()] }, "uk"),
        ColumnConstraintKind::References { table: parent, column: referenced } => {
            let (parent_database, parent_table) = names::resolve(session, parent);
            let parent_columns = vec![referenced.lower()];
            let columns = vec![name.clone()];
            (ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns }, "fk")
        }
    };
    finish(table, constraint.name.as_ref(), kind, options, &name, short)
}

/// A constraint of the table itself.
pub fn of_table(session: &Session, table: &Table, constraint: &TableConstraint) -> Result<Constraint> {
    let names_of = |list: &[Ident]| list.iter().map(Ident::lower).collect::<Vec<String>>();
    let (kind, short) = match &constraint.kind {
        TableConstraintKind::PrimaryKey(columns) => (ConstraintKind::PrimaryKey { columns: names_of(columns) }, "pk"),
        TableConstraintKind::Unique(columns) => (ConstraintKind::Unique { columns: names_of(columns) }, "uk"),
        TableConstraintKind::Check(check) => {
            (ConstraintKind::Check { column: None, expression: check_text(session, table, check)? }, "cc")
        }
        TableConstraintKind::ForeignKey { columns, table: parent, references } => {
            if columns.len() != references.len() {
                let text = "Invalid Foreign Key syntax  The number of foreign key columns should be same as number of \
                            parent key columns ";
                return Err(SkepError::invalid(text).with_code(10325, "42000").with_span(Some(constraint.span.into())));
            }
            let (parent_database, parent_table) = names::resolve(session, parent);
            let (columns, parent_columns) = (names_of(columns), names_of(references));
            (ConstraintKind::ForeignKey { columns, parent_database, parent_table, parent_columns }, "fk")
        }
    };
    let about = match &kind {
        ConstraintKind::PrimaryKey { columns }
        | ConstraintKind::Unique { columns }
        | ConstraintKind::ForeignKey { columns, .. } => columns.join(","),
        _ => String::new(),
    };
    finish(table, constraint.name.as_ref(), kind, &constraint.options, &about, short)
        .map_err(|error| if error.span().is_none() { error.with_span(Some(constraint.span.into())) } else { error })
}

fn finish(
    table: &Table,
    name: Option<&Ident>,
    kind: ConstraintKind,
    options: &ConstraintOptions,
    about: &str,
    short: &str,
) -> Result<Constraint> {
    let name = match name {
        Some(name) if name.value.len() > MAX_LENGTH => {
            let text = format!("Constraint name: {} exceeded maximum allowed length: {MAX_LENGTH}", name.lower());
            return Err(syntax(&text));
        }
        Some(name) => name.lower(),
        None => generated(table, about, short),
    };
    let enable = options.enable.unwrap_or(true);
    let foreign = matches!(kind, ConstraintKind::ForeignKey { .. });
    let held =
        matches!(kind, ConstraintKind::NotNull { .. } | ConstraintKind::Default { .. } | ConstraintKind::Check { .. });
    if enable && foreign {
        let text = "Invalid Foreign Key syntax ENABLE feature not supported yet. Please use DISABLE instead.";
        return Err(SkepError::invalid(text).with_code(10325, "42000"));
    }
    if enable && !held {
        let text = "ENABLE/ENFORCED feature not supported yet. Please use DISABLE/NOT ENFORCED instead.";
        return Err(syntax(text));
    }
    if options.validate == Some(true) {
        return Err(syntax("VALIDATE feature not supported yet. Please use NOVALIDATE instead."));
    }
    // What is not enabled is not relied on unless that is said.
    let rely = options.rely.unwrap_or(enable);
    Ok(Constraint { name, kind, enable, validate: false, rely })
}

/// A name as Hive's metastore makes it: the kind, a hash, the time, a number.
fn generated(table: &Table, about: &str, short: &str) -> String {
    let of = format!("{{{},{},{about},{short}}}", table.database, table.name);
    let hash = of.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    format!("{short}_{}_{millis}_0", hash & 0x0fff_ffff)
}

/// The text of a check, its columns in back quotes.
fn check_text(session: &Session, table: &Table, check: &SourceExpr) -> Result<String> {
    let columns = &table.storage.columns;
    let known = |name: &str| columns.iter().any(|column| column.name == name.to_lowercase());
    let text = replace_names(&check.text, &|name| known(name).then(|| names::quoted(name)))?;
    let text = limited(&text, "Constraint value: ", " exceeded maximum allowed length: 255")?;
    let context = StatementContext::new(session);
    Analyzer::new(&context).analyze_check(columns, check)?;
    Ok(text)
}

fn limited(text: &str, before: &str, after: &str) -> Result<String> {
    if text.chars().count() > MAX_LENGTH {
        return Err(syntax(&format!("{before}{text}{after}")));
    }
    Ok(text.to_string())
}

fn syntax(text: &str) -> SkepError {
    SkepError::semantic(HiveError::CONSTRAINT_SYNTAX, text)
}

/// Rows of external tables come from others, so nothing can be checked there.
fn refuse_external(table: &Table, constraints: &[Constraint]) -> Result<()> {
    if table.kind == TableKind::External && constraints.iter().any(is_held) {
        return Err(syntax("Constraints are disallowed with External tables. Only RELY is allowed."));
    }
    Ok(())
}

/// Is it one that new rows have to keep or that gives them values?
fn is_held(constraint: &Constraint) -> bool {
    match constraint.kind {
        ConstraintKind::NotNull { .. } => constraint.enable || constraint.validate,
        ConstraintKind::Default { .. } | ConstraintKind::Check { .. } => true,
        _ => false,
    }
}

/// A table with constraints that new rows have to keep cannot become an external one.
pub fn refuse_becoming_external(session: &Session, table: &Table) -> Result<()> {
    if session.catalog().constraints(&table.database, &table.name)?.iter().any(is_held) {
        let text = format!(
            "Table: {} has constraints enabled.Please remove those constraints to change this property.",
            table.qualified_name()
        );
        return Err(syntax(&text));
    }
    Ok(())
}

/// `ALTER TABLE … ADD CONSTRAINT`
pub fn add(session: &Session, table: &Table, constraint: &TableConstraint) -> Result<()> {
    let made = of_table(session, table, constraint)?;
    refuse_external(table, std::slice::from_ref(&made))?;
    session.catalog().change_constraints(&table.database, &table.name, &[], &[made])?;
    Ok(())
}

/// `ALTER TABLE … DROP CONSTRAINT`
pub fn drop(session: &Session, table: &Table, name: &Ident) -> Result<()> {
    session.catalog().change_constraints(&table.database, &table.name, &[name.lower()], &[])?;
    Ok(())
}

/// `ALTER TABLE … CHANGE COLUMN … constraint`: checked before the column is changed; `columns` are those from then on.
pub fn of_changed_column(session: &Session, table: &Table, old: &Ident, column: &ColumnDef) -> Result<Vec<Constraint>> {
    let mut changed = table.clone();
    for field in &mut changed.storage.columns {
        if field.name == old.lower() {
            *field = FieldSchema { name: column.name.lower(), ty: column.ty.clone(), comment: None };
        }
    }
    let mut found = Vec::new();
    of_column(session, &changed, column, &mut found)?;
    refuse_external(table, &found)?;
    Ok(found)
}

/// Constraints go on under a column's new name; those of columns that are gone go too.
pub fn follow_columns(
    session: &Session,
    table: &Table,
    renamed: Option<(&str, &str)>,
    added: Vec<Constraint>,
) -> Result<()> {
    let catalog = session.catalog();
    let mut constraints = catalog.constraints(&table.database, &table.name)?;
    if constraints.is_empty() && added.is_empty() {
        return Ok(());
    }
    let now = catalog.table(&table.database, &table.name)?;
    let (mut remove, mut put) = (Vec::new(), Vec::new());
    for constraint in &mut constraints {
        let before = constraint.clone();
        if let Some((old, new)) = renamed.filter(|(old, new)| old != new) {
            constraint.rename_column(old, new);
            if let ConstraintKind::Check { expression, .. } = &mut constraint.kind {
                let new = |name: &str| (name.to_lowercase() == old).then(|| names::quoted(new));
                *expression = replace_names(expression, &new)?;
            }
        }
        let gone = |column: &FieldSchema| {
            constraint.is_about(&column.name) && !now.all_columns().any(|known| known.name == column.name)
        };
        if table.all_columns().any(gone) {
            remove.push(before.name);
        } else if *constraint != before {
            remove.push(before.name);
            put.push(constraint.clone());
        }
    }
    put.extend(added);
    if !remove.is_empty() || !put.is_empty() {
        catalog.change_constraints(&table.database, &table.name, &remove, &put)?;
    }
    Ok(())
}
