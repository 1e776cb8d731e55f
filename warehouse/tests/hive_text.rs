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
    let shown = pretty_format_batches(std::slice::from_ref(&batch)).unwrap().to_string();
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

/// Needs the command of a real Hive: `SKEP_HIVE=…/hive cargo test -p skep-warehouse --test hive_text -- --ignored`.
#[tokio::test]
#[ignore = "needs a real Hive"]
async fn hive_reads_ours() {
    use skep_warehouse::codec::TextCodec;

    let types = "id:int,b:boolean,d:double,s:string,c:char(5),dt:date,ts:timestamp,bin:binary,aa:array<array<string>>,\
                 m:map<string,int>,st:struct<x:int,y:array<string>>,u:uniontype<int,string>";
    let columns = columns(types);
    let storage = storage(TEXT, &columns, "");
    let dir = tempfile::tempdir().unwrap();
    let line = "1,true,1.0E20,täxt,ab,2024-02-29,2024-01-01 10:00:00.5,AP+A,a\x03b\x02c,k\x031\x02l\x03\\N,5\x02p\x03q,1\x02two"
        .replace(',', "\x01");
    let source = dir.path().join("source");
    std::fs::write(&source, format!("{line}\n{}\n", vec!["\\N"; columns.len()].join("\x01"))).unwrap();
    let one = read(TEXT, request(TEXT, &source, &columns)).await;
    // More than one block of every codec.
    let many = arrow::compute::concat_batches(&one.schema(), std::iter::repeat_n(&one, 5000)).unwrap();
    let ddl: Vec<String> = columns.iter().map(|c| format!("{} {}", c.name, c.ty)).collect();
    let mut script = String::new();
    let codecs = [None, Some(TextCodec::Deflate), Some(TextCodec::Gzip), Some(TextCodec::Bzip2)];
    let codecs = codecs.into_iter().chain([Some(TextCodec::Snappy), Some(TextCodec::Lz4)]);
    for (i, codec) in codecs.enumerate() {
        let folder = dir.path().join(format!("t{i}"));
        let file = format!("{}/000000_0{}", folder.display(), codec.map_or("", TextCodec::extension));
        let output = Stores::new().create(&file).unwrap();
        let options = FileWriteOptions { codec, ..Default::default() };
        let mut writer = open_writer(TEXT, &storage, &columns, &options, output).unwrap();
        writer.write(&many).unwrap();
        writer.finish().unwrap();
        script.push_str(&format!(
            "create external table t{i} ({}) stored as textfile location 'file:{}';\n\
             select count(*), count(id), sum(id), min(s), max(c), min(hex(bin)), max(aa[1][0]) from t{i};\n\
             select * from t{i} limit 2;\n",
            ddl.join(", "),
            folder.display()
        ));
    }
    let script_file = dir.path().join("script.hql");
    std::fs::write(&script_file, script).unwrap();
    let hive = std::env::var("SKEP_HIVE").unwrap();
    let output = std::process::Command::new(hive)
        .args(["-S", "-f", script_file.to_str().unwrap()])
        .env("HIVE_WORK", dir.path().join("work"))
        .output()
        .unwrap();
    let answer = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = answer.lines().filter(|line| !line.starts_with("WARN")).collect();
    assert_eq!(lines.len(), 18, "{answer}\n{}", String::from_utf8_lossy(&output.stderr));
    for three in lines.chunks(3) {
        assert_eq!(three[0], "10000\t5000\t5000\ttäxt\tab   \t00FF80\tc");
        assert!(
            three[1]
                .ends_with("[[\"a\",\"b\"],[\"c\"]]\t{\"k\":1,\"l\":null}\t{\"x\":5,\"y\":[\"p\",\"q\"]}\t{1:\"two\"}")
        );
        assert_eq!(three[1], lines[1]);
        assert_eq!(three[2], ["NULL"; 12].join("\t"));
    }
}
