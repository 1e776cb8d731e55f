//! `CREATE`, `ALTER` and `DROP VIEW`.

use skep_metastore::MetastoreError;
use skep_metastore::model::{FieldSchema, StorageDescriptor, Table, TableKind};
use skep_metastore::store::MetaStore;

use super::alter_table::{add_partitions, drop_partitions, rename, set_properties, unset_properties};
use super::create_table::already_exists;
use super::{now, properties, touch};
use crate::analyzer::{Analyzer, ViewDefinition};
use crate::error::{ErrorKind, HiveError, Result, SkepError};
use crate::executor::context::StatementContext;
use crate::executor::names;
use crate::parser::ast::{AlterView, AlterViewAction, CreateView, DropView, Ident, SourceQuery, ViewColumn};
use crate::session::{Outcome, Session};

/// `CREATE VIEW`
pub fn create(session: &Session, statement: &CreateView) -> Result<Outcome> {
    let database = names::database_of(session, &statement.name)?;
    names::check_new_name(session, &statement.name)?;
    let existing = names::find_table(session, &statement.name)?;
    if let Some(existing) = &existing {
        if statement.if_not_exists {
            return Ok(Outcome::done());
        }
        if !statement.or_replace {
            return Err(already_exists(&existing.qualified_name()).with_span(Some(statement.name.span().into())));
        }
        if existing.kind == TableKind::MaterializedView {
            let text = format!("Attempt to replace materialized view {} with view", existing.name);
            return Err(SkepError::invalid(text).with_code(10401, "42000"));
        }
        if !existing.is_view() {
            return Err(SkepError::semantic(HiveError::NOT_A_VIEW, existing.qualified_name()));
        }
    }
    let name = statement.name.name.lower();
    let definition = define(session, &database.name, &name, &statement.query, &statement.columns)?;
    let mut columns = columns(&definition, &statement.columns)?;
    let partition_keys = partition_keys(&mut columns, &statement.partitioned_on)?;
    let mut parameters = properties(&statement.properties);
    if let Some(comment) = &statement.comment {
        parameters.insert("comment".into(), comment.clone());
    }
    parameters.entry("bucketing_version".into()).or_insert_with(|| "2".into());
    touch(&mut parameters);
    let made = Table {
        database: database.name,
        name,
        owner: session.user().to_string(),
        create_time: now(),
        last_access_time: 0,
        retention: 0,
        kind: TableKind::View,
        temporary: false,
        storage: view_storage(columns),
        partition_keys,
        parameters,
        view_original_text: Some(original_text(&statement.query.text)),
        view_expanded_text: Some(definition.expanded_text),
        extras: Default::default(),
    };
    let Some(existing) = existing else {
        return match session.catalog().create_table(&made) {
            Err(MetastoreError::AlreadyExists(_)) if statement.if_not_exists => Ok(Outcome::done()),
            Err(MetastoreError::AlreadyExists(_)) => Err(already_exists(&made.qualified_name())),
            other => Ok(other.map(|()| Outcome::done())?),
        };
    };
    session.catalog().alter_table(&existing.database, &existing.name, &made)?;
    Ok(Outcome::done())
}

fn define(
    session: &Session,
    database: &str,
    name: &str,
    query: &SourceQuery,
    names: &[ViewColumn],
) -> Result<ViewDefinition> {
    let context = StatementContext::new(session);
    let names: Vec<&Ident> = names.iter().map(|column| &column.name).collect();
    let definition = Analyzer::new(&context).analyze_view(name, query, &names)?;
    let read = context.read_tables();
    if let Some(at) = read.iter().position(|table| table.database == database && table.name == name) {
        let own = format!("{database}.{name}");
        let views = read[..at].iter().filter(|table| table.is_view()).map(|table| table.qualified_name());
        let cycle: Vec<String> = std::iter::once(own.clone()).chain(views).chain(Some(own.clone())).collect();
        let text = format!("Recursive view {own} detected (cycle: {}).", cycle.join(" -> "));
        return Err(SkepError::invalid(text).with_span(Some(query.span.into())));
    }
    // Whoever reads the view later does not have this session's tables.
    if let Some(table) = read.iter().find(|table| table.temporary) {
        let text = format!("View definition references temporary table {}", table.qualified_name());
        return Err(SkepError::invalid(text).with_span(Some(query.span.into())));
    }
    Ok(definition)
}

fn columns(definition: &ViewDefinition, named: &[ViewColumn]) -> Result<Vec<FieldSchema>> {
    let mut columns: Vec<FieldSchema> = Vec::with_capacity(definition.columns.len());
    for (at, column) in definition.columns.iter().enumerate() {
        let name = column.name.to_lowercase();
        if columns.iter().any(|known| known.name == name) {
            return Err(SkepError::semantic(HiveError::DUPLICATE_COLUMN, &name));
        }
        let comment = named.get(at).and_then(|named| named.comment.clone());
        columns.push(FieldSchema { name, ty: column.ty.clone(), comment });
    }
    Ok(columns)
}

/// `PARTITIONED ON`: the last columns of the view, in their order.
fn partition_keys(columns: &mut Vec<FieldSchema>, names: &[Ident]) -> Result<Vec<FieldSchema>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    if names.len() >= columns.len() {
        return Err(SkepError::invalid("At least one non-partitioning column must be present in view")
            .with_code(10092, "42000"));
    }
    let keys = columns.split_off(columns.len() - names.len());
    if !keys.iter().zip(names).all(|(key, name)| key.name == name.lower()) {
        let text = "Rightmost columns in view output do not match PARTITIONED ON clause";
        return Err(SkepError::invalid(text).with_code(10093, "42000"));
    }
    Ok(keys)
}

/// The text of a view as Hive keeps it: its lexer takes the back quotes off names.
pub(super) fn original_text(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                kept.push(c);
                kept.extend(chars.next());
                continue;
            }
            (Some(open), c) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '`') => {
                kept.extend(chars.by_ref().take_while(|c| *c != '`'));
                continue;
            }
            _ => {}
        }
        kept.push(c);
    }
    kept
}

fn view_storage(columns: Vec<FieldSchema>) -> StorageDescriptor {
    StorageDescriptor {
        columns,
        input_format: "org.apache.hadoop.mapred.TextInputFormat".into(),
        output_format: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat".into(),
        num_buckets: -1,
        ..Default::default()
    }
}

/// `DROP VIEW`
pub fn drop(session: &Session, statement: &DropView) -> Result<Outcome> {
    let Some(view) = names::find_table(session, &statement.name)? else {
        let quiet = statement.if_exists || session.config().bool("hive.exec.drop.ignorenonexistent");
        return if quiet {
            Ok(Outcome::done())
        } else {
            names::table(session, &statement.name).map(|_| Outcome::done())
        };
    };
    if view.kind == TableKind::MaterializedView {
        let error = SkepError::new(ErrorKind::Command, "Cannot drop a materialized view with DROP VIEW");
        return Err(error
            .with_span(Some(statement.name.span().into()))
            .with_hint(format!("DROP MATERIALIZED VIEW {}", view.qualified_name())));
    }
    if !view.is_view() {
        let error = SkepError::invalid("Cannot drop a base table with DROP VIEW");
        return Err(error
            .with_span(Some(statement.name.span().into()))
            .with_hint(format!("DROP TABLE {}", view.qualified_name())));
    }
    session.catalog().drop_table(&view.database, &view.name)?;
    Ok(Outcome::done())
}

/// `ALTER VIEW`
pub async fn alter(session: &Session, statement: &AlterView) -> Result<Outcome> {
    let mut view = match (&statement.action, names::find_table(session, &statement.name)?) {
        (AlterViewAction::As(_), None) => {
            return Err(SkepError::semantic(HiveError::ALTER_MISSING_VIEW, statement.name.to_string()));
        }
        _ => names::view(session, &statement.name)?,
    };
    match &statement.action {
        AlterViewAction::As(query) => {
            if view.is_partitioned() {
                let text = "Cannot replace a view with CREATE VIEW or REPLACE VIEW or ALTER VIEW AS SELECT if the view is partitioned";
                return Err(SkepError::invalid(text).with_code(10217, "42000"));
            }
            let definition = define(session, &view.database, &view.name, query, &[])?;
            view.storage.columns = columns(&definition, &[])?;
            view.view_original_text = Some(original_text(&query.text));
            view.view_expanded_text = Some(definition.expanded_text);
            super::alter_table::save(session, view)?;
        }
        AlterViewAction::Rename(name) => rename(session, view, name).await?,
        AlterViewAction::SetProperties(list) => set_properties(session, view, &properties(list))?,
        AlterViewAction::UnsetProperties { keys, if_exists } => unset_properties(session, view, keys, *if_exists)?,
        AlterViewAction::AddPartitions { if_not_exists, partitions } => {
            if let Some(located) = partitions.iter().find(|partition| partition.location.is_some()) {
                let error = SkepError::invalid("LOCATION clause illegal for view partition");
                return Err(error.with_span(Some(located.partition.span.into())));
            }
            add_partitions(session, &view, partitions, *if_not_exists).await?;
        }
        AlterViewAction::DropPartitions { if_exists, partitions } => {
            drop_partitions(session, &view, partitions, *if_exists).await?;
        }
    }
    Ok(Outcome::done())
}
