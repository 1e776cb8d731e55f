//! What the writers write, the readers read: all types, NULLs, many row groups and stripes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{binary, in_list, is_null, lit};
use skep_metastore::model::{FieldSchema, Parameters};
use skep_warehouse::format::{FileFormatKind, FileInfo, FileWriteOptions, open_writer};
use skep_warehouse::store::Stores;
use skep_warehouse::types::arrow_schema;
use support::{TYPES, columns, data, read, request, storage, try_read};

fn write(
    kind: FileFormatKind,
    file: &Path,
    columns: &[FieldSchema],
    properties: &[(&str, &str)],
    batches: &[RecordBatch],
) -> FileInfo {
    let parameters: Parameters = properties.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    let options = FileWriteOptions { table_parameters: Arc::new(parameters), ..Default::default() };
    let output = Stores::new().create(file.to_str().unwrap()).unwrap();
    let mut writer = open_writer(kind, &storage(kind, columns, ""), columns, &options, output).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    let info = writer.finish().unwrap();
    assert_eq!(info.bytes, std::fs::metadata(file).unwrap().len());
    assert_eq!(info.rows as usize, batches.iter().map(RecordBatch::num_rows).sum::<usize>());
    info
}

async fn every_type() -> (Vec<FieldSchema>, RecordBatch) {
    let columns = columns(TYPES);
    let file = data("types_orc/000000_0");
    let batch = read(FileFormatKind::Orc, request(FileFormatKind::Orc, &file, &columns)).await;
    (columns, batch)
}

/// Rows of every type that differ from each other and end in no round number.
fn repeat(batch: &RecordBatch, times: usize) -> RecordBatch {
    let batches: Vec<RecordBatch> = (0..times).map(|n| batch.slice(n % 3, batch.num_rows() - n % 3)).collect();
    concat_batches(&batch.schema(), &batches).unwrap()
}

#[tokio::test]
async fn every_type_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (columns, batch) = every_type().await;
    let many = repeat(&batch, 2500);
    let orc = FileFormatKind::Orc;
    let parquet = FileFormatKind::Parquet;
    let cases: &[(FileFormatKind, &[(&str, &str)])] = &[
        (orc, &[]),
        (orc, &[("orc.compress", "NONE"), ("orc.row.index.stride", "700")]),
        (orc, &[("orc.compress", "SNAPPY"), ("orc.stripe.size", "1000000")]),
        (orc, &[("orc.compress", "ZSTD"), ("orc.compress.size", "1024")]),
        (orc, &[("orc.compress", "LZ4"), ("orc.create.index", "false")]),
        (parquet, &[]),
        (parquet, &[("parquet.compression", "UNCOMPRESSED"), ("parquet.block.size", "500000")]),
        (parquet, &[("parquet.compression", "ZSTD"), ("hive.parquet.write.int64.timestamp", "true")]),
        (parquet, &[("parquet.compression", "GZIP"), ("parquet.enable.dictionary", "false")]),
    ];
    for (n, (kind, properties)) in cases.iter().enumerate() {
        let file = folder.path().join(n.to_string());
        for rows in [batch.clone(), many.clone(), many.slice(0, 0)] {
            // In batches of odd lengths.
            let batches: Vec<RecordBatch> =
                (0..rows.num_rows()).step_by(3777).map(|at| rows.slice(at, 3777.min(rows.num_rows() - at))).collect();
            write(*kind, &file, &columns, properties, &batches);
            assert_eq!(read(*kind, request(*kind, &file, &columns)).await, rows, "{kind:?} {properties:?}");
        }
    }
}

#[tokio::test]
async fn times_of_all_years_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let columns = columns("id:int,dt:date,ts:timestamp,lz:timestamp with local time zone,tss:array<timestamp>");
    let micros = [-62_135_596_800_000_000, -12_220_156_800_000_001, -1_500_000, 0, 1_420_070_400_000_001];
    let last = 253_402_300_799_999_999;
    let times: Vec<Option<i64>> = micros.into_iter().chain([last]).map(Some).chain([None]).collect();
    let rows = times.len();
    let stamps = arrow::array::TimestampMicrosecondArray::from(times.clone());
    let days =
        arrow::array::Date32Array::from_iter(times.iter().map(|t| t.map(|t| t.div_euclid(86_400_000_000) as i32)));
    let offsets = arrow::buffer::OffsetBuffer::from_lengths([2, 0, 0, 4, 0, 1, 0]);
    let item = Arc::new(arrow::datatypes::Field::new(
        "item",
        arrow::datatypes::DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None),
        true,
    ));
    let lists = arrow::array::ListArray::new(
        item,
        offsets,
        Arc::new(stamps.clone()),
        Some(vec![true, true, false, true, true, true, true].into()),
    );
    let batch = RecordBatch::try_new(
        arrow_schema(&columns),
        vec![
            Arc::new(Int32Array::from_iter_values(0..rows as i32)) as ArrayRef,
            Arc::new(days),
            Arc::new(stamps.clone()),
            Arc::new(stamps.with_timezone("UTC")),
            Arc::new(lists),
        ],
    )
    .unwrap();
    for (kind, properties) in [
        (FileFormatKind::Orc, ("", "")),
        (FileFormatKind::Parquet, ("", "")),
        (FileFormatKind::Parquet, ("hive.parquet.write.int64.timestamp", "true")),
    ] {
        let file = folder.path().join("times");
        write(kind, &file, &columns, &[properties], std::slice::from_ref(&batch));
        assert_eq!(read(kind, request(kind, &file, &columns)).await, batch, "{kind:?}");
        // In whatever time zone the session is; the instants are the same too.
        let mut elsewhere = request(kind, &file, &columns);
        elsewhere.time_zone = "America/Los_Angeles".into();
        assert_eq!(read(kind, elsewhere).await, batch, "{kind:?}");
    }
}

#[tokio::test]
async fn unions_come_back_in_orc_and_are_refused_in_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let columns = columns("id:int,u:uniontype<int,string,array<int>>");
    let orc = FileFormatKind::Orc;
    let batch = read(orc, request(orc, &data("union_orc/000000_0"), &columns)).await;
    let file = folder.path().join("union");
    write(orc, &file, &columns, &[], std::slice::from_ref(&batch));
    assert_eq!(read(orc, request(orc, &file, &columns)).await, batch);
    let output = Stores::new().create(file.to_str().unwrap()).unwrap();
    let parquet = FileFormatKind::Parquet;
    let error = open_writer(parquet, &storage(parquet, &columns, ""), &columns, &FileWriteOptions::default(), output)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("uniontype<int,string,array<int>>") && error.contains("column u"), "{error}");
}

/// 100,000 rows in order, with a NULL every 1000th, in row groups of 1000.
fn ordered(file: &Path, kind: FileFormatKind) -> Vec<FieldSchema> {
    let columns = columns("n:bigint,v:string,x:int");
    let batch = RecordBatch::try_new(
        arrow_schema(&columns),
        vec![
            Arc::new(Int64Array::from_iter((0..100_000).map(|n| (n % 1000 != 0).then_some(n)))) as ArrayRef,
            Arc::new(StringArray::from_iter_values((0..100_000).map(|n| format!("value {n:06}")))),
            Arc::new(Int32Array::from_iter((0..100_000).map(|n| (n < 50_000).then_some(n)))),
        ],
    )
    .unwrap();
    let properties =
        [("orc.row.index.stride", "1000"), ("orc.stripe.size", "1000000"), ("parquet.block.size", "300000")];
    let batches: Vec<RecordBatch> = (0..10).map(|at| batch.slice(at * 10_000, 10_000)).collect();
    write(kind, file, &columns, &properties, &batches);
    columns
}

#[tokio::test]
async fn conditions_leave_out_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, most) in [(FileFormatKind::Orc, 1000), (FileFormatKind::Parquet, 20_000)] {
        let file = folder.path().join("ordered");
        let columns = ordered(&file, kind);
        let schema = arrow_schema(&columns);
        let column = |name: &str| datafusion::physical_expr::expressions::col(name, &schema).unwrap();
        let compare = |name: &str, op, value: ScalarValue| binary(column(name), op, lit(value), &schema).unwrap();
        let long = |n: i64| ScalarValue::Int64(Some(n));
        let cases: Vec<(&str, Arc<dyn PhysicalExpr>, usize, usize)> = vec![
            ("=", compare("n", Operator::Eq, long(77_777)), 1, most),
            (">", compare("n", Operator::Gt, long(99_990)), 9, most),
            ("text", compare("v", Operator::LtEq, ScalarValue::from("value 000009")), 10, most),
            ("none", compare("n", Operator::Lt, long(-5)), 0, 0),
            ("in", in_list(column("n"), vec![lit(5i64), lit(50_005i64)], &false, &schema).unwrap(), 2, 2 * most),
            ("null", is_null(column("x")).unwrap(), 50_000, 50_000 + most),
            (
                "or",
                binary(
                    compare("n", Operator::Lt, long(3)),
                    Operator::Or,
                    compare("x", Operator::Eq, ScalarValue::Int32(Some(40_404))),
                    &schema,
                )
                .unwrap(),
                3,
                2 * most,
            ),
        ];
        for (name, predicate, wanted, most) in cases {
            let mut filtered = request(kind, &file, &columns);
            filtered.predicate = Some(Arc::clone(&predicate));
            let batch = read(kind, filtered).await;
            assert!(batch.num_rows() <= most, "{kind:?} {name}: {} rows read", batch.num_rows());
            let holds = predicate.evaluate(&batch).unwrap().into_array(batch.num_rows()).unwrap();
            let holds = datafusion::common::cast::as_boolean_array(&holds).unwrap();
            assert_eq!(holds.true_count(), wanted, "{kind:?} {name}");
            if name == "=" {
                let row = arrow::compute::filter_record_batch(&batch, holds).unwrap();
                assert!(format!("{row:?}").contains("value 077777"), "the columns of a row belong together");
            }
        }
    }
}

/// Decoders skip rows of every type, to any depth, and go on at the right ones.
#[tokio::test]
async fn rows_of_every_type_can_be_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let (columns, batch) = every_type().await;
    let many = repeat(&batch, 6000);
    // The first column is in order here.
    let mut arrays = many.columns().to_vec();
    arrays[0] = Arc::new(Int32Array::from_iter_values(0..many.num_rows() as i32));
    let many = RecordBatch::try_new(many.schema(), arrays).unwrap();
    let schema = arrow_schema(&columns);
    let id = || datafusion::physical_expr::expressions::col("id", &schema).unwrap();
    let at_least = binary(id(), Operator::GtEq, lit(3210i32), &schema).unwrap();
    let at_most = binary(id(), Operator::LtEq, lit(5678i32), &schema).unwrap();
    let within = binary(at_least, Operator::And, at_most, &schema).unwrap();
    let far = binary(id(), Operator::Eq, lit(16_543i32), &schema).unwrap();
    let predicate = binary(within, Operator::Or, far, &schema).unwrap();
    let only = |batch: &RecordBatch| {
        let holds = predicate.evaluate(batch).unwrap().into_array(batch.num_rows()).unwrap();
        let holds = datafusion::common::cast::as_boolean_array(&holds).unwrap().clone();
        arrow::compute::filter_record_batch(batch, &holds).unwrap()
    };
    let cases = [
        (FileFormatKind::Orc, ("orc.compress", "ZLIB")),
        (FileFormatKind::Orc, ("orc.compress", "NONE")),
        (FileFormatKind::Parquet, ("parquet.block.size", "100000")),
    ];
    for (kind, properties) in cases {
        let file = folder.path().join("every");
        let properties = [properties, ("orc.row.index.stride", "500")];
        let batches: Vec<RecordBatch> =
            (0..many.num_rows()).step_by(1000).map(|at| many.slice(at, 1000.min(many.num_rows() - at))).collect();
        write(kind, &file, &columns, &properties, &batches);
        let mut filtered = request(kind, &file, &columns);
        filtered.predicate = Some(Arc::clone(&predicate));
        filtered.batch_size = 333;
        let read = read(kind, filtered).await;
        assert!(read.num_rows() < many.num_rows() / 2, "{kind:?}: {} rows read", read.num_rows());
        assert_eq!(only(&read), only(&many), "{kind:?}");
    }
}

#[tokio::test]
async fn ranges_of_a_file_give_each_row_once() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [FileFormatKind::Orc, FileFormatKind::Parquet] {
        let file = folder.path().join("ordered");
        let columns = ordered(&file, kind);
        let whole = read(kind, request(kind, &file, &columns)).await;
        let length = std::fs::metadata(&file).unwrap().len();
        let step = length / 7 + 1;
        let mut parts = Vec::new();
        for from in (0..length).step_by(step as usize) {
            let mut part = request(kind, &file, &columns);
            part.range = Some(from..(from + step).min(length));
            part.row_offsets = from > 0;
            let batch = read(kind, part).await;
            parts.push(batch.project(&[0, 1, 2]).unwrap());
        }
        assert!(parts.iter().filter(|part| part.num_rows() > 0).count() > 1, "{kind:?}");
        assert_eq!(concat_batches(&whole.schema(), &parts).unwrap(), whole);
    }
}

#[tokio::test]
async fn the_first_rows_of_a_file_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [FileFormatKind::Orc, FileFormatKind::Parquet] {
        let file = folder.path().join("ordered");
        let columns = ordered(&file, kind);
        let whole = read(kind, request(kind, &file, &columns)).await;
        for limit in [1, 10, 9000] {
            let few = read(
                kind,
                skep_warehouse::format::ReadRequest { limit: Some(limit), ..request(kind, &file, &columns) },
            )
            .await;
            assert_eq!(few.slice(0, limit), whole.slice(0, limit), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn some_columns_in_any_order_and_other_types() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [FileFormatKind::Orc, FileFormatKind::Parquet] {
        let file = folder.path().join("ordered");
        ordered(&file, kind);
        // The table has changed since: other order, wider types, a new column, a name in another case.
        let table = columns("x:string,extra:double,N:decimal(20,1),v:char(9)");
        let mut wanted = request(kind, &file, &table);
        wanted.columns = [3, 0, 1, 2].map(|at| (at, table[at].ty.clone())).to_vec();
        let batch = read(kind, wanted).await;
        let row = batch.slice(7, 1);
        let text = arrow::util::pretty::pretty_format_batches(&[row]).unwrap().to_string();
        let cells: Vec<&str> = text.lines().nth(3).unwrap().split('|').map(str::trim).collect();
        assert_eq!(cells[1..5], ["value 000", "7", "", "7.0"], "{kind:?}");
        let mut none = request(kind, &file, &table);
        none.columns.clear();
        assert_eq!(try_read_count(kind, none).await, 100_000);
    }
}

async fn try_read_count(kind: FileFormatKind, request: skep_warehouse::format::ReadRequest) -> usize {
    use futures::TryStreamExt;
    let stream = skep_warehouse::format::open_reader(kind, request).await.unwrap();
    stream.try_fold(0, |sum, batch| async move { Ok(sum + batch.num_rows()) }).await.unwrap()
}

/// Files of which a byte is not what it was must give an error or rows, never end the process.
#[tokio::test]
async fn corrupt_files_are_errors_that_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (columns, batch) = every_type().await;
    let sources: Vec<(FileFormatKind, PathBuf)> = vec![
        (FileFormatKind::Orc, data("types_orc/000000_0")),
        (FileFormatKind::Orc, data("types_orc_none/000000_0")),
        (FileFormatKind::Parquet, data("types_parquet/000000_0")),
    ];
    for (kind, source) in sources {
        let good = std::fs::read(&source).unwrap();
        let file = folder.path().join("broken_file");
        for length in (0..good.len()).step_by(97).skip(1) {
            std::fs::write(&file, &good[..length]).unwrap();
            let error = try_read(kind, request(kind, &file, &columns)).await.unwrap_err().to_string();
            assert!(error.contains("broken_file"), "{error}");
        }
        let mut errors = 0;
        for at in (0..good.len()).step_by(13) {
            let mut bytes = good.clone();
            bytes[at] ^= 0x55;
            std::fs::write(&file, &bytes).unwrap();
            match try_read(kind, request(kind, &file, &columns)).await {
                Ok(read) => assert!(read.num_rows() <= batch.num_rows() * 1000),
                Err(error) => {
                    errors += 1;
                    assert!(error.to_string().contains("broken_file"), "{error}");
                }
            }
        }
        assert!(errors > 0);
    }
}

/// Writes files for other programs to read, into the folder that `SKEP_FILES_FOR_OTHERS` names, a folder for each
/// table. Not a test: `cargo test -- --ignored files_for_others`, then `data/hive/read_ours.hql`.
#[tokio::test]
#[ignore = "writes files for other programs"]
async fn files_for_others() {
    let folder = PathBuf::from(std::env::var("SKEP_FILES_FOR_OTHERS").unwrap());
    let (columns, batch) = every_type().await;
    let many = repeat(&batch, 9000);
    for codec in ["NONE", "ZLIB", "SNAPPY", "LZ4", "ZSTD"] {
        let properties = [("orc.compress", codec), ("orc.row.index.stride", "1000")];
        let name = format!("types_orc_{}", codec.to_lowercase());
        write(
            FileFormatKind::Orc,
            &folder.join(name).join("000000_0"),
            &columns,
            &properties,
            std::slice::from_ref(&batch),
        );
        let name = format!("many_orc_{}", codec.to_lowercase());
        write(
            FileFormatKind::Orc,
            &folder.join(name).join("000000_0"),
            &columns,
            &properties,
            std::slice::from_ref(&many),
        );
    }
    for codec in ["UNCOMPRESSED", "GZIP", "SNAPPY", "ZSTD"] {
        let properties = [("parquet.compression", codec)];
        let name = format!("types_parquet_{}", codec.to_lowercase());
        write(
            FileFormatKind::Parquet,
            &folder.join(name).join("000000_0"),
            &columns,
            &properties,
            std::slice::from_ref(&batch),
        );
        let name = format!("many_parquet_{}", codec.to_lowercase());
        write(
            FileFormatKind::Parquet,
            &folder.join(name).join("000000_0"),
            &columns,
            &properties,
            std::slice::from_ref(&many),
        );
    }
    for (kind, name) in [(FileFormatKind::Orc, "ordered_orc"), (FileFormatKind::Parquet, "ordered_parquet")] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
        ordered(&folder.join(name).join("000000_0"), kind);
    }
    let old = support::columns("id:int,dt:date,ts:timestamp");
    let times = read(FileFormatKind::Orc, request(FileFormatKind::Orc, &data("old_times_orc/000000_0"), &old)).await;
    write(FileFormatKind::Orc, &folder.join("old_orc/000000_0"), &old, &[], std::slice::from_ref(&times));
    write(FileFormatKind::Parquet, &folder.join("old_parquet/000000_0"), &old, &[], &[times]);
    let columns = support::columns("id:int,u:uniontype<int,string,array<int>>");
    let orc = FileFormatKind::Orc;
    let unions = read(orc, request(orc, &data("union_orc/000000_0"), &columns)).await;
    write(orc, &folder.join("union_orc/000000_0"), &columns, &[], &[unions]);
}
