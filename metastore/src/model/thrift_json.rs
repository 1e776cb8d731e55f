//! Tables and partitions as Thrift's `TJSONProtocol` writes them: structs by field number, `{"1":{"str":"t"},…}`, with
//! the fields of `hive_metastore.thrift`. The `_metadata` file of `EXPORT TABLE` holds them so.

mod message;

pub use message::{column_statistics, message};

use serde_json::{Map, Value, json};

use super::{
    DEFAULT_CATALOG, Database, FieldSchema, Function, FunctionResource, HiveType, Order, Parameters, Partition,
    PrincipalType, ResourceType, SerDeInfo, SkewedInfo, StorageDescriptor, Table, TableKind,
};
use crate::error::{MetastoreError, Result};

/// A struct `Table`.
pub fn table(table: &Table) -> Value {
    let mut out = Map::new();
    put(&mut out, 1, text(&table.name));
    put(&mut out, 2, text(&table.database));
    put(&mut out, 3, text(&table.owner));
    put(&mut out, 4, json!({"i32": table.create_time}));
    put(&mut out, 5, json!({"i32": table.last_access_time}));
    put(&mut out, 6, json!({"i32": table.retention}));
    put(&mut out, 7, json!({"rec": descriptor(&table.storage)}));
    put(&mut out, 8, fields(&table.partition_keys));
    put(&mut out, 9, map(&table.parameters));
    if let Some(query) = &table.view_original_text {
        put(&mut out, 10, text(query));
    }
    if let Some(query) = &table.view_expanded_text {
        put(&mut out, 11, text(query));
    }
    put(&mut out, 12, text(table.kind.name()));
    put(&mut out, 14, json!({"tf": 0}));
    Value::Object(out)
}

/// A struct `Partition` of a table.
pub fn partition(table: &Table, partition: &Partition) -> Value {
    let mut out = Map::new();
    put(&mut out, 1, strings(&partition.values));
    put(&mut out, 2, text(&table.database));
    put(&mut out, 3, text(&table.name));
    put(&mut out, 4, json!({"i32": partition.create_time}));
    put(&mut out, 5, json!({"i32": partition.last_access_time}));
    put(&mut out, 6, json!({"rec": descriptor(&partition.storage)}));
    put(&mut out, 7, map(&partition.parameters));
    Value::Object(out)
}

/// A struct `Database`.
pub fn database(database: &Database) -> Value {
    let mut out = Map::new();
    put(&mut out, 1, text(&database.name));
    if let Some(comment) = &database.comment {
        put(&mut out, 2, text(comment));
    }
    put(&mut out, 3, text(&database.location));
    put(&mut out, 4, map(&database.parameters));
    if let Some(owner) = &database.owner {
        put(&mut out, 6, text(owner));
        put(&mut out, 7, json!({"i32": principal(database.owner_type)}));
    }
    put(&mut out, 8, text(DEFAULT_CATALOG));
    put(&mut out, 9, json!({"i32": database.create_time}));
    if let Some(location) = &database.managed_location {
        put(&mut out, 10, text(location));
    }
    Value::Object(out)
}

/// A struct `Function`.
pub fn function(function: &Function) -> Value {
    let mut out = Map::new();
    put(&mut out, 1, text(&function.name));
    put(&mut out, 2, text(&function.database));
    put(&mut out, 3, text(&function.class_name));
    if let Some(owner) = &function.owner {
        put(&mut out, 4, text(owner));
    }
    put(&mut out, 5, json!({"i32": principal(function.owner_type)}));
    put(&mut out, 6, json!({"i32": function.create_time}));
    put(&mut out, 7, json!({"i32": 1})); // FunctionType.JAVA
    let resource = |resource: &FunctionResource| {
        let kind = match resource.kind {
            ResourceType::Jar => 1,
            ResourceType::File => 2,
            ResourceType::Archive => 3,
        };
        json!({"1": {"i32": kind}, "2": text(&resource.uri)})
    };
    put(&mut out, 8, records(function.resources.iter().map(resource)));
    put(&mut out, 9, text(DEFAULT_CATALOG));
    Value::Object(out)
}

fn principal(kind: PrincipalType) -> i32 {
    match kind {
        PrincipalType::User => 1,
        PrincipalType::Role => 2,
        PrincipalType::Group => 3,
    }
}

/// Reads a struct `Table`.
///
/// # Errors
/// [`MetastoreError::InvalidObject`] where something of it is missing or of another kind,
/// [`MetastoreError::InvalidType`] where a column's type is none.
pub fn read_table(value: &Value) -> Result<Table> {
    let kind = match read_text(value, 12)?.unwrap_or_default().as_str() {
        "EXTERNAL_TABLE" => TableKind::External,
        "VIRTUAL_VIEW" => TableKind::View,
        "MATERIALIZED_VIEW" => TableKind::MaterializedView,
        _ => TableKind::Managed,
    };
    Ok(Table {
        name: read_text(value, 1)?.ok_or_else(|| missing("the name of the table"))?.to_lowercase(),
        database: read_text(value, 2)?.unwrap_or_default().to_lowercase(),
        owner: read_text(value, 3)?.unwrap_or_default(),
        create_time: read_number(value, 4)?.unwrap_or_default(),
        last_access_time: read_number(value, 5)?.unwrap_or_default(),
        retention: read_number(value, 6)?.unwrap_or_default() as i32,
        kind,
        temporary: false,
        storage: read_descriptor(field(value, 7, "rec")?.ok_or_else(|| missing("the storage of the table"))?)?,
        partition_keys: read_fields(value, 8)?,
        parameters: read_map(value, 9)?,
        view_original_text: read_text(value, 10)?,
        view_expanded_text: read_text(value, 11)?,
        extras: Default::default(),
    })
}

/// Reads a struct `Partition`.
///
/// # Errors
/// As [`read_table`].
pub fn read_partition(value: &Value) -> Result<Partition> {
    Ok(Partition {
        values: read_strings(value, 1)?,
        create_time: read_number(value, 4)?.unwrap_or_default(),
        last_access_time: read_number(value, 5)?.unwrap_or_default(),
        storage: read_descriptor(field(value, 6, "rec")?.ok_or_else(|| missing("the storage of a partition"))?)?,
        parameters: read_map(value, 7)?,
        write_id: None,
    })
}

fn put(out: &mut Map<String, Value>, number: u8, value: Value) {
    out.insert(number.to_string(), value);
}

fn text(text: &str) -> Value {
    json!({ "str": text })
}

fn strings(list: &[String]) -> Value {
    json!({ "lst": counted("str", list.iter().map(|text| json!(text))) })
}

/// `["type", count, element, …]`
fn counted(kind: &str, elements: impl Iterator<Item = Value>) -> Value {
    let mut list: Vec<Value> = elements.collect();
    list.splice(0..0, [json!(kind), json!(list.len())]);
    Value::Array(list)
}

fn records(list: impl Iterator<Item = Value>) -> Value {
    json!({ "lst": counted("rec", list) })
}

fn fields(list: &[FieldSchema]) -> Value {
    records(list.iter().map(|column| {
        let mut out = Map::new();
        put(&mut out, 1, text(&column.name));
        put(&mut out, 2, text(&column.ty.to_string()));
        if let Some(comment) = &column.comment {
            put(&mut out, 3, text(comment));
        }
        Value::Object(out)
    }))
}

fn map(parameters: &Parameters) -> Value {
    json!({ "map": ["str", "str", parameters.len(), parameters] })
}

fn descriptor(storage: &StorageDescriptor) -> Value {
    let mut serde = Map::new();
    if let Some(name) = &storage.serde.name {
        put(&mut serde, 1, text(name));
    }
    put(&mut serde, 2, text(&storage.serde.library));
    put(&mut serde, 3, map(&storage.serde.parameters));
    let order = storage
        .sort_columns
        .iter()
        .map(|order| json!({"1": {"str": order.column}, "2": {"i32": u8::from(order.ascending)}}));
    let skewed = &storage.skewed;
    let rows = skewed.values.iter().map(|row| counted("str", row.iter().map(|value| json!(value))));
    let mut out = Map::new();
    put(&mut out, 1, fields(&storage.columns));
    put(&mut out, 2, text(&storage.location));
    put(&mut out, 3, text(&storage.input_format));
    put(&mut out, 4, text(&storage.output_format));
    put(&mut out, 5, json!({"tf": u8::from(storage.compressed)}));
    put(&mut out, 6, json!({"i32": storage.num_buckets}));
    put(&mut out, 7, json!({ "rec": serde }));
    put(&mut out, 8, strings(&storage.bucket_columns));
    put(&mut out, 9, records(order));
    put(&mut out, 10, map(&storage.parameters));
    let skewed = json!({
        "1": strings(&skewed.columns),
        "2": {"lst": counted("lst", rows)},
        // The key of this map is a list, which JSON cannot have; folders of values are the exporter's own anyway.
        "3": {"map": ["lst", "str", 0, {}]},
    });
    put(&mut out, 11, json!({ "rec": skewed }));
    put(&mut out, 12, json!({"tf": u8::from(storage.stored_as_sub_directories)}));
    Value::Object(out)
}

fn missing(what: &str) -> MetastoreError {
    MetastoreError::InvalidObject(format!("{what} is missing"))
}

fn unfit(number: u8, kind: &str) -> MetastoreError {
    MetastoreError::InvalidObject(format!("the field {number} is no {kind}"))
}

/// The value of a field, which must be of the type that the specification gives it.
fn field<'a>(value: &'a Value, number: u8, kind: &str) -> Result<Option<&'a Value>> {
    match value.get(number.to_string()) {
        None => Ok(None),
        Some(typed) => typed.get(kind).map(Some).ok_or_else(|| unfit(number, kind)),
    }
}

fn read_text(value: &Value, number: u8) -> Result<Option<String>> {
    match field(value, number, "str")? {
        None => Ok(None),
        Some(text) => text.as_str().map(|text| Some(text.to_string())).ok_or_else(|| unfit(number, "text")),
    }
}

fn read_number(value: &Value, number: u8) -> Result<Option<i64>> {
    match field(value, number, "i32")? {
        None => Ok(None),
        Some(found) => found.as_i64().map(Some).ok_or_else(|| unfit(number, "number")),
    }
}

/// The elements of a list, behind its type and length.
fn elements(value: &Value, number: u8) -> Result<&[Value]> {
    let Some(list) = field(value, number, "lst")? else { return Ok(&[]) };
    list.as_array().and_then(|list| list.get(2..)).ok_or_else(|| unfit(number, "list"))
}

fn read_strings(value: &Value, number: u8) -> Result<Vec<String>> {
    let one = |element: &Value| element.as_str().map(str::to_string).ok_or_else(|| unfit(number, "list of texts"));
    elements(value, number)?.iter().map(one).collect()
}

fn read_map(value: &Value, number: u8) -> Result<Parameters> {
    let Some(found) = field(value, number, "map")? else { return Ok(Parameters::new()) };
    let entries = found.get(3).and_then(Value::as_object).ok_or_else(|| unfit(number, "map"))?;
    let one = |(key, value): (&String, &Value)| {
        value.as_str().map(|text| (key.clone(), text.to_string())).ok_or_else(|| unfit(number, "map of texts"))
    };
    entries.iter().map(one).collect()
}

fn read_fields(value: &Value, number: u8) -> Result<Vec<FieldSchema>> {
    let one = |column: &Value| {
        let ty: HiveType = read_text(column, 2)?.ok_or_else(|| missing("the type of a column"))?.parse()?;
        let name = read_text(column, 1)?.ok_or_else(|| missing("the name of a column"))?.to_lowercase();
        Ok(FieldSchema { name, ty, comment: read_text(column, 3)? })
    };
    elements(value, number)?.iter().map(one).collect()
}

fn read_flag(value: &Value, number: u8) -> Result<bool> {
    Ok(field(value, number, "tf")?.is_some_and(|flag| flag.as_i64() == Some(1) || flag.as_bool() == Some(true)))
}

fn read_descriptor(value: &Value) -> Result<StorageDescriptor> {
    let serde = match field(value, 7, "rec")? {
        None => SerDeInfo::default(),
        Some(serde) => SerDeInfo {
            name: read_text(serde, 1)?,
            library: read_text(serde, 2)?.unwrap_or_default(),
            parameters: read_map(serde, 3)?,
            ..SerDeInfo::default()
        },
    };
    let order = |order: &Value| {
        let column = read_text(order, 1)?.ok_or_else(|| missing("a sort column"))?.to_lowercase();
        Ok(Order { column, ascending: read_number(order, 2)? != Some(0) })
    };
    let skewed = match field(value, 11, "rec")? {
        None => SkewedInfo::default(),
        Some(skewed) => {
            let row = |row: &Value| -> Option<Vec<String>> {
                row.as_array()?.get(2..)?.iter().map(|value| value.as_str().map(str::to_string)).collect()
            };
            let rows: Option<Vec<Vec<String>>> = elements(skewed, 2)?.iter().map(row).collect();
            SkewedInfo {
                columns: read_strings(skewed, 1)?,
                values: rows.ok_or_else(|| unfit(2, "list of lists"))?,
                locations: Vec::new(),
            }
        }
    };
    Ok(StorageDescriptor {
        columns: read_fields(value, 1)?,
        location: read_text(value, 2)?.unwrap_or_default(),
        input_format: read_text(value, 3)?.unwrap_or_default(),
        output_format: read_text(value, 4)?.unwrap_or_default(),
        compressed: read_flag(value, 5)?,
        num_buckets: read_number(value, 6)?.unwrap_or(-1) as i32,
        serde,
        bucket_columns: read_strings(value, 8)?,
        sort_columns: elements(value, 9)?.iter().map(order).collect::<Result<_>>()?,
        parameters: read_map(value, 10)?,
        skewed,
        stored_as_sub_directories: read_flag(value, 12)?,
        type_texts: Parameters::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let column = |name: &str, ty: HiveType| FieldSchema { name: name.into(), ty, comment: Some("c\"".into()) };
        let storage = StorageDescriptor {
            columns: vec![column("a", HiveType::Int), column("b", HiveType::Array(Box::new(HiveType::String)))],
            location: "file:/w/t".into(),
            input_format: "I".into(),
            output_format: "O".into(),
            num_buckets: 4,
            serde: SerDeInfo {
                name: None,
                library: "S".into(),
                parameters: [("k".into(), "v".into())].into(),
                ..SerDeInfo::default()
            },
            bucket_columns: vec!["a".into()],
            sort_columns: vec![Order { column: "a".into(), ascending: false }],
            skewed: SkewedInfo {
                columns: vec!["a".into()],
                values: vec![vec!["1".into()], vec!["2".into()]],
                locations: Vec::new(),
            },
            stored_as_sub_directories: true,
            ..StorageDescriptor::default()
        };
        let t = Table {
            database: "d".into(),
            name: "t".into(),
            owner: "o".into(),
            create_time: 7,
            last_access_time: 0,
            retention: 0,
            kind: TableKind::External,
            temporary: false,
            storage: storage.clone(),
            partition_keys: vec![column("p", HiveType::Date)],
            parameters: [("EXTERNAL".into(), "TRUE".into())].into(),
            view_original_text: None,
            view_expanded_text: None,
            extras: Default::default(),
        };
        assert_eq!(read_table(&table(&t)).unwrap(), t);
        let p = Partition {
            values: vec!["2024-01-01".into()],
            create_time: 1,
            last_access_time: 0,
            storage,
            parameters: Parameters::new(),
            write_id: None,
        };
        assert_eq!(read_partition(&partition(&t, &p)).unwrap(), p);
    }

    #[test]
    fn what_is_none_is_an_error() {
        for text in ["{}", r#"{"1":{"i32":1}}"#, r#"{"1":{"str":"t"},"7":{"rec":{"1":{"lst":["rec",1,{}]}}}}"#] {
            assert!(read_table(&serde_json::from_str(text).unwrap()).is_err(), "{text}");
        }
    }
}
