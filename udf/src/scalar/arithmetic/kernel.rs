//! Loops over two operands, each a column or a constant.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use datafusion_expr::ColumnarValue;

use crate::error::{Result, UdfError};

/// One operand.
pub(super) struct Operand<T: ArrowPrimitiveType> {
    array: PrimitiveArray<T>,
    constant: bool,
}

impl<T: ArrowPrimitiveType> Operand<T> {
    pub(super) fn new(value: &ColumnarValue) -> Result<Operand<T>> {
        let (array, constant): (ArrayRef, bool) = match value {
            ColumnarValue::Array(array) => (ArrayRef::clone(array), false),
            ColumnarValue::Scalar(value) => (value.to_array_of_size(1)?, true),
        };
        match array.as_primitive_opt::<T>() {
            Some(array) => Ok(Operand { array: array.clone(), constant }),
            None => Err(UdfError::Execution(format!(
                "an operand is {} where it should be {}",
                array.data_type(),
                T::DATA_TYPE
            ))),
        }
    }

    /// The value of all rows, if there is one.
    fn constant(&self) -> Option<T::Native> {
        (self.constant && self.array.is_valid(0)).then(|| self.array.value(0))
    }

    fn nulls(&self, rows: usize) -> Option<NullBuffer> {
        if self.constant {
            self.array.is_null(0).then(|| NullBuffer::new_null(rows))
        } else {
            self.array.nulls().cloned()
        }
    }
}

/// `f(left, right)` for each row; `None` is NULL. `f` is called for NULL rows too, with any values.
pub(super) fn binary<L: ArrowPrimitiveType, R: ArrowPrimitiveType, O: ArrowPrimitiveType>(
    left: &Operand<L>,
    right: &Operand<R>,
    rows: usize,
    f: impl Fn(L::Native, R::Native) -> Option<O::Native>,
) -> PrimitiveArray<O> {
    let nulls = NullBuffer::union(left.nulls(rows).as_ref(), right.nulls(rows).as_ref());
    if nulls.as_ref().is_some_and(|nulls| nulls.null_count() == rows) {
        return PrimitiveArray::new_null(rows);
    }
    let mut values: Vec<O::Native> = Vec::with_capacity(rows);
    let mut none: Vec<usize> = Vec::new();
    let mut push = |value: Option<O::Native>| match value {
        Some(value) => values.push(value),
        None => {
            none.push(values.len());
            values.push(O::Native::default());
        }
    };
    // One loop for each shape, so that constants stay in registers.
    match (left.constant(), right.constant()) {
        (Some(l), Some(r)) => (0..rows).for_each(|_| push(f(l, r))),
        (Some(l), None) => right.array.values().iter().for_each(|r| push(f(l, *r))),
        (None, Some(r)) => left.array.values().iter().for_each(|l| push(f(*l, r))),
        (None, None) => left.array.values().iter().zip(right.array.values()).for_each(|(l, r)| push(f(*l, *r))),
    }
    let nulls = if none.is_empty() {
        nulls
    } else {
        let mut failed = none.into_iter().peekable();
        let valid = BooleanBuffer::collect_bool(rows, |row| failed.next_if_eq(&row).is_none());
        NullBuffer::union(nulls.as_ref(), Some(&NullBuffer::new(valid)))
    };
    PrimitiveArray::new(ScalarBuffer::from(values), nulls)
}
