//! One stripe of an ORC file: which bytes of it are wanted, and its decoding.

use std::collections::HashSet;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use chrono_tz::Tz;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use orc_rust::proto;
use orc_rust::reader::ChunkReader;
use orc_rust::schema::RootDataType;
use orc_rust::stripe::{Stripe, StripeMetadata};
use prost::Message;

use super::tail::{Tail, file_name, guarded};
use crate::error::{Result, WarehouseError};

/// A stripe shorter than this is read at once, wanted or not.
const READ_AT_ONCE: u64 = 1024 * 1024;

/// A stripe whose wanted streams are in memory.
pub(super) struct FetchedStripe {
    /// For orc-rust's decoders. It is told that times are in UTC, so that they come out as they are stored.
    pub stripe: Stripe,
    /// Time zone of the writer, where the stripe names one.
    pub writer_zone: Option<Tz>,
}

/// Reads the streams of the wanted columns.
pub(super) async fn fetch_stripe(
    store: &Arc<dyn ObjectStore>,
    object: &ObjectMeta,
    tail: &Tail,
    info: &StripeMetadata,
    wanted: &RootDataType,
) -> Result<FetchedStripe> {
    let file = file_name(object);
    let corrupt = |reason: String| WarehouseError::corrupt(&file, format!("stripe at {}: {reason}", info.offset()));
    let failed = |e| WarehouseError::store("read", &file, e);
    let streams_end = info.footer_offset();
    let end = streams_end + info.footer_length();

    let mut parts: Vec<(u64, Bytes)> = Vec::new();
    if let Some(bytes) = &tail.whole_file {
        parts.push((0, bytes.clone()));
    } else if end - info.offset() <= READ_AT_ONCE {
        let bytes = store.get_range(&object.location, info.offset()..end).await.map_err(failed)?;
        parts.push((info.offset(), bytes));
    } else {
        let bytes = store.get_range(&object.location, streams_end..end).await.map_err(failed)?;
        parts.push((streams_end, bytes));
    }
    let packed = slice(&parts, streams_end, info.footer_length()).ok_or_else(|| corrupt("no footer".to_string()))?;
    let mut footer = tail
        .compression
        .decompress(&packed)
        .and_then(|bytes| proto::StripeFooter::decode(bytes).map_err(|e| e.to_string()))
        .map_err(|reason| corrupt(format!("its footer: {reason}")))?;
    check_footer(&footer, tail.types, info).map_err(corrupt)?;

    if parts.len() == 1 && parts[0].0 == streams_end {
        let ranges = wanted_ranges(&footer, info, wanted);
        let fetched = store.get_ranges(&object.location, &ranges).await.map_err(failed)?;
        parts.extend(ranges.into_iter().map(|range| range.start).zip(fetched));
        parts.sort_by_key(|(start, _)| *start);
    }
    let writer_zone = match footer.writer_timezone.take() {
        Some(name) => Some(Tz::from_str(&name).map_err(|_| corrupt(format!("its time zone {name} is unknown")))?),
        None => None,
    };
    let footer = Bytes::from(tail.compression.frame_plain(&footer.encode_to_vec()));
    let mut reader = Parts { size: object.size, parts, footer_at: streams_end, footer };
    let stripe =
        guarded(&file, || Stripe::new(&mut reader, &tail.metadata, wanted, info).map_err(|e| corrupt(e.to_string())))?;
    Ok(FetchedStripe { stripe, writer_zone })
}

fn check_footer(footer: &proto::StripeFooter, types: usize, info: &StripeMetadata) -> Result<(), String> {
    if footer.columns.len() < types {
        return Err(format!("{} encodings for {types} columns", footer.columns.len()));
    }
    let lengths = footer.streams.iter().try_fold(0u64, |sum, stream| sum.checked_add(stream.length()));
    if lengths.is_none_or(|sum| sum > info.index_length() + info.data_length()) {
        return Err("its streams are longer than it is".to_string());
    }
    Ok(())
}

/// Byte ranges of the wanted columns' streams; neighbours are one.
fn wanted_ranges(footer: &proto::StripeFooter, info: &StripeMetadata, wanted: &RootDataType) -> Vec<Range<u64>> {
    let columns: HashSet<usize> =
        wanted.children().iter().flat_map(|c| c.data_type().all_indices()).chain([0]).collect();
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut at = info.offset();
    for stream in &footer.streams {
        let end = at + stream.length();
        if columns.contains(&(stream.column() as usize)) && end > at {
            match ranges.last_mut() {
                Some(last) if last.end == at => last.end = end,
                _ => ranges.push(at..end),
            }
        }
        at = end;
    }
    ranges
}

fn slice(parts: &[(u64, Bytes)], offset: u64, length: u64) -> Option<Bytes> {
    let at = parts.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
    let (start, bytes) = &parts[at];
    let from = (offset - start) as usize;
    let to = from.checked_add(length as usize)?;
    (to <= bytes.len()).then(|| bytes.slice(from..to))
}

/// Parts of a file, and a stripe footer in place of the one in the file.
struct Parts {
    size: u64,
    parts: Vec<(u64, Bytes)>,
    footer_at: u64,
    footer: Bytes,
}

impl ChunkReader for Parts {
    type T = bytes::buf::Reader<Bytes>;

    fn len(&self) -> u64 {
        self.size
    }

    fn get_read(&self, offset: u64) -> std::io::Result<Self::T> {
        self.get_bytes(offset, self.size.saturating_sub(offset)).map(Buf::reader)
    }

    fn get_bytes(&self, offset: u64, length: u64) -> std::io::Result<Bytes> {
        if offset == self.footer_at && length > 0 {
            return Ok(self.footer.clone());
        }
        if length == 0 {
            return Ok(Bytes::new());
        }
        slice(&self.parts, offset, length).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }
}
