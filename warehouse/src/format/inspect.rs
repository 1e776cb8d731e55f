//! The columns that a data file says it has.

use std::sync::Arc;

use object_store::ObjectStoreExt;
use skep_metastore::model::FieldSchema;

use super::FileFormatKind;
use crate::error::{Result, WarehouseError};
use crate::store::Stores;

/// Columns of a file by its own metadata, without comments (Hive's `SchemaInference`).
///
/// # Errors
/// The file is not there or is not of the format; [`WarehouseError::Unsupported`] for a format whose files do not tell.
pub async fn file_columns(stores: &Stores, url: &str, kind: FileFormatKind) -> Result<Vec<FieldSchema>> {
    let (store, path) = stores.open(url)?;
    let object = store.head(&path).await.map_err(|error| WarehouseError::store("read", url, error))?;
    let columns = match kind {
        FileFormatKind::Orc => super::orc::file_columns(&store, &object).await?,
        FileFormatKind::Parquet => super::parquet::file_columns(Arc::clone(&store), object).await?,
        FileFormatKind::Avro => super::avro::file_columns(&store, &object).await?,
        _ => return Err(WarehouseError::Unsupported(format!("Reading the columns from the file {url}"))),
    };
    Ok(columns.into_iter().map(|(name, ty)| FieldSchema { name: name.to_lowercase(), ty, comment: None }).collect())
}
