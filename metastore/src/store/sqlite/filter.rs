//! Partition filters as SQL over the typed, indexed `value` columns.

use rusqlite::types::Value;

use super::fault::Attempt;
use super::schema::INDEXED_VALUES;
use crate::error::MetastoreError;
use crate::model::{CompareOp, FieldSchema, PartitionFilter, PartitionLiteral, PartitionValue};

/// More parameters than these are not bound one by one; SQLite takes 32,766.
const MAX_PARAMETERS: usize = 20_000;
/// `IN` lists longer than this become one JSON parameter.
const MAX_IN_LIST: usize = 500;
/// Deepest nesting of `And` and `Or` that becomes SQL.
const MAX_SQL_DEPTH: usize = 50;
/// Deepest nesting that is taken at all.
const MAX_DEPTH: usize = 1000;

/// How a filter is answered.
#[derive(Debug)]
pub(super) enum Condition {
    /// By this condition on `partitions`, with parameters 1, 2, …
    Sql {
        /// An expression, whole in itself.
        text: String,
        /// Its parameters.
        parameters: Vec<Value>,
    },
    /// By [`PartitionFilter::matches`] over all partitions: the filter is on a column beyond the indexed ones, compares
    /// in another type than its column's, or is huge.
    Evaluate,
}

impl From<PartitionValue> for Value {
    fn from(value: PartitionValue) -> Self {
        match value {
            // SQLite orders integers before text before blobs, and compares none with another as equal.
            PartitionValue::Null => Value::Blob(vec![]),
            PartitionValue::Integer(number) => Value::Integer(number),
            PartitionValue::Text(text) => Value::Text(text),
        }
    }
}

/// Makes SQL of a filter. A column that the table has not is an error.
pub(super) fn compile(filter: &PartitionFilter, keys: &[FieldSchema]) -> Attempt<Condition> {
    let Some(depth) = check(filter, keys, 0)? else {
        let message = format!("a partition filter is nested deeper than {MAX_DEPTH}");
        return Err(MetastoreError::InvalidObject(message).into());
    };
    if depth > MAX_SQL_DEPTH {
        return Ok(Condition::Evaluate);
    }
    let mut compiler = Compiler { keys, parameters: vec![] };
    match compiler.expression(filter) {
        // One place is left for each of the parameters that the query adds.
        Some(text) if compiler.parameters.len() <= MAX_PARAMETERS => {
            Ok(Condition::Sql { text, parameters: compiler.parameters })
        }
        _ => Ok(Condition::Evaluate),
    }
}

/// Checks the columns and returns the depth, or `None` where it is too deep.
fn check(filter: &PartitionFilter, keys: &[FieldSchema], depth: usize) -> Attempt<Option<usize>> {
    if depth > MAX_DEPTH {
        return Ok(None);
    }
    match filter {
        PartitionFilter::All => Ok(Some(depth)),
        PartitionFilter::Compare { column, .. }
        | PartitionFilter::In { column, .. }
        | PartitionFilter::IsNull { column, .. } => {
            if *column < keys.len() {
                return Ok(Some(depth));
            }
            let message =
                format!("a partition filter is on column {column}, there are {} partition columns", keys.len());
            Err(MetastoreError::InvalidObject(message).into())
        }
        PartitionFilter::And(parts) | PartitionFilter::Or(parts) => {
            let mut deepest = depth;
            for part in parts {
                match check(part, keys, depth + 1)? {
                    Some(below) => deepest = deepest.max(below),
                    None => return Ok(None),
                }
            }
            Ok(Some(deepest))
        }
    }
}

struct Compiler<'a> {
    keys: &'a [FieldSchema],
    parameters: Vec<Value>,
}

impl Compiler<'_> {
    /// The expression, or `None` where there is none.
    fn expression(&mut self, filter: &PartitionFilter) -> Option<String> {
        match filter {
            PartitionFilter::All => Some("1".to_string()),
            PartitionFilter::Compare { column, op, literal } => {
                let value = self.literal(*column, literal)?;
                let column = value_column(*column)?;
                // The end of the literal's storage class, so that no value of another one is among the greater ones.
                let end = match literal {
                    PartitionLiteral::Integer(_) => "''",
                    PartitionLiteral::Text(_) => "x''",
                };
                Some(match op {
                    CompareOp::Eq => format!("{column} = {value}"),
                    CompareOp::Lt => format!("{column} < {value}"),
                    CompareOp::LtEq => format!("{column} <= {value}"),
                    CompareOp::Gt => format!("({column} > {value} AND {column} < {end})"),
                    CompareOp::GtEq => format!("({column} >= {value} AND {column} < {end})"),
                    CompareOp::NotEq => format!("({column} <> {value} AND {column} < {end})"),
                })
            }
            PartitionFilter::In { column, literals } => {
                let list = self.list(*column, literals)?;
                let column = value_column(*column)?;
                Some(format!("{column} IN ({list})"))
            }
            PartitionFilter::IsNull { column, negated } => {
                let column = value_column(*column)?;
                Some(format!("{column} {} x''", if *negated { "<" } else { "=" }))
            }
            PartitionFilter::And(parts) => self.join(parts, "AND", "1"),
            PartitionFilter::Or(parts) => self.join(parts, "OR", "0"),
        }
    }

    /// Joins in the form of a balanced tree, as SQLite limits the depth of expressions.
    fn join(&mut self, parts: &[PartitionFilter], op: &str, empty: &str) -> Option<String> {
        match parts {
            [] => Some(empty.to_string()),
            [one] => self.expression(one),
            _ => {
                let (left, right) = parts.split_at(parts.len() / 2);
                let left = self.join(left, op, empty)?;
                let right = self.join(right, op, empty)?;
                Some(format!("({left} {op} {right})"))
            }
        }
    }

    fn literal(&mut self, column: usize, literal: &PartitionLiteral) -> Option<String> {
        let value = match (self.keys.get(column)?.ty.is_integer(), literal) {
            (true, PartitionLiteral::Integer(number)) => Value::Integer(*number),
            (false, PartitionLiteral::Text(text)) => Value::Text(text.clone()),
            _ => return None,
        };
        self.parameters.push(value);
        Some(format!("?{}", self.parameters.len()))
    }

    fn list(&mut self, column: usize, literals: &[PartitionLiteral]) -> Option<String> {
        if literals.len() <= MAX_IN_LIST {
            let all: Option<Vec<_>> = literals.iter().map(|literal| self.literal(column, literal)).collect();
            return Some(all?.join(", "));
        }
        let integers = self.keys.get(column)?.ty.is_integer();
        let values: Option<Vec<serde_json::Value>> = literals
            .iter()
            .map(|literal| match literal {
                PartitionLiteral::Integer(number) if integers => Some((*number).into()),
                // SQLite's JSON functions end a text at a NUL.
                PartitionLiteral::Text(text) if !integers && !text.contains('\0') => Some(text.clone().into()),
                _ => None,
            })
            .collect();
        self.parameters.push(Value::Text(serde_json::Value::Array(values?).to_string()));
        Some(format!("SELECT value FROM json_each(?{})", self.parameters.len()))
    }
}

fn value_column(position: usize) -> Option<String> {
    (position < INDEXED_VALUES).then(|| format!("value{position}"))
}
