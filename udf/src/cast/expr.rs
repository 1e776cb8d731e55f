//! Casts in plans.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion_common::ScalarValue;
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::{Cast, ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use super::number::decimal_holds;
use super::{CastTarget, cast_array};
use crate::error::UdfError;
use crate::text::session_zone;

/// Hive's cast as a scalar function of one argument; the target is a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HiveCast {
    target: CastTarget,
    signature: Signature,
}

impl HiveCast {
    /// The name of the function.
    pub const NAME: &'static str = "hive_cast";

    /// A cast to a type.
    pub fn new(target: CastTarget) -> HiveCast {
        HiveCast { target, signature: Signature::user_defined(Volatility::Immutable) }
    }

    /// What is cast to.
    pub fn target(&self) -> &CastTarget {
        &self.target
    }
}

impl ScalarUDFImpl for HiveCast {
    fn name(&self) -> &str {
        HiveCast::NAME
    }

    fn schema_name(&self, args: &[Expr]) -> datafusion_common::Result<String> {
        let names: Vec<String> = args.iter().map(|arg| arg.schema_name().to_string()).collect();
        Ok(format!("{}({} AS {})", HiveCast::NAME, names.join(","), self.target))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> datafusion_common::Result<Vec<DataType>> {
        if types.len() != 1 {
            return Err(UdfError::ArgumentLength(format!("CAST takes one value, got {}", types.len())).into());
        }
        Ok(types.to_vec())
    }

    fn return_type(&self, _types: &[DataType]) -> datafusion_common::Result<DataType> {
        Ok(self.target.data_type())
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion_common::Result<ColumnarValue> {
        let zone = session_zone(&args.config_options);
        match args.args.first() {
            Some(ColumnarValue::Array(array)) => Ok(ColumnarValue::Array(cast_array(array, &self.target, zone)?)),
            Some(ColumnarValue::Scalar(value)) => {
                let cast = cast_array(&value.to_array_of_size(1)?, &self.target, zone)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&cast, 0)?))
            }
            None => Err(UdfError::ArgumentLength("CAST takes one value, got 0".to_string()).into()),
        }
    }
}

/// Whether DataFusion's own cast does exactly as Hive's: it loses nothing and cannot fail.
fn is_plain(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, Null, Timestamp};
    match (from, to) {
        (Null, _) => true,
        (Int8, Int16 | Int32 | Int64 | Float32 | Float64)
        | (Int16, Int32 | Int64 | Float32 | Float64)
        | (Int32, Int64 | Float64)
        | (Int64 | Float32, Float64)
        | (Date32, Timestamp(_, None)) => true,
        (from, Decimal128(precision, scale)) => decimal_holds(from, *precision, *scale),
        _ => false,
    }
}

/// `CAST(expr AS target)`: DataFusion's own cast where that is exactly the same (lossless widening, so that
/// push-down works), else a call of [`HiveCast`]. No cast at all where the type is the target already.
pub fn cast_expr(expr: Expr, from: &DataType, to: &CastTarget) -> Expr {
    if let CastTarget::Arrow(data_type) = to {
        if from == data_type {
            return expr;
        }
        if is_plain(from, data_type) {
            return Expr::Cast(Cast::new(Box::new(expr), data_type.clone()));
        }
    }
    let function = Arc::new(ScalarUDF::new_from_impl(HiveCast::new(to.clone())));
    Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![expr]))
}
