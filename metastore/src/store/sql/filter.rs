//! Partition filters as SQL over the typed, indexed values of partitions.

use std::borrow::Cow;

use super::connection::Value;
use super::dialect::Dialect;
use super::fault::Attempt;
use super::schema::INDEXED_VALUES;
use crate::error::MetastoreError;
use crate::model::{CompareOp, FieldSchema, PartitionFilter, PartitionLiteral, PartitionValue, typed_value};

/// More parameters than these are not bound one by one; SQLite takes 32,766.
const MAX_PARAMETERS: usize = 20_000;
/// `IN` lists longer than this become one parameter.
const MAX_IN_LIST: usize = 500;
/// Deepest nesting of `And` and `Or` that becomes SQL.
const MAX_SQL_DEPTH: usize = 50;
/// Deepest nesting that is taken at all.
const MAX_DEPTH: usize = 1000;
/// As many values as have a bit in `null_values`.
const NULL_BITS: usize = 62;

/// The condition that all partitions satisfy.
pub(super) const EVERYTHING: &str = "1 = 1";

/// How a filter is answered.
#[derive(Debug)]
pub(super) enum Condition {
    /// By this condition on `partitions`, with parameters 1, 2, …
    Sql {
        /// An expression, whole in itself.
        text: String,
        /// Its parameters.
        parameters: Vec<Value<'static>>,
    },
    /// By [`PartitionFilter::matches`] over all partitions: the filter is on a column beyond the indexed ones, compares
    /// in another type than its column's, or is huge.
    Evaluate,
}

/// What the row of a partition keeps of its values; see the schema.
#[derive(Debug)]
pub(super) struct TypedValues {
    /// Of the first columns, in the columns that [`value_columns`] names.
    pub(super) indexed: Vec<Value<'static>>,
    /// Which are NULL.
    pub(super) null_bits: i64,
}

/// The typed values of a partition.
pub(super) fn typed_values(keys: &[FieldSchema], values: &[String]) -> TypedValues {
    let mut typed = TypedValues { indexed: Vec::with_capacity(keys.len().min(INDEXED_VALUES)), null_bits: 0 };
    for (position, (key, value)) in keys.iter().zip(values).enumerate() {
        let value = match typed_value(key, value) {
            PartitionValue::Null => {
                typed.null_bits |= null_bit(position).unwrap_or(0);
                Value::Null
            }
            PartitionValue::Integer(number) => Value::Integer(number),
            PartitionValue::Text(text) => Value::Text(Cow::Owned(storable(text))),
        };
        if position < INDEXED_VALUES {
            typed.indexed.push(value);
        }
    }
    typed
}

/// The columns that keep the values of partitions of these partition columns.
pub(super) fn value_columns(keys: &[FieldSchema]) -> impl Iterator<Item = String> + '_ {
    keys.iter().take(INDEXED_VALUES).enumerate().map(|(position, key)| column_name(position, key))
}

fn column_name(position: usize, key: &FieldSchema) -> String {
    format!("{}{position}", if key.ty.is_integer() { "number" } else { "text" })
}

fn null_bit(position: usize) -> Option<i64> {
    (position < NULL_BITS).then(|| 1 << position)
}

/// A text without the character 0, which PostgreSQL has not; texts keep their order.
fn storable(text: String) -> String {
    if text.contains(['\0', '\u{1}']) { text.replace('\u{1}', "\u{1}\u{2}").replace('\0', "\u{1}\u{1}") } else { text }
}

/// Makes SQL of a filter. A column that the table has not is an error.
pub(super) fn compile(filter: &PartitionFilter, keys: &[FieldSchema], dialect: Dialect) -> Attempt<Condition> {
    let Some(depth) = check(filter, keys, 0)? else {
        let message = format!("a partition filter is nested deeper than {MAX_DEPTH}");
        return Err(MetastoreError::InvalidObject(message).into());
    };
    if depth > MAX_SQL_DEPTH {
        return Ok(Condition::Evaluate);
    }
    let mut compiler = Compiler { keys, dialect, parameters: vec![] };
    match compiler.expression(filter) {
        // Some places are left for the parameters that the query adds.
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
    dialect: Dialect,
    parameters: Vec<Value<'static>>,
}

impl Compiler<'_> {
    /// The expression, or `None` where there is none.
    fn expression(&mut self, filter: &PartitionFilter) -> Option<String> {
        match filter {
            PartitionFilter::All => Some(EVERYTHING.to_string()),
            PartitionFilter::Compare { column, op, literal } => {
                let value = self.literal(*column, literal)?;
                let op = match op {
                    CompareOp::Eq => "=",
                    CompareOp::Lt => "<",
                    CompareOp::LtEq => "<=",
                    CompareOp::Gt => ">",
                    CompareOp::GtEq => ">=",
                    CompareOp::NotEq => "<>",
                };
                Some(format!("{} {op} {value}", self.column(*column)?))
            }
            PartitionFilter::In { literals, .. } if literals.is_empty() => Some("1 = 0".to_string()),
            PartitionFilter::In { column, literals } => {
                let list = self.list(*column, literals)?;
                Some(format!("{} IN {list}", self.column(*column)?))
            }
            PartitionFilter::IsNull { column, negated } => {
                let bit = null_bit(*column)?;
                Some(match negated {
                    // The first condition is that of the index.
                    false => format!("(null_values <> 0 AND (null_values & {bit}) <> 0)"),
                    true => format!("(null_values & {bit}) = 0"),
                })
            }
            PartitionFilter::And(parts) => self.join(parts, "AND", EVERYTHING),
            PartitionFilter::Or(parts) => self.join(parts, "OR", "1 = 0"),
        }
    }

    fn column(&self, position: usize) -> Option<String> {
        (position < INDEXED_VALUES).then(|| self.keys.get(position).map(|key| column_name(position, key)))?
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

    fn add(&mut self, value: Value<'static>) -> usize {
        self.parameters.push(value);
        self.parameters.len()
    }

    fn literal(&mut self, column: usize, literal: &PartitionLiteral) -> Option<String> {
        let value = match (self.keys.get(column)?.ty.is_integer(), literal) {
            (true, PartitionLiteral::Integer(number)) => Value::Integer(*number),
            (false, PartitionLiteral::Text(text)) => Value::Text(Cow::Owned(storable(text.clone()))),
            _ => return None,
        };
        Some(format!("?{}", self.add(value)))
    }

    fn list(&mut self, column: usize, literals: &[PartitionLiteral]) -> Option<String> {
        if literals.len() <= MAX_IN_LIST {
            let all: Option<Vec<_>> = literals.iter().map(|literal| self.literal(column, literal)).collect();
            return Some(format!("({})", all?.join(", ")));
        }
        if self.keys.get(column)?.ty.is_integer() {
            let number = |literal: &PartitionLiteral| match literal {
                PartitionLiteral::Integer(number) => Some(*number),
                PartitionLiteral::Text(_) => None,
            };
            let numbers: Option<Vec<i64>> = literals.iter().map(number).collect();
            let parameter = self.add(Value::Integers(Cow::Owned(numbers?)));
            return Some(self.dialect.integers(parameter));
        }
        let text = |literal: &PartitionLiteral| match literal {
            PartitionLiteral::Text(text) => Some(storable(text.clone())),
            PartitionLiteral::Integer(_) => None,
        };
        let texts: Option<Vec<String>> = literals.iter().map(text).collect();
        let parameter = self.add(Value::Texts(Cow::Owned(texts?)));
        Some(self.dialect.texts(parameter))
    }
}
