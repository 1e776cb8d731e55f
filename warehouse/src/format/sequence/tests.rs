use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use futures::TryStreamExt;
use skep_metastore::model::{FieldSchema, HiveType, Parameters};

use super::*;
use crate::codec::TextCodec;
use crate::format::{FileFormatKind, stored_as};
use crate::store::Stores;

fn columns() -> Vec<FieldSchema> {
    let column = |name: &str, ty| FieldSchema { name: name.into(), ty, comment: None };
    vec![column("n", HiveType::BigInt), column("s", HiveType::String)]
}

fn storage(serde: &str) -> StorageDescriptor {
    let format = stored_as("sequencefile").unwrap();
    let mut storage = StorageDescriptor { columns: columns(), ..Default::default() };
    storage.input_format = format.input_format.into();
    storage.serde.library = serde.into();
    storage
}

fn rows(count: i64) -> RecordBatch {
    let numbers: Int64Array = (0..count).map(|n| (n % 7 != 0).then_some(n * 1_000_003 - 5)).collect();
    let texts: StringArray = (0..count).map(|n| (n % 5 != 0).then(|| format!("row {n}"))).collect();
    let schema = crate::types::arrow_schema(&columns());
    RecordBatch::try_new(schema, vec![Arc::new(numbers), Arc::new(texts)]).unwrap()
}

fn write(url: &str, serde: &str, codec: Option<TextCodec>, kind: &str, batch: &RecordBatch) {
    let parameters = Parameters::from([(Compression::PROPERTY.to_string(), kind.to_string())]);
    let options = FileWriteOptions { codec, table_parameters: Arc::new(parameters), ..Default::default() };
    let output = Stores::new().create(url).unwrap();
    let mut writer = open_writer(&storage(serde), &columns(), &options, output).unwrap();
    writer.write(batch).unwrap();
    let info = writer.finish().unwrap();
    assert_eq!(info.rows, batch.num_rows() as u64);
    assert_eq!(info.bytes, std::fs::metadata(url).unwrap().len());
}

async fn read(url: &str, serde: &str, range: Option<std::ops::Range<u64>>) -> Result<RecordBatch> {
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
        columns: columns().into_iter().map(|c| c.ty).enumerate().collect(),
        batch_size: 1000,
        predicate: None,
        row_offsets: false,
        limit: None,
        time_zone: "UTC".into(),
    };
    let schema = request.schema();
    let batches: Vec<_> = crate::format::open_reader(FileFormatKind::Sequence, request).await?.try_collect().await?;
    Ok(concat_batches(&schema, &batches)?)
}

#[tokio::test]
async fn rows_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    let batch = rows(5000);
    for serde in [crate::format::LAZY_SIMPLE_SERDE, lazybinary::SERDE] {
        use TextCodec::*;
        let codecs = [Deflate, Gzip, Bzip2, Snappy, Lz4, Lzo, Lzop, Zstd];
        let blocks = codecs.into_iter().map(|codec| (Some(codec), "BLOCK"));
        let records = [(None, "RECORD"), (Some(Snappy), "NONE")];
        for (codec, kind) in blocks.chain(records) {
            write(url, serde, codec, kind, &batch);
            assert_eq!(read(url, serde, None).await.unwrap(), batch, "{codec:?} {kind}");
        }
        let few = batch.slice(0, 100);
        for codec in codecs {
            write(url, serde, Some(codec), "RECORD", &few);
            assert_eq!(read(url, serde, None).await.unwrap(), few, "{codec:?}");
        }
        write(url, serde, None, "NONE", &batch.slice(0, 0));
        assert_eq!(read(url, serde, None).await.unwrap().num_rows(), 0);
    }
}

#[tokio::test]
async fn ranges_share_the_records() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    let batch = rows(20_000);
    for (codec, kind) in [(None, "NONE"), (Some(TextCodec::Snappy), "BLOCK")] {
        write(url, crate::format::LAZY_SIMPLE_SERDE, codec, kind, &batch);
        let length = std::fs::metadata(url).unwrap().len();
        for parts in [2, 3, 17, 1000] {
            let step = length.div_ceil(parts).max(1);
            let mut got = Vec::new();
            let mut start = 0;
            while start < length {
                let range = start..(start + step).min(length);
                got.push(read(url, crate::format::LAZY_SIMPLE_SERDE, Some(range)).await.unwrap());
                start += step;
                if parts == 1000 && start > 50 * step {
                    // Short parts matter at the start, where the header is.
                    got.push(read(url, crate::format::LAZY_SIMPLE_SERDE, Some(start..length)).await.unwrap());
                    break;
                }
            }
            assert_eq!(concat_batches(&batch.schema(), &got).unwrap(), batch, "{codec:?} {parts}");
        }
    }
}

#[tokio::test]
async fn damage_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("000000_0");
    let url = file.to_str().unwrap();
    let batch = rows(500);
    for (codec, kind) in [(None, "NONE"), (Some(TextCodec::Deflate), "BLOCK"), (Some(TextCodec::Deflate), "RECORD")] {
        write(url, lazybinary::SERDE, codec, kind, &batch);
        let whole = std::fs::read(&file).unwrap();
        // Never a panic, and an error that names the file where it is one.
        for cut in (0..whole.len()).step_by(31) {
            std::fs::write(&file, &whole[..cut]).unwrap();
            match read(url, lazybinary::SERDE, None).await {
                Ok(found) => assert!(found.num_rows() < 500),
                Err(error) => assert!(error.to_string().contains("000000_0"), "{error}"),
            }
        }
        for at in (0..whole.len()).step_by(13) {
            let mut bad = whole.clone();
            bad[at] ^= 0x55;
            std::fs::write(&file, &bad).unwrap();
            let _ = read(url, lazybinary::SERDE, None).await;
        }
    }
    std::fs::write(&file, b"id,name\n1,a\n").unwrap();
    let error = read(url, lazybinary::SERDE, None).await.unwrap_err().to_string();
    assert!(error.contains("it is not a SequenceFile"), "{error}");
}
