//! `INSERT`: the analyzer's plans, run into the warehouse's sinks.

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use skep_metastore::model::{FieldSchema, StorageDescriptor};
use skep_metastore::store::MetaStore;
use skep_warehouse::codec::TextCodec;
use skep_warehouse::sink::{
    DirectoryTarget, Target, WriteOptions, WriteSummary, WriteTarget, write_directory, write_table,
};
use skep_warehouse::store::{fs, url};

use super::context::StatementContext;
use super::{ddl, multi_insert, query};
use crate::analyzer::{AnalyzedQuery, Analyzer, InsertPlan, TableInsert};
use crate::engine::absolute_url;
use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{Insert, InsertDirectory, InsertTarget};
use crate::session::policy::Outside;
use crate::session::{Outcome, Session};

/// Runs the statement: what all branches write is seen in the end, or nothing of it.
pub async fn run(session: &Session, statement: &Insert) -> Result<Outcome> {
    let context = StatementContext::new(session);
    let analyzed = Analyzer::new(&context).analyze_insert(statement)?;
    drop(context);
    if let Some(source) = analyzed.source {
        let rows = multi_insert::run(session, statement, source, analyzed.branches).await?;
        return Ok(Outcome::changed(rows));
    }
    let mut rows = 0;
    for branch in analyzed.branches {
        match target(session, statement, branch).await? {
            (Target::Table(target), plan) => {
                rows += write(session, plan, target).await?.rows;
            }
            (Target::Directory(target), plan) => {
                let state = query::state(session)?;
                let plan = query::physical(&state, plan).await?;
                session.monitor().planned(&plan);
                let stores = Arc::clone(session.stores());
                rows += write_directory(*target, plan, state.task_ctx(), session.metastore(), stores).await?.rows;
            }
        }
    }
    Ok(Outcome::changed(rows))
}

/// Where the rows of a branch go, and the plan that gives them.
///
/// # Errors
/// The target does not take them.
pub async fn target(session: &Session, statement: &Insert, branch: InsertPlan) -> Result<(Target, LogicalPlan)> {
    match branch {
        InsertPlan::Table { plan, target } => {
            refuse_immutable(session, &target).await?;
            let TableInsert { table, partition, overwrite, if_not_exists } = target;
            let options = write_options(session)?;
            let target = WriteTarget { table, partition, overwrite, if_not_exists, create_table: false, options };
            Ok((Target::Table(target), plan))
        }
        InsertPlan::Directory { query, branch } => {
            let target = statement.branches.get(branch).map(|branch| &branch.target);
            let Some(InsertTarget::Directory(directory)) = target else {
                return Err(SkepError::invalid("the INSERT has no such branch"));
            };
            let plan = query.plan.clone();
            Ok((Target::Directory(Box::new(directory_target(session, query, directory)?)), plan))
        }
    }
}

/// A table with `'immutable'='true'` takes rows only while it (or the partition) is empty.
async fn refuse_immutable(session: &Session, insert: &TableInsert) -> Result<()> {
    let table = &insert.table;
    let immutable = table.parameters.get("immutable").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if !immutable || insert.overwrite {
        return Ok(());
    }
    let values: Option<Vec<String>> = insert.partition.iter().cloned().collect();
    let folder = match values {
        Some(values) if table.is_partitioned() => {
            match session.catalog().partition(&table.database, &table.name, &values) {
                Ok(partition) => partition.storage.location,
                Err(_) => return Ok(()),
            }
        }
        _ => table.storage.location.clone(),
    };
    let files = fs::walk(session.stores(), &folder).await?;
    if files.iter().any(|file| file.len > 0 && !url::is_hidden(file.name())) {
        return Err(SkepError::semantic(HiveError::IMMUTABLE_TABLE, &table.name));
    }
    Ok(())
}

/// Runs a plan into a target.
pub async fn write(session: &Session, plan: LogicalPlan, target: WriteTarget) -> Result<WriteSummary> {
    let state = query::state(session)?;
    let plan = query::physical(&state, plan).await?;
    write_physical(session, &state, plan, target).await
}

/// Runs a physical plan into a target.
pub async fn write_physical(
    session: &Session,
    state: &SessionState,
    plan: Arc<dyn ExecutionPlan>,
    target: WriteTarget,
) -> Result<WriteSummary> {
    session.monitor().planned(&plan);
    let stores = Arc::clone(session.stores());
    Ok(write_table(target, plan, state.task_ctx(), session.metastore(), stores).await?)
}

/// Keys that say what written files are made of where the table does not.
const FILE_KEYS: [&str; 6] = [
    "avro.output.codec",
    "hive.avro.proleptic.gregorian",
    "hive.exec.orc.default.compress",
    "parquet.compression",
    "hive.parquet.write.int64.timestamp",
    SEQUENCE_KEY,
];

/// How SequenceFiles are compressed.
const SEQUENCE_KEY: &str = "mapreduce.output.fileoutputformat.compress.type";

/// The session's settings for writing.
pub fn write_options(session: &Session) -> Result<WriteOptions> {
    let (config, user) = (session.config(), session.user());
    let compressed =
        config.bool("hive.exec.compress.output") || config.bool("mapreduce.output.fileoutputformat.compress");
    let codec = config
        .get("mapred.output.compression.codec")
        .unwrap_or_else(|| config.text("mapreduce.output.fileoutputformat.compress.codec"));
    let compress = if compressed { Some(TextCodec::from_class(codec)?) } else { None };
    let size = |name: &str| config.int(name).max(0) as usize;
    Ok(WriteOptions {
        compress,
        max_dynamic_partitions: size("hive.exec.max.dynamic.partitions"),
        max_dynamic_partitions_pernode: size("hive.exec.max.dynamic.partitions.pernode"),
        max_created_files: size("hive.exec.max.created.files"),
        error_on_empty_partition: config.bool("hive.error.on.empty.partition"),
        default_partition_name: config.text("hive.exec.default.partition.name").to_string(),
        user: user.to_string(),
        roll_back: config.bool("hive.test.rollbacktxn"),
        tz: config.time_zone().into(),
        column_statistics: config.bool("hive.stats.autogather") && config.bool("hive.stats.column.autogather"),
        file_defaults: FILE_KEYS
            .iter()
            .filter_map(|key| {
                // What Hadoop called it before, and still takes.
                let older = (*key == SEQUENCE_KEY).then(|| config.get("mapred.output.compression.type")).flatten();
                Some((key.to_string(), older.or(config.get(key))?.to_string()))
            })
            .collect(),
    })
}

fn directory_target(session: &Session, query: AnalyzedQuery, directory: &InsertDirectory) -> Result<DirectoryTarget> {
    if directory.local {
        session.config().policy().check(Outside::LocalDirectory)?;
    }
    let columns: Vec<FieldSchema> = query
        .columns
        .iter()
        .map(|column| FieldSchema { name: column.name.clone(), ty: column.ty.clone(), comment: None })
        .collect();
    let mut storage = StorageDescriptor {
        columns: columns.clone(),
        location: if directory.local { absolute_url(&directory.path)? } else { session.named_url(&directory.path)? },
        num_buckets: -1,
        ..Default::default()
    };
    let (rows, files) = (directory.row_format.as_ref(), directory.file_format.as_ref());
    // Text, whatever tables are made of, as Hive has it.
    let text = crate::parser::ast::FileFormat::Name("TEXTFILE".into());
    ddl::storage::describe_rows(session, &mut storage, rows, files.or(Some(&text)), false)?;
    Ok(DirectoryTarget {
        location: storage.location.clone(),
        storage,
        columns,
        overwrite: true,
        options: write_options(session)?,
    })
}
