//! Files that Apache Hive wrote, read with the warehouse's readers. How they were made: `data/hive/make.hql`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::util::pretty::pretty_format_batches;
use futures::TryStreamExt;
use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor};
use skep_warehouse::format::{FileFormatKind, ReadRequest, open_reader};
use skep_warehouse::store::Stores;

const TYPES: &str = "id:int,b:boolean,t:tinyint,s:smallint,i:int,l:bigint,f:float,d:double,dec:decimal(10,2),\
    big:decimal(38,18),str:string,vc:varchar(10),ch:char(10),dt:date,ts:timestamp,bin:binary,arr:array<int>,\
    m:map<string,int>,st:struct<a:int,b:string>,nested:array<struct<x:int,y:map<string,array<double>>>>";

fn data(table: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hive").join(table)
}

fn columns(text: &str) -> Vec<FieldSchema> {
    let ty: HiveType = format!("struct<{text}>").parse().unwrap();
    let HiveType::Struct(fields) = ty else { panic!("{text}") };
    fields.into_iter().map(|f| FieldSchema { name: f.name, ty: f.ty, comment: None }).collect()
}

fn request(file: &Path, columns: &[FieldSchema]) -> ReadRequest {
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
        storage: Arc::new(StorageDescriptor { columns: columns.to_vec(), ..Default::default() }),
        table_parameters: Arc::new(Parameters::new()),
        columns: columns.iter().enumerate().map(|(i, c)| (i, c.ty.clone())).collect(),
        batch_size: 8192,
        predicate: None,
        row_offsets: false,
        time_zone: "UTC".into(),
    }
}

async fn rows(kind: FileFormatKind, request: ReadRequest) -> RecordBatch {
    let schema = request.schema();
    let batches: Vec<_> = open_reader(kind, request).await.unwrap().try_collect().await.unwrap();
    for batch in &batches {
        assert_eq!(batch.schema(), schema);
    }
    concat_batches(&schema, &batches).unwrap()
}

async fn table(kind: FileFormatKind, name: &str, text: &str) -> String {
    let columns = columns(text);
    let batch = rows(kind, request(&data(name).join("000000_0"), &columns)).await;
    pretty_format_batches(&[batch]).unwrap().to_string()
}

#[tokio::test]
async fn every_type_in_parquet() {
    for name in ["types_parquet", "types_parquet_snappy"] {
        println!("{}", table(FileFormatKind::Parquet, name, TYPES).await);
    }
    println!("{}", table(FileFormatKind::Parquet, "old_times_parquet", "id:int,dt:date,ts:timestamp").await);
    println!("{}", table(FileFormatKind::Parquet, "los_angeles_parquet", "id:int,ts:timestamp").await);
}

#[tokio::test]
async fn every_type_in_orc() {
    for name in ["types_orc", "types_orc_snappy", "types_orc_none"] {
        println!("{}", table(FileFormatKind::Orc, name, TYPES).await);
    }
    println!("{}", table(FileFormatKind::Orc, "old_times_orc", "id:int,dt:date,ts:timestamp").await);
    println!("{}", table(FileFormatKind::Orc, "los_angeles_orc", "id:int,ts:timestamp").await);
    println!("{}", table(FileFormatKind::Orc, "union_orc", "id:int,u:uniontype<int,string,array<int>>").await);
    println!("{}", table(FileFormatKind::Orc, "positional_orc", "a:bigint,b:string,c:date").await);
}
