//! Rows in the protocol's form. They are written from Arrow's arrays straight into the message.

use arrow::array::timezone::Tz;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use skep_metastore::model::HiveType;
use skep_thrift::{Kind, Value, Writer};
use skep_thrift_tcli::{
    TBoolValue, TByteValue, TColumnValue, TDoubleValue, TI16Value, TI32Value, TI64Value, TRow, TStatus, TStringValue,
};
use skep_udf::text::{TextFormatter, TextStyle};

use crate::OutputColumn;
use crate::server::operation::Fetched;

/// From this version on (V6) results come by column, before it by row.
pub const COLUMNAR: i32 = 5;

/// The rows of a fetch, ready to be written.
#[derive(Debug)]
pub struct RowSet {
    /// What the fetch gave.
    pub fetched: Fetched,
    /// Its columns.
    pub columns: std::sync::Arc<[OutputColumn]>,
    /// The session's time zone.
    pub zone: Tz,
    /// The version of the protocol, on the wire.
    pub protocol: i32,
}

impl RowSet {
    /// Writes a `TFetchResultsResp` that has gone well.
    pub fn write(&self, status: &TStatus, writer: &mut Writer) {
        let response = writer.begin_struct();
        writer.field(1, status);
        writer.field(2, &false);
        writer.begin_field(3, Kind::Struct);
        let set = writer.begin_struct();
        writer.field(1, &i64::try_from(self.fetched.offset).unwrap_or(i64::MAX));
        if self.protocol >= COLUMNAR {
            writer.field(2, &Vec::<TRow>::new());
            writer.begin_field(3, Kind::List);
            writer.begin_list(Kind::Struct, self.columns.len());
            for index in 0..self.columns.len() {
                self.write_column(index, writer);
            }
        } else {
            writer.begin_field(2, Kind::List);
            writer.begin_list(Kind::Struct, self.fetched.rows());
            for batch in &self.fetched.batches {
                self.write_rows(batch, writer);
            }
        }
        writer.end_struct(set);
        writer.end_struct(response);
    }

    /// A union of lists of values, each with a bit for every row that is NULL.
    fn write_column(&self, index: usize, writer: &mut Writer) {
        let form = Form::of(&self.columns[index].ty);
        let column = writer.begin_struct();
        writer.begin_field(form.column_field(), Kind::Struct);
        let values = writer.begin_struct();
        writer.begin_field(1, Kind::List);
        writer.begin_list(form.element(), self.fetched.rows());
        for array in self.arrays(index) {
            self.write_values(array, form, &self.columns[index].ty, writer);
        }
        writer.begin_field(2, Kind::String);
        writer.bytes(&self.nulls(index));
        writer.end_struct(values);
        writer.end_struct(column);
    }

    fn arrays(&self, index: usize) -> impl Iterator<Item = &dyn Array> {
        self.fetched.batches.iter().map(move |batch| batch.column(index).as_ref())
    }

    /// The bits of the rows that are NULL, the first row's lowest.
    fn nulls(&self, index: usize) -> Vec<u8> {
        let mut bits = vec![0; self.fetched.rows().div_ceil(8)];
        let mut row = 0;
        for array in self.arrays(index) {
            if array.logical_null_count() > 0 {
                let nulls = array.logical_nulls();
                for i in (0..array.len()).filter(|i| nulls.as_ref().is_some_and(|nulls| nulls.is_null(*i))) {
                    bits[(row + i) / 8] |= 1 << ((row + i) % 8);
                }
            }
            row += array.len();
        }
        bits
    }

    /// The values of an array; where one is NULL, any.
    fn write_values(&self, array: &dyn Array, form: Form, ty: &HiveType, writer: &mut Writer) {
        match (form, array.data_type()) {
            (Form::Bool, DataType::Boolean) => {
                array.as_boolean().iter().for_each(|value| writer.bool(value.unwrap_or_default()));
            }
            (Form::Byte, DataType::Int8) => {
                array.as_primitive::<Int8Type>().values().iter().for_each(|value| value.write(writer));
            }
            (Form::I16, DataType::Int16) => {
                array.as_primitive::<Int16Type>().values().iter().for_each(|value| value.write(writer));
            }
            (Form::I32, DataType::Int32) => {
                array.as_primitive::<Int32Type>().values().iter().for_each(|value| value.write(writer));
            }
            (Form::I64, DataType::Int64) => {
                array.as_primitive::<Int64Type>().values().iter().for_each(|value| value.write(writer));
            }
            (Form::Double, DataType::Float32) => {
                array.as_primitive::<Float32Type>().values().iter().for_each(|value| writer.double(widened(*value)));
            }
            (Form::Double, DataType::Float64) => {
                array.as_primitive::<Float64Type>().values().iter().for_each(|value| writer.double(*value));
            }
            (Form::Binary, DataType::Binary) => {
                array.as_binary::<i32>().iter().for_each(|value| writer.bytes(value.unwrap_or_default()));
            }
            (Form::Text, DataType::Utf8) if !matches!(ty, HiveType::Char(_)) => {
                array.as_string::<i32>().iter().for_each(|value| writer.bytes(value.unwrap_or_default().as_bytes()));
            }
            _ => self.write_texts(array, ty, writer),
        }
    }

    fn write_texts(&self, array: &dyn Array, ty: &HiveType, writer: &mut Writer) {
        let texts = Texts::new(array, ty, self.zone);
        let mut text = String::new();
        for row in 0..array.len() {
            text.clear();
            texts.write(row, &mut text);
            writer.bytes(text.as_bytes());
        }
    }

    /// Rows of values, as clients before V6 read them.
    fn write_rows(&self, batch: &RecordBatch, writer: &mut Writer) {
        let columns = batch.columns().iter().zip(self.columns.iter());
        let texts: Vec<Texts<'_>> =
            columns.map(|(array, column)| Texts::new(array.as_ref(), &column.ty, self.zone)).collect();
        for row in 0..batch.num_rows() {
            let columns = batch.columns().iter().zip(self.columns.iter()).zip(&texts);
            let values = columns.map(|((array, column), texts)| value(array.as_ref(), &column.ty, texts, row));
            TRow { col_vals: values.collect() }.write(writer);
        }
    }
}

/// In which member of the protocol's unions a type's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Bool,
    Byte,
    I16,
    I32,
    I64,
    Double,
    Text,
    Binary,
}

impl Form {
    fn of(ty: &HiveType) -> Self {
        match ty {
            HiveType::Boolean => Form::Bool,
            HiveType::TinyInt => Form::Byte,
            HiveType::SmallInt => Form::I16,
            HiveType::Int => Form::I32,
            HiveType::BigInt => Form::I64,
            HiveType::Float | HiveType::Double => Form::Double,
            HiveType::Binary => Form::Binary,
            _ => Form::Text,
        }
    }

    /// The field of `TColumn`.
    fn column_field(self) -> i16 {
        match self {
            Form::Bool => 1,
            Form::Byte => 2,
            Form::I16 => 3,
            Form::I32 => 4,
            Form::I64 => 5,
            Form::Double => 6,
            Form::Text => 7,
            Form::Binary => 8,
        }
    }

    /// What the column is a list of.
    fn element(self) -> Kind {
        match self {
            Form::Bool => Kind::Bool,
            Form::Byte => Kind::Byte,
            Form::I16 => Kind::I16,
            Form::I32 => Kind::I32,
            Form::I64 => Kind::I64,
            Form::Double => Kind::Double,
            Form::Text | Form::Binary => Kind::String,
        }
    }
}

/// The values of an array as text; nothing where they are NULL.
struct Texts<'a> {
    array: &'a dyn Array,
    /// `None` for a type whose values are never shown: there are none.
    formatter: Option<TextFormatter<'a>>,
}

impl<'a> Texts<'a> {
    fn new(array: &'a dyn Array, ty: &HiveType, zone: Tz) -> Self {
        let formatter = TextFormatter::padded(array, TextStyle::cli(zone), &crate::analyzer::padding(ty)).ok();
        Self { array, formatter }
    }

    fn write(&self, row: usize, out: &mut String) {
        if let Some(formatter) = &self.formatter
            && !self.array.is_null(row)
            && !self.array.data_type().is_null()
        {
            formatter.write(row, out);
        }
    }
}

/// A text as a value of a row.
pub fn text_value(text: String) -> TColumnValue {
    TColumnValue::StringVal(TStringValue { value: Some(text) })
}

/// A float as the double that is written with the same digits: 0.1 and not 0.10000000149.
fn widened(value: f32) -> f64 {
    if value.is_finite() { value.to_string().parse().unwrap_or(f64::from(value)) } else { f64::from(value) }
}

/// One value; a NULL is a member without its value.
fn value(array: &dyn Array, ty: &HiveType, texts: &Texts<'_>, row: usize) -> TColumnValue {
    let null = array.is_null(row) || array.data_type().is_null();
    macro_rules! number {
        ($arrow:ty) => {
            (!null).then(|| array.as_primitive::<$arrow>().value(row))
        };
    }
    match (Form::of(ty), array.data_type()) {
        (Form::Bool, DataType::Boolean) => {
            TColumnValue::BoolVal(TBoolValue { value: (!null).then(|| array.as_boolean().value(row)) })
        }
        (Form::Byte, DataType::Int8) => TColumnValue::ByteVal(TByteValue { value: number!(Int8Type) }),
        (Form::I16, DataType::Int16) => TColumnValue::I16Val(TI16Value { value: number!(Int16Type) }),
        (Form::I32, DataType::Int32) => TColumnValue::I32Val(TI32Value { value: number!(Int32Type) }),
        (Form::I64, DataType::Int64) => TColumnValue::I64Val(TI64Value { value: number!(Int64Type) }),
        (Form::Double, DataType::Float32) => {
            TColumnValue::DoubleVal(TDoubleValue { value: number!(Float32Type).map(widened) })
        }
        (Form::Double, DataType::Float64) => TColumnValue::DoubleVal(TDoubleValue { value: number!(Float64Type) }),
        _ => {
            let text = (!null).then(|| {
                let mut text = String::new();
                texts.write(row, &mut text);
                text
            });
            TColumnValue::StringVal(TStringValue { value: text })
        }
    }
}
