//! `CREATE TABLE … AS SELECT`

use std::sync::Arc;

use skep_metastore::model::{FieldSchema, HiveType, TableKind};
use skep_warehouse::sink::WriteTarget;
use skep_warehouse::store::fs;

use super::create_table::{already_exists, check_managed, define};
use crate::analyzer::{AnalyzedQuery, Analyzer};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::context::StatementContext;
use crate::executor::{insert, names};
use crate::parser::ast::{CreateTable, Ident, PartitionedBy};
use crate::session::{Outcome, Session};

/// Runs the statement: the rows are written first, the table appears with them or not at all.
pub async fn run(session: &Session, statement: &CreateTable) -> Result<Outcome> {
    let Some(source) = &statement.query else { return Ok(Outcome::done()) };
    if !statement.columns.is_empty() {
        let error = SkepError::semantic(HiveError::CTAS_COLUMNS, "");
        return Err(error.with_span(statement.columns.first().map(|column| column.name.span.into())));
    }
    let database = names::database_of(session, &statement.name)?;
    names::check_new_name(session, &statement.name)?;
    let existing = names::find_table(session, &statement.name)?;
    if let Some(existing) = existing.filter(|existing| !statement.kind.temporary || existing.temporary) {
        if statement.if_not_exists {
            return Ok(Outcome::done());
        }
        return Err(already_exists(&existing.qualified_name()).with_span(Some(statement.name.span().into())));
    }
    let partition_columns: Vec<String> = match &statement.partitioned_by {
        PartitionedBy::Names(names) => names.iter().map(Ident::lower).collect(),
        _ => Vec::new(),
    };
    let context = StatementContext::new(session);
    let AnalyzedQuery { plan, columns } =
        Analyzer::new(&context).analyze_create_table_as(&source.query, &partition_columns)?;
    drop(context);
    let mut fields: Vec<FieldSchema> = Vec::with_capacity(columns.len());
    for column in &columns {
        let name = column.name.to_lowercase();
        if column.ty == HiveType::Void {
            return Err(SkepError::semantic(HiveError::CTAS_VOID, &name));
        }
        if fields.iter().any(|known| known.name == name) {
            return Err(SkepError::semantic(HiveError::DUPLICATE_COLUMN, &name));
        }
        fields.push(FieldSchema { name, ty: column.ty.clone(), comment: None });
    }
    let table = define(session, statement, &database, fields)?;
    check_managed(session, &table)?;
    if statement.location.is_some() && table.kind == TableKind::Managed {
        let there = fs::walk(session.stores(), &table.storage.location).await?;
        if !there.is_empty() {
            return Err(SkepError::semantic(HiveError::CTAS_LOCATION_NOT_EMPTY, ""));
        }
    }
    let target = WriteTarget {
        partition: vec![None; table.partition_keys.len()],
        table: Arc::new(table),
        overwrite: false,
        if_not_exists: false,
        create_table: true,
        options: insert::write_options(session)?,
    };
    let table = Arc::clone(&target.table);
    if !table.temporary {
        insert::write(session, plan, target).await?;
        return Ok(Outcome::done());
    }
    session.catalog().announce(&table.database, &table.name)?;
    let written = insert::write(session, plan, target).await;
    if written.is_err() {
        session.catalog().withdraw(&table.database, &table.name);
    }
    written.map(|_| Outcome::done())
}
