//! `CREATE`, `DROP` and `ALTER MATERIALIZED VIEW`: stored queries with their stored results.

mod rewrite;
mod snapshot;

use std::sync::Arc;

use datafusion::logical_expr::{LogicalPlan, Sort};
use skep_metastore::model::{FieldSchema, Materialization, PartitionFilter, Table, TableKind};
use skep_metastore::store::MetaStore;
use skep_warehouse::sink::WriteTarget;

pub use self::snapshot::{is_outdated, readers_of};
use self::snapshot::{keep, kept, sources};
use super::create_table::define;
use super::{drop_table, touch};
use crate::analyzer::{AnalyzedQuery, Analyzer, OutputColumn};
use crate::error::{ErrorKind, HiveError, Result, SkepError};
use crate::executor::context::StatementContext;
use crate::executor::{insert, names};
use crate::parser::ast::{
    AlterMaterializedView, AlterMaterializedViewAction, CreateMaterializedView, CreateTable, CreateTableKind,
    DropMaterializedView, FileFormat, Ident, PartitionedBy, SourceQuery,
};
use crate::session::{Outcome, Session};

/// `CREATE MATERIALIZED VIEW`: the rows are written first, the view appears with them or not at all.
pub async fn create(session: &Session, statement: &CreateMaterializedView) -> Result<Outcome> {
    let database = names::database_of(session, &statement.name)?;
    names::check_new_name(session, &statement.name)?;
    if let Some(existing) = names::find_table(session, &statement.name)? {
        if statement.if_not_exists && existing.kind == TableKind::MaterializedView {
            return Ok(Outcome::done());
        }
        let error = SkepError::semantic(HiveError::TABLE_EXISTS, existing.qualified_name());
        return Err(error.with_span(Some(statement.name.span().into())));
    }
    let name = statement.name.name.lower();
    let context = StatementContext::new(session);
    let definition = Analyzer::new(&context).analyze_view(&name, &statement.query, &[])?;
    let partition_columns: Vec<String> = statement.partitioned_on.iter().map(Ident::lower).collect();
    let context = StatementContext::new(session);
    let AnalyzedQuery { plan, columns } =
        Analyzer::new(&context).analyze_create_table_as(&statement.query.query, &partition_columns)?;
    let read = context.read_tables();
    std::mem::drop(context);
    if !statement.disable_rewrite {
        rewrite::check(&read, &statement.query.query, false)?;
    }
    let mut fields = Vec::with_capacity(columns.len());
    for column in &columns {
        let name = column.name.to_lowercase();
        fields.push(FieldSchema { name, ty: column.ty.clone(), comment: None });
    }
    let plan = organized(plan, &columns, &[&statement.distributed_on[..], &statement.sorted_on[..]].concat())?;
    let mut table = define(session, &as_table(session, statement), &database, fields)?;
    table.kind = TableKind::MaterializedView;
    table.storage.serde.parameters.remove("serialization.format");
    table.view_original_text = Some(super::view::original_text(&statement.query.text));
    table.view_expanded_text = Some(match table.partition_keys.as_slice() {
        [] => definition.expanded_text,
        _ => {
            // The partition columns stand last.
            let columns: Vec<String> = columns.iter().map(|column| names::quoted(&column.name)).collect();
            format!("SELECT {} FROM ({}) {}", columns.join(", "), definition.expanded_text, names::quoted(&name))
        }
    });
    let made = Materialization {
        rewrite: !statement.disable_rewrite,
        incremental: rewrite::incremental(&statement.query.query),
        sources: sources(session, &read)?,
    };
    keep(&made, &mut table.parameters)?;
    let target = WriteTarget {
        partition: vec![None; table.partition_keys.len()],
        table: Arc::new(table),
        overwrite: false,
        if_not_exists: false,
        create_table: true,
        options: insert::write_options(session)?,
    };
    insert::write(session, plan, target).await?;
    Ok(Outcome::done())
}

/// The table that keeps the rows.
fn as_table(session: &Session, statement: &CreateMaterializedView) -> CreateTable {
    let default = session.config().text("hive.materializedview.fileformat");
    let file_format = match &statement.file_format {
        None if !default.eq_ignore_ascii_case("none") => Some(FileFormat::Name(default.to_uppercase())),
        given => given.clone(),
    };
    CreateTable {
        name: statement.name.clone(),
        if_not_exists: false,
        kind: CreateTableKind::default(),
        columns: Vec::new(),
        constraints: Vec::new(),
        comment: statement.comment.clone(),
        partitioned_by: match statement.partitioned_on.as_slice() {
            [] => PartitionedBy::None,
            names => PartitionedBy::Names(names.to_vec()),
        },
        clustered_by: None,
        skewed_by: None,
        row_format: statement.row_format.clone(),
        file_format,
        location: statement.location.clone(),
        properties: statement.properties.clone(),
        query: None,
    }
}

/// The rows in the order that `CLUSTERED ON`, or `DISTRIBUTED ON` and `SORTED ON`, ask for: all of one value together.
fn organized(plan: LogicalPlan, columns: &[OutputColumn], keys: &[Ident]) -> Result<LogicalPlan> {
    let mut order: Vec<datafusion::logical_expr::SortExpr> = Vec::new();
    for key in keys {
        let Some(at) = columns.iter().position(|column| column.name == key.lower()) else {
            let error = SkepError::semantic(HiveError::COLUMN_NOT_FOUND, format!("'{key}'"));
            return Err(error.with_span(Some(key.span.into())));
        };
        let id = plan.schema().field(at).name();
        let column = datafusion::logical_expr::Expr::Column(datafusion::common::Column::new_unqualified(id));
        if !order.iter().any(|known| known.expr == column) {
            order.push(column.sort(true, true));
        }
    }
    if order.is_empty() {
        return Ok(plan);
    }
    Ok(LogicalPlan::Sort(Sort { expr: order, input: Arc::new(plan), fetch: None }))
}

/// `DROP MATERIALIZED VIEW`
pub async fn drop(session: &Session, statement: &DropMaterializedView) -> Result<Outcome> {
    let Some(view) = names::find_table(session, &statement.name)? else {
        let quiet = statement.if_exists || session.config().bool("hive.exec.drop.ignorenonexistent");
        return if quiet {
            Ok(Outcome::done())
        } else {
            names::table(session, &statement.name).map(|_| Outcome::done())
        };
    };
    let (what, with) = match view.kind {
        TableKind::MaterializedView => {
            drop_table::drop_named(session, &view.database, &view.name).await?;
            return Ok(Outcome::done());
        }
        TableKind::View => ("view", "DROP VIEW"),
        _ => ("base table", "DROP TABLE"),
    };
    Err(SkepError::new(ErrorKind::Command, format!("Cannot drop a {what} with DROP MATERIALIZED VIEW"))
        .with_span(Some(statement.name.span().into()))
        .with_hint(format!("{with} {}", view.qualified_name())))
}

/// `ALTER MATERIALIZED VIEW`
pub async fn alter(session: &Session, statement: &AlterMaterializedView) -> Result<Outcome> {
    let mut view = names::table(session, &statement.name)?;
    if view.kind != TableKind::MaterializedView {
        let error = SkepError::invalid("Rebuild command only valid for materialized views").with_code(10412, "42000");
        return Err(error.with_span(Some(statement.name.span().into())));
    }
    match statement.action {
        AlterMaterializedViewAction::Rebuild => rebuild(session, &view).await?,
        AlterMaterializedViewAction::Rewrite(rewrite) => {
            let mut known = kept(&view)?;
            if rewrite && !known.rewrite {
                let (source, context) = (query_of(&view)?, StatementContext::new(session));
                Analyzer::new(&context).analyze_query(&source.query)?;
                rewrite::check(&context.read_tables(), &source.query, true)?;
            }
            known.rewrite = rewrite;
            keep(&known, &mut view.parameters)?;
            super::alter_table::save(session, view)?;
        }
    }
    Ok(Outcome::done())
}

fn query_of(view: &Table) -> Result<SourceQuery> {
    let text = view.view_expanded_text.as_deref().unwrap_or_default();
    crate::parser::parse_query(text).map_err(|error| {
        SkepError::invalid("Query for the materialized view rebuild could not be retrieved")
            .with_code(10403, "42000")
            .with_source(error)
    })
}

/// Makes the rows anew, unless nothing has changed.
async fn rebuild(session: &Session, view: &Table) -> Result<()> {
    let mut known = kept(view)?;
    if is_outdated(session, &known)? == Some(false) {
        return Ok(());
    }
    names::settle(session, view).await?;
    let source = query_of(view)?;
    let context = StatementContext::new(session);
    let keys: Vec<String> = view.partition_keys.iter().map(|key| key.name.clone()).collect();
    let AnalyzedQuery { plan, columns } = Analyzer::new(&context).analyze_create_table_as(&source.query, &keys)?;
    let now: Vec<_> = columns.iter().map(|column| &column.ty).collect();
    if !view.all_columns().map(|column| &column.ty).eq(now.iter().copied()) {
        let text =
            format!("the columns of the materialized view {} are no longer those of its query", view.qualified_name());
        return Err(SkepError::invalid(text));
    }
    // Taken before the rows are read: what comes later is found by the next rebuild.
    known.sources = sources(session, &context.read_tables())?;
    std::mem::drop(context);
    let target = WriteTarget {
        partition: vec![None; view.partition_keys.len()],
        table: Arc::new(view.clone()),
        overwrite: true,
        if_not_exists: false,
        create_table: false,
        options: insert::write_options(session)?,
    };
    let summary = insert::write(session, plan, target).await?;
    let catalog = session.catalog();
    if view.is_partitioned() {
        let values = catalog.partition_values(&view.database, &view.name, &PartitionFilter::All, None)?;
        let gone: Vec<Vec<String>> = values.into_iter().filter(|values| !summary.partitions.contains(values)).collect();
        if !gone.is_empty() {
            catalog.drop_partitions(&view.database, &view.name, &gone)?;
        }
    }
    let mut made = catalog.table(&view.database, &view.name)?;
    keep(&known, &mut made.parameters)?;
    touch(&mut made.parameters);
    catalog.alter_table(&view.database, &view.name, &made)?;
    Ok(())
}
