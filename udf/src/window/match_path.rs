//! `matchpath`: for each row of a partition the rows from it on that match a pattern (`MatchPath` of Hive).

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result as DfResult, internal_datafusion_err};
use datafusion_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::{LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use datafusion_physical_expr::PhysicalExpr;

use crate::error::{Result, UdfError};

/// How often a symbol stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Times {
    Once,
    /// `A*`
    Any,
    /// `A+`
    Some,
}

/// A pattern of symbols: `A.B*.C+`. Each symbol takes as many rows as it can; it gives none back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MatchPattern {
    /// Positions of symbols.
    parts: Vec<(usize, Times)>,
}

impl MatchPattern {
    /// Reads a pattern over the symbols with these names, which differ in more than case.
    ///
    /// # Errors
    /// It has a symbol of another name.
    pub fn parse(pattern: &str, names: &[String]) -> Result<MatchPattern> {
        let parts = pattern.split('.').map(|part| {
            let (name, times) = match (part.strip_suffix('*'), part.strip_suffix('+')) {
                (Some(name), _) => (name, Times::Any),
                (None, Some(name)) => (name, Times::Some),
                (None, None) => (part, Times::Once),
            };
            match names.iter().position(|other| other.eq_ignore_ascii_case(name)) {
                Some(symbol) => Ok((symbol, times)),
                None => Err(UdfError::Argument(format!("Unknown Symbol {name}"))),
            }
        });
        Ok(MatchPattern { parts: parts.collect::<Result<_>>()? })
    }

    /// The row behind the match that begins at a row, if one does.
    fn match_at(&self, start: usize, rows: usize, holds: impl Fn(usize, usize) -> bool) -> Option<usize> {
        let mut row = start;
        for (symbol, times) in &self.parts {
            let first = row;
            let most = if *times == Times::Once { first + 1 } else { rows };
            while row < most.min(rows) && holds(*symbol, row) {
                row += 1;
            }
            if row == first && *times != Times::Any {
                return None;
            }
        }
        Some(row)
    }
}

/// The function with its pattern: of a row (a struct) and a condition for each symbol it makes the list of the rows of the
/// match that begins at the row, or NULL where none does.
pub fn match_path(pattern: MatchPattern) -> WindowUDF {
    WindowUDF::new_from_impl(MatchPath { pattern, signature: Signature::variadic_any(Volatility::Immutable) })
}

#[derive(Debug)]
struct MatchPath {
    pattern: MatchPattern,
    signature: Signature,
}

impl PartialEq for MatchPath {
    fn eq(&self, other: &MatchPath) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for MatchPath {}

impl Hash for MatchPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pattern.hash(state);
    }
}

impl WindowUDFImpl for MatchPath {
    fn name(&self) -> &str {
        "matchpath"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _args: PartitionEvaluatorArgs) -> DfResult<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(MatchEvaluator { pattern: self.pattern.clone() }))
    }

    fn field(&self, field_args: WindowUDFFieldArgs) -> DfResult<FieldRef> {
        let row = field_args.input_fields().first().map_or(DataType::Null, |field| field.data_type().clone());
        Ok(Arc::new(Field::new(field_args.name(), DataType::new_list(row, true), true)))
    }

    fn limit_effect(&self, _args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::Unknown
    }
}

#[derive(Debug)]
struct MatchEvaluator {
    pattern: MatchPattern,
}

impl PartitionEvaluator for MatchEvaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], num_rows: usize) -> DfResult<ArrayRef> {
        let (row, conditions) = values.split_first().ok_or_else(|| internal_datafusion_err!("matchpath has a row"))?;
        let conditions: Vec<&BooleanArray> = conditions.iter().map(AsArray::as_boolean).collect();
        let holds = |symbol: usize, row: usize| {
            conditions.get(symbol).is_some_and(|condition| condition.is_valid(row) && condition.value(row))
        };
        let ends: Vec<Option<usize>> =
            (0..num_rows).map(|start| self.pattern.match_at(start, num_rows, holds)).collect();
        let lengths = ends.iter().enumerate().map(|(start, end)| end.map_or(0, |end| end - start));
        let offsets = OffsetBuffer::from_lengths(lengths);
        let indices = ends.iter().enumerate().flat_map(|(start, end)| start..end.unwrap_or(start));
        let indices = arrow::array::UInt32Array::from_iter_values(indices.map(|index| index as u32));
        let nulls: NullBuffer = ends.iter().map(Option::is_some).collect();
        let field = Arc::new(Field::new_list_field(row.data_type().clone(), true));
        Ok(Arc::new(ListArray::try_new(field, offsets, take(row, &indices, None)?, Some(nulls))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_greedily() {
        let names = ["late".to_string(), "early".to_string()];
        let rows = [true, true, false, true];
        let holds = |symbol: usize, row: usize| rows[row] == (symbol == 0);
        let end = |pattern: &str, start| MatchPattern::parse(pattern, &names).unwrap().match_at(start, 4, holds);
        assert_eq!(end("LATE", 0), Some(1));
        assert_eq!(end("LATE.LATE+", 0), Some(2));
        assert_eq!(end("LATE.LATE+", 1), None);
        assert_eq!(end("LATE+.EARLY.LATE*", 0), Some(4));
        assert_eq!(end("LATE*", 2), Some(2));
        // What a symbol has taken it keeps.
        assert_eq!(end("LATE*.LATE", 0), None);
        assert_eq!(end("LATE.EARLY*", 3), Some(4));
        assert!(MatchPattern::parse("LATE.ON_TIME", &names).is_err());
    }
}
