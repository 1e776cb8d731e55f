//! The field of every struct of an array: `people.name`.

use std::sync::{Arc, OnceLock};

use arrow::array::{Array, AsArray, ListArray};
use arrow::datatypes::FieldRef;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The function `list_field(array of structs, 'field')`.
pub(super) fn list_field() -> Arc<ScalarUDF> {
    static FUNCTION: OnceLock<Arc<ScalarUDF>> = OnceLock::new();
    Arc::clone(FUNCTION.get_or_init(|| {
        Arc::new(ScalarUDF::new_from_impl(ListField { signature: Signature::any(2, Volatility::Immutable) }))
    }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ListField {
    signature: Signature,
}

impl ScalarUDFImpl for ListField {
    fn name(&self) -> &str {
        "list_field"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        plan_err!("the type of list_field depends on the field")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let name = args.scalar_arguments.get(1).copied().flatten().and_then(|name| name.try_as_str().flatten());
        if let (Some(name), Some(DataType::List(element))) = (name, args.arg_fields.first().map(|f| f.data_type()))
            && let DataType::Struct(fields) = element.data_type()
            && let Some((_, field)) = fields.find(name)
        {
            let list = DataType::new_list(field.data_type().clone(), true);
            return Ok(Arc::new(Field::new(self.name(), list, true)));
        }
        plan_err!("list_field needs an array of structs and the name of a field")
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let (Some(list), Some(ColumnarValue::Scalar(ScalarValue::Utf8(Some(name))))) =
            (args.args.first(), args.args.get(1))
        else {
            return plan_err!("list_field needs an array of structs and the name of a field");
        };
        let array = list.to_array(rows)?;
        let list = array.as_list::<i32>();
        let structs = list.values().as_struct();
        let Some(values) = structs.column_by_name(name) else {
            return plan_err!("there is no field {name}");
        };
        let element = Arc::new(Field::new("item", values.data_type().clone(), true));
        let result = ListArray::try_new(element, list.offsets().clone(), Arc::clone(values), list.nulls().cloned())?;
        Ok(ColumnarValue::Array(Arc::new(result)))
    }
}
