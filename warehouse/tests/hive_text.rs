//! Text files that Apache Hive wrote, read and written again. How they were made: `data/hive_text/make.hql`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use skep_metastore::model::{FieldSchema, StorageDescriptor};
use skep_warehouse::format::{FileFormatKind, FileWriteOptions, open_writer};
use skep_warehouse::layout::bucket::{BucketHash, bucket_of_file};
use skep_warehouse::store::Stores;
use support::{columns, read, request, storage};

const TEXT: FileFormatKind = FileFormatKind::Text;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/hive_text").join(name)
}

async fn rows(file: &str, columns: &[FieldSchema], storage: &StorageDescriptor) -> RecordBatch {
    let mut request = request(TEXT, &data(file), columns);
    request.storage = Arc::new(storage.clone());
    read(TEXT, request).await
}

fn write(storage: &StorageDescriptor, columns: &[FieldSchema], batch: &RecordBatch) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    let output = Stores::new().create(path.to_str().unwrap()).unwrap();
    let mut writer = open_writer(TEXT, storage, columns, &FileWriteOptions::default(), output).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn nested_types() {
    let columns = columns(
        "id:int,b:boolean,ti:tinyint,bi:bigint,f:float,d:double,de:decimal(10,3),s:string,vc:varchar(5),c:char(5),\
         dt:date,ts:timestamp,bin:binary,a:array<int>,aa:array<array<string>>,m:map<string,int>,\
         st:struct<x:int,y:array<string>>,u:uniontype<int,string>,mm:map<string,map<string,array<int>>>",
    );
    let storage = storage(TEXT, &columns, "");
    let batch = rows("nested/000000_0", &columns, &storage).await;
    let shown = pretty_format_batches(&[batch.slice(0, 1)]).unwrap().to_string();
    for value in ["[1, 2, ]", "[[a, b], [c]]", "{k: 1, l: }", "{x: 5, y: [p, q]}", "{tag: 1, 0: , 1: two}", "00ff80"] {
        assert!(shown.contains(value), "{value} in {shown}");
    }
    // Hive left the decimal's zeros out, for it was a constant of another scale.
    let expected =
        std::fs::read_to_string(data("nested/000000_0")).unwrap().replace("\u{1}12.5\u{1}", "\u{1}12.500\u{1}");
    assert_eq!(write(&storage, &columns, &batch), expected);
}

#[tokio::test]
async fn escapes() {
    let columns = columns("a:string,b:array<string>,c:map<string,string>");
    let mut storage = storage(TEXT, &columns, "");
    for (key, value) in [
        ("field.delim", ","),
        ("colelction.delim", "|"),
        ("mapkey.delim", ":"),
        ("escape.delim", "\\"),
        ("line.delim", "\n"),
        ("serialization.null.format", "NUL"),
    ] {
        storage.serde.parameters.insert(key.into(), value.into());
    }
    let batch = rows("esc/000000_0", &columns, &storage).await;
    let shown = pretty_format_batches(&[batch.clone()]).unwrap().to_string();
    assert!(shown.contains("x,y|z:w\\v") && shown.contains("[a|b, c:d, e,f]"), "{shown}");
    for file in ["esc/000000_0", "esc/000000_0_copy_1"] {
        let batch = rows(file, &columns, &storage).await;
        assert_eq!(write(&storage, &columns, &batch), std::fs::read_to_string(data(file)).unwrap());
    }
}

#[tokio::test]
async fn codecs() {
    let columns = columns("id:int,name:string,dt:date");
    let storage = storage(TEXT, &columns, "");
    let mut all = Vec::new();
    for file in [
        "c_defaultcodec/000000_0.deflate",
        "c_gzipcodec/000000_0.gz",
        "c_bzip2codec/000000_0.bz2",
        "c_snappycodec/000000_0.snappy",
        "c_lz4codec/000000_0.lz4",
    ] {
        all.push(pretty_format_batches(&[rows(file, &columns, &storage).await]).unwrap().to_string());
    }
    assert!(all[0].contains("fööür") && all.iter().all(|table| *table == all[0]), "{all:?}");
}

#[tokio::test]
async fn buckets_are_hives() {
    for (table, types, keys) in [
        ("bk_id", "id:int,k:int", &[1][..]),
        ("bk_name", "id:int,k:string", &[1]),
        ("bk_d", "id:int,k:double", &[1]),
        ("bk_dt", "id:int,k:date", &[1]),
        ("bk_ts", "id:int,k:timestamp", &[1]),
        ("bk_de", "id:int,k:decimal(10,2)", &[1]),
        ("bk_vc", "id:int,k:varchar(10)", &[1]),
        ("bk_c", "id:int,k:char(10)", &[1]),
        ("bk_b", "id:int,k:boolean", &[1]),
        ("bk_bi", "id:int,k:bigint", &[1]),
        ("bk2", "id:int,name:string", &[0, 1]),
    ] {
        let columns = columns(types);
        let count = std::fs::read_dir(data(table)).unwrap().count() as u32;
        for entry in std::fs::read_dir(data(table)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let batch = rows(&format!("{table}/{name}"), &columns, &storage(TEXT, &columns, "")).await;
            if batch.num_rows() == 0 {
                continue;
            }
            let keys: Vec<_> = keys.iter().map(|i| (batch.column(*i).clone(), columns[*i].ty.clone())).collect();
            let buckets = BucketHash::V1.buckets(&keys, count, "UTC").unwrap();
            let expected = bucket_of_file(&name).unwrap();
            assert!(buckets.iter().all(|bucket| *bucket == expected), "{table}/{name}: {buckets:?}");
        }
    }
}
