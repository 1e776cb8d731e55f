//! `SHOW PARTITIONS`

use std::cmp::Ordering;

use skep_metastore::model::{DEFAULT_PARTITION, Table, partition_name, unescape_path_name};
use skep_metastore::store::MetaStore;

use crate::error::{HiveError, Result, SkepError};
use crate::executor::{names, partition_filter, partition_spec};
use crate::parser::ast::ShowPartitions;
use crate::parser::ast::query::{BinaryOperator, Expr, UnaryOperator, Value};
use crate::session::{Outcome, Session};

/// Runs the statement.
pub async fn run(session: &Session, statement: &ShowPartitions) -> Result<Outcome> {
    let table = names::table(session, &statement.table)?;
    if !table.is_partitioned() {
        let error = SkepError::semantic(HiveError::TABLE_NOT_PARTITIONED, table.qualified_name());
        return Err(error.with_span(Some(statement.table.span().into())));
    }
    let values = match &statement.partition {
        Some(spec) => partition_spec::partial_values(session, &table, spec)?,
        None => vec![None; table.partition_keys.len()],
    };
    let filter = partition_spec::filter_of(&table, &values);
    let plain = statement.filter.is_none() && statement.order_by.is_empty();
    let limit = statement.limit.map(|limit| limit as usize);
    let early = if plain { limit } else { None };
    let mut found = session.catalog().partition_values(&table.database, &table.name, &filter, early)?;
    if let Some(condition) = &statement.filter {
        let condition = with_nulls(condition.as_ref().clone());
        found = partition_filter::retain(session, &table, found, &condition).await?;
    }
    if !statement.order_by.is_empty() {
        let keys = order_keys(&table, &statement.order_by)?;
        found.sort_by(|left, right| by_keys(&table, &keys, left, right));
    }
    found.truncate(limit.unwrap_or(usize::MAX));
    // As the folders are called, unless the session wants the values themselves.
    let decoded = session.config().bool("hive.decode.partition.name");
    let named = |values: &Vec<String>| {
        let name = partition_name(&table.partition_keys, values);
        if decoded { unescape_path_name(&name) } else { name }
    };
    Outcome::lines("partition", found.iter().map(named))
}

/// The condition with `c = '__HIVE_DEFAULT_PARTITION__'`, which asks for the partition of NULL by its name, as `c IS NULL`.
fn with_nulls(condition: Expr) -> Expr {
    let is_name = |expr: &Expr| {
        matches!(expr, Expr::Value(value)
            if matches!(&value.value, Value::SingleQuotedString(text) if text == DEFAULT_PARTITION))
    };
    match condition {
        Expr::BinaryOp { left, op: op @ (BinaryOperator::Eq | BinaryOperator::NotEq), right } if is_name(&right) => {
            if op == BinaryOperator::Eq {
                Expr::IsNull(left)
            } else {
                Expr::IsNotNull(left)
            }
        }
        Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
            Expr::BinaryOp { left: Box::new(with_nulls(*left)), op, right: Box::new(with_nulls(*right)) }
        }
        Expr::Nested(inner) => Expr::Nested(Box::new(with_nulls(*inner))),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
            Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(with_nulls(*expr)) }
        }
        other => other,
    }
}

/// Positions of the partition columns to order by, and whether ascending.
fn order_keys(table: &Table, order_by: &[(Expr, bool)]) -> Result<Vec<(usize, bool)>> {
    order_by
        .iter()
        .map(|(expr, ascending)| {
            let name = expr.to_string().replace('`', "").to_lowercase();
            let name = name.rsplit('.').next().unwrap_or_default();
            let at = table.partition_keys.iter().position(|key| key.name == name);
            let at = at.ok_or_else(|| {
                SkepError::unsupported(format!("ORDER BY {expr} (anything but a partition column) in SHOW PARTITIONS"))
            })?;
            Ok((at, *ascending))
        })
        .collect()
}

fn by_keys(table: &Table, keys: &[(usize, bool)], left: &[String], right: &[String]) -> Ordering {
    for (at, ascending) in keys {
        // NULL comes last among ascending ones.
        let null = |values: &[String]| values[*at] == DEFAULT_PARTITION;
        let order = match (null(left), null(right)) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => partition_spec::compare(&table.partition_keys[*at].ty, &left[*at], &right[*at]),
        };
        let order = if *ascending { order } else { order.reverse() };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}
