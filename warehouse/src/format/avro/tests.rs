use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use futures::TryStreamExt;
use skep_metastore::model::HiveType;

use super::*;
use crate::format::{FileFormatKind, ReadRequest, stored_as};
use crate::store::Stores;
use crate::types::arrow_schema;

const COLUMNS: &str = "b:boolean,t:tinyint,i:int,l:bigint,f:float,d:double,dec:decimal(10,2),s:string,vc:varchar(5),\
    ch:char(5),dt:date,ts:timestamp,bin:binary,arr:array<int>,m:map<string,bigint>,st:struct<a:int,b:string>,\
    u:uniontype<int,string>,n:array<struct<x:map<string,array<double>>>>";

fn columns(text: &str) -> Vec<FieldSchema> {
    let HiveType::Struct(fields) = format!("struct<{text}>").parse().unwrap() else { panic!("{text}") };
    fields.into_iter().map(|f| FieldSchema { name: f.name, ty: f.ty, comment: None }).collect()
}

fn storage(columns: &[FieldSchema]) -> StorageDescriptor {
    let mut storage = StorageDescriptor { columns: columns.to_vec(), ..Default::default() };
    storage.input_format = stored_as("avro").unwrap().input_format.into();
    storage.serde.library = SERDE.into();
    storage
}

/// Rows by way of JSON lines, which the JSON SerDe reads.
async fn rows(columns: &[FieldSchema], lines: &str) -> RecordBatch {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows");
    std::fs::write(&file, lines).unwrap();
    let mut storage = storage(columns);
    storage.serde.library = "org.apache.hadoop.hive.serde2.JsonSerDe".into();
    let request = request(file.to_str().unwrap(), storage, columns);
    let schema = request.schema();
    let batches: Vec<_> =
        crate::format::open_reader(FileFormatKind::Text, request).await.unwrap().try_collect().await.unwrap();
    concat_batches(&schema, &batches).unwrap()
}

fn request(url: &str, storage: StorageDescriptor, columns: &[FieldSchema]) -> ReadRequest {
    let (store, location) = Stores::new().open(url).unwrap();
    let metadata = std::fs::metadata(url).unwrap();
    let last_modified = metadata.modified().unwrap().into();
    let object = object_store::ObjectMeta { location, last_modified, size: metadata.len(), e_tag: None, version: None };
    ReadRequest {
        store,
        object,
        range: None,
        columns: columns.iter().map(|c| c.ty.clone()).enumerate().collect(),
        storage: Arc::new(storage),
        table_parameters: Arc::default(),
        batch_size: 1000,
        predicate: None,
        row_offsets: false,
        limit: None,
        time_zone: "America/Los_Angeles".into(),
    }
}

async fn read(request: ReadRequest) -> Result<RecordBatch> {
    let schema = request.schema();
    let batches: Vec<_> = crate::format::open_reader(FileFormatKind::Avro, request).await?.try_collect().await?;
    Ok(concat_batches(&schema, &batches)?)
}

fn write(url: &str, storage: &StorageDescriptor, codec: Option<&str>, batch: &RecordBatch) -> Result<()> {
    let parameters = codec.map(|codec| ("avro.output.codec".to_string(), codec.to_string()));
    let options = FileWriteOptions {
        codec: codec.map(|_| crate::codec::TextCodec::Deflate),
        table_parameters: Arc::new(parameters.into_iter().collect()),
        time_zone: "America/Los_Angeles".into(),
    };
    let mut writer = open_writer(storage, &storage.columns, &options, Stores::new().create(url).unwrap())?;
    writer.write(batch)?;
    assert_eq!(writer.finish()?.bytes, std::fs::metadata(url).unwrap().len());
    Ok(())
}

#[tokio::test]
async fn rows_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    let columns = columns(&COLUMNS.replace("u:uniontype<int,string>,", ""));
    let line = r#"{"b":true,"t":-5,"i":7,"l":123456789012,"f":1.5,"d":-2.25,"dec":-12.34,"s":"größe","vc":"abc",
        "ch":"x","dt":"1500-03-01","ts":"1500-03-01 01:02:03.004","bin":"YWJj","arr":[1,null,3],"m":{"a":1,"b":null},
        "st":{"a":1,"b":null},"n":[{"x":{"k":[1.5,null]}},null]}"#
        .replace('\n', "");
    let batch = rows(&columns, &format!("{line}\n{{}}\n").repeat(2000)).await;
    for codec in [None, Some("deflate"), Some("snappy"), Some("bzip2"), Some("zstandard"), Some("null")] {
        write(url, &storage(&columns), codec, &batch).unwrap();
        assert_eq!(read(request(url, storage(&columns), &columns)).await.unwrap(), batch, "{codec:?}");
        let length = std::fs::metadata(url).unwrap().len();
        let step = length.div_ceil(7);
        let mut parts = Vec::new();
        for part in 0..7 {
            let mut request = request(url, storage(&columns), &columns);
            request.range = Some(part * step..((part + 1) * step).min(length));
            parts.push(read(request).await.unwrap());
        }
        assert_eq!(concat_batches(&batch.schema(), &parts).unwrap(), batch, "{codec:?}");
    }
    assert!(write(url, &storage(&columns), Some("lzma"), &batch).is_err());
}

#[tokio::test]
async fn damage_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    let columns = columns("i:int,s:string,a:array<string>");
    let batch = rows(&columns, &"{\"i\":1,\"s\":\"abc\",\"a\":[\"x\"]}\n".repeat(50)).await;
    for codec in [None, Some("snappy")] {
        write(url, &storage(&columns), codec, &batch).unwrap();
        let whole = std::fs::read(&file).unwrap();
        for cut in (0..whole.len()).step_by(7) {
            std::fs::write(&file, &whole[..cut]).unwrap();
            match read(request(url, storage(&columns), &columns)).await {
                Ok(found) => assert_eq!(found.num_rows(), 0),
                Err(error) => assert!(error.to_string().contains("000000_0"), "{error}"),
            }
        }
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 0x55;
            std::fs::write(&file, &bad).unwrap();
            let _ = read(request(url, storage(&columns), &columns)).await;
        }
    }
}

#[tokio::test]
async fn schemas_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    let old = columns("a:int,gone:string,old:string");
    let batch = rows(&old, "{\"a\":1,\"gone\":\"x\",\"old\":\"y\"}\n").await;
    write(url, &storage(&old), None, &batch).unwrap();
    let literal = r#"{"type":"record","name":"r","namespace":"n","fields":[
        {"name":"A","type":"long"},
        {"name":"new","type":["null","string"],"default":null},
        {"name":"other","type":{"type":"array","items":"int"},"default":[1,2]},
        {"name":"u","type":["int","string","null"],"default":5},
        {"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y"]},"default":"Y","doc":"an enum"},
        {"name":"renamed","type":["null","string"],"aliases":["old"]}]}"#;
    let mut evolved = storage(&[]);
    evolved.serde.parameters.insert(SCHEMA_LITERAL.into(), literal.into());
    evolved.columns = told_columns(&evolved, &Parameters::new()).unwrap().unwrap();
    let types: Vec<String> = evolved.columns.iter().map(|c| format!("{} {}", c.name, c.ty)).collect();
    assert_eq!(
        types,
        ["a bigint", "new string", "other array<int>", "u uniontype<int,string>", "e string", "renamed string"]
    );
    assert_eq!(evolved.columns[4].comment.as_deref(), Some("an enum"));
    let columns = evolved.columns.clone();
    let found = read(request(url, evolved, &columns)).await.unwrap();
    let schema = arrow_schema(&columns);
    assert_eq!(found.schema(), schema);
    let shown = arrow::util::pretty::pretty_format_batches(&[found]).unwrap().to_string();
    let row = shown.lines().nth(3).unwrap();
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    assert_eq!(cells[1..7], ["1", "", "[1, 2]", "{tag: 0, 0: 5, 1: }", "Y", "y"], "{shown}");
}

#[test]
fn bad_schemas() {
    for (text, part) in [
        ("{", "not JSON"),
        (r#"{"type":"record","name":"r","fields":[{"name":"a","type":"foo"}]}"#, "Undefined name"),
        (
            r#"{"type":"record","name":"r","fields":[{"name":"a","type":["null","r"]}]}"#,
            "Recursive schemas are not supported. Recursive schema was r",
        ),
        (r#"{"type":"record","name":"r"}"#, "no fields"),
        (r#"[["int"]]"#, "Nested union"),
    ] {
        let error = Schema::parse(text).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}
