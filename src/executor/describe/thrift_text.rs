//! Tables and partitions as Thrift's generated classes print them, which `DESCRIBE EXTENDED` shows.

use skep_metastore::model::{FieldSchema, Parameters, Partition, StorageDescriptor, Table};

use super::sections::order_text;

fn fields(list: &[FieldSchema]) -> String {
    let comment = |field: &FieldSchema| field.comment.clone().unwrap_or_else(|| "null".into());
    let texts: Vec<String> = list
        .iter()
        .map(|field| format!("FieldSchema(name:{}, type:{}, comment:{})", field.name, field.ty, comment(field)))
        .collect();
    format!("[{}]", texts.join(", "))
}

fn parameters(map: &Parameters) -> String {
    let texts: Vec<String> = map.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{{{}}}", texts.join(", "))
}

fn storage(storage: &StorageDescriptor, columns: &str) -> String {
    let orders: Vec<String> = storage.sort_columns.iter().map(order_text).collect();
    let skewed: Vec<String> = storage.skewed.values.iter().map(|row| format!("[{}]", row.join(", "))).collect();
    format!(
        "StorageDescriptor(cols:{columns}, location:{}, inputFormat:{}, outputFormat:{}, compressed:{}, numBuckets:{}, \
         serdeInfo:SerDeInfo(name:null, serializationLib:{}, parameters:{}), bucketCols:[{}], sortCols:[{}], \
         parameters:{}, skewedInfo:SkewedInfo(skewedColNames:[{}], skewedColValues:[{}], \
         skewedColValueLocationMaps:{{}}), storedAsSubDirectories:{})",
        storage.location,
        storage.input_format,
        storage.output_format,
        storage.compressed,
        storage.num_buckets,
        storage.serde.library,
        parameters(&storage.serde.parameters),
        storage.bucket_columns.join(", "),
        orders.join(", "),
        parameters(&storage.parameters),
        storage.skewed.columns.join(", "),
        skewed.join(", "),
        storage.stored_as_sub_directories
    )
}

/// `Table(tableName:…)`; `shown` are the parameters to show.
pub fn table(table: &Table, shown: &Parameters) -> String {
    let all: Vec<FieldSchema> = table.all_columns().cloned().collect();
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "null".into());
    format!(
        "Table(tableName:{}, dbName:{}, owner:{}, createTime:{}, lastAccessTime:{}, retention:{}, sd:{}, \
         partitionKeys:{}, parameters:{}, viewOriginalText:{}, viewExpandedText:{}, tableType:{}, \
         rewriteEnabled:false, catName:hive, ownerType:USER)",
        table.name,
        table.database,
        table.owner,
        table.create_time,
        table.last_access_time,
        table.retention,
        storage(&table.storage, &fields(&all)),
        fields(&table.partition_keys),
        parameters(shown),
        text(&table.view_original_text),
        text(&table.view_expanded_text),
        table.kind.name()
    )
}

/// `Partition(values:…)`
pub fn partition(table: &Table, partition: &Partition) -> String {
    format!(
        "Partition(values:[{}], dbName:{}, tableName:{}, createTime:{}, lastAccessTime:{}, sd:{}, parameters:{}, \
         catName:hive)",
        partition.values.join(", "),
        table.database,
        table.name,
        partition.create_time,
        partition.last_access_time,
        storage(&partition.storage, &fields(&partition.storage.columns)),
        parameters(&partition.parameters)
    )
}
