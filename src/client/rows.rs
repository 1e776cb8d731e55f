//! Results as a server sends them, as Arrow's arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array,
    NullArray, RecordBatch, RecordBatchOptions, StringArray,
};
use arrow::datatypes::{Field, Schema};
use skep_metastore::model::HiveType;
use skep_thrift_tcli::{TColumn, TColumnDesc, TRowSet, TTableSchema, TTypeEntry, TTypeId};

use super::protocol_error;
use crate::OutputColumn;
use crate::error::Result;

/// The columns of a result. Types whose values come as text (decimals, times, arrays) are `string` here: they are shown as
/// they came.
pub fn columns(schema: &TTableSchema) -> Vec<OutputColumn> {
    let column =
        |column: &TColumnDesc| OutputColumn { name: column.column_name.clone(), ty: ty(column), qualifier: None };
    schema.columns.iter().map(column).collect()
}

fn ty(column: &TColumnDesc) -> HiveType {
    let Some(TTypeEntry::PrimitiveEntry(entry)) = column.type_desc.types.first() else { return HiveType::String };
    match entry.r#type {
        TTypeId::BOOLEAN_TYPE => HiveType::Boolean,
        TTypeId::TINYINT_TYPE => HiveType::TinyInt,
        TTypeId::SMALLINT_TYPE => HiveType::SmallInt,
        TTypeId::INT_TYPE => HiveType::Int,
        TTypeId::BIGINT_TYPE => HiveType::BigInt,
        TTypeId::FLOAT_TYPE => HiveType::Float,
        TTypeId::DOUBLE_TYPE => HiveType::Double,
        TTypeId::BINARY_TYPE => HiveType::Binary,
        TTypeId::NULL_TYPE => HiveType::Void,
        _ => HiveType::String,
    }
}

/// The rows of a fetch; none at the end of the result.
///
/// # Errors
/// The server sends other columns than it has told of.
pub fn batch(set: TRowSet, columns: &[OutputColumn]) -> Result<Option<RecordBatch>> {
    let sent = set.columns.unwrap_or_default();
    if sent.len() != columns.len() {
        return Err(protocol_error(format!("{} columns come where {} were told of", sent.len(), columns.len())));
    }
    let arrays = sent.into_iter().zip(columns).map(|(sent, column)| array(sent, &column.ty));
    let arrays: Vec<ArrayRef> = arrays.collect::<Result<_>>()?;
    let rows = arrays.first().map_or(0, |array| array.len());
    if rows == 0 {
        return Ok(None);
    }
    let fields: Vec<Field> = arrays
        .iter()
        .zip(columns)
        .map(|(array, column)| Field::new(&column.name, array.data_type().clone(), true))
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let made = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options);
    Ok(Some(made.map_err(|error| protocol_error(error.to_string()))?))
}

/// The values where they are not NULL: a bit of `nulls` for each row, missing ones are 0.
fn present<'a, T>(values: &'a [T], nulls: &'a [u8]) -> impl Iterator<Item = Option<&'a T>> {
    values.iter().enumerate().map(|(row, value)| {
        let null = nulls.get(row / 8).is_some_and(|bits| bits >> (row % 8) & 1 == 1);
        (!null).then_some(value)
    })
}

fn array(column: TColumn, ty: &HiveType) -> Result<ArrayRef> {
    Ok(match (column, ty) {
        (TColumn::BoolVal(column), HiveType::Boolean) => {
            Arc::new(present(&column.values, &column.nulls).map(Option::<&bool>::copied).collect::<BooleanArray>())
        }
        (TColumn::ByteVal(column), HiveType::TinyInt) => {
            Arc::new(present(&column.values, &column.nulls).map(Option::<&i8>::copied).collect::<Int8Array>())
        }
        (TColumn::I16Val(column), HiveType::SmallInt) => {
            Arc::new(present(&column.values, &column.nulls).map(Option::<&i16>::copied).collect::<Int16Array>())
        }
        (TColumn::I32Val(column), HiveType::Int) => {
            Arc::new(present(&column.values, &column.nulls).map(Option::<&i32>::copied).collect::<Int32Array>())
        }
        (TColumn::I64Val(column), HiveType::BigInt) => {
            Arc::new(present(&column.values, &column.nulls).map(Option::<&i64>::copied).collect::<Int64Array>())
        }
        (TColumn::DoubleVal(column), HiveType::Double) => {
            Arc::new(present(&column.values, &column.nulls).map(Option::<&f64>::copied).collect::<Float64Array>())
        }
        (TColumn::DoubleVal(column), HiveType::Float) => {
            let values = present(&column.values, &column.nulls).map(|value| value.map(|value| *value as f32));
            Arc::new(values.collect::<Float32Array>())
        }
        (TColumn::StringVal(column), HiveType::Void) => Arc::new(NullArray::new(column.values.len())),
        (TColumn::StringVal(column), HiveType::String) => {
            Arc::new(present(&column.values, &column.nulls).collect::<StringArray>())
        }
        (TColumn::BinaryVal(column), HiveType::Binary) => Arc::new(
            present(&column.values, &column.nulls).map(|value| value.map(Vec::as_slice)).collect::<BinaryArray>(),
        ),
        // Hive's own server sends binary as text to old clients.
        (TColumn::StringVal(column), HiveType::Binary) => {
            let values = present(&column.values, &column.nulls).map(|value| value.map(String::as_bytes));
            Arc::new(values.collect::<BinaryArray>())
        }
        (other, ty) => return Err(protocol_error(format!("values of {ty} come in another form: {}", kind(&other)))),
    })
}

/// The name of a column's form.
fn kind(column: &TColumn) -> &'static str {
    match column {
        TColumn::BoolVal(_) => "boolVal",
        TColumn::ByteVal(_) => "byteVal",
        TColumn::I16Val(_) => "i16Val",
        TColumn::I32Val(_) => "i32Val",
        TColumn::I64Val(_) => "i64Val",
        TColumn::DoubleVal(_) => "doubleVal",
        TColumn::StringVal(_) => "stringVal",
        TColumn::BinaryVal(_) => "binaryVal",
        TColumn::Unset => "none",
    }
}
