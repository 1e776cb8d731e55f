//! The calls of a store in this process, on SQLite and PostgreSQL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use skep_metastore::model::{
    CompareOp, Database, FieldSchema, Parameters, Partition, PartitionFilter, PartitionLiteral, PrincipalType,
    StorageDescriptor, Table, TableKind, partition_name,
};
use skep_metastore::store::postgres::Credentials;
use skep_metastore::store::{self, MetaStore, Page, StoreOptions};

use crate::{Outcome, day, median};
use skep_metastore_testing::postgresql::{Options, Server};

/// Measures in SQLite and in a PostgreSQL server, or only in the one that is named.
pub fn compare(count: usize, only: Option<&str>) -> Outcome<()> {
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    if wanted("sqlite") {
        println!("SQLite");
        let folder = tempfile::tempdir()?;
        measure(&folder.path().join("catalog.db").display().to_string(), count)?;
    }
    if wanted("postgresql") {
        println!("PostgreSQL");
        let server = Server::start(&Options { settings: vec!["fsync=on".to_string()], ..Options::default() })?;
        measure(&server.new_catalog(), count)?;
    }
    Ok(())
}

fn open(place: &str) -> Outcome<Arc<dyn MetaStore>> {
    Ok(store::open(place, &Credentials::default(), &StoreOptions::default())?)
}

fn measure(place: &str, count: usize) -> Outcome<()> {
    let start = Instant::now();
    let store = open(place)?;
    report("open a new catalog", start.elapsed());
    store.create_database(&Database {
        name: "default".into(),
        comment: None,
        location: "file:/warehouse".into(),
        managed_location: None,
        owner: None,
        owner_type: PrincipalType::User,
        parameters: Parameters::new(),
        create_time: 0,
    })?;
    let column =
        |name: String, ty: &str| -> Outcome<FieldSchema> { Ok(FieldSchema { name, ty: ty.parse()?, comment: None }) };
    let columns = (0..50).map(|i| column(format!("column_{i}"), "string")).collect::<Result<Vec<_>, _>>()?;
    let table = Table {
        database: "default".into(),
        name: "events".into(),
        owner: String::new(),
        create_time: 0,
        last_access_time: 0,
        retention: 0,
        kind: TableKind::Managed,
        temporary: false,
        storage: StorageDescriptor { columns, location: "file:/warehouse/events".into(), ..Default::default() },
        partition_keys: vec![column("ds".into(), "string")?, column("hr".into(), "int")?],
        parameters: Parameters::new(),
        view_original_text: None,
        view_expanded_text: None,
        extras: Default::default(),
    };
    store.create_table(&table)?;
    for from in (0..count).step_by(10_000) {
        let until = (from + 10_000).min(count);
        let batch: Vec<_> = (from..until).map(|i| partition(&table, day(i / 24), i % 24)).collect();
        let start = Instant::now();
        store.add_partitions("default", "events", &batch, false)?;
        if from < 20_000 || until == count {
            report(&format!("add {} partitions to {from}", batch.len()), start.elapsed());
        }
    }
    if let Ok(file) = std::fs::metadata(place) {
        println!("{:>10.2} MB  the catalog's file", file.len() as f64 / 1e6);
    }
    report_memory("after adding");

    let equal =
        |text: String| PartitionFilter::Compare { column: 0, op: CompareOp::Eq, literal: PartitionLiteral::Text(text) };
    let hour = |op, hour| PartitionFilter::Compare { column: 1, op, literal: PartitionLiteral::Integer(hour) };
    let since = |days: usize| PartitionFilter::Compare {
        column: 0,
        op: CompareOp::GtEq,
        literal: PartitionLiteral::Text(day(days)),
    };
    let until = |days: usize| PartitionFilter::Compare {
        column: 0,
        op: CompareOp::Lt,
        literal: PartitionLiteral::Text(day(days)),
    };
    let days = count / 24;
    let filters = [
        ("ds = 'x'", equal(day(days / 2))),
        ("ds = 'x' AND hr = 5", PartitionFilter::And(vec![equal(day(days / 2)), hour(CompareOp::Eq, 5)])),
        ("ds = 'x' AND hr > 5", PartitionFilter::And(vec![equal(day(days / 2)), hour(CompareOp::Gt, 5)])),
        ("hr = 5", hour(CompareOp::Eq, 5)),
        ("last 42 days", since(days - 42)),
        ("last tenth", since(days - days / 10)),
        ("last tenth AND hr = 5", PartitionFilter::And(vec![since(days - days / 10), hour(CompareOp::Eq, 5)])),
        ("a tenth in the middle", PartitionFilter::And(vec![since(days / 2), until(days / 2 + days / 10)])),
        ("second half", since(days / 2)),
        ("everything by hr >= 0", hour(CompareOp::GtEq, 0)),
        ("no filter", PartitionFilter::All),
    ];
    for (name, filter) in &filters {
        let page = Page::first(None);
        let (found, time) = median(|| Ok(store.partition_names("default", "events", filter, &page)?.len()))?;
        report(&format!("names, {name}: {found}"), time);
        let (found, time) = median(|| Ok(store.partitions("default", "events", filter, Some(100))?.len()))?;
        report(&format!("partitions, {name}, at most 100: {found}"), time);
    }
    let (found, time) = median(|| Ok(store.partitions("default", "events", &filters[5].1, None)?.len()))?;
    report(&format!("partitions, last tenth: {found}"), time);
    report_memory("after listing");
    let values = [day(1), "3".to_string()];
    let (_, time) = median(|| Ok(store.partition("default", "events", &values)?.values.len()))?;
    report("one partition by its values", time);
    let (_, time) = median(|| Ok(usize::from(store.table("default", "events")?.is_partitioned())))?;
    report("the table", time);
    let (_, time) = median(|| {
        open(place)?;
        Ok(0)
    })?;
    report("open the catalog again", time);
    let start = Instant::now();
    store.drop_table("default", "events")?;
    report("drop the table", start.elapsed());
    Ok(())
}

fn partition(table: &Table, ds: String, hr: usize) -> Partition {
    let values = vec![ds, hr.to_string()];
    let name = partition_name(&table.partition_keys, &values);
    let mut storage = table.storage.clone();
    storage.location = format!("{}/{name}", storage.location);
    let parameters =
        [("numFiles", "4"), ("numRows", "100000"), ("totalSize", "12345678"), ("transient_lastDdlTime", "1")];
    Partition {
        values,
        create_time: 0,
        last_access_time: 0,
        storage,
        parameters: parameters.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
        write_id: None,
    }
}

fn report(what: &str, time: Duration) {
    println!("{:>10.2} ms  {what}", time.as_secs_f64() * 1000.0);
}

fn report_memory(when: &str) {
    if let Ok(status) = std::fs::read_to_string("/proc/self/status")
        && let Some(line) = status.lines().find(|line| line.starts_with("VmHWM"))
    {
        println!("{line}  {when}");
    }
}
