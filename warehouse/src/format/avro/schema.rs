//! Avro schemas, as Avro 1.7's specification and Hive's `SchemaToTypeInfo` and `TypeInfoToSchema` have them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use skep_metastore::model::{FieldSchema, HiveType, StructField};

/// A schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// What values are.
    pub ty: Type,
    /// What they stand for.
    pub logical: Option<Logical>,
}

/// What values are.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Nothing.
    Null,
    /// One byte.
    Boolean,
    /// Zigzag number of 32 bits.
    Int,
    /// Zigzag number of 64 bits.
    Long,
    /// Four bytes, little-endian.
    Float,
    /// Eight bytes, little-endian.
    Double,
    /// Bytes behind their number.
    Bytes,
    /// UTF-8 behind the number of its bytes.
    String,
    /// Fields.
    Record(Arc<Record>),
    /// One of some names, by its place.
    Enum(Arc<Enum>),
    /// Items in blocks.
    Array(Arc<Schema>),
    /// Entries of a text and a value, in blocks.
    Map(Arc<Schema>),
    /// A value of one of some schemas, behind its place.
    Union(Vec<Schema>),
    /// So many bytes.
    Fixed(Arc<Fixed>),
}

/// What the values of a schema stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logical {
    /// A decimal: its digits as a big-endian number.
    Decimal {
        /// Digits.
        precision: u8,
        /// Digits behind the point.
        scale: u8,
    },
    /// Days since 1970.
    Date,
    /// Milliseconds since 1970.
    TimestampMillis,
    /// Hive's `char(n)`.
    Char(u32),
    /// Hive's `varchar(n)`.
    Varchar(u32),
}

/// A record.
#[derive(Debug, PartialEq)]
pub struct Record {
    /// Full name.
    pub name: String,
    /// Fields in order.
    pub fields: Vec<RecordField>,
}

/// A field of a record.
#[derive(Debug, PartialEq)]
pub struct RecordField {
    /// Name.
    pub name: String,
    /// What it holds.
    pub schema: Schema,
    /// Its value where a file does not have it.
    pub default: Option<Value>,
    /// Other names that files may have it under.
    pub aliases: Vec<String>,
    /// What it is for.
    pub doc: Option<String>,
}

/// Some names.
#[derive(Debug, PartialEq)]
pub struct Enum {
    /// Full name.
    pub name: String,
    /// The names.
    pub symbols: Vec<String>,
}

/// So many bytes.
#[derive(Debug, PartialEq)]
pub struct Fixed {
    /// Full name.
    pub name: String,
    /// How many.
    pub size: usize,
}

/// Schemas that names stand for; `None`: one that is not complete yet.
type Names = HashMap<String, Option<Schema>>;

impl Schema {
    /// Reads the JSON of a schema. Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        parse(&value, "", &mut Names::new())
    }

    fn plain(ty: Type) -> Self {
        Self { ty, logical: None }
    }

    /// The fields of a record.
    pub fn fields(&self) -> Result<&[RecordField], String> {
        match &self.ty {
            Type::Record(record) => Ok(&record.fields),
            _ => Err("the schema of a table is to be a record".to_string()),
        }
    }

    /// May values be NULL? A union of one schema is never seen so.
    fn is_nullable(members: &[Schema]) -> bool {
        members.len() > 1 && members.iter().any(|member| member.ty == Type::Null)
    }

    /// The schemas of a union whose values are no NULLs, where Hive hides those; else all of them.
    pub fn members(members: &[Schema]) -> Vec<&Schema> {
        let hides = Self::is_nullable(members);
        members.iter().filter(|member| !hides || member.ty != Type::Null).collect()
    }

    /// Hive's type for the values.
    pub fn hive_type(&self) -> Result<HiveType, String> {
        match self.logical {
            Some(Logical::Decimal { precision, scale }) => return Ok(HiveType::Decimal { precision, scale }),
            Some(Logical::Date) => return Ok(HiveType::Date),
            Some(Logical::TimestampMillis) => return Ok(HiveType::Timestamp),
            Some(Logical::Char(length)) => return Ok(HiveType::Char(length)),
            Some(Logical::Varchar(length)) => return Ok(HiveType::Varchar(length)),
            None => {}
        }
        Ok(match &self.ty {
            Type::Null => HiveType::Void,
            Type::Boolean => HiveType::Boolean,
            Type::Int => HiveType::Int,
            Type::Long => HiveType::BigInt,
            Type::Float => HiveType::Float,
            Type::Double => HiveType::Double,
            Type::Bytes | Type::Fixed(_) => HiveType::Binary,
            Type::String | Type::Enum(_) => HiveType::String,
            Type::Array(item) => HiveType::Array(Box::new(item.hive_type()?)),
            Type::Map(value) => HiveType::Map(Box::new(HiveType::String), Box::new(value.hive_type()?)),
            Type::Record(record) => HiveType::Struct(
                record
                    .fields
                    .iter()
                    .map(|field| Ok(StructField { name: field.name.to_lowercase(), ty: field.schema.hive_type()? }))
                    .collect::<Result<_, String>>()?,
            ),
            Type::Union(all) => match Self::members(all).as_slice() {
                [only] if Self::is_nullable(all) => only.hive_type()?,
                several => HiveType::Union(several.iter().map(|s| s.hive_type()).collect::<Result<_, _>>()?),
            },
        })
    }

    /// The columns of a table of such records.
    pub fn columns(&self) -> Result<Vec<FieldSchema>, String> {
        self.fields()?
            .iter()
            .map(|field| {
                let comment = Some(field.doc.clone().unwrap_or_default());
                Ok(FieldSchema { name: field.name.to_lowercase(), ty: field.schema.hive_type()?, comment })
            })
            .collect()
    }
}

fn parse(value: &Value, space: &str, names: &mut Names) -> Result<Schema, String> {
    match value {
        Value::String(name) => named(name, space, names),
        Value::Array(members) => {
            let members: Vec<Schema> =
                members.iter().map(|member| parse(member, space, names)).collect::<Result<_, _>>()?;
            if members.iter().any(|member| matches!(member.ty, Type::Union(_))) {
                return Err(format!("Nested union: {value}"));
            }
            Ok(Schema::plain(Type::Union(members)))
        }
        Value::Object(object) => parse_object(object, space, names),
        other => Err(format!("No type: {other}")),
    }
}

fn named(name: &str, space: &str, names: &Names) -> Result<Schema, String> {
    let ty = match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "int" => Type::Int,
        "long" => Type::Long,
        "float" => Type::Float,
        "double" => Type::Double,
        "bytes" => Type::Bytes,
        "string" => Type::String,
        name => {
            let full = full_name(name, space);
            return match names.get(&full).or_else(|| names.get(name)) {
                Some(Some(schema)) => Ok(schema.clone()),
                Some(None) => Err(format!("Recursive schemas are not supported. Recursive schema was {full}")),
                None => Err(format!("Undefined name: \"{name}\"")),
            };
        }
    };
    Ok(Schema::plain(ty))
}

fn full_name(name: &str, space: &str) -> String {
    if name.contains('.') || space.is_empty() { name.to_string() } else { format!("{space}.{name}") }
}

fn parse_object(object: &Map<String, Value>, space: &str, names: &mut Names) -> Result<Schema, String> {
    let ty = object.get("type").ok_or_else(|| format!("No type: {}", Value::Object(object.clone())))?;
    let Value::String(ty) = ty else { return parse(ty, space, names) };
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let child = |key: &str, names: &mut Names| {
        let value = object.get(key).ok_or_else(|| format!("{ty} has no {key}"))?;
        parse(value, space, names).map(Arc::new)
    };
    let full = || {
        let name = text("name").ok_or_else(|| format!("No name in schema of type {ty}"))?;
        Ok::<_, String>(full_name(name, text("namespace").unwrap_or(space)))
    };
    let schema = match ty.as_str() {
        "array" => Schema::plain(Type::Array(child("items", names)?)),
        "map" => Schema::plain(Type::Map(child("values", names)?)),
        "enum" => {
            let symbols = object.get("symbols").and_then(Value::as_array).ok_or("Enum has no symbols")?;
            let symbols = symbols.iter().map(|symbol| symbol.as_str().unwrap_or_default().to_string()).collect();
            let name = full()?;
            let schema = Schema::plain(Type::Enum(Arc::new(Enum { name: name.clone(), symbols })));
            names.insert(name, Some(schema.clone()));
            schema
        }
        "fixed" => {
            let size = object.get("size").and_then(Value::as_u64).ok_or("Invalid or no size")?;
            let size = usize::try_from(size).ok().filter(|size| *size <= i32::MAX as usize).ok_or("Invalid size")?;
            let name = full()?;
            let schema = Schema::plain(Type::Fixed(Arc::new(Fixed { name: name.clone(), size })));
            names.insert(name, Some(schema.clone()));
            schema
        }
        "record" | "error" => record(object, full()?, names)?,
        name => {
            let mut schema = named(name, space, names)?;
            if schema.logical.is_none() {
                schema.logical = logical(object, &schema.ty)?;
            }
            schema
        }
    };
    Ok(schema)
}

fn record(object: &Map<String, Value>, name: String, names: &mut Names) -> Result<Schema, String> {
    names.insert(name.clone(), None);
    let space = name.rsplit_once('.').map_or("", |(space, _)| space).to_string();
    let list = object.get("fields").and_then(Value::as_array).ok_or("Record has no fields")?;
    let mut fields: Vec<RecordField> = Vec::with_capacity(list.len());
    for field in list {
        let text = |key: &str| field.get(key).and_then(Value::as_str);
        let field_name = text("name").ok_or_else(|| format!("No field name: {field}"))?;
        if fields.iter().any(|other| other.name == field_name) {
            return Err(format!("Duplicate field {field_name} in record {name}"));
        }
        let ty = field.get("type").ok_or_else(|| format!("No field type: {field}"))?;
        // A logical type may stand beside the type of the field, too.
        let schema = parse(ty, &space, names)?;
        let aliases = field.get("aliases").and_then(Value::as_array).into_iter().flatten();
        fields.push(RecordField {
            name: field_name.to_string(),
            schema,
            default: field.get("default").cloned(),
            aliases: aliases.filter_map(Value::as_str).map(str::to_string).collect(),
            doc: text("doc").map(str::to_string),
        });
    }
    let schema = Schema::plain(Type::Record(Arc::new(Record { name: name.clone(), fields })));
    names.insert(name, Some(schema.clone()));
    Ok(schema)
}

/// Numbers may be written as texts.
fn number(object: &Map<String, Value>, key: &str) -> Option<u32> {
    match object.get(key)? {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_u64().and_then(|number| u32::try_from(number).ok()),
    }
}

fn logical(object: &Map<String, Value>, ty: &Type) -> Result<Option<Logical>, String> {
    let Some(name) = object.get("logicalType").and_then(Value::as_str) else { return Ok(None) };
    let failed =
        |what: &str| format!("Failed to obtain {what} value from file schema: {}", Value::Object(object.clone()));
    let length = || number(object, "maxLength").filter(|n| *n > 0).ok_or_else(|| failed("maxLength"));
    Ok(match (name.to_ascii_lowercase().as_str(), ty) {
        ("decimal", Type::Bytes) => {
            let precision = number(object, "precision").ok_or_else(|| failed("scale"))?;
            let scale = number(object, "scale").ok_or_else(|| failed("scale"))?;
            if !(1..=38).contains(&precision) || scale > precision {
                return Err("Invalid precision or scale for decimal type".to_string());
            }
            Some(Logical::Decimal { precision: precision as u8, scale: scale as u8 })
        }
        ("char", Type::String) => Some(Logical::Char(length()?)),
        ("varchar", Type::String) => Some(Logical::Varchar(length()?)),
        ("date", Type::Int) => Some(Logical::Date),
        ("timestamp-millis", Type::Long) => Some(Logical::TimestampMillis),
        _ => None,
    })
}

/// The schema of a table that is told by its columns (`TypeInfoToSchema`): every value may be NULL.
pub fn of_columns(
    columns: &[FieldSchema],
    name: &str,
    space: Option<&str>,
    doc: Option<&str>,
) -> Result<Value, String> {
    let mut records = 0;
    let fields = columns.iter().map(|column| {
        let mut field = json!({"name": column.name, "type": nullable(&column.ty, &mut records)?});
        if let Some(comment) = &column.comment {
            field["doc"] = json!(comment);
        }
        field["default"] = Value::Null;
        Ok(field)
    });
    let mut schema = json!({"type": "record", "name": name});
    if let Some(space) = space {
        schema["namespace"] = json!(space);
    }
    if let Some(doc) = doc {
        schema["doc"] = json!(doc);
    }
    schema["fields"] = Value::Array(fields.collect::<Result<_, String>>()?);
    Ok(schema)
}

/// The schema of a type, with NULL as its first member.
fn nullable(ty: &HiveType, records: &mut usize) -> Result<Value, String> {
    let mut members = vec![json!("null")];
    match ty {
        HiveType::Union(types) => {
            for ty in types {
                if let Value::Array(own) = nullable(ty, records)? {
                    members.extend(own.into_iter().filter(|member| *member != json!("null")));
                }
            }
        }
        HiveType::Void => return Ok(json!("null")),
        ty => members.push(of_type(ty, records)?),
    }
    Ok(Value::Array(members))
}

fn of_type(ty: &HiveType, records: &mut usize) -> Result<Value, String> {
    Ok(match ty {
        HiveType::String => json!("string"),
        HiveType::Char(length) => json!({"type": "string", "logicalType": "char", "maxLength": length}),
        HiveType::Varchar(length) => json!({"type": "string", "logicalType": "varchar", "maxLength": length}),
        HiveType::Binary => json!("bytes"),
        HiveType::TinyInt | HiveType::SmallInt | HiveType::Int => json!("int"),
        HiveType::BigInt => json!("long"),
        HiveType::Float => json!("float"),
        HiveType::Double => json!("double"),
        HiveType::Boolean => json!("boolean"),
        HiveType::Decimal { precision, scale } => {
            json!({"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale})
        }
        HiveType::Date => json!({"type": "int", "logicalType": "date"}),
        HiveType::Timestamp => json!({"type": "long", "logicalType": "timestamp-millis"}),
        HiveType::Array(item) => json!({"type": "array", "items": nullable(item, records)?}),
        HiveType::Map(key, value) => {
            if **key != HiveType::String {
                return Err("Key of Map can only be a String".to_string());
            }
            json!({"type": "map", "values": nullable(value, records)?})
        }
        HiveType::Struct(fields) => {
            // The inner ones count first, as in Hive.
            let own = fields
                .iter()
                .map(|field| {
                    let ty = nullable(&field.ty, records)?;
                    Ok(json!({"name": field.name, "type": ty, "doc": field.ty.to_string(), "default": null}))
                })
                .collect::<Result<Vec<_>, String>>()?;
            let name = format!("record_{records}");
            *records += 1;
            json!({"type": "record", "name": name, "namespace": "", "doc": ty.to_string(), "fields": own})
        }
        other => return Err(format!("{other} is not supported.")),
    })
}
