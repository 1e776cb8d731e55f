//! Files that Apache Hive wrote, read with the warehouse's readers. How they were made: `data/hive/make.hql`,
//! `data/hive/make_los_angeles.hql`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use skep_warehouse::format::FileFormatKind::{self, Orc, Parquet, Text};
use support::{TYPES, columns, data, read, request};

async fn table(kind: FileFormatKind, name: &str, text: &str) -> RecordBatch {
    let columns = columns(text);
    read(kind, request(kind, &data(name).join("000000_0"), &columns)).await
}

/// Cells of a batch, as text.
fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    let text = pretty_format_batches(std::slice::from_ref(batch)).unwrap().to_string();
    let cell = |cell: &str| cell.trim().to_string();
    let row = |line: &str| line.trim_matches('|').split('|').map(cell).collect();
    text.lines().skip(3).filter(|line| !line.starts_with('+')).map(row).collect()
}

#[tokio::test]
async fn every_type() {
    let text = table(Text, "types_text", TYPES).await;
    let rows = cells(&text);
    #[rustfmt::skip]
    let expected = [
        ["1", "true", "1", "2", "3", "4", "1.5", "2.25", "12.34", "1.000000000000000001", "hello", "varchar", "char",
         "2024-02-29", "2024-02-29T12:34:56.123456", "6279746573", "[1, 2, 3]", "{k1: 1, k2: 2}", "{a: 7, b: x}",
         "[{x: 1, y: {p: [1.5, 2.5]}}]"],
        ["2", "false", "-128", "-32768", "-2147483648", "-9223372036854775807", "-0.1", "1e300", "-99999999.99",
         "-12345678901234567890.123456789012345678", "", "", "", "1582-10-15", "1969-12-31T23:59:58.500", "",
         "[-1]", "{: 0}", "{a: -1, b: }", "[{x: -1, y: {q: [-1.0]}}]"],
        ["3", "true", "127", "32767", "2147483647", "9223372036854775807", "3.4028235e38", "-0.0", "0.05",
         "0.000000000000000000", "grüße 漢字", "äöüß", "né", "9999-12-31", "9999-12-31T23:59:59.999999", "00ff10",
         "[10, , 30]", "{a: }", "{a: , b: only b}", "[{x: , y: {r: [0.5]}}]"],
        ["4", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", ""],
    ];
    assert_eq!(rows, expected);
    assert!(text.columns()[1..].iter().all(|column| column.is_null(3)));
    for (kind, name) in [
        (Orc, "types_orc"),
        (Orc, "types_orc_snappy"),
        (Orc, "types_orc_none"),
        (Parquet, "types_parquet"),
        (Parquet, "types_parquet_snappy"),
    ] {
        assert_eq!(table(kind, name, TYPES).await, text, "{name}");
    }
}

#[tokio::test]
async fn times_of_all_years() {
    let columns = "id:int,dt:date,ts:timestamp";
    let text = table(Text, "old_times_text", columns).await;
    assert_eq!(table(Parquet, "old_times_parquet", columns).await, text);
    // Hive's own ORC writer cannot tell the last second of 1969 from the first of 1970.
    let (mut expected, rows) = (cells(&text), cells(&table(Orc, "old_times_orc", columns).await));
    assert_eq!(expected[4], ["5", "1969-12-31", "1969-12-31T23:59:59.999999"]);
    expected[4][2] = "1970-01-01T00:00:00.999999".to_string();
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn times_of_a_writer_in_another_time_zone() {
    let columns = columns("id:int,ts:timestamp");
    let text = table(Text, "los_angeles_text", "id:int,ts:timestamp").await;
    // ORC names the writer's time zone; wall times are the same wherever they are read.
    for zone in ["UTC", "Asia/Tokyo", "America/Los_Angeles"] {
        let mut request = request(Orc, &data("los_angeles_orc/000000_0"), &columns);
        request.time_zone = zone.into();
        let mut expected = cells(&text);
        assert_eq!(expected[6][1], "1969-12-31T15:59:59.500");
        expected[6][1] = "1969-12-31T16:00:00.500".to_string();
        assert_eq!(cells(&read(Orc, request).await), expected, "{zone}");
    }
    // Parquet files of Hive 2 do not: they are in the session's.
    let mut request = request(Parquet, &data("los_angeles_parquet/000000_0"), &columns);
    request.time_zone = "America/Los_Angeles".into();
    let (rows, expected) = (cells(&read(Parquet, request).await), cells(&text));
    // (Hive 2 counted local mean time before 1883, Hive 4 counts what java.time knows.)
    assert_eq!(rows[..8], expected[..8]);
}

#[tokio::test]
async fn unions() {
    let batch = table(Orc, "union_orc", "id:int,u:uniontype<int,string,array<int>>").await;
    let rows: Vec<String> = cells(&batch).into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(rows, ["{tag: 0, 0: 3, 1: , 2: }", "{tag: 1, 0: , 1: , 2: }", "{tag: 2, 0: , 1: , 2: [10, , 30]}"]);
}

#[tokio::test]
async fn columns_by_position_where_the_file_has_no_names() {
    let batch = table(Orc, "positional_orc", "a:bigint,b:string,c:date").await;
    assert_eq!(cells(&batch), [["1", "one", ""], ["2", "two", ""]]);
    // By name otherwise, unless the table says so.
    let renamed = columns("v:string,n:int,other:int");
    let file = data("many_orc/000000_0");
    let batch = read(Orc, request(Orc, &file, &renamed)).await;
    assert_eq!(cells(&batch.slice(17, 1)), [["v17", "17", ""]]);
    let mut forced = request(Orc, &file, &columns("v:int,n:string"));
    let parameters = [("orc.force.positional.evolution".to_string(), "true".to_string())];
    forced.table_parameters = std::sync::Arc::new(parameters.into());
    assert_eq!(cells(&read(Orc, forced).await.slice(17, 1)), [["17", "v17"]]);
    let mut by_index = request(Parquet, &data("many_parquet/000000_0"), &columns("v:int,n:string"));
    let parameters = [("parquet.column.index.access".to_string(), "true".to_string())];
    by_index.table_parameters = std::sync::Arc::new(parameters.into());
    assert_eq!(cells(&read(Parquet, by_index).await.slice(17, 1)), [["17", "v17"]]);
}

#[tokio::test]
async fn row_groups_of_hive_are_left_out() {
    use datafusion::common::ScalarValue;
    use datafusion::logical_expr::Operator;
    use datafusion::physical_expr::expressions::{binary, col, lit};
    let columns = columns("n:int,v:string");
    let schema = skep_warehouse::types::arrow_schema(&columns);
    // As text, v4321 lies between v0 and v999 too.
    for (column, value, rows) in [("n", ScalarValue::Int32(Some(4321)), 1000), ("v", ScalarValue::from("v4321"), 2000)]
    {
        let predicate = binary(col(column, &schema).unwrap(), Operator::Eq, lit(value), &schema).unwrap();
        let mut request = request(Orc, &data("many_orc/000000_0"), &columns);
        request.predicate = Some(predicate);
        let batch = read(Orc, request).await;
        // The file has row groups of 1000 rows.
        assert_eq!(batch.num_rows(), rows, "{column}");
        assert_eq!(cells(&batch.slice(rows - 1000 + 321, 1)), [["4321", "v4321"]]);
    }
}

#[tokio::test]
async fn buckets() {
    let mut ids = Vec::new();
    for bucket in 0..3 {
        let columns = columns("id:int,v:string");
        let file = data("buckets_orc").join(format!("{bucket:06}_0"));
        let rows = cells(&read(Orc, request(Orc, &file, &columns)).await);
        assert!(rows.iter().all(|row| row[0].parse::<usize>().unwrap() % 3 == bucket));
        ids.extend(rows.into_iter().map(|row| row[0].clone()));
    }
    ids.sort();
    assert_eq!(ids, ["1", "2", "3", "4"]);
}
