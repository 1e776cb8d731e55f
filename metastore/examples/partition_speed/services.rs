//! The calls of Hive's metastore API, of a service of ours and of another.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use skep_metastore::service::{self, Service};
use skep_metastore::store::sqlite::SqliteStore;
use skep_thrift::{ClientOptions, Connection, Method, Observer, Server, ServerOptions};
use skep_thrift_hms::{self as wire, HmsException, methods as m};

use crate::{Outcome, day, median};

const DATABASE: &str = "skep_partition_speed";
const TABLE: &str = "events";
/// So many partitions are added in one call.
const BATCH: usize = 10_000;
/// No more partitions are added to a metastore that took longer than this for those it has.
const PATIENCE: Duration = Duration::from_secs(300);

/// What was measured: an operation, what it found, its time.
type Times = Vec<(String, usize, Duration)>;

/// Prints the times of both, and what one is of the other.
pub fn compare(address: &str, count: usize, folders: Option<&str>) -> Outcome<()> {
    let catalog = tempfile::tempdir()?;
    let data = match folders {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    for i in 0..count {
        std::fs::create_dir_all(data.path().join(TABLE).join(folder_of(&day(i / 24), i % 24)))?;
    }
    let (added, theirs) = measure(address, data.path(), count, PATIENCE)?;
    let (_, ours) = measure(&start(catalog.path())?, data.path(), added, Duration::MAX)?;
    println!("{added} partitions of a table with 50 columns and 2 partition columns\n");
    println!("| Call | Finds | {address} | Skep | Ratio |\n|---|---|---|---|---|");
    for ((call, found, theirs), (_, also, ours)) in theirs.into_iter().zip(ours) {
        if found != also {
            return Err(format!("{call}: {address} finds {found}, Skep {also}").into());
        }
        let (theirs, ours) = (theirs.as_secs_f64() * 1000.0, ours.as_secs_f64() * 1000.0);
        println!("| {call} | {found} | {theirs:.1} ms | {ours:.1} ms | {:.0} |", theirs / ours);
    }
    Ok(())
}

/// Starts a service of ours; returns its address.
fn start(folder: &Path) -> Outcome<String> {
    let store = Arc::new(SqliteStore::open(&folder.join("catalog.db"))?);
    let warehouse = folder.join("warehouse").display().to_string();
    let service = Service::open(store, service::Options { warehouse, ..Default::default() })?;
    let options = ServerOptions { address: "127.0.0.1:0".to_string(), ..Default::default() };
    let runtime = tokio::runtime::Runtime::new()?;
    let server = runtime.block_on(Server::bind(options, service.router(), Arc::new(Unobserved)))?;
    let address = format!("thrift://{}", server.address());
    std::thread::spawn(move || runtime.block_on(server.run(std::future::pending())));
    Ok(address)
}

struct Unobserved;

impl Observer for Unobserved {}

struct Client(Connection);

impl Client {
    fn call<M: Method<Exception = HmsException>>(&mut self, args: M::Args) -> Outcome<M::Success> {
        self.0.call::<M>(args).map_err(|error| format!("{}: {error}", M::NAME).into())
    }
}

/// Measures the metastore at an address with so many partitions, or with those that could be added in time; returns how
/// many that were.
fn measure(address: &str, folder: &Path, count: usize, patience: Duration) -> Outcome<(usize, Times)> {
    // One call may take minutes.
    let options = ClientOptions { timeout: None, ..Default::default() };
    let connection = Connection::open::<HmsException>(address, &options);
    let mut client = Client(connection.map_err(|error| error.to_string())?);
    let there = client.call::<m::GetDatabases>(m::GetDatabasesArgs { pattern: Some(DATABASE.into()) })?;
    if !there.is_empty() {
        return Err(format!("{address} has a database {DATABASE} already, of a run that did not end; drop it").into());
    }
    let database = wire::Database {
        name: Some(DATABASE.into()),
        location_uri: Some(format!("file:{}", folder.display())),
        ..Default::default()
    };
    client.call::<m::CreateDatabase>(m::CreateDatabaseArgs { database: Some(database) })?;
    let outcome = fill_and_measure(&mut client, folder, count, patience);
    let start = Instant::now();
    let everything = m::DropDatabaseArgs { name: Some(DATABASE.into()), delete_data: Some(false), cascade: Some(true) };
    client.call::<m::DropDatabase>(everything)?;
    let (added, mut times) = outcome?;
    times.push(("drop_database, with the table".into(), added, start.elapsed()));
    Ok((added, times))
}

fn fill_and_measure(client: &mut Client, folder: &Path, count: usize, patience: Duration) -> Outcome<(usize, Times)> {
    let table = table(folder);
    client.call::<m::CreateTable>(m::CreateTableArgs { tbl: Some(table.clone()) })?;
    let mut times = vec![];
    let (mut added, begin) = (0, Instant::now());
    while added < count && begin.elapsed() < patience {
        let until = (added + BATCH).min(count);
        let parts = (added..until).map(|i| partition(&table, day(i / 24), i % 24)).collect::<Option<Vec<_>>>();
        let args = m::AddPartitionsArgs { new_parts: parts };
        let start = Instant::now();
        client.call::<m::AddPartitions>(args)?;
        let time = start.elapsed();
        eprintln!("{} partitions to {added}: {:.0} ms", until - added, time.as_secs_f64() * 1000.0);
        if added == 0 {
            times.push(("add_partitions, the first".into(), until, time));
        }
        added = until;
        if added >= count || begin.elapsed() >= patience {
            times.push(("add_partitions, the last".into(), added.min(BATCH), time));
        }
    }

    let (database, table) = (Some(DATABASE.to_string()), Some(TABLE.to_string()));
    let (db_name, tbl_name) = (&database, &table);
    let mut time = |what: &str, client: &mut Client, run: &dyn Fn(&mut Client) -> Outcome<usize>| -> Outcome<()> {
        let (found, time) = median(|| run(client))?;
        times.push((what.to_string(), found, time));
        Ok(())
    };
    time("get_partition_names, all", client, &|client| {
        let args =
            m::GetPartitionNamesArgs { db_name: db_name.clone(), tbl_name: tbl_name.clone(), max_parts: Some(-1) };
        Ok(client.call::<m::GetPartitionNames>(args)?.len())
    })?;
    let days = added / 24;
    time("get_partition_names_ps, one day", client, &|client| {
        let args = m::GetPartitionNamesPsArgs {
            db_name: db_name.clone(),
            tbl_name: tbl_name.clone(),
            part_vals: Some(vec![day(days / 2), String::new()]),
            max_parts: Some(-1),
        };
        Ok(client.call::<m::GetPartitionNamesPs>(args)?.len())
    })?;
    let hours = format!("ds = \"{}\" and hr > 5", day(days / 2));
    let tenth = format!("ds >= \"{}\" and ds < \"{}\"", day(days / 2), day(days / 2 + days / 10));
    let filters = [("one day and hr > 5", &hours, -1), ("a tenth, at most 100", &tenth, 100), ("a tenth", &tenth, -1)];
    for (what, filter, most) in filters {
        time(&format!("get_partitions_by_filter, {what}"), client, &|client| {
            let args = m::GetPartitionsByFilterArgs {
                db_name: db_name.clone(),
                tbl_name: tbl_name.clone(),
                filter: Some(filter.clone()),
                max_parts: Some(most),
            };
            Ok(client.call::<m::GetPartitionsByFilter>(args)?.len())
        })?;
    }
    time("get_num_partitions_by_filter, a tenth", client, &|client| {
        let args = m::GetNumPartitionsByFilterArgs {
            db_name: db_name.clone(),
            tbl_name: tbl_name.clone(),
            filter: Some(tenth.clone()),
        };
        Ok(usize::try_from(client.call::<m::GetNumPartitionsByFilter>(args)?)?)
    })?;
    time("get_partition", client, &|client| {
        let args = m::GetPartitionArgs {
            db_name: db_name.clone(),
            tbl_name: tbl_name.clone(),
            part_vals: Some(vec![day(1), "3".into()]),
        };
        Ok(client.call::<m::GetPartition>(args)?.values.map_or(0, |_| 1))
    })?;
    Ok((added, times))
}

fn column(name: String, ty: &str) -> wire::FieldSchema {
    wire::FieldSchema { name: Some(name), r#type: Some(ty.into()), comment: None }
}

fn table(folder: &Path) -> wire::Table {
    wire::Table {
        table_name: Some(TABLE.into()),
        db_name: Some(DATABASE.into()),
        owner: Some("hive".into()),
        sd: Some(wire::StorageDescriptor {
            cols: Some((0..50).map(|i| column(format!("column_{i}"), "string")).collect()),
            location: Some(format!("file:{}/{TABLE}", folder.display())),
            input_format: Some("org.apache.hadoop.mapred.TextInputFormat".into()),
            output_format: Some("org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat".into()),
            num_buckets: Some(-1),
            serde_info: Some(wire::SerDeInfo {
                serialization_lib: Some("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe".into()),
                parameters: Some([("serialization.format".into(), "1".into())].into()),
                ..Default::default()
            }),
            ..Default::default()
        }),
        partition_keys: Some(vec![column("ds".into(), "string"), column("hr".into(), "int")]),
        parameters: Some(Default::default()),
        table_type: Some("MANAGED_TABLE".into()),
        ..Default::default()
    }
}

fn folder_of(ds: &str, hr: usize) -> String {
    format!("ds={ds}/hr={hr}")
}

fn partition(table: &wire::Table, ds: String, hr: usize) -> Option<wire::Partition> {
    let mut storage = table.sd.clone()?;
    storage.location = Some(format!("{}/{}", storage.location?, folder_of(&ds, hr)));
    // Statistics that are there are not gathered from the folder.
    let parameters =
        [("numFiles", "4"), ("numRows", "100000"), ("totalSize", "12345678"), ("DO_NOT_UPDATE_STATS", "true")];
    Some(wire::Partition {
        values: Some(vec![ds, hr.to_string()]),
        db_name: table.db_name.clone(),
        table_name: table.table_name.clone(),
        sd: Some(storage),
        parameters: Some(parameters.map(|(key, value)| (key.to_string(), value.to_string())).into()),
        ..Default::default()
    })
}
