//! SequenceFiles, RCFiles and Avro files that Apache Hive wrote, read with the warehouse's readers. How they were made:
//! `data/hive/make_formats.hql`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use skep_warehouse::format::FileFormatKind::{self, Avro, Rc, Sequence, Text};
use support::{TYPES, columns, data, read, request};

async fn table(kind: FileFormatKind, serde: Option<&str>, name: &str) -> RecordBatch {
    let mut request = request(kind, &data(name).join("000000_0"), &columns(TYPES));
    if let Some(serde) = serde {
        let mut storage = request.storage.as_ref().clone();
        storage.serde.library = format!("org.apache.hadoop.hive.serde2.{serde}");
        request.storage = Arc::new(storage);
    }
    read(kind, request).await
}

#[tokio::test]
async fn every_type() {
    let text = table(Text, None, "types_text").await;
    let lazy = Some("lazybinary.LazyBinarySerDe");
    for (serde, name) in
        [(None, "types_seq"), (None, "types_seq_record"), (None, "types_seq_block"), (lazy, "types_seq_lazybinary")]
    {
        assert_eq!(table(Sequence, serde, name).await, text, "{name}");
    }
    let columnar = Some("columnar.ColumnarSerDe");
    for name in ["types_rc_text", "types_rc_text_deflate"] {
        assert_eq!(table(Rc, columnar, name).await, text, "{name}");
    }
    // An empty binary value cannot stand in such a file: the second row is left out.
    let few = concat_batches(&text.schema(), &[text.slice(0, 1), text.slice(2, 2)]).unwrap();
    for name in ["types_rc", "types_rc_deflate"] {
        assert_eq!(table(Rc, None, name).await, few, "{name}");
    }
}

#[tokio::test]
async fn every_type_of_avro() {
    let text = table(Text, None, "types_text").await;
    // Timestamps have milliseconds.
    let wanted: Vec<usize> = (0..text.num_columns()).filter(|at| text.schema().field(*at).name() != "ts").collect();
    for name in ["types_avro", "types_avro_deflate"] {
        let avro = table(Avro, None, name).await;
        assert_eq!(avro.project(&wanted).unwrap(), text.project(&wanted).unwrap(), "{name}");
        let times = arrow::util::pretty::pretty_format_columns("ts", &[avro.column(14).clone()]).unwrap().to_string();
        let times: Vec<&str> = times.lines().skip(3).map(|line| line.trim_matches(['|', ' '])).collect();
        assert_eq!(
            times[..4],
            ["2024-02-29T12:34:56.123", "1969-12-31T23:59:58.500", "9999-12-31T23:59:59.999", ""],
            "{name}"
        );
    }
}
