use std::ops::Range;
use std::sync::Arc;

use arrow::array::{BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use futures::TryStreamExt;
use skep_metastore::model::HiveType;

use super::*;
use crate::codec::TextCodec;
use crate::format::{FileFormatKind, stored_as};
use crate::store::Stores;

const SERDES: [&str; 2] = [
    "org.apache.hadoop.hive.serde2.columnar.ColumnarSerDe",
    "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe",
];

fn columns() -> Vec<FieldSchema> {
    let column = |name: &str, ty| FieldSchema { name: name.into(), ty, comment: None };
    vec![column("n", HiveType::BigInt), column("s", HiveType::String), column("b", HiveType::Binary)]
}

fn storage(serde: &str) -> StorageDescriptor {
    let mut storage = StorageDescriptor { columns: columns(), ..Default::default() };
    storage.input_format = stored_as("rcfile").unwrap().input_format.into();
    storage.serde.library = serde.into();
    storage
}

fn rows(count: i64) -> RecordBatch {
    let numbers: Int64Array = (0..count).map(|n| (n % 7 != 0).then_some(n * 1_000_003 - 5)).collect();
    let texts: StringArray = (0..count).map(|n| (n % 5 != 0).then(|| "é".repeat((n % 4) as usize))).collect();
    let bytes: BinaryArray = (0..count).map(|n| (n % 3 != 0).then(|| n.to_be_bytes())).collect();
    let schema = crate::types::arrow_schema(&columns());
    RecordBatch::try_new(schema, vec![Arc::new(numbers), Arc::new(texts), Arc::new(bytes)]).unwrap()
}

fn write(url: &str, serde: &str, codec: Option<TextCodec>, batches: &[RecordBatch]) {
    let options = FileWriteOptions { codec, ..Default::default() };
    let mut writer = open_writer(&storage(serde), &columns(), &options, Stores::new().create(url).unwrap()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    assert_eq!(writer.finish().unwrap().bytes, std::fs::metadata(url).unwrap().len());
}

async fn read(url: &str, serde: &str, range: Option<Range<u64>>, wanted: &[usize]) -> Result<RecordBatch> {
    let (store, location) = Stores::new().open(url).unwrap();
    let metadata = std::fs::metadata(url).unwrap();
    let object = object_store::ObjectMeta {
        location,
        last_modified: metadata.modified().unwrap().into(),
        size: metadata.len(),
        e_tag: None,
        version: None,
    };
    let request = ReadRequest {
        store,
        object,
        range,
        storage: Arc::new(storage(serde)),
        table_parameters: Arc::default(),
        columns: wanted.iter().map(|at| (*at, columns()[*at].ty.clone())).collect(),
        batch_size: 1000,
        predicate: None,
        row_offsets: false,
        limit: None,
        time_zone: "UTC".into(),
    };
    let schema = request.schema();
    let batches: Vec<_> = crate::format::open_reader(FileFormatKind::Rc, request).await?.try_collect().await?;
    Ok(concat_batches(&schema, &batches)?)
}

#[tokio::test]
async fn rows_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    let batch = rows(5000);
    for serde in SERDES {
        use TextCodec::*;
        let codecs = [Deflate, Gzip, Bzip2, Snappy, Lz4, Lzo, Lzop, Zstd];
        for codec in codecs.into_iter().map(Some).chain([None]) {
            write(url, serde, codec, &[batch.slice(0, 3000), batch.slice(3000, 2000)]);
            assert_eq!(read(url, serde, None, &[0, 1, 2]).await.unwrap(), batch, "{codec:?}");
            let pruned = batch.project(&[2, 0]).unwrap();
            assert_eq!(read(url, serde, None, &[2, 0]).await.unwrap(), pruned, "{codec:?}");
            assert_eq!(read(url, serde, None, &[]).await.unwrap().num_rows(), 5000);
        }
        write(url, serde, None, &[]);
        assert_eq!(read(url, serde, None, &[0]).await.unwrap().num_rows(), 0);
    }
}

#[tokio::test]
async fn ranges_share_the_groups() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    let batch = rows(1_000_000);
    write(url, SERDES[0], None, std::slice::from_ref(&batch));
    let length = std::fs::metadata(url).unwrap().len();
    for parts in [1, 2, 3, 17] {
        let step = length.div_ceil(parts);
        let mut got = Vec::new();
        for part in 0..parts {
            let range = part * step..((part + 1) * step).min(length);
            got.push(read(url, SERDES[0], Some(range), &[0]).await.unwrap());
        }
        let all = concat_batches(&got[0].schema(), &got).unwrap();
        assert_eq!(all, batch.project(&[0]).unwrap(), "{parts}");
    }
}

#[tokio::test]
async fn damage_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    for codec in [None, Some(TextCodec::Deflate)] {
        write(url, SERDES[1], codec, &[rows(300)]);
        let whole = std::fs::read(&file).unwrap();
        for cut in (0..whole.len()).step_by(17) {
            std::fs::write(&file, &whole[..cut]).unwrap();
            match read(url, SERDES[1], None, &[0, 1, 2]).await {
                Ok(found) => assert_eq!(found.num_rows(), 0),
                Err(error) => assert!(error.to_string().contains("000000_0"), "{error}"),
            }
        }
        for at in (0..whole.len()).step_by(7) {
            let mut bad = whole.clone();
            bad[at] ^= 0x55;
            std::fs::write(&file, &bad).unwrap();
            let _ = read(url, SERDES[1], None, &[0, 1, 2]).await;
        }
    }
}
