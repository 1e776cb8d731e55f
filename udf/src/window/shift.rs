//! `lag` and `lead`: `GenericUDAFLag`, `GenericUDAFLead`.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result as DfResult, ScalarValue, internal_datafusion_err};
use datafusion_expr::function::{ExpressionArgs, PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::{LimitEffect, PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::Literal;

use crate::error::{Result, UdfError};
use crate::registry::{Function, FunctionEntry};
use crate::scalar::check::{type_error, type_name};

pub(super) fn functions() -> Vec<FunctionEntry> {
    let entry = |name, title, forward| FunctionEntry {
        name,
        aliases: &[],
        usage: "_FUNC_(expr, amt, default)",
        extended: "",
        function: Function::Window(Arc::new(WindowUDF::new_from_impl(Shift {
            name,
            title,
            forward,
            signature: Signature::user_defined(Volatility::Immutable),
        }))),
    };
    vec![entry("lag", "Lag", false), entry("lead", "Lead", true)]
}

/// The value some rows before or after; where there is no such row, the default as the current row has it.
#[derive(Debug)]
struct Shift {
    name: &'static str,
    title: &'static str,
    forward: bool,
    signature: Signature,
}

impl PartialEq for Shift {
    fn eq(&self, other: &Shift) -> bool {
        self.name == other.name
    }
}

impl Eq for Shift {}

impl Hash for Shift {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Shift {
    fn coerce(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let title = self.title;
        if types.is_empty() || types.len() > 3 {
            let message = format!("Incorrect invocation of {title}: _FUNC_(expr, amt, default)");
            return type_error(types.len().saturating_sub(1), message);
        }
        let mut coerced = types.to_vec();
        if let Some(amount) = types.get(1)
            && *amount != DataType::Int32
        {
            let given = type_name(amount);
            return type_error(1, format!("{title} amount must be a integer value {given} was passed as parameter 1."));
        }
        if let [value, _, default] = coerced.as_mut_slice() {
            if value.is_null() {
                *value = default.clone();
            } else {
                *default = value.clone();
            }
        }
        Ok(coerced)
    }

    fn amount(&self, exprs: &[Arc<dyn PhysicalExpr>]) -> Result<usize> {
        let Some(expr) = exprs.get(1) else { return Ok(1) };
        let title = self.title;
        match expr.downcast_ref::<Literal>().map(Literal::value) {
            Some(ScalarValue::Int32(Some(amount))) => usize::try_from(*amount)
                .or_else(|_| type_error(1, format!("{title} amount can not be nagative. Specified: {amount}"))),
            _ => Err(UdfError::ArgumentType {
                index: 1,
                message: format!("{title} amount must be a integer value int was passed as parameter 1."),
            }),
        }
    }
}

impl WindowUDFImpl for Shift {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> DfResult<Vec<DataType>> {
        Ok(self.coerce(arg_types)?)
    }

    /// The value and, where given, the default.
    fn expressions(&self, expr_args: ExpressionArgs) -> Vec<Arc<dyn PhysicalExpr>> {
        let exprs = expr_args.input_exprs();
        exprs.first().into_iter().chain(exprs.get(2)).map(Arc::clone).collect()
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> DfResult<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(ShiftEvaluator {
            amount: self.amount(args.input_exprs())?,
            forward: self.forward,
            ignore_nulls: args.ignore_nulls(),
        }))
    }

    fn field(&self, field_args: WindowUDFFieldArgs) -> DfResult<FieldRef> {
        let data_type = field_args.input_fields().first().map_or(DataType::Null, |field| field.data_type().clone());
        Ok(Arc::new(Field::new(field_args.name(), data_type, true)))
    }

    fn limit_effect(&self, args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        match (self.forward, self.amount(args)) {
            (false, _) => LimitEffect::None,
            (true, Ok(amount)) => LimitEffect::Relative(amount),
            (true, Err(_)) => LimitEffect::Unknown,
        }
    }
}

#[derive(Debug)]
struct ShiftEvaluator {
    amount: usize,
    forward: bool,
    ignore_nulls: bool,
}

impl ShiftEvaluator {
    /// For each row the row whose value it gets.
    fn sources(&self, array: &dyn Array) -> Vec<Option<usize>> {
        let rows = array.len();
        let nulls = array.logical_nulls().filter(|_| self.ignore_nulls && self.amount > 0);
        let Some(nulls) = nulls else {
            let source = |row: usize| match self.forward {
                true => row.checked_add(self.amount).filter(|source| *source < rows),
                false => row.checked_sub(self.amount),
            };
            return (0..rows).map(source).collect();
        };
        // The nearest values that are not NULL on the side looked at, nearest last.
        let mut near = VecDeque::new();
        let mut sources = vec![None; rows];
        let mut visit = |row: usize| {
            if let Some(source) = sources.get_mut(row)
                && near.len() == self.amount
            {
                *source = near.front().copied();
            }
            if nulls.is_valid(row) {
                near.push_back(row);
                if near.len() > self.amount {
                    near.pop_front();
                }
            }
        };
        if self.forward {
            (0..rows).rev().for_each(&mut visit);
        } else {
            (0..rows).for_each(&mut visit);
        }
        sources
    }
}

impl PartitionEvaluator for ShiftEvaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], num_rows: usize) -> DfResult<ArrayRef> {
        let array = values.first().ok_or_else(|| internal_datafusion_err!("lag and lead have a value"))?;
        let sources = self.sources(array.as_ref());
        let (default, each_row) = match values.get(1) {
            Some(default) => (Arc::clone(default), true),
            None => (new_null_array(array.data_type(), 1), false),
        };
        let choice = |(row, source): (usize, &Option<usize>)| match source {
            Some(source) => (0, *source),
            None => (1, if each_row { row } else { 0 }),
        };
        let indices: Vec<(usize, usize)> = sources.iter().take(num_rows).enumerate().map(choice).collect();
        Ok(interleave(&[array.as_ref(), default.as_ref()], &indices)?)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::registry::registry;

    fn shifted(evaluator: &mut ShiftEvaluator, values: &[ArrayRef]) -> Vec<Option<i64>> {
        let rows = values[0].len();
        evaluator.evaluate_all(values, rows).unwrap().as_primitive::<Int64Type>().iter().collect()
    }

    #[test]
    fn shifts_rows() {
        let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(4)]));
        let default: ArrayRef = Arc::new(Int64Array::from(vec![10, 20, 30, 40]));
        let mut lag = ShiftEvaluator { amount: 1, forward: false, ignore_nulls: false };
        assert_eq!(shifted(&mut lag, &[Arc::clone(&values)]), [None, Some(1), None, Some(3)]);
        assert_eq!(shifted(&mut lag, &[Arc::clone(&values), Arc::clone(&default)]), [Some(10), Some(1), None, Some(3)]);
        let mut lead = ShiftEvaluator { amount: 2, forward: true, ignore_nulls: false };
        assert_eq!(shifted(&mut lead, &[Arc::clone(&values), default]), [Some(3), Some(4), Some(30), Some(40)]);
        let mut skip = ShiftEvaluator { amount: 1, forward: false, ignore_nulls: true };
        assert_eq!(shifted(&mut skip, &[Arc::clone(&values)]), [None, Some(1), Some(1), Some(3)]);
        let mut skip = ShiftEvaluator { amount: 1, forward: true, ignore_nulls: true };
        assert_eq!(shifted(&mut skip, &[Arc::clone(&values)]), [Some(3), Some(3), Some(4), None]);
        let mut same = ShiftEvaluator { amount: 0, forward: true, ignore_nulls: true };
        assert_eq!(shifted(&mut same, &[values]), [Some(1), None, Some(3), Some(4)]);
    }

    #[test]
    fn arguments_are_checked() {
        let lag = registry().window("lag").unwrap();
        let types = lag.coerce_types(&[DataType::Utf8, DataType::Int32, DataType::Int32]).unwrap();
        assert_eq!(types, [DataType::Utf8, DataType::Int32, DataType::Utf8]);
        let error = lag.coerce_types(&[DataType::Utf8, DataType::Int64]).unwrap_err().to_string();
        assert!(error.contains("Lag amount must be a integer value bigint was passed as parameter 1."), "{error}");
    }
}
