//! Files written and read again.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use skep_metastore::model::{FieldSchema, HiveType, Parameters, StorageDescriptor};

use crate::format::{FileFormatKind, FileInfo, FileWriteOptions, ReadRequest, open_reader, open_writer};
use crate::store::Stores;

pub fn storage(columns: &[(&str, &str)], properties: &[(&str, &str)]) -> StorageDescriptor {
    let format = crate::format::stored_as("textfile").unwrap();
    let mut storage = StorageDescriptor {
        columns: columns
            .iter()
            .map(|(name, ty)| FieldSchema { name: name.to_string(), ty: ty.parse().unwrap(), comment: None })
            .collect(),
        input_format: format.input_format.into(),
        output_format: format.output_format.into(),
        ..Default::default()
    };
    storage.serde.library = crate::format::LAZY_SIMPLE_SERDE.into();
    for (key, value) in properties {
        storage.serde.parameters.insert(key.to_string(), value.to_string());
    }
    storage
}

pub async fn request(url: &str, storage: &StorageDescriptor, columns: &[usize]) -> ReadRequest {
    let (store, path) = Stores::new().open(url).unwrap();
    let object = store.head(&path).await.unwrap();
    ReadRequest {
        store,
        object,
        range: None,
        columns: columns.iter().map(|i| (*i, storage.columns[*i].ty.clone())).collect(),
        storage: Arc::new(storage.clone()),
        table_parameters: Arc::default(),
        batch_size: 8192,
        predicate: None,
        row_offsets: false,
        limit: None,
        time_zone: "UTC".into(),
    }
}

pub async fn read(request: ReadRequest) -> Vec<RecordBatch> {
    open_reader(FileFormatKind::Text, request).await.unwrap().try_collect().await.unwrap()
}

pub fn write(url: &str, storage: &StorageDescriptor, options: &FileWriteOptions, batches: &[RecordBatch]) -> FileInfo {
    let output = Stores::new().create(url).unwrap();
    let mut writer = open_writer(FileFormatKind::Text, storage, &storage.columns, options, output).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap()
}

async fn read_text(text: &str, storage: &StorageDescriptor, columns: &[usize]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    std::fs::write(&path, text).unwrap();
    let batches = read(request(path.to_str().unwrap(), storage, columns).await).await;
    pretty_format_batches(&batches).unwrap().to_string()
}

const ALL_TYPES: &[(&str, &str)] = &[
    ("b", "boolean"),
    ("t", "tinyint"),
    ("s", "smallint"),
    ("i", "int"),
    ("l", "bigint"),
    ("f", "float"),
    ("d", "double"),
    ("dec", "decimal(10,2)"),
    ("str", "string"),
    ("v", "varchar(3)"),
    ("c", "char(4)"),
    ("dt", "date"),
    ("ts", "timestamp"),
    ("tz", "timestamp with local time zone"),
    ("bin", "binary"),
    ("a", "array<int>"),
    ("m", "map<string,array<int>>"),
    ("st", "struct<x:int,y:map<int,string>>"),
    ("u", "uniontype<int,string,array<string>>"),
];

#[tokio::test]
async fn every_type_comes_back() {
    let storage = storage(ALL_TYPES, &[]);
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let line = "true,1,2,3,4,1.5,2.5,3.10,tëxt,abc,ab  ,2024-02-29,2024-01-01 10:00:00.5,2024-01-01 10:00:00.0 UTC,\
                YWJj,1\x022,a\x031\x042\x02b\x03,7\x021\x04x\x032\x04y,2\x02p\x03q";
    let null = vec!["\\N"; ALL_TYPES.len()].join("\x01");
    let odd = "TRUE,300,x,3.7,,1e1,NaN,1.005,,abcdef,abcdef,0001-01-01,9999-12-31 23:59:59.999999,,%%,,,,9\x02x";
    let text = format!("{}\n{null}\n\n{}\n", line.replace(',', "\x01"), odd.replace(',', "\x01"));
    std::fs::write(&first, &text).unwrap();
    let all: Vec<usize> = (0..ALL_TYPES.len()).collect();
    let batches = read(request(first.to_str().unwrap(), &storage, &all).await).await;
    let info = write(second.to_str().unwrap(), &storage, &FileWriteOptions::default(), &batches);
    let written = std::fs::read_to_string(&second).unwrap();
    let mut lines = written.lines();
    assert_eq!(lines.next().unwrap().replace('\x01', ","), line);
    assert_eq!(lines.next().unwrap(), null);
    // An empty line is a row: its first column (here no boolean) is empty, the others are missing.
    assert_eq!(lines.next().unwrap(), null);
    assert_eq!(info.rows, 4);
    assert_eq!(info.bytes, written.len() as u64);
    assert_eq!(info.raw_data_size, written.len() as u64 - 4);
    let again = read(request(second.to_str().unwrap(), &storage, &all).await).await;
    assert_eq!(
        pretty_format_batches(&batches).unwrap().to_string(),
        pretty_format_batches(&again).unwrap().to_string()
    );
}

#[tokio::test]
async fn projection_and_counting() {
    let storage = storage(&[("a", "int"), ("b", "string"), ("c", "int")], &[("field.delim", ",")]);
    let text = "1,x,10\r\n2,y\n3,z,30,extra\r4";
    let table = read_text(text, &storage, &[2, 0]).await;
    let expected = "\
+----+---+
| c  | a |
+----+---+
| 10 | 1 |
|    | 2 |
| 30 | 3 |
|    | 4 |
+----+---+";
    assert_eq!(table, expected);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    std::fs::write(&path, text).unwrap();
    let batches = read(request(path.to_str().unwrap(), &storage, &[]).await).await;
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 4);
}

#[tokio::test]
async fn header_footer_and_offsets() {
    let storage = storage(&[("a", "string")], &[]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    std::fs::write(&path, "head\nx\ny\nfoot1\nfoot2\n").unwrap();
    let mut request = request(path.to_str().unwrap(), &storage, &[0]).await;
    let lines = [("skip.header.line.count", "1"), ("skip.footer.line.count", "2")];
    let parameters: Parameters = lines.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    request.table_parameters = Arc::new(parameters);
    request.row_offsets = true;
    let table = pretty_format_batches(&read(request).await).unwrap().to_string();
    assert!(table.contains("| x | 5                           |"), "{table}");
    assert!(table.contains("| y | 7                           |") && !table.contains("foot"), "{table}");
}

#[tokio::test]
async fn ranges_share_every_line_once() {
    let storage = storage(&[("a", "int")], &[]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    let text = "1\r\n22\n333\r4444\n\r\n55555\n6";
    std::fs::write(&path, text).unwrap();
    for step in 1..=text.len() as u64 {
        let mut found = Vec::new();
        for start in (0..text.len() as u64).step_by(step as usize) {
            let mut request = request(path.to_str().unwrap(), &storage, &[0]).await;
            request.range = Some(start..(start + step).min(text.len() as u64));
            for batch in read(request).await {
                let column = arrow::array::AsArray::as_primitive::<arrow::datatypes::Int32Type>(batch.column(0));
                found.extend(column.iter());
            }
        }
        let expected = [Some(1), Some(22), Some(333), Some(4444), None, Some(55555), Some(6)];
        assert_eq!(found, expected, "step {step}");
    }
}

#[tokio::test]
async fn escapes_and_null_format() {
    let properties = [
        ("field.delim", ","),
        ("escape.delim", "\\"),
        ("serialization.null.format", ""),
        ("serialization.escape.crlf", "true"),
        ("collection.delim", "|"),
    ];
    let storage = storage(&[("a", "string"), ("b", "array<string>")], &properties);
    let text = "x\\,y\\nz,p\\|q|r\n,\n";
    let table = read_text(text, &storage, &[0, 1]).await;
    assert!(table.contains("[p|q, r]"), "{table}");
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    std::fs::write(&first, text).unwrap();
    let batches = read(request(first.to_str().unwrap(), &storage, &[0, 1]).await).await;
    assert_eq!(batches[0].column(0).null_count(), 1);
    write(second.to_str().unwrap(), &storage, &FileWriteOptions::default(), &batches);
    assert_eq!(std::fs::read_to_string(&second).unwrap(), text);
}

#[tokio::test]
async fn types_deeper_than_the_separators() {
    let deep = format!("{}int{}", "array<".repeat(8), ">".repeat(8));
    let storage = storage(&[("a", &deep)], &[]);
    let ty: HiveType = deep.parse().unwrap();
    let params = super::LazyParams::new(&storage, &Parameters::new(), "UTC").unwrap();
    assert!(super::column::ColumnBuilder::new(&ty, 1, &params).is_err());
}

#[tokio::test]
async fn json_comes_back() {
    let columns: Vec<(&str, &str)> = ALL_TYPES.iter().copied().filter(|(name, _)| *name != "u").collect();
    let mut storage = storage(&columns, &[]);
    storage.serde.library = "org.apache.hadoop.hive.serde2.JsonSerDe".into();
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let text = r#"{"b":true,"t":1,"s":2,"i":3,"l":4,"f":1.5,"d":2.5,"dec":3.1,"str":"t\"ë\\\u001F","v":"abc","c":"ab  ","dt":"2024-02-29","ts":"2024-01-01 10:00:00.5","tz":null,"bin":"YWJj","a":[1,null],"m":{"a":[1],"b":[]},"st":{"x":7,"y":{"1":"x"}}}
{"B":"true","T":300,"i":"12","extra":{"x":[1,{}]},"l":1.9,"d":"x","str":5,"_col9":"abcdef","dec":12345678901.234,"a":null}
"#;
    std::fs::write(&first, text).unwrap();
    let all: Vec<usize> = (0..columns.len()).collect();
    let batches = read(request(first.to_str().unwrap(), &storage, &all).await).await;
    let shown = pretty_format_batches(&batches).unwrap().to_string();
    assert!(shown.contains("true") && shown.contains("| 44 ") && shown.contains("| abc "), "{shown}");
    write(second.to_str().unwrap(), &storage, &FileWriteOptions::default(), &batches);
    let written = std::fs::read_to_string(&second).unwrap();
    assert_eq!(written.lines().next(), text.lines().next());
    let again = read(request(second.to_str().unwrap(), &storage, &all).await).await;
    assert_eq!(pretty_format_batches(&again).unwrap().to_string(), shown);
    // Some columns, none, and a line that is no JSON.
    let batches = read(request(first.to_str().unwrap(), &storage, &[2, 0]).await).await;
    assert_eq!((batches[0].num_columns(), batches[0].num_rows()), (2, 2));
    std::fs::write(&first, "{\"b\":\n").unwrap();
    let stream = open_reader(FileFormatKind::Text, request(first.to_str().unwrap(), &storage, &[0]).await).await;
    let error = stream.unwrap().try_collect::<Vec<_>>().await.unwrap_err().to_string();
    assert!(error.contains("first is corrupt"), "{error}");
}

#[tokio::test]
async fn csv_comes_back() {
    let mut storage = storage(&[("a", "string"), ("b", "string"), ("c", "int")], &[]);
    storage.serde.library = "org.apache.hadoop.hive.serde2.OpenCSVSerde".into();
    let text = "\"x,y\",\"q\"\"r\",\"3\"\n,\"\",\"x\"\n";
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    std::fs::write(&first, text).unwrap();
    let batches = read(request(first.to_str().unwrap(), &storage, &[0, 1, 2]).await).await;
    write(second.to_str().unwrap(), &storage, &FileWriteOptions::default(), &batches);
    let expected = "\"x,y\",\"q\"\"r\",\"3\"\n\"\",\"\",\n";
    assert_eq!(std::fs::read_to_string(&second).unwrap(), expected);
}
