//! Conditions over partition columns, evaluated over the values of partitions.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use chrono::{DateTime, Utc};
use datafusion::datasource::{DefaultTableSource, MemTable};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::TableSource;
use futures::TryStreamExt;
use skep_metastore::model::{DEFAULT_PARTITION, FieldSchema, HiveType, Table};
use skep_udf::cast::{CastTarget, cast_array};
use skep_warehouse::types::{arrow_field, arrow_type};

use super::context::StatementContext;
use super::query;
use crate::analyzer::{AnalyzeError, Analyzer, AnalyzerContext, AnalyzerSettings, MacroDefinition, ResolvedTable};
use crate::error::{Result, SkepError};
use crate::parser::ast::query::{Expr, SetExpr};
use crate::session::Session;

/// The column with the position of a partition in the list.
const POSITION: &str = "skep_position";

/// Keeps the partitions for which a condition holds.
pub async fn retain(
    session: &Session,
    table: &Table,
    values: Vec<Vec<String>>,
    condition: &Expr,
) -> Result<Vec<Vec<String>>> {
    let batch = batch(session, table, &values)?;
    let provider = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
    let mut shown = table.clone();
    shown.storage.columns = std::mem::take(&mut shown.partition_keys);
    shown.storage.columns.push(FieldSchema { name: POSITION.into(), ty: HiveType::BigInt, comment: None });
    let context = OnePlace {
        session: StatementContext::new(session),
        table: Arc::new(shown),
        source: Arc::new(DefaultTableSource::new(Arc::new(provider))),
    };
    let name = format!("`{}`", table.name.replace('`', "``"));
    let mut source = crate::parser::parse_query(&format!("SELECT {POSITION} FROM {name} ORDER BY {POSITION}"))?;
    let SetExpr::Select(select) = source.query.body.as_mut() else {
        return Err(SkepError::unsupported("this condition in SHOW PARTITIONS"));
    };
    select.selection = Some(condition.clone());
    let plan = Analyzer::new(&context).analyze_query(&source.query)?.plan;
    let state = query::state(session)?;
    let plan = query::physical(&state, plan).await?;
    let batches: Vec<RecordBatch> = query::stream(&state, plan)?.try_collect().await?;
    let mut kept = Vec::new();
    for batch in &batches {
        let Some(positions) = batch.column(0).as_any().downcast_ref::<Int64Array>() else { continue };
        kept.extend(positions.iter().flatten().filter_map(|at| values.get(at as usize).cloned()));
    }
    Ok(kept)
}

/// The values in the types of their columns, and their positions.
fn batch(session: &Session, table: &Table, values: &[Vec<String>]) -> Result<RecordBatch> {
    let zone = session.config().arrow_time_zone()?;
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (at, key) in table.partition_keys.iter().enumerate() {
        let texts = values.iter().map(|row| Some(row[at].as_str()).filter(|value| *value != DEFAULT_PARTITION));
        let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
        let ty = arrow_type(&key.ty);
        arrays.push(match ty {
            DataType::Utf8 => texts,
            ty => cast_array(&texts, &CastTarget::Arrow(ty), zone)?,
        });
        fields.push(arrow_field(key));
    }
    fields.push(Field::new(POSITION, DataType::Int64, true));
    arrays.push(Arc::new(Int64Array::from_iter_values(0..values.len() as i64)));
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(DataFusionError::from)?)
}

/// A context in which every name means the list of partitions.
struct OnePlace<'a> {
    session: StatementContext<'a>,
    table: Arc<Table>,
    source: Arc<dyn TableSource>,
}

impl AnalyzerContext for OnePlace<'_> {
    fn table(&self, _: Option<&str>, _: &str) -> Result<Option<ResolvedTable>, AnalyzeError> {
        let (table, source) = (Arc::clone(&self.table), Arc::clone(&self.source));
        Ok(Some(ResolvedTable::Table { table, source }))
    }

    fn macro_definition(&self, name: &str) -> Option<MacroDefinition> {
        self.session.macro_definition(name)
    }

    fn settings(&self) -> &AnalyzerSettings {
        self.session.settings()
    }

    fn current_database(&self) -> &str {
        self.session.current_database()
    }

    fn current_user(&self) -> &str {
        self.session.current_user()
    }

    fn now(&self) -> DateTime<Utc> {
        self.session.now()
    }

    fn time_zone(&self) -> chrono_tz::Tz {
        self.session.time_zone()
    }
}
