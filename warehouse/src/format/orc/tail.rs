//! The end of an ORC file: postscript, footer and stripe statistics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use orc_rust::proto;
use orc_rust::reader::ChunkReader;
use orc_rust::reader::metadata::{FileMetadata, read_metadata};
use prost::Message;

use super::compress::Compression;
use crate::error::{Result, WarehouseError};

/// Bytes that are read from the end of a file at first, in the hope that all is in them.
const FIRST_READ: u64 = 64 * 1024;
/// What orc-rust reads from the end at first: these bytes must be at hand.
const DECODER_READ: u64 = 16 * 1024;
/// How deep types may be nested.
const MAX_DEPTH: usize = 100;

/// What the end of a file says.
#[derive(Debug)]
pub(super) struct Tail {
    /// Types, stripes, statistics.
    pub metadata: FileMetadata,
    /// How streams are compressed.
    pub compression: Compression,
    /// Number of columns, nested ones and the root among them.
    pub types: usize,
    /// Are dates and times in Java's hybrid calendar?
    pub hybrid_calendar: bool,
    /// The bytes, where the whole file was read at once.
    pub whole_file: Option<Bytes>,
}

/// The name by which errors call a file.
pub(super) fn file_name(object: &ObjectMeta) -> String {
    format!("file:/{}", object.location)
}

/// Runs code of orc-rust, which panics on some corrupt files. A panic becomes an error that names the file.
pub(super) fn guarded<T>(file: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => {
            let reason = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("the decoder gave up");
            Err(WarehouseError::corrupt(file, reason))
        }
    }
}

/// Reads and checks the end of a file. With `events` the file is one of a transactional table: its root is then said to
/// have the columns of the event (`operation`, `originalTransaction`, `bucket`, `rowId`, `currentTransaction`) and,
/// behind them, those within `row`.
pub(super) async fn read_tail(store: &Arc<dyn ObjectStore>, object: &ObjectMeta, events: bool) -> Result<Tail> {
    let file = file_name(object);
    let corrupt = |reason: &str| WarehouseError::corrupt(&file, reason);
    let size = object.size;
    let fetch = async |from: u64| -> Result<Bytes> {
        store.get_range(&object.location, from..size).await.map_err(|e| WarehouseError::store("read", &file, e))
    };
    let mut start = size.saturating_sub(FIRST_READ);
    let mut bytes = fetch(start).await?;
    if bytes.len() as u64 != size - start || bytes.is_empty() {
        return Err(corrupt("it is shorter than its folder says"));
    }
    let postscript_length = u64::from(bytes[bytes.len() - 1]);
    let postscript = (bytes.len() as u64)
        .checked_sub(1 + postscript_length)
        .map(|from| bytes.slice(from as usize..bytes.len() - 1))
        .and_then(|bytes| proto::PostScript::decode(bytes).ok())
        .filter(|postscript| postscript.magic() == "ORC")
        .ok_or_else(|| corrupt("it does not end as an ORC file does"))?;
    let tail_length = postscript
        .footer_length()
        .checked_add(postscript.metadata_length())
        .and_then(|length| length.checked_add(1 + postscript_length))
        .filter(|length| *length <= size)
        .ok_or_else(|| corrupt("its footer is longer than the file"))?;
    if tail_length > bytes.len() as u64 {
        start = size - tail_length.max(DECODER_READ.min(size));
        bytes = fetch(start).await?;
    }
    let kind = proto::CompressionKind::try_from(postscript.compression.unwrap_or_default())
        .map_err(|_| WarehouseError::Unsupported(format!("The compression of the ORC file {file}")))?;
    let compression = Compression::of_file(kind, postscript.compression_block_size);

    let footer_end = bytes.len() as u64 - 1 - postscript_length;
    let footer_bytes = bytes.slice((footer_end - postscript.footer_length()) as usize..footer_end as usize);
    let mut footer = compression
        .decompress(&footer_bytes)
        .and_then(|bytes| proto::Footer::decode(bytes).map_err(|e| e.to_string()))
        .map_err(|reason| WarehouseError::corrupt(&file, format!("its footer: {reason}")))?;
    check_types(&footer.types).map_err(|reason| WarehouseError::corrupt(&file, reason))?;
    check_stripes(&footer.stripes, size).map_err(corrupt)?;
    if footer.encryption.is_some() {
        return Err(WarehouseError::Unsupported(format!("The encrypted ORC file {file}")));
    }
    let mut reader = PartOfFile { size, start, bytes: bytes.clone() };
    if events {
        flatten_events(&mut footer.types).map_err(|reason| WarehouseError::corrupt(&file, reason))?;
    }
    // Files of Hive before 0.12 have no statistics of stripes, and do not say so.
    if events || postscript.metadata_length.is_none() {
        // orc-rust reads another end than the file's own: the same metadata, then this footer.
        let metadata = footer_end - postscript.footer_length() - postscript.metadata_length();
        let mut end = bytes.slice(metadata as usize..(footer_end - postscript.footer_length()) as usize).to_vec();
        let plain = compression.frame_plain(&footer.encode_to_vec());
        end.extend_from_slice(&plain);
        let metadata_length = Some(postscript.metadata_length());
        let postscript = proto::PostScript { footer_length: Some(plain.len() as u64), metadata_length, ..postscript };
        let postscript = postscript.encode_to_vec();
        end.extend_from_slice(&postscript);
        end.push(postscript.len() as u8);
        reader = PartOfFile { size: end.len() as u64, start: 0, bytes: end.into() };
    }
    let metadata = guarded(&file, || {
        read_metadata(&mut reader).map_err(|e| WarehouseError::corrupt(&file, format!("its footer: {e}")))
    })?;
    Ok(Tail {
        metadata,
        compression,
        types: footer.types.len(),
        hybrid_calendar: footer.calendar() != proto::CalendarKind::ProlepticGregorian,
        whole_file: (start == 0).then_some(bytes),
    })
}

/// Names of the columns of an event, in Hive's order; the last is the row itself.
pub(super) const EVENT_COLUMNS: [&str; 6] =
    ["operation", "originalTransaction", "bucket", "rowId", "currentTransaction", "row"];

/// Puts the columns of the row beside those of the event. The numbers of columns, by which all else is found, stay.
fn flatten_events(types: &mut [proto::Type]) -> Result<(), String> {
    let names = &types[0].field_names;
    let fits =
        names.len() == EVENT_COLUMNS.len() && names.iter().zip(EVENT_COLUMNS).all(|(a, b)| a.eq_ignore_ascii_case(b));
    let row = types[0].subtypes.last().map(|row| *row as usize).filter(|_| fits);
    let row = row.and_then(|row| types.get(row)).filter(|row| row.kind() == proto::r#type::Kind::Struct).cloned();
    let Some(row) = row else {
        return Err("its columns are not those of a transactional table's file".to_string());
    };
    let root = &mut types[0];
    root.subtypes.pop();
    root.field_names.pop();
    root.subtypes.extend(row.subtypes);
    root.field_names.extend(row.field_names);
    Ok(())
}

/// Types are a tree in the order of a walk from the root; anything else could send a reader round in circles.
fn check_types(types: &[proto::Type]) -> Result<(), String> {
    if types.first().map(proto::Type::kind) != Some(proto::r#type::Kind::Struct) {
        return Err("its root type is no struct".to_string());
    }
    let mut depth = vec![None; types.len()];
    depth[0] = Some(0usize);
    for (index, ty) in types.iter().enumerate() {
        let Some(level) = depth[index] else { return Err(format!("nothing refers to its type {index}")) };
        if level > MAX_DEPTH {
            return Err(format!("its types are nested more than {MAX_DEPTH} deep"));
        }
        for child in &ty.subtypes {
            match depth.get_mut(*child as usize) {
                Some(slot @ None) if *child as usize > index => *slot = Some(level + 1),
                _ => return Err(format!("its type {index} refers to type {child}")),
            }
        }
        if ty.kind() == proto::r#type::Kind::Struct && ty.subtypes.len() != ty.field_names.len() {
            return Err(format!("its struct type {index} has fields without names"));
        }
        if ty.kind() == proto::r#type::Kind::Decimal && (ty.precision() > 38 || ty.scale() > ty.precision()) {
            return Err(format!("its type {index} is decimal({},{})", ty.precision(), ty.scale()));
        }
    }
    Ok(())
}

fn check_stripes(stripes: &[proto::StripeInformation], size: u64) -> Result<(), &'static str> {
    for stripe in stripes {
        let end = stripe
            .offset()
            .checked_add(stripe.index_length())
            .and_then(|end| end.checked_add(stripe.data_length()))
            .and_then(|end| end.checked_add(stripe.footer_length()));
        if end.is_none_or(|end| end > size) {
            return Err("a stripe lies beyond its end");
        }
    }
    Ok(())
}

/// The end of a file, as orc-rust reads it.
struct PartOfFile {
    size: u64,
    start: u64,
    bytes: Bytes,
}

impl ChunkReader for PartOfFile {
    type T = bytes::buf::Reader<Bytes>;

    fn len(&self) -> u64 {
        self.size
    }

    fn get_read(&self, offset: u64) -> std::io::Result<Self::T> {
        self.get_bytes(offset, self.size.saturating_sub(offset)).map(Buf::reader)
    }

    fn get_bytes(&self, offset: u64, length: u64) -> std::io::Result<Bytes> {
        let from = offset.checked_sub(self.start).map(|from| from as usize);
        let to = from.and_then(|from| from.checked_add(length as usize));
        match (from, to) {
            (Some(from), Some(to)) if to <= self.bytes.len() => Ok(self.bytes.slice(from..to)),
            _ => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)),
        }
    }
}

#[cfg(test)]
mod tests {
    use object_store::local::LocalFileSystem;
    use object_store::path::Path;

    use super::*;

    #[tokio::test]
    async fn files_without_statistics_of_stripes() {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hive/types_orc/000000_0");
        let whole = std::fs::read(data).unwrap();
        let length = usize::from(whole[whole.len() - 1]);
        let footer_end = whole.len() - 1 - length;
        let postscript = proto::PostScript::decode(&whole[footer_end..whole.len() - 1]).unwrap();
        let footer = footer_end - postscript.footer_length() as usize;
        let mut old = whole[..footer - postscript.metadata_length() as usize].to_vec();
        old.extend_from_slice(&whole[footer..footer_end]);
        let postscript = proto::PostScript { metadata_length: None, ..postscript }.encode_to_vec();
        old.extend_from_slice(&postscript);
        old.push(postscript.len() as u8);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("old");
        std::fs::write(&file, &old).unwrap();
        let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new());
        let object = store.head(&Path::from_filesystem_path(&file).unwrap()).await.unwrap();
        let tail = read_tail(&store, &object, false).await.unwrap();
        assert_eq!(tail.metadata.number_of_rows(), 4);
        assert_eq!(tail.metadata.stripe_metadatas().len(), 1);
    }
}
