//! From `ROW FORMAT` and `STORED AS` to a storage descriptor.

use skep_metastore::model::{Parameters, StorageDescriptor, Table};
use skep_warehouse::format::{avro, stored_as};

use super::properties;
use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{FileFormat, RowFormat, RowFormatDelimited};
use crate::session::Session;

/// The storage handler whose tables are like those without one.
const DEFAULT_STORAGE_HANDLER: &str = "org.apache.hadoop.hive.ql.metadata.DefaultStorageHandler";

/// The SerDe of text tables that name none.
const LAZY_SIMPLE_SERDE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";

/// Sets classes and SerDe properties of a new table (or of a folder that rows are written to). Without `STORED AS` it is
/// `hive.default.fileformat`, for managed tables `hive.default.fileformat.managed`.
pub fn describe_rows(
    session: &Session,
    storage: &mut StorageDescriptor,
    row_format: Option<&RowFormat>,
    file_format: Option<&FileFormat>,
    managed: bool,
) -> Result<()> {
    set_file_format(session, storage, file_format, managed)?;
    storage.serde.parameters.entry("serialization.format".into()).or_insert_with(|| "1".into());
    match row_format {
        None => Ok(()),
        Some(RowFormat::SerDe { class, properties: list }) => {
            storage.serde.library = class.clone();
            storage.serde.parameters.extend(properties(list));
            session.check_properties(&storage.serde.parameters)
        }
        Some(RowFormat::Delimited(delimited)) => delimiters(&mut storage.serde.parameters, delimited),
    }
}

fn set_file_format(
    session: &Session,
    storage: &mut StorageDescriptor,
    file_format: Option<&FileFormat>,
    managed: bool,
) -> Result<()> {
    let config = session.config();
    let default = || {
        let of_managed = config.text("hive.default.fileformat.managed");
        let name = if managed && !of_managed.is_empty() && !of_managed.eq_ignore_ascii_case("none") {
            of_managed
        } else {
            config.text("hive.default.fileformat")
        };
        FileFormat::Name(name.to_string())
    };
    let chosen = match file_format {
        Some(format) => format.clone(),
        None => default(),
    };
    match chosen {
        FileFormat::Name(name) => {
            let format = stored_as(&name)
                .ok_or_else(|| SkepError::invalid(format!("Unrecognized file format in STORED AS clause: '{name}'")))?;
            storage.input_format = format.input_format.into();
            storage.output_format = format.output_format.into();
            let text_serde = || config.get("hive.default.serde").unwrap_or(LAZY_SIMPLE_SERDE).to_string();
            let serde = match (format.name, config.get("hive.default.rcfile.serde")) {
                ("RCFILE", Some(serde)) if !serde.is_empty() => Some(serde),
                _ => format.serde,
            };
            storage.serde.library = serde.map_or_else(text_serde, str::to_string);
        }
        FileFormat::Classes { input_format, output_format, serde, .. } => {
            storage.input_format = input_format;
            storage.output_format = output_format;
            if let Some(serde) = serde {
                storage.serde.library = serde;
            } else if storage.serde.library.is_empty() {
                storage.serde.library = config.get("hive.default.serde").unwrap_or(LAZY_SIMPLE_SERDE).to_string();
            }
        }
        FileFormat::Handler { handler, properties: list, stored_as: None } if handler == DEFAULT_STORAGE_HANDLER => {
            // What that class names: it stands for no other system.
            storage.input_format = "org.apache.hadoop.mapred.SequenceFileInputFormat".into();
            storage.output_format = "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat".into();
            storage.serde.library = LAZY_SIMPLE_SERDE.into();
            storage.serde.parameters.extend(properties(&list));
        }
        FileFormat::Handler { handler, .. } => {
            return Err(SkepError::unsupported(format!("the storage handler {handler}"))
                .with_hint("Skep runs no Java; tables are STORED AS a file format"));
        }
    }
    Ok(())
}

/// `ALTER TABLE … SET FILEFORMAT`.
pub fn change_file_format(session: &Session, storage: &mut StorageDescriptor, format: &FileFormat) -> Result<()> {
    set_file_format(session, storage, Some(format), false)?;
    // ALTER TABLE keeps the class that the name stands for; CREATE TABLE replaces some, as in Hive.
    if let FileFormat::Name(name) = format {
        match name.to_ascii_uppercase().as_str() {
            "TEXTFILE" => storage.output_format = "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat".into(),
            "SEQUENCEFILE" => storage.output_format = "org.apache.hadoop.mapred.SequenceFileOutputFormat".into(),
            _ => {}
        }
    }
    Ok(())
}

/// Gives a new table the columns that its SerDe tells, if it does. An Avro table without columns and without a schema is
/// an error.
pub fn take_columns_of_serde(table: &mut Table) -> Result<()> {
    if table.storage.serde.library != avro::SERDE {
        return Ok(());
    }
    match avro::told_columns(&table.storage, &table.parameters)? {
        Some(columns) => table.storage.columns = columns,
        None if table.storage.columns.is_empty() => {
            let text = "org.apache.hadoop.hive.serde2.avro.AvroSerdeException: Neither avro.schema.literal nor \
                        avro.schema.url specified, can't determine table schema";
            return Err(SkepError::invalid(text));
        }
        None => {}
    }
    Ok(())
}

fn delimiters(parameters: &mut Parameters, delimited: &RowFormatDelimited) -> Result<()> {
    let mut put = |key: &str, value: &Option<String>| {
        if let Some(value) = value {
            parameters.insert(key.to_string(), value.clone());
        }
    };
    put("field.delim", &delimited.fields);
    put("serialization.format", &delimited.fields);
    put("escape.delim", &delimited.escape);
    put("collection.delim", &delimited.collection_items);
    put("mapkey.delim", &delimited.map_keys);
    put("line.delim", &delimited.lines);
    put("serialization.null.format", &delimited.null);
    match delimited.lines.as_deref() {
        None | Some("\n" | "10") => Ok(()),
        Some(_) => Err(SkepError::semantic(HiveError::LINES_TERMINATED, "")),
    }
}
