//! `ANALYZE TABLE … COMPUTE STATISTICS FOR COLUMNS`

use skep_metastore::model::{
    ColumnStatistics, ColumnStatisticsData, FieldSchema, HiveType, Parameters, Partition, Table,
};
use skep_metastore::store::MetaStore;

use super::{has_statistics, rows};
use crate::error::{HiveError, Result, SkepError};
use crate::executor::ddl::now;
use crate::executor::names::quoted;
use crate::executor::partition_spec::condition_text;
use crate::parser::ast::Ident;
use crate::session::Session;

/// Takes the statistics of the named columns, or of all, by one query for the table or for each partition.
pub async fn run(session: &Session, table: &Table, partitions: Option<&[Partition]>, names: &[Ident]) -> Result<()> {
    let columns = chosen(table, names)?;
    if columns.is_empty() {
        return Ok(());
    }
    let catalog = session.catalog();
    let accurate: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let Some(partitions) = partitions else {
        let statistics = measure(session, table, None, &columns).await?;
        catalog.set_column_statistics(&table.database, &table.name, None, &statistics)?;
        let mut changed = catalog.table(&table.database, &table.name)?;
        set_accurate(&mut changed.parameters, &accurate);
        catalog.alter_table(&table.database, &table.name, &changed)?;
        return Ok(());
    };
    for partition in partitions {
        let statistics = measure(session, table, Some(partition), &columns).await?;
        catalog.set_column_statistics(&table.database, &table.name, Some(&partition.values), &statistics)?;
        let mut changed = catalog.partition(&table.database, &table.name, &partition.values)?;
        set_accurate(&mut changed.parameters, &accurate);
        catalog.alter_partitions(&table.database, &table.name, &[changed])?;
    }
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

/// Five figures a column: NULLs, distinct values, and three that depend on the type.
const FIGURES: usize = 5;

async fn measure(
    session: &Session,
    table: &Table,
    partition: Option<&Partition>,
    columns: &[FieldSchema],
) -> Result<Vec<ColumnStatistics>> {
    let mut items = Vec::with_capacity(columns.len() * FIGURES);
    for column in columns {
        let c = quoted(&column.name);
        items.push(format!("sum(IF({c} IS NULL, 1, 0))"));
        items.push(match column.ty {
            HiveType::Binary => "0".to_string(),
            _ => format!("count(DISTINCT {c})"),
        });
        match &column.ty {
            HiveType::Boolean => {
                items.push(format!("sum(IF({c}, 1, 0))"));
                items.push(format!("sum(IF(NOT {c}, 1, 0))"));
                items.push("0".into());
            }
            HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) | HiveType::Binary => {
                items.push(format!("max(octet_length({c}))"));
                items.push(format!("avg(octet_length({c}))"));
                items.push("0".into());
            }
            HiveType::Timestamp | HiveType::TimestampLocalTz => {
                items.push(format!("min(CAST({c} AS BIGINT))"));
                items.push(format!("max(CAST({c} AS BIGINT))"));
                items.push("0".into());
            }
            HiveType::Date => {
                items.push(format!("min(datediff({c}, '1970-01-01'))"));
                items.push(format!("max(datediff({c}, '1970-01-01'))"));
                items.push("0".into());
            }
            _ => {
                items.push(format!("min({c})"));
                items.push(format!("max({c})"));
                items.push("0".into());
            }
        }
    }
    let mut text = format!("SELECT {} FROM {}.{}", items.join(", "), quoted(&table.database), quoted(&table.name));
    if let Some(partition) = partition {
        text.push_str(" WHERE ");
        text.push_str(&condition_text(table, partition));
    }
    let row = rows(session, &text).await?.pop().unwrap_or_default();
    Ok(columns.iter().zip(row.chunks(FIGURES)).map(|(column, figures)| statistics(column, figures)).collect())
}

fn statistics(column: &FieldSchema, figures: &[Option<String>]) -> ColumnStatistics {
    let text = |at: usize| figures.get(at).cloned().flatten();
    let whole = |at: usize| text(at).and_then(|text| text.parse::<i64>().ok());
    let real = |at: usize| text(at).and_then(|text| text.parse::<f64>().ok());
    let nulls = whole(0).unwrap_or(0);
    let distinct = whole(1).unwrap_or(0);
    let data = match &column.ty {
        HiveType::Boolean => {
            ColumnStatisticsData::Boolean { trues: whole(2).unwrap_or(0), falses: whole(3).unwrap_or(0), nulls }
        }
        HiveType::Float | HiveType::Double => {
            ColumnStatisticsData::Double { low: real(2), high: real(3), nulls, distinct }
        }
        HiveType::Decimal { .. } => ColumnStatisticsData::Decimal { low: text(2), high: text(3), nulls, distinct },
        HiveType::Date => ColumnStatisticsData::Date { low: whole(2), high: whole(3), nulls, distinct },
        HiveType::String | HiveType::Varchar(_) | HiveType::Char(_) => ColumnStatisticsData::String {
            max_length: whole(2).unwrap_or(0),
            average_length: real(3).unwrap_or(0.0),
            nulls,
            distinct,
        },
        HiveType::Binary => ColumnStatisticsData::Binary {
            max_length: whole(2).unwrap_or(0),
            average_length: real(3).unwrap_or(0.0),
            nulls,
        },
        _ => ColumnStatisticsData::Long { low: whole(2), high: whole(3), nulls, distinct },
    };
    ColumnStatistics { column: column.name.clone(), ty: column.ty.clone(), data, last_analyzed: now() }
}
