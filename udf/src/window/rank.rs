//! Functions of the position of a row: DataFusion's, with Hive's result types.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::{SortOptions, cast};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result as DfResult, ScalarValue};
use datafusion_expr::function::{ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::window_state::WindowAggState;
use datafusion_expr::{LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use datafusion_functions_window::cume_dist::cume_dist_udwf;
use datafusion_functions_window::ntile::ntile_udwf;
use datafusion_functions_window::rank::{dense_rank_udwf, percent_rank_udwf, rank_udwf};
use datafusion_functions_window::row_number::row_number_udwf;
use datafusion_physical_expr::PhysicalExpr;

use crate::error::Result;
use crate::registry::{Function, FunctionEntry};
use crate::scalar::check::type_error;

pub(super) fn functions() -> Vec<FunctionEntry> {
    vec![
        entry(
            "row_number",
            row_number_udwf(),
            "_FUNC_() - The ROW_NUMBER function assigns a unique number (sequentially, starting from 1, as defined by \
             ORDER BY) to each row within the partition.",
        ),
        entry("rank", rank_udwf(), "_FUNC_(x)"),
        entry(
            "dense_rank",
            dense_rank_udwf(),
            "_FUNC_(x) The difference between RANK and DENSE_RANK is that DENSE_RANK leaves no gaps in ranking \
             sequence when there are ties. That is, if you were ranking a competition using DENSE_RANK and had three \
             people tie for second place, you would say that all three were in second place and that the next person \
             came in third.",
        ),
        entry(
            "percent_rank",
            percent_rank_udwf(),
            "_FUNC_(x) PERCENT_RANK is similar to CUME_DIST, but it uses rank values rather than row counts in its \
             numerator. PERCENT_RANK of a row is calculated as: (rank of row in its partition - 1) / (number of rows \
             in the partition - 1)",
        ),
        entry(
            "cume_dist",
            cume_dist_udwf(),
            "_FUNC_(x) - The CUME_DIST function (defined as the inverse of percentile in some statistical books) \
             computes the position of a specified value relative to a set of values. To compute the CUME_DIST of a \
             value x in a set S of size N, you use the formula: CUME_DIST(x) =  number of values in S coming before    \
             and including x in the specified order/ N",
        ),
        entry(
            "ntile",
            ntile_udwf(),
            "_FUNC_(x) NTILE allows easy calculation of tertiles, quartiles, deciles and other common summary \
             statistics. This function divides an ordered partition into a specified number of groups called buckets \
             and assigns a bucket number to each row in the partition.",
        ),
    ]
}

fn entry(name: &'static str, native: Arc<WindowUDF>, usage: &'static str) -> FunctionEntry {
    let udwf = WindowUDF::new_from_impl(Position::new(name, native));
    FunctionEntry { name, aliases: &[], usage, extended: "", function: Function::Window(Arc::new(udwf)) }
}

/// A function of the position of a row. Numbers are `int`, fractions `double`.
#[derive(Debug)]
struct Position {
    name: &'static str,
    native: Arc<WindowUDF>,
    signature: Signature,
}

impl Position {
    fn new(name: &'static str, native: Arc<WindowUDF>) -> Position {
        let signature = if name == "ntile" {
            Signature::user_defined(Volatility::Immutable)
        } else {
            Signature::nullary(Volatility::Immutable)
        };
        Position { name, native, signature }
    }

    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        if self.name != "ntile" {
            return match types {
                [] => Ok(Vec::new()),
                _ => type_error(types.len() - 1, "No argument is expected."),
            };
        }
        match types {
            [DataType::Int32] => Ok(types.to_vec()),
            [_] => type_error(0, "Number of tiles must be an int expression"),
            _ => type_error(types.len().saturating_sub(1), "Exactly one argument is expected."),
        }
    }
}

impl PartialEq for Position {
    fn eq(&self, other: &Position) -> bool {
        self.name == other.name
    }
}

impl Eq for Position {}

impl Hash for Position {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl WindowUDFImpl for Position {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(self.coerce(arg_types)?)
    }

    fn expressions(&self, expr_args: ExpressionArgs) -> Vec<Arc<dyn PhysicalExpr>> {
        self.native.inner().expressions(expr_args)
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> DfResult<Box<dyn PartitionEvaluator>> {
        let native = self.native.inner().partition_evaluator(args)?;
        Ok(Box::new(IntEvaluator { native }))
    }

    fn field(&self, field_args: WindowUDFFieldArgs) -> DfResult<FieldRef> {
        let name = field_args.name().to_string();
        let native = self.native.inner().field(field_args)?;
        let data_type = match native.data_type() {
            DataType::UInt64 => DataType::Int32,
            other => other.clone(),
        };
        Ok(Arc::new(Field::new(name, data_type, native.is_nullable())))
    }

    fn sort_options(&self) -> Option<SortOptions> {
        self.native.inner().sort_options()
    }

    fn limit_effect(&self, args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        self.native.inner().limit_effect(args)
    }
}

/// Makes `int` of unsigned numbers.
#[derive(Debug)]
struct IntEvaluator {
    native: Box<dyn PartitionEvaluator>,
}

fn int_array(array: ArrayRef) -> DfResult<ArrayRef> {
    if *array.data_type() == DataType::UInt64 {
        return Ok(cast(&array, &DataType::Int32)?);
    }
    Ok(array)
}

fn int_value(value: ScalarValue) -> ScalarValue {
    match value {
        ScalarValue::UInt64(value) => ScalarValue::Int32(value.and_then(|value| i32::try_from(value).ok())),
        other => other,
    }
}

impl PartitionEvaluator for IntEvaluator {
    fn memoize(&mut self, state: &mut WindowAggState) -> DfResult<()> {
        self.native.memoize(state)
    }

    fn get_range(&self, idx: usize, n_rows: usize) -> DfResult<Range<usize>> {
        self.native.get_range(idx, n_rows)
    }

    fn is_causal(&self) -> bool {
        self.native.is_causal()
    }

    fn evaluate_all(&mut self, values: &[ArrayRef], num_rows: usize) -> DfResult<ArrayRef> {
        int_array(self.native.evaluate_all(values, num_rows)?)
    }

    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> DfResult<ScalarValue> {
        Ok(int_value(self.native.evaluate(values, range)?))
    }

    fn evaluate_all_with_rank(&self, num_rows: usize, ranks_in_partition: &[Range<usize>]) -> DfResult<ArrayRef> {
        int_array(self.native.evaluate_all_with_rank(num_rows, ranks_in_partition)?)
    }

    fn supports_bounded_execution(&self) -> bool {
        self.native.supports_bounded_execution()
    }

    fn uses_window_frame(&self) -> bool {
        self.native.uses_window_frame()
    }

    fn include_rank(&self) -> bool {
        self.native.include_rank()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Int32Array};
    use arrow::datatypes::{Float64Type, Int32Type};

    use super::*;
    use crate::registry::registry;

    #[test]
    fn numbers_are_ints() {
        let udwf = registry().window("ROW_NUMBER").unwrap();
        let field = udwf.field(WindowUDFFieldArgs::new(&[], "n")).unwrap();
        assert_eq!(field.data_type(), &DataType::Int32);
        let mut evaluator = udwf.partition_evaluator_factory(PartitionEvaluatorArgs::default()).unwrap();
        let numbers = evaluator.evaluate_all(&[], 3).unwrap();
        assert_eq!(numbers.as_primitive::<Int32Type>(), &Int32Array::from(vec![1, 2, 3]));
        let mut streamed = udwf.partition_evaluator_factory(PartitionEvaluatorArgs::default()).unwrap();
        assert_eq!(streamed.evaluate(&[], &(0..1)).unwrap(), ScalarValue::Int32(Some(1)));
    }

    #[test]
    fn ranks_by_peers() {
        let peers = [0..2, 2..3];
        let ranks = |name: &str| {
            let udwf = registry().window(name).unwrap();
            let evaluator = udwf.partition_evaluator_factory(PartitionEvaluatorArgs::default()).unwrap();
            assert!(evaluator.include_rank());
            evaluator.evaluate_all_with_rank(3, &peers).unwrap()
        };
        assert_eq!(ranks("rank").as_primitive::<Int32Type>().values(), &[1, 1, 3]);
        assert_eq!(ranks("dense_rank").as_primitive::<Int32Type>().values(), &[1, 1, 2]);
        assert_eq!(ranks("percent_rank").as_primitive::<Float64Type>().values(), &[0.0, 0.0, 1.0]);
        assert_eq!(ranks("cume_dist").as_primitive::<Float64Type>().values(), &[2.0 / 3.0, 2.0 / 3.0, 1.0]);
    }

    #[test]
    fn arguments_are_checked() {
        let ntile = registry().window("ntile").unwrap();
        assert!(ntile.coerce_types(&[DataType::Int32]).is_ok());
        let error = ntile.coerce_types(&[DataType::Utf8]).unwrap_err();
        assert!(error.to_string().contains("Number of tiles must be an int expression"), "{error}");
    }
}
