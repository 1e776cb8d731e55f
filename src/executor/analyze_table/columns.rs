//! `ANALYZE TABLE … COMPUTE STATISTICS FOR COLUMNS`

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;
use skep_metastore::model::{DEFAULT_PARTITION, FieldSchema, Parameters, Partition, Table};
use skep_metastore::store::MetaStore;
use skep_udf::text::{TextFormatter, TextStyle};
use skep_warehouse::stats::{StatisticsAccumulator, has_statistics};
use tokio::task::JoinSet;

use crate::error::{ErrorKind, HiveError, Result, SkepError};
use crate::executor::ddl::now;
use crate::executor::names::quoted;
use crate::executor::partition_spec::condition_text;
use crate::executor::query;
use crate::parser::ast::Ident;
use crate::session::Session;

/// What was seen, by partition values; under the empty list for a table without partitions.
type Seen = HashMap<Vec<String>, StatisticsAccumulator>;

/// Takes the statistics of the named columns, or of all, in one pass over the table or over the partitions.
pub async fn run(session: &Session, table: &Table, partitions: Option<&[Partition]>, names: &[Ident]) -> Result<()> {
    let columns = chosen(table, names)?;
    if columns.is_empty() {
        return Ok(());
    }
    let catalog = session.catalog();
    let accurate: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let nothing = StatisticsAccumulator::new(&columns);
    let seen = measure(session, table, partitions, &columns).await?;
    let Some(partitions) = partitions else {
        let statistics = seen.get(&Vec::new()).unwrap_or(&nothing).finish(now());
        catalog.set_column_statistics(&table.database, &table.name, None, &statistics)?;
        let mut changed = catalog.table(&table.database, &table.name)?;
        set_accurate(&mut changed.parameters, &accurate);
        catalog.alter_table(&table.database, &table.name, &changed)?;
        return Ok(());
    };
    let mut changed = Vec::with_capacity(partitions.len());
    for partition in partitions {
        let statistics = seen.get(&partition.values).unwrap_or(&nothing).finish(now());
        catalog.set_column_statistics(&table.database, &table.name, Some(&partition.values), &statistics)?;
        let mut partition = catalog.partition(&table.database, &table.name, &partition.values)?;
        set_accurate(&mut partition.parameters, &accurate);
        changed.push(partition);
    }
    catalog.alter_partitions(&table.database, &table.name, &changed)?;
    Ok(())
}

fn chosen(table: &Table, names: &[Ident]) -> Result<Vec<FieldSchema>> {
    if names.is_empty() {
        return Ok(table.storage.columns.iter().filter(|column| has_statistics(&column.ty)).cloned().collect());
    }
    names
        .iter()
        .map(|name| {
            let found = table.storage.columns.iter().find(|column| column.name == name.lower());
            let problem = match found {
                None => SkepError::semantic(HiveError::COLUMN_NOT_FOUND, format!("'{name}'")),
                Some(column) if !has_statistics(&column.ty) => {
                    SkepError::invalid(format!("statistics of columns of type {} are not kept", column.ty))
                }
                Some(column) => return Ok(column.clone()),
            };
            Err(problem.with_span(Some(name.span.into())))
        })
        .collect()
}

fn set_accurate(parameters: &mut Parameters, columns: &[String]) {
    let state = parameters.get("COLUMN_STATS_ACCURATE").cloned().unwrap_or_default();
    let mut object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&state).unwrap_or_default();
    let known = object.entry("COLUMN_STATS").or_insert_with(|| serde_json::Value::Object(Default::default()));
    if let Some(known) = known.as_object_mut() {
        for column in columns {
            known.insert(column.clone(), "true".into());
        }
        known.sort_keys();
    }
    object.sort_keys();
    parameters.insert("COLUMN_STATS_ACCURATE".into(), serde_json::Value::Object(object).to_string());
}

/// Reads the columns and the partition columns behind them, all parts of the plan at once.
async fn measure(
    session: &Session,
    table: &Table,
    partitions: Option<&[Partition]>,
    columns: &[FieldSchema],
) -> Result<Seen> {
    let names: Vec<String> = columns.iter().chain(&table.partition_keys).map(|column| quoted(&column.name)).collect();
    let mut text = format!("SELECT {} FROM {}.{}", names.join(", "), quoted(&table.database), quoted(&table.name));
    match partitions {
        Some([]) => return Ok(Seen::new()),
        // Few are named; many are most often all.
        Some(some) if some.len() <= 20 => {
            let conditions: Vec<String> =
                some.iter().map(|partition| format!("({})", condition_text(table, partition))).collect();
            text.push_str(&format!(" WHERE {}", conditions.join(" OR ")));
        }
        _ => {}
    }
    let analyzed = query::analyze(session, &crate::parser::parse_query(&text)?)?;
    let state = query::state(session)?;
    let plan = query::physical(&state, analyzed.plan).await?;
    session.monitor().planned(&plan);
    let style = TextStyle::cli(session.config().arrow_time_zone()?);
    let columns: Arc<[FieldSchema]> = columns.into();
    let mut tasks = JoinSet::new();
    for part in 0..plan.output_partitioning().partition_count() {
        let rows = execute(&plan, part, state.task_ctx())?;
        tasks.spawn(read(rows, Arc::clone(&columns), style));
    }
    let mut seen = Seen::new();
    while let Some(done) = tasks.join_next().await {
        let done = done.map_err(|error| SkepError::new(ErrorKind::Execution, error.to_string()))?;
        for (values, more) in done? {
            seen.entry(values).and_modify(|all| all.merge(&more)).or_insert(more);
        }
    }
    Ok(seen)
}

fn execute(plan: &Arc<dyn ExecutionPlan>, part: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
    Ok(plan.execute(part, context)?)
}

async fn read(mut rows: SendableRecordBatchStream, columns: Arc<[FieldSchema]>, style: TextStyle) -> Result<Seen> {
    let mut seen = Seen::new();
    while let Some(batch) = rows.next().await {
        let batch: RecordBatch = batch?;
        if batch.num_rows() == 0 {
            continue;
        }
        let keys = &batch.columns()[columns.len()..];
        let ranges = match keys {
            [] => std::iter::once(0..batch.num_rows()).collect(),
            keys => arrow::compute::partition(keys).map_err(datafusion::error::DataFusionError::from)?.ranges(),
        };
        for range in ranges {
            let mut values = Vec::with_capacity(keys.len());
            for key in keys {
                let formatter = TextFormatter::new(key.as_ref(), style)
                    .map_err(|error| SkepError::new(ErrorKind::Execution, error.to_string()))?;
                let mut text = String::new();
                match formatter.is_null(range.start) {
                    true => text.push_str(DEFAULT_PARTITION),
                    false => formatter.write(range.start, &mut text),
                }
                values.push(text);
            }
            let place = seen.entry(values).or_insert_with(|| StatisticsAccumulator::new(&columns));
            place.add(&batch.slice(range.start, range.len()))?;
        }
    }
    Ok(seen)
}
