//! Rows into a container file: Hive's `AvroSerializer`.

use std::io::Write;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use skep_metastore::model::{FieldSchema, HiveType};
use skep_udf::text::{parse_zone, utc, utc_from_local};
use uuid::Uuid;

use super::file::{Codec, put_zigzag};
use super::schema::{Logical, RecordField, Schema, Type};
use super::wrong;
use crate::error::{Result, WarehouseError};
use crate::format::calendar::{days_to_hybrid, micros_to_hybrid};
use crate::format::lazybinary::{big_integer_bytes, rescale};
use crate::format::{FileInfo, FileWriteOptions, RowFileWriter};
use crate::store::Output;
use crate::types::arrow_type;

/// Raw bytes of a block.
const BLOCK: usize = 64_000;

/// A file being written.
pub struct AvroWriter {
    url: String,
    schema: Schema,
    columns: Vec<FieldSchema>,
    codec: Codec,
    sync: [u8; 16],
    encoder: Encoder,
    block: Vec<u8>,
    count: u64,
    output: Output,
    info: FileInfo,
}

impl AvroWriter {
    /// Begins a file of records of a schema, which is given as its JSON.
    pub fn new(
        schema_text: &str,
        columns: &[FieldSchema],
        codec: Codec,
        options: &FileWriteOptions,
        output: Output,
    ) -> Result<Self> {
        let schema = Schema::parse(schema_text).map_err(wrong)?;
        let fields = schema.fields().map_err(wrong)?.len();
        if fields != columns.len() {
            return Err(wrong(format!(
                "Number of input columns was different than output columns (in = {fields} vs out = {})",
                columns.len()
            )));
        }
        let proleptic = options
            .table_parameters
            .get("hive.avro.proleptic.gregorian")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        // The text of the schema without the blanks in it.
        let compact =
            serde_json::from_str::<serde_json::Value>(schema_text).map_or(schema_text.into(), |v| v.to_string());
        let sync = *Uuid::new_v4().as_bytes();
        let mut start = b"Obj\x01".to_vec();
        let metadata: [(&str, &str); 5] = [
            ("writer.zone.conversion.legacy", "false"),
            ("writer.proleptic", if proleptic { "true" } else { "false" }),
            ("writer.time.zone", &options.time_zone),
            ("avro.codec", codec.name()),
            ("avro.schema", &compact),
        ];
        put_zigzag(metadata.len() as i64, &mut start);
        for (name, value) in metadata {
            put_bytes(name.as_bytes(), &mut start);
            put_bytes(value.as_bytes(), &mut start);
        }
        put_zigzag(0, &mut start);
        start.extend_from_slice(&sync);
        let zone = parse_zone(&options.time_zone).unwrap_or_else(utc);
        let mut writer = Self {
            url: output.url().to_string(),
            schema,
            columns: columns.to_vec(),
            codec,
            sync,
            encoder: Encoder { zone, hybrid: !proleptic },
            block: Vec::new(),
            count: 0,
            output,
            info: FileInfo::default(),
        };
        writer.put(&start)?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.output.write_all(bytes).map_err(|e| WarehouseError::io("write", &self.url, e))
    }

    fn end_block(&mut self) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let packed = self.codec.pack(&self.block).map_err(|e| WarehouseError::io("write", &self.url, e))?;
        let mut start = Vec::new();
        put_zigzag(self.count as i64, &mut start);
        put_zigzag(packed.len() as i64, &mut start);
        self.put(&start)?;
        self.put(&packed)?;
        let sync = self.sync;
        self.put(&sync)?;
        self.block.clear();
        self.count = 0;
        Ok(())
    }
}

impl RowFileWriter for AvroWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let fits = batch.num_columns() == self.columns.len()
            && batch
                .columns()
                .iter()
                .zip(&self.columns)
                .all(|(array, column)| array.data_type().equals_datatype(&arrow_type(&column.ty)));
        if !fits {
            return Err(WarehouseError::Invalid(format!("the rows are not those of {}", self.url)));
        }
        for row in 0..batch.num_rows() {
            let fields = self.schema.fields().map_err(wrong)?;
            for ((field, array), column) in fields.iter().zip(batch.columns()).zip(&self.columns) {
                self.encoder.field(field, array, &column.ty, row, &mut self.block).map_err(wrong)?;
            }
            self.count += 1;
            if self.block.len() >= BLOCK {
                self.end_block()?;
            }
        }
        self.info.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn memory_size(&self) -> usize {
        self.block.capacity() + crate::store::output::BUFFER
    }

    fn finish(mut self: Box<Self>) -> Result<FileInfo> {
        self.end_block()?;
        self.info.bytes = self.output.close()?;
        Ok(self.info)
    }
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_zigzag(bytes.len() as i64, out);
    out.extend_from_slice(bytes);
}

/// Writes values.
struct Encoder {
    /// The zone in which times are wall times.
    zone: Tz,
    /// Are days to be counted in Java's hybrid calendar?
    hybrid: bool,
}

type Outcome = Result<(), String>;

impl Encoder {
    fn field(&self, field: &RecordField, array: &ArrayRef, ty: &HiveType, row: usize, out: &mut Vec<u8>) -> Outcome {
        let done = self.value(&field.schema, array, ty, row, out);
        done.map_err(|reason| format!("field {}: {reason}", field.name))
    }

    fn value(&self, schema: &Schema, array: &ArrayRef, ty: &HiveType, row: usize, out: &mut Vec<u8>) -> Outcome {
        let null = *ty == HiveType::Void || array.is_null(row);
        match &schema.ty {
            Type::Null if null => Ok(()),
            Type::Union(members) if null => {
                let at = members.iter().position(|member| member.ty == Type::Null);
                let at = at.ok_or("the value is NULL, which its schema does not allow")?;
                put_zigzag(at as i64, out);
                Ok(())
            }
            Type::Union(members) => {
                let open = Schema::members(members);
                let (member, array, ty) = match ty {
                    HiveType::Union(types) => {
                        let parts = array.as_struct();
                        let tag = usize::try_from(parts.column(0).as_primitive::<Int8Type>().value(row));
                        let tag = tag.ok().filter(|tag| *tag < types.len()).ok_or("a union has no such member")?;
                        (open.get(tag), parts.column(tag + 1), &types[tag])
                    }
                    // The schema may have one member more than NULL and the type of the column.
                    ty => {
                        (open.iter().find(|schema| schema.hive_type().as_ref() == Ok(ty)).or(open.first()), array, ty)
                    }
                };
                let member = *member.ok_or("a union has no such member")?;
                let at = members.iter().position(|other| std::ptr::eq(other, member));
                if array.is_null(row) {
                    return Err("a member of a union is NULL".to_string());
                }
                put_zigzag(at.unwrap_or_default() as i64, out);
                self.plain(member, array, ty, row, out)
            }
            _ if null => Err("the value is NULL, which its schema does not allow".to_string()),
            _ => self.plain(schema, array, ty, row, out),
        }
    }

    /// Writes a value that is neither NULL nor of a union.
    fn plain(&self, schema: &Schema, array: &ArrayRef, ty: &HiveType, row: usize, out: &mut Vec<u8>) -> Outcome {
        match (&schema.ty, ty) {
            (Type::Boolean, HiveType::Boolean) => out.push(array.as_boolean().value(row).into()),
            (Type::Int | Type::Long, _) => put_zigzag(self.integer(schema, array, ty, row)?, out),
            (Type::Float, HiveType::Float) => {
                out.extend_from_slice(&array.as_primitive::<Float32Type>().value(row).to_le_bytes());
            }
            (Type::Double, HiveType::Double) => {
                out.extend_from_slice(&array.as_primitive::<Float64Type>().value(row).to_le_bytes());
            }
            (Type::String, HiveType::String | HiveType::Varchar(_) | HiveType::Char(_)) => {
                put_bytes(array.as_string::<i32>().value(row).as_bytes(), out);
            }
            (Type::Bytes, HiveType::Binary) => put_bytes(array.as_binary::<i32>().value(row), out),
            (Type::Bytes, HiveType::Decimal { scale: from, .. }) => {
                let Some(Logical::Decimal { precision, scale }) = schema.logical else {
                    return Err(format!("{ty} cannot be written as bytes"));
                };
                let value = array.as_primitive::<Decimal128Type>().value(row);
                let value = rescale(value, (*from).into(), precision, scale as i8);
                put_bytes(&big_integer_bytes(value.ok_or("a decimal does not fit its schema")?), out);
            }
            (Type::Fixed(fixed), HiveType::Binary) => {
                let bytes = array.as_binary::<i32>().value(row);
                if bytes.len() != fixed.size {
                    return Err(format!("{} bytes where there are to be {}", bytes.len(), fixed.size));
                }
                out.extend_from_slice(bytes);
            }
            (Type::Enum(names), HiveType::String) => {
                let text = array.as_string::<i32>().value(row);
                let at = names.symbols.iter().position(|symbol| symbol == text);
                put_zigzag(at.ok_or_else(|| format!("{text} is no symbol of {}", names.name))? as i64, out);
            }
            (Type::Array(item), HiveType::Array(item_ty)) => {
                let list = array.as_list::<i32>();
                let items = list.value_offsets()[row]..list.value_offsets()[row + 1];
                if !items.is_empty() {
                    put_zigzag(items.len() as i64, out);
                    for at in items {
                        self.value(item, list.values(), item_ty, at as usize, out)?;
                    }
                }
                out.push(0);
            }
            (Type::Map(value), HiveType::Map(key_ty, value_ty)) => {
                if **key_ty != HiveType::String {
                    return Err(format!("Avro only supports maps with keys as Strings.  Current Map is: {ty}"));
                }
                let map = array.as_map();
                let entries = map.value_offsets()[row]..map.value_offsets()[row + 1];
                if !entries.is_empty() {
                    put_zigzag(entries.len() as i64, out);
                    for at in entries {
                        put_bytes(map.keys().as_string::<i32>().value(at as usize).as_bytes(), out);
                        self.value(value, map.values(), value_ty, at as usize, out)?;
                    }
                }
                out.push(0);
            }
            (Type::Record(record), HiveType::Struct(types)) => {
                let columns = array.as_struct().columns();
                if record.fields.len() != types.len() {
                    return Err(format!("a record of {} fields from {ty}", record.fields.len()));
                }
                for ((field, column), ty) in record.fields.iter().zip(columns).zip(types) {
                    self.field(field, column, &ty.ty, row, out)?;
                }
            }
            _ => return Err(format!("{ty} cannot be written by its schema")),
        }
        Ok(())
    }

    fn integer(&self, schema: &Schema, array: &ArrayRef, ty: &HiveType, row: usize) -> Result<i64, String> {
        Ok(match ty {
            HiveType::TinyInt => array.as_primitive::<Int8Type>().value(row).into(),
            HiveType::SmallInt => array.as_primitive::<Int16Type>().value(row).into(),
            HiveType::Int => array.as_primitive::<Int32Type>().value(row).into(),
            HiveType::BigInt if schema.ty == Type::Long => array.as_primitive::<Int64Type>().value(row),
            HiveType::Date => {
                let days = array.as_primitive::<Date32Type>().value(row);
                (if self.hybrid { days_to_hybrid(days) } else { days }).into()
            }
            HiveType::Timestamp if schema.ty == Type::Long => {
                let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
                let micros = if self.hybrid { micros_to_hybrid(micros) } else { micros };
                let utc = utc_from_local(self.zone, micros).ok_or("a timestamp is out of range")?;
                utc.div_euclid(1000)
            }
            _ => return Err(format!("{ty} cannot be written by its schema")),
        })
    }
}
