//! `first_value` and `last_value`: `GenericUDAFFirstValue`, `GenericUDAFLastValue`.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result as DfResult, ScalarValue};
use datafusion_expr::function::{ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::{LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use datafusion_functions_window::nth_value::{first_value_udwf, last_value_udwf};
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::Literal;

use crate::error::Result;
use crate::registry::{Function, FunctionEntry};
use crate::scalar::check::type_error;

pub(super) fn functions() -> Vec<FunctionEntry> {
    let entry = |name, native| FunctionEntry {
        name,
        aliases: &[],
        usage: "_FUNC_(x)",
        extended: "",
        function: Function::Window(Arc::new(WindowUDF::new_from_impl(EdgeValue {
            name,
            native,
            signature: Signature::user_defined(Volatility::Immutable),
        }))),
    };
    vec![entry("first_value", first_value_udwf()), entry("last_value", last_value_udwf())]
}

/// The value at an edge of the frame. A second argument that is true skips NULLs.
#[derive(Debug)]
struct EdgeValue {
    name: &'static str,
    native: Arc<WindowUDF>,
    signature: Signature,
}

impl PartialEq for EdgeValue {
    fn eq(&self, other: &EdgeValue) -> bool {
        self.name == other.name
    }
}

impl Eq for EdgeValue {}

impl Hash for EdgeValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

fn coerce(types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [_] | [_, DataType::Boolean] => Ok(types.to_vec()),
        [_, _] => type_error(1, "second argument must be a boolean expression"),
        [] => type_error(0, "At least 1 argument expected"),
        _ => type_error(2, "At most 2 arguments expected"),
    }
}

impl WindowUDFImpl for EdgeValue {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(coerce(arg_types)?)
    }

    fn expressions(&self, expr_args: ExpressionArgs) -> Vec<Arc<dyn PhysicalExpr>> {
        expr_args.input_exprs().iter().take(1).map(Arc::clone).collect()
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> DfResult<Box<dyn PartitionEvaluator>> {
        let skip_nulls = match args.input_exprs().get(1) {
            None => false,
            Some(expr) => match expr.downcast_ref::<Literal>().map(Literal::value) {
                Some(ScalarValue::Boolean(skip)) => skip.unwrap_or(false),
                _ => return type_error(1, "second argument must be a boolean expression").map_err(Into::into),
            },
        };
        self.native.inner().partition_evaluator(PartitionEvaluatorArgs::new(
            args.input_exprs().get(..1).unwrap_or_default(),
            args.input_fields().get(..1).unwrap_or_default(),
            args.is_reversed(),
            args.ignore_nulls() || skip_nulls,
        ))
    }

    fn field(&self, field_args: WindowUDFFieldArgs) -> DfResult<FieldRef> {
        let data_type = field_args.input_fields().first().map_or(DataType::Null, |field| field.data_type().clone());
        Ok(Arc::new(Field::new(field_args.name(), data_type, true)))
    }

    fn limit_effect(&self, args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        self.native.inner().limit_effect(args)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int32Array};
    use datafusion_physical_expr::expressions::{Column, lit};

    use super::*;
    use crate::registry::registry;

    #[test]
    fn second_argument_skips_nulls() {
        let values: ArrayRef = Arc::new(Int32Array::from(vec![None, Some(2), None]));
        let field: FieldRef = Arc::new(Field::new("x", DataType::Int32, true));
        let flag: FieldRef = Arc::new(Field::new("y", DataType::Boolean, true));
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new("x", 0));
        let value = |name: &str, skip: bool| {
            let exprs = [Arc::clone(&column), lit(skip)];
            let fields = [Arc::clone(&field), Arc::clone(&flag)];
            let args = PartitionEvaluatorArgs::new(&exprs, &fields, false, false);
            let mut evaluator = registry().window(name).unwrap().partition_evaluator_factory(args).unwrap();
            evaluator.evaluate(&[Arc::clone(&values)], &(0..3)).unwrap()
        };
        assert_eq!(value("first_value", false), ScalarValue::Int32(None));
        assert_eq!(value("first_value", true), ScalarValue::Int32(Some(2)));
        assert_eq!(value("last_value", true), ScalarValue::Int32(Some(2)));
        assert_eq!(value("last_value", false), ScalarValue::Int32(None));
    }
}
