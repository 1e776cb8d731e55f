//! Groups of rows as batches.

use std::io::BufReader;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, stream};
use skep_metastore::model::HiveType;
use tokio::sync::mpsc;

use super::group::{Group, GroupReader, Header};
use super::{ColumnSerDe, EMPTY};
use crate::error::Result;
use crate::format::lazybinary::ValueReader;
use crate::format::records::read_error;
use crate::format::skip::skip_rows;
use crate::format::text::{ColumnBuilder, LazyParams, Span};
use crate::format::writable::Counted;
use crate::format::{BatchStream, ReadRequest};
use crate::store::open_input;

/// Groups that are kept ready.
const READY: usize = 1;

/// Opens a file whose columns a parser understands.
pub async fn open(request: ReadRequest, parser: ColumnParser) -> Result<BatchStream> {
    let path = format!("file:/{}", request.object.location);
    let range = request.range.clone().unwrap_or(0..u64::MAX);
    let input = open_input(&request.store, &request.object.location, 0).await?;
    let second = match range.start {
        0 => None,
        start => Some(open_input(&request.store, &request.object.location, start).await?),
    };
    let wanted: Vec<usize> = request.columns.iter().map(|(index, _)| *index).collect();
    let (sender, groups) = mpsc::channel(READY);
    tokio::task::spawn_blocking(move || {
        let run = || {
            let mut input = Counted::new(BufReader::with_capacity(1 << 16, input), 0);
            let header = Header::read(&mut input)?;
            if let Some(second) = second {
                if range.start > header.end {
                    input = Counted::new(BufReader::with_capacity(1 << 16, second), range.start);
                    // The escape before the marker is to begin in the range, too.
                    if range.end - range.start <= 4 || input.skip(4).is_err() {
                        return Ok(());
                    }
                }
                if !input.find(&header.sync)? {
                    return Ok(());
                }
            }
            let mut reader = GroupReader::new(input, header, range.end, wanted);
            while let Some(group) = reader.next()? {
                if sender.blocking_send(Ok(group)).is_err() {
                    break;
                }
            }
            Ok(())
        };
        if let Err(error) = run() {
            // Nobody listens any more: nobody wants to know.
            let _ = sender.blocking_send(Err(read_error(&path, error)));
        }
    });
    let reader = RcReader {
        schema: request.schema(),
        parser,
        batch_size: request.batch_size.max(1),
        offsets: request.row_offsets,
        group: Group::default(),
        at: 0,
        groups,
        ended: false,
    };
    // It ends behind the first error.
    let batches =
        stream::try_unfold(reader, |mut reader| async move { Ok(reader.next().await?.map(|batch| (batch, reader))) });
    skip_rows(&request, batches.boxed())
}

struct RcReader {
    schema: SchemaRef,
    parser: ColumnParser,
    batch_size: usize,
    /// Are the offsets of the rows' groups wanted?
    offsets: bool,
    group: Group,
    /// Rows of the group that are done.
    at: usize,
    groups: mpsc::Receiver<Result<Group>>,
    ended: bool,
}

impl RcReader {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.at >= self.group.rows {
            if self.ended {
                return Ok(None);
            }
            let Some(group) = self.groups.recv().await else { return Ok(None) };
            (self.group, self.at) = (group?, 0);
        }
        let rows = self.batch_size.min(self.group.rows - self.at);
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for (place, column) in self.group.columns.iter().enumerate() {
            match column {
                Some((data, spans)) => self.parser.values(place, data, &spans[self.at..self.at + rows])?,
                None => self.parser.nulls(place, rows),
            }
            columns.push(self.parser.builders[place].finish()?);
        }
        if self.offsets {
            columns.push(Arc::new(Int64Array::from(vec![self.group.offset as i64; rows])));
        }
        self.at += rows;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?))
    }
}

/// Makes arrays of columns' bytes.
pub struct ColumnParser {
    serde: ColumnSerDe,
    params: LazyParams,
    reader: ValueReader,
    types: Vec<HiveType>,
    builders: Vec<ColumnBuilder>,
}

impl ColumnParser {
    /// A parser for the columns of a request.
    pub fn new(serde: ColumnSerDe, request: &ReadRequest) -> Result<Self> {
        let params = LazyParams::new(&request.storage, &request.table_parameters, &request.time_zone)?;
        let reader = ValueReader::new(request)?;
        let builders = request.columns.iter().map(|(_, ty)| match serde {
            ColumnSerDe::Text => ColumnBuilder::new(ty, 1, &params),
            ColumnSerDe::Binary => reader.builder(ty),
        });
        let builders = builders.collect::<Result<_>>()?;
        let types = request.columns.iter().map(|(_, ty)| ty.clone()).collect();
        Ok(Self { serde, reader, types, builders, params })
    }

    fn nulls(&mut self, place: usize, rows: usize) {
        for _ in 0..rows {
            self.reader.null(&mut self.builders[place]);
        }
    }

    fn values(&mut self, place: usize, data: &[u8], spans: &[Span]) -> Result<()> {
        let (builder, ty) = (&mut self.builders[place], &self.types[place]);
        if self.serde == ColumnSerDe::Text {
            builder.extend(data, spans.iter().copied(), &self.params);
            return Ok(());
        }
        for span in spans {
            match (span.of(data).unwrap_or_default(), ty) {
                ([], _) => self.reader.null(builder),
                ([EMPTY], HiveType::String | HiveType::Varchar(_) | HiveType::Char(_)) => {
                    self.reader.alone(builder, ty, &[])?;
                }
                (bytes, ty) => self.reader.alone(builder, ty, bytes)?,
            }
        }
        Ok(())
    }
}
