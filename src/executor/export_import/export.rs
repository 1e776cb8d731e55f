//! `EXPORT TABLE`

use std::collections::HashMap;
use std::sync::Arc;

use skep_metastore::model::{AcidKind, Table, partition_name};
use skep_metastore::store::MetaStore;
use skep_warehouse::acid::AcidState;
use skep_warehouse::sink::WriteTarget;
use skep_warehouse::store::{fs, url};

use super::metadata::Metadata;
use super::{DATA, METADATA, folder};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::names::{self, quoted};
use crate::executor::{insert, partition_spec, query};
use crate::parser::ast::Export;
use crate::session::{Outcome, Session};

/// Runs the statement. The files are copied into a hidden folder beside the target, which gets its name last: there is a
/// whole export or none.
pub async fn run(session: &Session, statement: &Export) -> Result<Outcome> {
    let table = names::table(session, &statement.table)?;
    let span = Some(statement.table.span().into());
    if table.is_view() {
        return Err(SkepError::unsupported("EXPORT of a view").with_span(span));
    }
    names::settle(session, &table).await?;
    let values = match &statement.partition {
        Some(spec) => partition_spec::partial_values(session, &table, spec)?,
        None => vec![None; table.partition_keys.len()],
    };
    let filter = partition_spec::filter_of(&table, &values);
    let partitions = match table.is_partitioned() {
        true => session.catalog().partitions(&table.database, &table.name, &filter, None)?,
        false => Vec::new(),
    };
    if let Some(spec) = statement.partition.as_ref().filter(|_| partitions.is_empty()) {
        let error = SkepError::semantic(HiveError::PARTITION_NOT_FOUND, format!("in {}", table.qualified_name()));
        return Err(error.with_span(Some(spec.span.into())));
    }
    let target = folder(session, &statement.path, statement.path_span)?;
    check_target(session, &target, statement).await?;
    let parent = url::parent(&target).unwrap_or("file:/").to_string();
    let staging = url::join(&parent, &format!(".hive-staging_skep_export_{}", uuid::Uuid::new_v4().simple()));
    fs::create_dir(session.stores(), &staging).await?;
    let exported = Metadata { table, partitions };
    let result = match fill(session, &exported, &values, &staging).await {
        Ok(()) => publish(session, &staging, &target).await,
        Err(error) => Err(error),
    };
    if result.is_err() {
        fs::delete(session.stores(), &staging, true).await?;
    }
    result.map(|()| Outcome::done())
}

/// The target must be a folder with nothing in it, or not there.
async fn check_target(session: &Session, target: &str, statement: &Export) -> Result<()> {
    let Some(there) = fs::status(session.stores(), target).await? else { return Ok(()) };
    let problem = if !there.is_dir {
        "Target is not a directory"
    } else if fs::list(session.stores(), target).await?.iter().any(|child| !url::is_hidden(child.name())) {
        "Target is not an empty directory"
    } else {
        return Ok(());
    };
    let error = SkepError::semantic(HiveError::INVALID_PATH, format!("'{}' : {problem} : {target}", statement.path));
    Err(error.with_span(Some(statement.path_span.into())))
}

async fn fill(session: &Session, exported: &Metadata, values: &[Option<String>], staging: &str) -> Result<()> {
    let table = &exported.table;
    if table.acid_kind() == Some(AcidKind::Full) {
        write_rows(session, exported, values, staging).await?;
    } else if table.is_partitioned() {
        for partition in &exported.partitions {
            let name = partition_name(&table.partition_keys, &partition.values);
            copy_rows(session, table, &partition.storage.location, &url::join(staging, &name)).await?;
        }
    } else {
        copy_rows(session, table, &table.storage.location, &url::join(staging, DATA)).await?;
    }
    let text = exported.write();
    fs::write(session.stores(), &url::join(staging, METADATA), text.into_bytes().into()).await?;
    Ok(())
}

/// Writes the rows of a full ACID table that a reader sees now into files without row ids, as Hive does
/// (`AcidExportSemanticAnalyzer`): only the catalog of the table knows what its ids mean.
async fn write_rows(session: &Session, exported: &Metadata, values: &[Option<String>], staging: &str) -> Result<()> {
    let mut copy = exported.table.clone();
    copy.name = format!("skep_export_{}", uuid::Uuid::new_v4().simple());
    copy.temporary = true;
    copy.parameters.retain(|key, _| !key.starts_with("transactional"));
    copy.storage.location = match copy.is_partitioned() {
        true => staging.to_string(),
        false => url::join(staging, DATA),
    };
    fs::create_dir(session.stores(), &copy.storage.location).await?;
    for partition in &exported.partitions {
        let name = partition_name(&copy.partition_keys, &partition.values);
        fs::create_dir(session.stores(), &url::join(staging, &name)).await?;
    }
    let columns: Vec<String> = exported.table.all_columns().map(|column| quoted(&column.name)).collect();
    let from = format!("{}.{}", quoted(&exported.table.database), quoted(&exported.table.name));
    let mut text = format!("SELECT {} FROM {from}", columns.join(", "));
    let condition = partition_spec::values_text(&exported.table, values);
    if !condition.is_empty() {
        text.push_str(&format!(" WHERE {condition}"));
    }
    let mut options = insert::write_options(session)?;
    options.max_dynamic_partitions = usize::MAX;
    options.max_dynamic_partitions_pernode = usize::MAX;
    let plan = query::analyze(session, &crate::parser::parse_query(&text)?)?.plan;
    let target = WriteTarget {
        partition: vec![None; copy.partition_keys.len()],
        table: Arc::new(copy),
        overwrite: false,
        if_not_exists: false,
        create_table: false,
        options,
    };
    insert::write(session, plan, target).await?;
    Ok(())
}

/// Gives the finished export its name. An empty folder that is there is replaced.
async fn publish(session: &Session, staging: &str, target: &str) -> Result<()> {
    if fs::exists(session.stores(), target).await? {
        fs::delete(session.stores(), target, true).await?;
    } else if let Some(parent) = url::parent(target) {
        fs::create_dir(session.stores(), parent).await?;
    }
    Ok(fs::rename(session.stores(), staging, target).await?)
}

/// Copies the files of a table or a partition. Of an insert-only table they are those that a reader sees now, without the
/// folders of their transactions.
async fn copy_rows(session: &Session, table: &Table, from: &str, to: &str) -> Result<()> {
    if table.acid_kind().is_none() {
        return copy_files(session, from, to).await;
    }
    let valid = session.catalog().valid_write_ids(&table.database, &table.name)?;
    let files = AcidState::read(session.stores(), from, &valid).await?.files();
    fs::create_dir(session.stores(), to).await?;
    let mut taken: HashMap<String, usize> = HashMap::new();
    for file in files {
        let copies = taken.entry(file.name().to_string()).or_default();
        let name = match (*copies, file.name().split_once('.')) {
            (0, _) => file.name().to_string(),
            (copy, Some((name, extension))) => format!("{name}_copy_{copy}.{extension}"),
            (copy, None) => format!("{}_copy_{copy}", file.name()),
        };
        *copies += 1;
        fs::copy(session.stores(), &file.path, &url::join(to, &name)).await?;
    }
    Ok(())
}

/// Copies the files of a folder and of those in it, but for hidden ones. The new folder is made in any case.
pub async fn copy_files(session: &Session, from: &str, to: &str) -> Result<()> {
    fs::create_dir(session.stores(), to).await?;
    for (path, relative) in files_below(session, from).await? {
        let to = url::join(to, &relative);
        if let Some(parent) = url::parent(&to) {
            fs::create_dir(session.stores(), parent).await?;
        }
        fs::copy(session.stores(), &path, &to).await?;
    }
    Ok(())
}

/// Files below a folder, with their paths in it; hidden files and those in hidden folders are left out.
pub async fn files_below(session: &Session, folder: &str) -> Result<Vec<(String, String)>> {
    let root = format!("{}/", url::normalize(folder)?);
    let mut files = Vec::new();
    for file in fs::walk(session.stores(), folder).await? {
        let Some(relative) = file.path.strip_prefix(&root).map(str::to_string) else { continue };
        if !relative.split('/').any(url::is_hidden) {
            files.push((file.path, relative));
        }
    }
    Ok(files)
}

/// Is the table one that another system keeps?
pub fn is_foreign(table: &Table) -> bool {
    table.parameters.contains_key("storage_handler")
}
