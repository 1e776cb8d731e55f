//! Columns and storage descriptors.

use skep_thrift_hms as wire;

use crate::model::{FieldSchema, Order, Parameters, SerDeInfo, SkewedInfo, StorageDescriptor};

/// Columns as a client gives them; `texts` takes the types that are not written as Skep writes them.
pub fn columns_from_wire(columns: Option<Vec<wire::FieldSchema>>, texts: &mut Parameters) -> Vec<FieldSchema> {
    let column = |column: wire::FieldSchema| {
        let (name, ty) = (column.name.unwrap_or_default(), column.r#type.unwrap_or_default());
        FieldSchema::from_text(&name, &ty, column.comment, texts)
    };
    columns.unwrap_or_default().into_iter().map(column).collect()
}

/// Columns for a client.
pub fn columns_to_wire(columns: &[FieldSchema], texts: &Parameters) -> Vec<wire::FieldSchema> {
    let column = |column: &FieldSchema| wire::FieldSchema {
        name: Some(column.name.clone()),
        r#type: Some(column.type_text(texts)),
        comment: column.comment.clone(),
    };
    columns.iter().map(column).collect()
}

/// A text that the model keeps as an empty one where there is none.
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn lower(names: Option<Vec<String>>) -> Vec<String> {
    names.unwrap_or_default().into_iter().map(|name| name.to_lowercase()).collect()
}

/// A storage descriptor as a client gives it.
pub fn storage_from_wire(storage: wire::StorageDescriptor) -> StorageDescriptor {
    let mut type_texts = Parameters::new();
    let skewed = storage.skewed_info.unwrap_or_default();
    let order = |order: wire::Order| Order {
        column: order.col.unwrap_or_default().to_lowercase(),
        ascending: order.order != Some(0),
    };
    StorageDescriptor {
        columns: columns_from_wire(storage.cols, &mut type_texts),
        location: storage.location.unwrap_or_default(),
        input_format: storage.input_format.unwrap_or_default(),
        output_format: storage.output_format.unwrap_or_default(),
        compressed: storage.compressed.unwrap_or_default(),
        num_buckets: storage.num_buckets.unwrap_or_default(),
        serde: serde_from_wire(storage.serde_info.unwrap_or_default()),
        bucket_columns: lower(storage.bucket_cols),
        sort_columns: storage.sort_cols.unwrap_or_default().into_iter().map(order).collect(),
        parameters: storage.parameters.unwrap_or_default(),
        skewed: SkewedInfo {
            columns: lower(skewed.skewed_col_names),
            values: skewed.skewed_col_values.unwrap_or_default(),
            locations: skewed.skewed_col_value_location_maps.unwrap_or_default().into_iter().collect(),
        },
        stored_as_sub_directories: storage.stored_as_sub_directories.unwrap_or_default(),
        type_texts,
    }
}

fn serde_from_wire(serde: wire::SerDeInfo) -> SerDeInfo {
    SerDeInfo {
        name: serde.name,
        library: serde.serialization_lib.unwrap_or_default(),
        parameters: serde.parameters.unwrap_or_default(),
        description: serde.description,
        serializer_class: serde.serializer_class,
        deserializer_class: serde.deserializer_class,
        kind: serde.serde_type.map(|kind| kind.0),
    }
}

/// A storage descriptor for a client. Lists and maps are there even where they are empty, as Hive's own store gives them.
pub fn storage_to_wire(storage: StorageDescriptor) -> wire::StorageDescriptor {
    let order = |order: Order| wire::Order { col: Some(order.column), order: Some(i32::from(order.ascending)) };
    wire::StorageDescriptor {
        cols: Some(columns_to_wire(&storage.columns, &storage.type_texts)),
        location: some(storage.location),
        input_format: some(storage.input_format),
        output_format: some(storage.output_format),
        compressed: Some(storage.compressed),
        num_buckets: Some(storage.num_buckets),
        serde_info: Some(wire::SerDeInfo {
            name: storage.serde.name,
            serialization_lib: some(storage.serde.library),
            parameters: Some(storage.serde.parameters),
            description: storage.serde.description,
            serializer_class: storage.serde.serializer_class,
            deserializer_class: storage.serde.deserializer_class,
            serde_type: storage.serde.kind.map(wire::SerdeType),
        }),
        bucket_cols: Some(storage.bucket_columns),
        sort_cols: Some(storage.sort_columns.into_iter().map(order).collect()),
        parameters: Some(storage.parameters),
        skewed_info: Some(wire::SkewedInfo {
            skewed_col_names: Some(storage.skewed.columns),
            skewed_col_values: Some(storage.skewed.values),
            skewed_col_value_location_maps: Some(storage.skewed.locations.into_iter().collect()),
        }),
        stored_as_sub_directories: Some(storage.stored_as_sub_directories),
    }
}
