//! Maps as keys of `GROUP BY`: Arrow cannot group by them, so they are grouped by the sorted list of their entries.

use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{sort_to_indices, take};
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, internal_datafusion_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// The entries of a map in the order of their keys: equal maps have equal ones.
pub(crate) fn entries_of(map: Expr) -> Expr {
    static FUNCTION: OnceLock<Arc<ScalarUDF>> = OnceLock::new();
    let function = FUNCTION.get_or_init(|| Arc::new(ScalarUDF::new_from_impl(MapKey::new(true))));
    function.call(vec![map])
}

/// The map of entries.
pub(crate) fn map_of(entries: Expr) -> Expr {
    static FUNCTION: OnceLock<Arc<ScalarUDF>> = OnceLock::new();
    let function = FUNCTION.get_or_init(|| Arc::new(ScalarUDF::new_from_impl(MapKey::new(false))));
    function.call(vec![entries])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MapKey {
    signature: Signature,
    to_entries: bool,
}

impl MapKey {
    fn new(to_entries: bool) -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable), to_entries }
    }
}

impl ScalarUDFImpl for MapKey {
    fn name(&self) -> &str {
        if self.to_entries { "map_entries_sorted" } else { "map_of_entries" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [DataType::Map(entries, _)] if self.to_entries => {
                Ok(DataType::List(Arc::new(Field::new_list_field(entries.data_type().clone(), true))))
            }
            [DataType::List(item)] if !self.to_entries => {
                Ok(DataType::Map(Arc::new(Field::new("entries", item.data_type().clone(), false)), false))
            }
            _ => plan_err!("{} takes a map or its entries", self.name()),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let Some(value) = args.args.first() else {
            return plan_err!("{} takes a map or its entries", self.name());
        };
        let array = value.to_array(rows)?;
        let result: ArrayRef = match self.to_entries {
            true => Arc::new(sorted(array.as_map())?),
            false => Arc::new(map(array.as_list())?),
        };
        Ok(ColumnarValue::Array(result))
    }
}

fn sorted(map: &MapArray) -> Result<ListArray> {
    let mut indices = Vec::with_capacity(map.entries().len());
    let mut lengths = Vec::with_capacity(map.len());
    for row in 0..map.len() {
        let (start, end) = (map.value_offsets()[row] as usize, map.value_offsets()[row + 1] as usize);
        if map.is_null(row) {
            lengths.push(0);
            continue;
        }
        let order = sort_to_indices(&map.keys().slice(start, end - start), None, None)?;
        indices.extend(order.values().iter().map(|index| index + start as u32));
        lengths.push(end - start);
    }
    let entries = take(map.entries(), &UInt32Array::from(indices), None)?;
    let field = Arc::new(Field::new_list_field(entries.data_type().clone(), true));
    Ok(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), entries, map.nulls().cloned())?)
}

fn map(list: &ListArray) -> Result<MapArray> {
    let entries = list.values().as_struct_opt().ok_or_else(|| internal_datafusion_err!("entries are structs"))?;
    let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
    Ok(MapArray::try_new(field, list.offsets().clone(), entries.clone(), list.nulls().cloned(), false)?)
}
