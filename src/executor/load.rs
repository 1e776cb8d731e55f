//! `LOAD DATA`

use std::collections::BTreeMap;

use skep_metastore::model::{Table, TableKind};
use skep_metastore::store::MetaStore;
use skep_warehouse::sink::{LoadSource, stage_load};
use skep_warehouse::store::{fs, glob, url};

use super::names::quoted;
use super::{insert, names, partition_spec};
use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{LoadData, Statement};
use crate::session::policy::Outside;
use crate::session::{Outcome, Session};

/// Runs the statement. Files are put into the table as they are; where they must be sorted into partitions or buckets,
/// their rows are inserted instead, as Hive 4 does.
pub async fn run(session: &Session, statement: &LoadData) -> Result<Outcome> {
    if statement.local {
        session.config().policy().check(Outside::LocalLoad)?;
    }
    let table = names::table(session, &statement.table)?;
    let span = Some(statement.table.span().into());
    if table.is_view() {
        return Err(SkepError::semantic(HiveError::VIEW_AS_TARGET, "").with_span(span));
    }
    if table.storage.stored_as_sub_directories {
        let text = "A stored-as-directories table cannot be used as target for LOAD";
        return Err(SkepError::invalid(text).with_code(10195, "42000").with_span(span));
    }
    check_path(session, statement).await?;
    let values = match &statement.partition {
        Some(spec) if !table.is_partitioned() => {
            let error = SkepError::semantic(HiveError::SPEC_FOR_UNPARTITIONED, &table.name);
            return Err(error.with_span(Some(spec.span.into())));
        }
        Some(spec) => partition_spec::partial_values(session, &table, spec)?,
        None => vec![None; table.partition_keys.len()],
    };
    let bucketed = !table.storage.bucket_columns.is_empty() && session.config().strict("hive.strict.checks.bucketing");
    let dynamic = values.iter().any(Option::is_none);
    if bucketed || dynamic || statement.input_format.is_some() {
        return by_insert(session, statement, &table, &values).await;
    }
    let values: Vec<String> = values.into_iter().flatten().collect();
    let source = LoadSource { path: local_path(statement)?, local: statement.local, overwrite: statement.overwrite };
    let result = stage_load(&table, &values, &source, &session.metastore(), session.stores(), session.user()).await;
    result.map_err(|error| SkepError::invalid(error.to_string()).with_code(40000, "42000").with_source(error))?;
    Ok(Outcome::done())
}

fn local_path(statement: &LoadData) -> Result<String> {
    Ok(url::normalize(&statement.path)?)
}

/// Hive's error 10027 for a path that leads nowhere.
async fn check_path(session: &Session, statement: &LoadData) -> Result<()> {
    let path = local_path(statement)?;
    let policy = session.config().policy();
    if !statement.local {
        policy.check_pattern(&path)?;
    }
    let found = glob::expand(session.stores(), &path).await?;
    if !statement.local {
        // What a pattern finds may be a link.
        for file in &found {
            policy.check_folder(&file.path, None)?;
        }
    }
    if found.is_empty() {
        let text = format!(
            "Line {}:{} Invalid path ''{}'': No files matching path {}",
            statement.path_span.start.line,
            statement.path_span.start.column,
            statement.path,
            local_path(statement)?
        );
        let error = HiveError::INVALID_PATH;
        return Err(SkepError::invalid(text).with_code(error.code, error.sqlstate));
    }
    Ok(())
}

/// Inserts the rows of the files by way of a temporary table over copies of them.
async fn by_insert(
    session: &Session,
    statement: &LoadData,
    table: &Table,
    values: &[Option<String>],
) -> Result<Outcome> {
    let files = source_files(session, statement).await?;
    let name = format!("skep_load_{}", uuid::Uuid::new_v4().simple());
    let mut copy = table.clone();
    copy.name = name.clone();
    copy.temporary = true;
    copy.kind = TableKind::Managed;
    copy.parameters = BTreeMap::new();
    for (key, value) in table.parameters.iter().filter(|(key, _)| key.starts_with("skip.")) {
        copy.parameters.insert(key.clone(), value.clone());
    }
    copy.storage.num_buckets = -1;
    copy.storage.bucket_columns.clear();
    copy.storage.sort_columns.clear();
    if let Some((input_format, serde)) = &statement.input_format {
        copy.storage.input_format = input_format.clone();
        copy.storage.serde.library = serde.clone();
    }
    // Partition columns without a value in the statement stand at the end of the lines.
    let keys = std::mem::take(&mut copy.partition_keys);
    let dynamic: Vec<_> = keys.iter().zip(values).filter(|(_, value)| value.is_none()).map(|(key, _)| key).collect();
    copy.storage.columns.extend(dynamic.iter().map(|key| (*key).clone()));
    copy.storage.location = session.temporary_location(&table.database, &name)?;
    fs::create_dir(session.stores(), &copy.storage.location).await?;
    for (at, file) in files.iter().enumerate() {
        let to = url::join(&copy.storage.location, &format!("{at:06}_{}", url::file_name(file)));
        fs::copy(session.stores(), file, &to).await?;
    }
    session.catalog().create_table(&copy)?;
    let result = insert_from(session, statement, table, values, &copy).await;
    session.catalog().drop_table(&copy.database, &copy.name)?;
    fs::delete(session.stores(), &copy.storage.location, true).await?;
    result?;
    if !statement.local {
        for file in &files {
            fs::delete(session.stores(), file, false).await?;
        }
    }
    Ok(Outcome::done())
}

async fn source_files(session: &Session, statement: &LoadData) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for found in glob::expand(session.stores(), &local_path(statement)?).await? {
        if found.is_dir {
            let children = fs::list(session.stores(), &found.path).await?;
            files.extend(children.into_iter().filter(|f| !f.is_dir && !url::is_hidden(f.name())).map(|f| f.path));
        } else {
            files.push(found.path);
        }
    }
    Ok(files)
}

async fn insert_from(
    session: &Session,
    statement: &LoadData,
    table: &Table,
    values: &[Option<String>],
    copy: &Table,
) -> Result<()> {
    let mut partition = String::new();
    if table.is_partitioned() {
        let parts = table.partition_keys.iter().zip(values).map(|(key, value)| match value {
            Some(value) => {
                let text = value.replace('\\', "\\\\").replace('\'', "\\'");
                format!("{}='{text}'", quoted(&key.name))
            }
            None => quoted(&key.name),
        });
        partition = format!(" PARTITION ({})", parts.collect::<Vec<_>>().join(", "));
    }
    let columns: Vec<String> = copy.storage.columns.iter().map(|column| quoted(&column.name)).collect();
    let text = format!(
        "INSERT {} TABLE {}.{}{partition} SELECT {} FROM {}.{}",
        if statement.overwrite { "OVERWRITE" } else { "INTO" },
        quoted(&table.database),
        quoted(&table.name),
        columns.join(", "),
        quoted(&copy.database),
        quoted(&copy.name),
    );
    match crate::parser::parse(&text)? {
        Statement::Insert(insert) => insert::run(session, &insert).await.map(|_| ()),
        _ => Err(SkepError::invalid("the rows of the files cannot be inserted")),
    }
}
