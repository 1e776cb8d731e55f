//! How fast a HiveServer2 hands out a result: Skep's, or another one at the same protocol.

use std::time::{Duration, Instant};

use clap::Args;
use skep_thrift::{Kind, Method, ReadError, Reader, Value, Writer};
use skep_thrift_tcli::NoException;
use skep_thrift_tcli::methods::{FetchResults, FetchResultsArgs};

use crate::Result;
use crate::client::{Client, ServerAt};

/// What is measured.
#[derive(Debug, Args)]
pub struct WireRun {
    #[command(flatten)]
    server: ServerAt,
    /// The statement whose rows are fetched
    #[arg(long, default_value = "select * from tpch.lineitem")]
    query: String,
    /// Rows of a fetch
    #[arg(long, default_value_t = 10_000)]
    page: i64,
    /// The statement whose first row is waited for
    #[arg(long, default_value = "select * from tpch.lineitem limit 10")]
    first: String,
    /// How often the short statements run
    #[arg(long, default_value_t = 50)]
    repeat: usize,
}

/// Measures and prints.
///
/// # Errors
/// The server's, or the connection's.
pub fn run(run: &WireRun) -> Result<()> {
    let mut client = Client::connect(&run.server)?;
    let trips = times(run.repeat, || fetched(&mut client, "select 1", 1, |_| {}).map(drop))?;
    println!("select 1, to the last row:  median {:.2} ms, best {:.2} ms", trips.0, trips.1);
    let first = times(run.repeat.min(20), || first(&mut client, &run.first))?;
    println!("first rows of `{}`:  median {:.2} ms, best {:.2} ms", run.first, first.0, first.1);
    let begun = Instant::now();
    let mut peak = 0;
    let mut told = Instant::now();
    let total = fetched(&mut client, &run.query, run.page, |_| {
        if told.elapsed() > Duration::from_millis(200) {
            told = Instant::now();
            peak = peak.max(run.server.memory());
        }
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{} rows, {:.2} GB in {seconds:.2} s: {:.0} rows/s, {:.0} MB/s",
        total.rows,
        total.bytes as f64 / 1e9,
        total.rows as f64 / seconds,
        total.bytes as f64 / 1e6 / seconds
    );
    if peak > 0 {
        println!("memory of the server meanwhile: {} MB at most", peak >> 20);
    }
    client.close()
}

/// Median and best of the times in milliseconds.
fn times(repeat: usize, mut work: impl FnMut() -> Result<()>) -> Result<(f64, f64)> {
    let mut times = Vec::with_capacity(repeat);
    work()?;
    for _ in 0..repeat.max(1) {
        let begun = Instant::now();
        work()?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], times[0]))
}

fn first(client: &mut Client, statement: &str) -> Result<()> {
    let operation = client.begin(statement, false)?;
    let rows = client.fetch::<SkimResults>(&operation, 10)?.rows;
    client.finish(operation)?;
    if rows == 0 { Err("there is no row".into()) } else { Ok(()) }
}

/// Fetches all rows of a statement, and tells how many have come after each page.
fn fetched(client: &mut Client, statement: &str, page: i64, mut tell: impl FnMut(&Skimmed)) -> Result<Skimmed> {
    let operation = client.begin(statement, false)?;
    let mut total = Skimmed::default();
    loop {
        let part = client.fetch::<SkimResults>(&operation, page)?;
        if part.rows == 0 {
            break;
        }
        total = Skimmed { rows: total.rows + part.rows, bytes: total.bytes + part.bytes };
        tell(&total);
    }
    client.finish(operation)?;
    Ok(total)
}

/// How many rows and bytes an answer has; the values themselves are passed over, so that the server is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Skimmed {
    rows: usize,
    bytes: usize,
}

impl Value for Skimmed {
    const KIND: Kind = Kind::Struct;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let begin = reader.position();
        let mut rows = 0;
        let response = reader.begin_struct()?;
        while let Some(field) = reader.field()? {
            if field.id != 3 {
                reader.skip(field.kind)?;
                continue;
            }
            let set = reader.begin_struct()?;
            while let Some(field) = reader.field()? {
                match field.id {
                    3 => rows = columns(reader)?,
                    _ => reader.skip(field.kind)?,
                }
            }
            reader.end_struct(set);
        }
        reader.end_struct(response);
        Ok(Self { rows, bytes: reader.position() - begin })
    }

    fn write(&self, _: &mut Writer) {}
}

/// The number of rows of a list of columns: that of the first one's values.
fn columns(reader: &mut Reader<'_>) -> Result<usize, ReadError> {
    const ELEMENTS: [Kind; 8] =
        [Kind::Bool, Kind::Byte, Kind::I16, Kind::I32, Kind::I64, Kind::Double, Kind::String, Kind::String];
    let mut rows = 0;
    let count = reader.begin_list(Kind::Struct)?;
    for _ in 0..count {
        let column = reader.begin_struct()?;
        while let Some(form) = reader.field()? {
            // The members of the union have the numbers from 1 on.
            let element = usize::try_from(form.id - 1).ok().and_then(|form| ELEMENTS.get(form).copied());
            let values = reader.begin_struct()?;
            while let Some(field) = reader.field()? {
                match (field.id, element) {
                    (1, Some(element)) => {
                        rows = reader.begin_list(element)?;
                        (0..rows).try_for_each(|_| reader.skip(element))?;
                        reader.end_collection();
                    }
                    _ => reader.skip(field.kind)?,
                }
            }
            reader.end_struct(values);
        }
        reader.end_struct(column);
    }
    reader.end_collection();
    Ok(rows)
}

/// `FetchResults`, whose answer is skimmed.
struct SkimResults;

impl Method for SkimResults {
    const NAME: &'static str = FetchResults::NAME;
    const ONEWAY: bool = false;
    type Args = FetchResultsArgs;
    type Success = Skimmed;
    type Exception = NoException;

    fn exception_field(exception: &NoException) -> Option<i16> {
        FetchResults::exception_field(exception)
    }

    fn read_exception(id: i16, reader: &mut Reader<'_>) -> Result<Option<NoException>, ReadError> {
        FetchResults::read_exception(id, reader)
    }
}
