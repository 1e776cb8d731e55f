//! A scalar function made of plain functions.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::ScalarValue;
use datafusion_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::call::Call;
use crate::error::{Result, UdfError};
use crate::registry::{Function, FunctionEntry};

/// What a result type may depend on.
#[derive(Debug)]
pub struct ReturnArgs<'a> {
    /// Types of the (coerced) arguments.
    pub types: &'a [DataType],
    /// The constants among the arguments; `None` for a column.
    pub constants: &'a [Option<&'a ScalarValue>],
}

impl ReturnArgs<'_> {
    /// The type of an argument; `Null` where there is none.
    pub fn type_of(&self, index: usize) -> DataType {
        self.types.get(index).cloned().unwrap_or(DataType::Null)
    }

    /// The constant text behind an argument.
    pub fn constant_str(&self, index: usize) -> Option<&str> {
        (*self.constants.get(index)?)?.try_as_str().flatten()
    }
}

type Coerce = fn(&str, &[DataType]) -> Result<Vec<DataType>>;
type Returns = fn(&ReturnArgs) -> Result<DataType>;
type Eval = fn(&Call) -> Result<ArrayRef>;

/// A scalar function made of plain functions:
///
/// ```ignore
/// Scalar::new("upper", |name, types| arity(name, types, &[DataType::Utf8]), |_| Ok(DataType::Utf8), eval_upper)
///     .entry("_FUNC_(str) - Returns str with all characters changed to uppercase", "")
/// ```
pub struct Scalar {
    name: &'static str,
    signature: Signature,
    aliases: &'static [&'static str],
    coerce: Coerce,
    returns: Returns,
    eval: Eval,
}

impl Scalar {
    /// A function whose result depends on its arguments alone.
    ///
    /// * `coerce`: name and argument types → the types the arguments are cast to, or Hive's error
    /// * `returns`: coerced types (and constants) → the result's type
    /// * `eval`: computes an array of [`Call::rows`] rows of that type
    pub fn new(name: &'static str, coerce: Coerce, returns: Returns, eval: Eval) -> Scalar {
        Scalar { name, signature: Signature::user_defined(Volatility::Immutable), aliases: &[], coerce, returns, eval }
    }

    /// The same with further names.
    pub fn aliases(mut self, aliases: &'static [&'static str]) -> Scalar {
        self.aliases = aliases;
        self
    }

    /// The same, but with one value during a statement only (`unix_timestamp()`).
    pub fn stable(mut self) -> Scalar {
        self.signature = Signature::user_defined(Volatility::Stable);
        self
    }

    /// The same, but with another value each row (`rand()`).
    pub fn volatile(mut self) -> Scalar {
        self.signature = Signature::user_defined(Volatility::Volatile);
        self
    }

    /// As DataFusion's type.
    pub fn udf(self) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(self))
    }

    /// As an entry of the registry, with Hive's help text.
    pub fn entry(self, usage: &'static str, extended: &'static str) -> FunctionEntry {
        FunctionEntry {
            name: self.name,
            aliases: self.aliases,
            usage,
            extended,
            function: Function::Scalar(self.udf()),
        }
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scalar").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Scalar) -> bool {
        self.name == other.name
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> datafusion_common::Result<Vec<DataType>> {
        Ok((self.coerce)(self.name, types)?)
    }

    fn return_type(&self, types: &[DataType]) -> datafusion_common::Result<DataType> {
        let constants = vec![None; types.len()];
        Ok((self.returns)(&ReturnArgs { types, constants: &constants })?)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> datafusion_common::Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let returned = (self.returns)(&ReturnArgs { types: &types, constants: args.scalar_arguments })?;
        Ok(Arc::new(Field::new(self.name, returned, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion_common::Result<ColumnarValue> {
        let constant = self.signature.volatility != Volatility::Volatile
            && args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let result = (self.eval)(&Call::new(self.name, args, rows))?;
        if constant {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?))
        } else {
            Ok(ColumnarValue::Array(result))
        }
    }
}

/// Coercion of a function with exactly these arguments.
pub fn arity(name: &str, types: &[DataType], wanted: &[DataType]) -> Result<Vec<DataType>> {
    arity_between(name, types, wanted.len(), wanted)
}

/// Coercion of a function whose last arguments, from the `min`th on, may be left out.
pub fn arity_between(name: &str, types: &[DataType], min: usize, wanted: &[DataType]) -> Result<Vec<DataType>> {
    if types.len() < min || types.len() > wanted.len() {
        let count = if min == wanted.len() { min.to_string() } else { format!("{min} to {}", wanted.len()) };
        return Err(UdfError::ArgumentLength(format!(
            "{name} requires {count} argument{}, got {}",
            if count == "1" { "" } else { "s" },
            types.len()
        )));
    }
    Ok(wanted.iter().take(types.len()).cloned().collect())
}

/// Coercion of a function with `min` or more arguments of one type.
pub fn at_least(name: &str, types: &[DataType], min: usize, wanted: &DataType) -> Result<Vec<DataType>> {
    if types.len() < min {
        return Err(UdfError::ArgumentLength(format!(
            "{name} requires at least {min} argument{}, got {}",
            if min == 1 { "" } else { "s" },
            types.len()
        )));
    }
    Ok(vec![wanted.clone(); types.len()])
}

/// Checks the number of arguments only and leaves the types as they are.
pub fn types(name: &str, types: &[DataType], min: usize, max: usize) -> Result<Vec<DataType>> {
    arity_between(name, types, min, &vec![DataType::Null; max])?;
    Ok(types.to_vec())
}

/// Result type: that of the first argument.
pub fn returns_same_as_first(args: &ReturnArgs) -> Result<DataType> {
    Ok(args.type_of(0))
}
