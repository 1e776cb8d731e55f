//! Rows out of a container file.

use std::io::BufReader;
use std::sync::Arc;

use arrow::array::{Int64Builder, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, stream};
use object_store::ObjectStore;
use object_store::path::Path;
use skep_metastore::model::HiveType;
use skep_udf::text::{parse_zone, utc};
use tokio::sync::mpsc;

use super::decode::{Decoder, Times, is_field, reader_field, skip};
use super::file::{Block, Header, next_block};
use super::schema::{Record, RecordField, Schema, Type};
use super::told_schema;
use crate::error::{Result, WarehouseError};
use crate::format::records::read_error;
use crate::format::skip::skip_rows;
use crate::format::text::{ColumnBuilder, LazyParams};
use crate::format::writable::Counted;
use crate::format::{BatchStream, ReadRequest};
use crate::store::open_input;

/// Blocks that are kept ready.
const READY: usize = 2;

/// What the reading thread sends.
enum Piece {
    Header(Box<Header>),
    Block(Block),
}

/// What a file says of itself.
pub async fn header(store: &Arc<dyn ObjectStore>, location: &Path) -> Result<Header> {
    let path = format!("file:/{location}");
    let input = open_input(store, location, 0).await?;
    let read = tokio::task::spawn_blocking(move || Header::read(&mut Counted::new(BufReader::new(input), 0))).await;
    match read {
        Ok(header) => header.map_err(|error| read_error(&path, error)),
        Err(error) => Err(WarehouseError::Invalid(format!("reading {path} was cut short: {error}"))),
    }
}

/// Opens a file for reading.
pub async fn open_reader(request: ReadRequest) -> Result<BatchStream> {
    let path = format!("file:/{}", request.object.location);
    let range = request.range.clone().unwrap_or(0..u64::MAX);
    let input = open_input(&request.store, &request.object.location, 0).await?;
    let second = match range.start {
        0 => None,
        start => Some(open_input(&request.store, &request.object.location, start).await?),
    };
    let (sender, mut pieces) = mpsc::channel(READY);
    tokio::task::spawn_blocking(move || {
        let run = || {
            let mut input = Counted::new(BufReader::with_capacity(1 << 16, input), 0);
            let header = Header::read(&mut input)?;
            if sender.blocking_send(Ok(Piece::Header(Box::new(header.clone())))).is_err() {
                return Ok(());
            }
            if let Some(second) = second {
                input = Counted::new(BufReader::with_capacity(1 << 16, second), range.start);
                if !input.find(&header.sync)? {
                    return Ok(());
                }
            }
            while let Some(block) = next_block(&mut input, &header, range.end)? {
                if sender.blocking_send(Ok(Piece::Block(block))).is_err() {
                    break;
                }
            }
            Ok(())
        };
        if let Err(error) = run() {
            // Nobody listens any more: nobody wants to know.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let path_of = path.clone();
    let header = match pieces.recv().await {
        Some(Ok(Piece::Header(header))) => header,
        Some(Err(error)) => return Err(read_error(&path, error)),
        _ => return Err(WarehouseError::corrupt(path, "it has no header")),
    };
    let rows = Rows::new(&request, &header, path)?;
    let reader = AvroReader {
        schema: request.schema(),
        path: path_of,
        rows,
        batch_size: request.batch_size.max(1),
        count: 0,
        offsets: request.row_offsets.then(Int64Builder::new),
        block: Block::default(),
        at: 0,
        pieces,
        ended: false,
    };
    // It ends behind the first error.
    let batches =
        stream::try_unfold(reader, |mut reader| async move { Ok(reader.next().await?.map(|batch| (batch, reader))) });
    skip_rows(&request, batches.boxed())
}

struct AvroReader {
    schema: SchemaRef,
    path: String,
    rows: Rows,
    batch_size: usize,
    count: usize,
    offsets: Option<Int64Builder>,
    block: Block,
    /// Where in the block we are.
    at: usize,
    pieces: mpsc::Receiver<std::io::Result<Piece>>,
    ended: bool,
}

impl AvroReader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while !self.ended && self.count < self.batch_size {
            if self.block.count == 0 {
                match self.pieces.recv().await {
                    Some(Ok(Piece::Block(block))) => (self.block, self.at) = (block, 0),
                    Some(Ok(Piece::Header(_))) => {}
                    Some(Err(error)) => return Err(read_error(&self.path, error)),
                    None => self.ended = true,
                }
                continue;
            }
            self.take_rows()?;
        }
        if self.count == 0 {
            return Ok(None);
        }
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for builder in &mut self.rows.builders {
            columns.push(builder.finish()?);
        }
        if let Some(offsets) = &mut self.offsets {
            columns.push(Arc::new(offsets.finish()));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.count)));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?))
    }

    fn take_rows(&mut self) -> Result<()> {
        let Some(mut bytes) = self.block.data.get(self.at..) else { return Ok(()) };
        while self.block.count > 0 && self.count < self.batch_size {
            self.rows.row(&mut bytes)?;
            self.block.count -= 1;
            self.count += 1;
            if let Some(offsets) = &mut self.offsets {
                offsets.append_value(self.block.offset as i64);
            }
        }
        self.at = self.block.data.len() - bytes.len();
        Ok(())
    }
}

/// Makes columns of records.
struct Rows {
    path: String,
    record: Arc<Record>,
    /// The table's schema, where its properties tell it.
    reader: Option<Schema>,
    decoder: Decoder,
    columns: Vec<(String, HiveType)>,
    builders: Vec<ColumnBuilder>,
    /// Place among the wanted columns of each field of the file.
    places: Vec<Option<usize>>,
    /// Wanted columns that the file does not have.
    missing: Vec<usize>,
}

impl Rows {
    fn new(request: &ReadRequest, header: &Header, path: String) -> Result<Self> {
        let corrupt = |reason: String| WarehouseError::corrupt(&path, reason);
        let schema = Schema::parse(&header.schema).map_err(corrupt)?;
        let Type::Record(record) = schema.ty else {
            return Err(corrupt("its schema is no record".to_string()));
        };
        let reader = told_schema(&request.storage, &request.table_parameters)?;
        let is = |key: &str| request.table_parameters.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let zone = match &header.zone {
            Some(zone) => parse_zone(zone)
                .ok_or_else(|| corrupt(format!("Can't parse writer time zone stored in file metadata: {zone}")))?,
            None if is("hive.avro.timestamp.skip.conversion") => utc(),
            None => parse_zone(&request.time_zone).unwrap_or_else(utc),
        };
        let hybrid = !header.proleptic.unwrap_or_else(|| is("hive.avro.proleptic.gregorian.default"));
        let params = LazyParams::binary(&request.time_zone);
        let named = |(index, ty): &(usize, HiveType)| {
            let name = request.storage.columns.get(*index).map_or(String::new(), |column| column.name.clone());
            (name, ty.clone())
        };
        let columns: Vec<(String, HiveType)> = request.columns.iter().map(named).collect();
        let builders = columns.iter().map(|(_, ty)| ColumnBuilder::new(ty, 1, &params)).collect::<Result<_>>()?;
        let readers = fields(reader.as_ref());
        let mut places: Vec<Option<usize>> = vec![None; record.fields.len()];
        let mut missing = Vec::new();
        for (place, (name, _)) in columns.iter().enumerate() {
            let at = record.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name));
            let at = at.or_else(|| record.fields.iter().position(|field| is_field(field, name, readers)));
            match at.filter(|at| places[*at].is_none()) {
                Some(at) => places[at] = Some(place),
                None => missing.push(place),
            }
        }
        // Without a word of the writer, times are converted as `java.util` does it.
        let legacy = header.legacy.unwrap_or_else(|| {
            let key = "hive.avro.timestamp.legacy.conversion.enabled";
            let set = request.table_parameters.get(key);
            header.zone.is_none() && set.is_none_or(|value| value.eq_ignore_ascii_case("true"))
        });
        let decoder = Decoder { times: Times::new(zone, hybrid, legacy), params };
        Ok(Self { path, record, reader, decoder, columns, builders, places, missing })
    }

    fn row(&mut self, bytes: &mut &[u8]) -> Result<()> {
        let readers = fields(self.reader.as_ref());
        let mut run = || {
            for (field, place) in self.record.fields.iter().zip(&self.places) {
                let Some(place) = *place else {
                    skip(&field.schema, bytes)?;
                    continue;
                };
                let (name, ty) = &self.columns[place];
                let reader = reader_field(readers, name).map(|field| &field.schema);
                let builder = &mut self.builders[place];
                self.decoder.value(&field.schema, reader, ty, builder, bytes)?;
            }
            for place in &self.missing {
                let (name, ty) = &self.columns[*place];
                self.decoder.missing(reader_field(readers, name), name, ty, &mut self.builders[*place])?;
            }
            Ok(())
        };
        run().map_err(|reason: String| WarehouseError::corrupt(&self.path, reason))
    }
}

fn fields(schema: Option<&Schema>) -> &[RecordField] {
    schema.and_then(|schema| schema.fields().ok()).unwrap_or_default()
}
