//! `TABLESAMPLE`.

use datafusion::logical_expr::{LogicalPlanBuilder, Operator};
use skep_metastore::model::{HiveType, Table};
use skep_udf::coercion::ArithmeticOp;
use sqlparser::ast::{
    Expr as SqlExpr, TableSample, TableSampleBucket, TableSampleKind, TableSampleModifier, TableSampleUnit, Value,
    ValueWithSpan,
};

use super::From;
use super::plan::filter;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::expr::Clause;
use crate::analyzer::planner::{Env, Planner, Result};
use crate::analyzer::scope::Found;
use crate::analyzer::types::Typed;

impl Planner<'_> {
    /// The source, or the part of it that `TABLESAMPLE` asks for. `table` is the table that it is, if it is one.
    pub(super) fn sampled(
        &self,
        env: &Env<'_>,
        from: From,
        sample: Option<&TableSampleKind>,
        table: Option<&Table>,
    ) -> Result<From> {
        let sample = match sample {
            None => return Ok(from),
            Some(TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample)) => sample,
        };
        match sample.as_ref() {
            TableSample {
                modifier: TableSampleModifier::TableSample,
                name: None,
                quantity: None,
                seed: None,
                bucket: Some(bucket),
                offset: None,
            } => self.bucket_sample(env, from, bucket, table),
            TableSample {
                modifier: TableSampleModifier::TableSample,
                name: None,
                quantity: Some(quantity),
                seed: None,
                bucket: None,
                offset: None,
            } => match quantity.unit {
                Some(TableSampleUnit::Rows) => row_sample(from, &quantity.value),
                Some(TableSampleUnit::Percent) => self.percent_sample(env, from, &quantity.value),
                None => length_sample(from, &quantity.value, table),
            },
            other => Err(AnalyzeError::unsupported(other, None)),
        }
    }

    /// A share of the rows, by chance.
    fn percent_sample(&self, env: &Env<'_>, from: From, percent: &SqlExpr) -> Result<From> {
        let share = number(percent)
            .filter(|share| (0.0..=100.0).contains(share))
            .ok_or_else(|| AnalyzeError::new(ErrorCode::Semantic, "Sampling percentage should be between 0 and 100"))?;
        let clause = Clause::new(self, env, &from.scope);
        let chance = clause.call("rand", Vec::new())?;
        let share = Typed::new(datafusion::logical_expr::lit(share / 100.0), HiveType::Double);
        let condition = clause.compare(chance, Operator::Lt, share)?;
        Ok(From { plan: filter(from.plan, condition.expr)?, scope: from.scope })
    }

    /// The rows whose hash falls into one of so many buckets.
    fn bucket_sample(
        &self,
        env: &Env<'_>,
        from: From,
        bucket: &TableSampleBucket,
        table: Option<&Table>,
    ) -> Result<From> {
        let (Some(number), Some(total)) = (count(&bucket.bucket), count(&bucket.total)) else {
            return Err(AnalyzeError::unsupported(format!("TABLESAMPLE of bucket {}", bucket.bucket), None));
        };
        if number > total || total == 0 {
            return Err(AnalyzeError::new(
                ErrorCode::SampleNumerator,
                "Numerator should not be bigger than denominator in sample clause for table",
            ));
        }
        let clause = Clause::new(self, env, &from.scope);
        let values = match &bucket.on {
            Some(expr) => vec![clause.expr(expr)?],
            None => bucket_columns(&from, table)?,
        };
        let version_2 = table.is_none_or(|table| table.bucketing_version() == 2);
        let hash = clause.call(if version_2 { "murmur_hash" } else { "hash" }, values)?;
        let positive = clause.arithmetic(ArithmeticOp::BitAnd, hash, Typed::int(i32::MAX))?;
        let rest = clause.arithmetic(ArithmeticOp::Modulo, positive, Typed::int(total))?;
        let condition = clause.compare(rest, Operator::Eq, Typed::int(number.max(1) - 1))?;
        Ok(From { plan: filter(from.plan, condition.expr)?, scope: from.scope })
    }
}

fn bucket_columns(from: &From, table: Option<&Table>) -> Result<Vec<Typed>> {
    let names = table.map(|table| table.storage.bucket_columns.as_slice()).unwrap_or_default();
    let columns: Vec<Typed> = names
        .iter()
        .filter_map(|name| match from.scope.find(name) {
            Found::Column(column) => Some(Typed::column(column)),
            _ => None,
        })
        .collect();
    if columns.is_empty() {
        return Err(AnalyzeError::new(
            ErrorCode::NonBucketedTable,
            "Sampling expression needed for non-bucketed table",
        ));
    }
    Ok(columns)
}

/// The first rows; Hive takes so many of every split.
fn row_sample(from: From, rows: &SqlExpr) -> Result<From> {
    let rows = number(rows)
        .filter(|rows| *rows >= 0.0)
        .ok_or_else(|| AnalyzeError::new(ErrorCode::Semantic, "TABLESAMPLE takes a number of rows"))?;
    let plan = LogicalPlanBuilder::from(from.plan).limit(0, Some(rows as usize))?.build()?;
    Ok(From { plan, scope: from.scope })
}

/// `TABLESAMPLE (100M)`: by the table's statistics the first rows that are so many bytes. Hive takes whole pieces of files
/// until there are as many, so all rows are right too where nothing is known.
fn length_sample(from: From, length: &SqlExpr, table: Option<&Table>) -> Result<From> {
    let wanted = bytes(length)
        .ok_or_else(|| AnalyzeError::new(ErrorCode::Semantic, format!("TABLESAMPLE takes no {length} of bytes")))?;
    let statistic = |name: &str| table.and_then(|table| table.parameters.get(name)?.parse::<u64>().ok());
    match (statistic("totalSize"), statistic("numRows")) {
        (Some(size), Some(rows)) if size > wanted && rows > 0 => {
            let share = u128::from(rows) * u128::from(wanted) / u128::from(size);
            let limit = usize::try_from(share + 1).unwrap_or(usize::MAX);
            let plan = LogicalPlanBuilder::from(from.plan).limit(0, Some(limit))?.build()?;
            Ok(From { plan, scope: from.scope })
        }
        _ => Ok(from),
    }
}

/// `100B`, `100K`, `100M`, `100G` as bytes.
fn bytes(expr: &SqlExpr) -> Option<u64> {
    let SqlExpr::Value(ValueWithSpan { value: Value::Placeholder(text), .. }) = expr else { return None };
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let shift = match unit {
        "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn number(expr: &SqlExpr) -> Option<f64> {
    match expr {
        SqlExpr::Value(ValueWithSpan { value: Value::Number(text, _), .. }) => text.parse().ok(),
        _ => None,
    }
}

fn count(value: &ValueWithSpan) -> Option<i32> {
    match &value.value {
        Value::Number(text, _) => text.parse().ok(),
        _ => None,
    }
}
