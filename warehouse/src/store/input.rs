//! Objects as something that blocks while it is read.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures::StreamExt;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore};
use tokio::sync::mpsc;

use crate::error::{Result, WarehouseError};

/// Chunks that are kept ready.
const READY: usize = 2;

/// Opens an object from a byte on; `start` must be within it. What is returned blocks: it is to be read on a thread of its own.
pub async fn open_input(store: &Arc<dyn ObjectStore>, location: &Path, start: u64) -> Result<Box<dyn Read + Send>> {
    let path = format!("file:/{location}");
    let options = GetOptions { range: Some(GetRange::Offset(start)), ..Default::default() };
    let result = store.get_opts(location, options).await.map_err(|e| WarehouseError::store("read", &path, e))?;
    match result.payload {
        GetResultPayload::File(mut file, _) => {
            file.seek(SeekFrom::Start(start)).map_err(|e| WarehouseError::io("read", &path, e))?;
            Ok(Box::new(file))
        }
        GetResultPayload::Stream(mut stream) => {
            let (bytes, taken) = mpsc::channel(READY);
            tokio::spawn(async move {
                while let Some(chunk) = stream.next().await {
                    if bytes.send(chunk.map_err(io::Error::from)).await.is_err() {
                        break;
                    }
                }
            });
            Ok(Box::new(ChannelReader { receiver: taken, chunk: Bytes::new() }))
        }
    }
}

/// Chunks that an asynchronous task sends, as something that blocks while it waits.
struct ChannelReader {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    chunk: Bytes,
}

impl Read for ChannelReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() {
            match self.receiver.blocking_recv() {
                Some(chunk) => self.chunk = chunk?,
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.chunk.len());
        self.chunk.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
