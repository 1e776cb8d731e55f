//! Files that Apache Hive wrote, read with the warehouse's readers. How they were made: `data/hive/make.hql`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use arrow::util::pretty::pretty_format_batches;
use skep_warehouse::format::FileFormatKind;
use support::{TYPES, columns, data, read, request};

async fn table(kind: FileFormatKind, name: &str, text: &str) -> String {
    let columns = columns(text);
    let batch = read(kind, request(kind, &data(name).join("000000_0"), &columns)).await;
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
