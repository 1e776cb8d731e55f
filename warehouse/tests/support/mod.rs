//! What the tests of the warehouse share.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use futures::TryStreamExt;
use skep_metastore::model::{FieldSchema, HiveType, Parameters, SerDeInfo, StorageDescriptor};
use skep_warehouse::Result;
use skep_warehouse::format::{FileFormatKind, ReadRequest, STORED_AS, open_reader};
use skep_warehouse::store::Stores;

/// Columns of `types_*`.
pub const TYPES: &str = "id:int,b:boolean,t:tinyint,s:smallint,i:int,l:bigint,f:float,d:double,dec:decimal(10,2),\
    big:decimal(38,18),str:string,vc:varchar(10),ch:char(10),dt:date,ts:timestamp,bin:binary,arr:array<int>,\
    m:map<string,int>,st:struct<a:int,b:string>,nested:array<struct<x:int,y:map<string,array<double>>>>";

/// A folder of the files that Hive wrote.
pub fn data(table: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hive").join(table)
}

/// Columns from `name:type,…`.
pub fn columns(text: &str) -> Vec<FieldSchema> {
    if text.is_empty() {
        return Vec::new();
    }
    let HiveType::Struct(fields) = format!("struct<{text}>").parse().unwrap() else { panic!("{text}") };
    fields.into_iter().map(|f| FieldSchema { name: f.name, ty: f.ty, comment: None }).collect()
}

/// How a table of these columns is stored.
pub fn storage(kind: FileFormatKind, columns: &[FieldSchema], location: &str) -> StorageDescriptor {
    let format = STORED_AS.iter().find(|format| format.kind == Some(kind)).unwrap();
    StorageDescriptor {
        columns: columns.to_vec(),
        location: location.to_string(),
        input_format: format.input_format.to_string(),
        output_format: format.output_format.to_string(),
        serde: SerDeInfo {
            library: format.serde.unwrap_or("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe").to_string(),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// A request for all columns of a file.
pub fn request(kind: FileFormatKind, file: &Path, columns: &[FieldSchema]) -> ReadRequest {
    let stores = Stores::new();
    let (store, location) = stores.open(file.to_str().unwrap()).unwrap();
    let metadata = std::fs::metadata(file).unwrap();
    ReadRequest {
        store,
        object: object_store::ObjectMeta {
            location,
            last_modified: metadata.modified().unwrap().into(),
            size: metadata.len(),
            e_tag: None,
            version: None,
        },
        range: None,
        storage: Arc::new(storage(kind, columns, "")),
        table_parameters: Arc::new(Parameters::new()),
        columns: columns.iter().enumerate().map(|(i, c)| (i, c.ty.clone())).collect(),
        batch_size: 8192,
        predicate: None,
        row_offsets: false,
        limit: None,
        time_zone: "UTC".into(),
    }
}

/// All rows of a file.
pub async fn try_read(kind: FileFormatKind, request: ReadRequest) -> Result<RecordBatch> {
    let schema = request.schema();
    let batches: Vec<_> = open_reader(kind, request).await?.try_collect().await?;
    for batch in &batches {
        assert_eq!(batch.schema(), schema);
    }
    Ok(concat_batches(&schema, &batches)?)
}

/// All rows of a file.
pub async fn read(kind: FileFormatKind, request: ReadRequest) -> RecordBatch {
    try_read(kind, request).await.unwrap()
}
