//! Which format a storage descriptor's Java classes mean.

use skep_metastore::model::StorageDescriptor;

use crate::error::{Result, WarehouseError};

/// A file format that can be read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileFormatKind {
    /// Lines of text; the SerDe says what a line is.
    Text,
    /// ORC.
    Orc,
    /// Parquet.
    Parquet,
    /// Hadoop's SequenceFiles; the SerDe says what a value is.
    Sequence,
    /// RCFile.
    Rc,
    /// Avro's container files.
    Avro,
    /// Teradata's own binary form.
    Teradata,
}

/// One `STORED AS` name and the classes it stands for (Hive's `StorageFormatDescriptor`s).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageFormat {
    /// `TEXTFILE`, `ORC`…
    pub name: &'static str,
    /// Input format class.
    pub input_format: &'static str,
    /// Output format class.
    pub output_format: &'static str,
    /// SerDe class; `None`: Hive's default, [`LAZY_SIMPLE_SERDE`].
    pub serde: Option<&'static str>,
    /// What reads and writes it, if anything does yet.
    pub kind: Option<FileFormatKind>,
}

/// The SerDe of tables that name none.
pub const LAZY_SIMPLE_SERDE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";

/// The SerDe whose columns are all strings.
pub const OPEN_CSV_SERDE: &str = "org.apache.hadoop.hive.serde2.OpenCSVSerde";

const TEXT_INPUT: &str = "org.apache.hadoop.mapred.TextInputFormat";
const TEXT_OUTPUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";

/// The names that `STORED AS` takes.
pub const STORED_AS: &[StorageFormat] = &[
    StorageFormat {
        name: "TEXTFILE",
        input_format: TEXT_INPUT,
        output_format: TEXT_OUTPUT,
        serde: None,
        kind: Some(FileFormatKind::Text),
    },
    StorageFormat {
        name: "ORC",
        input_format: "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        output_format: "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        serde: Some("org.apache.hadoop.hive.ql.io.orc.OrcSerde"),
        kind: Some(FileFormatKind::Orc),
    },
    StorageFormat {
        name: "PARQUET",
        input_format: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        output_format: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        serde: Some("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"),
        kind: Some(FileFormatKind::Parquet),
    },
    StorageFormat {
        name: "JSONFILE",
        input_format: TEXT_INPUT,
        output_format: TEXT_OUTPUT,
        serde: Some("org.apache.hadoop.hive.serde2.JsonSerDe"),
        kind: Some(FileFormatKind::Text),
    },
    StorageFormat {
        name: "SEQUENCEFILE",
        input_format: "org.apache.hadoop.mapred.SequenceFileInputFormat",
        output_format: "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
        serde: None,
        kind: Some(FileFormatKind::Sequence),
    },
    StorageFormat {
        name: "RCFILE",
        input_format: "org.apache.hadoop.hive.ql.io.RCFileInputFormat",
        output_format: "org.apache.hadoop.hive.ql.io.RCFileOutputFormat",
        serde: Some("org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe"),
        kind: Some(FileFormatKind::Rc),
    },
    StorageFormat {
        name: "AVRO",
        input_format: "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        output_format: "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
        serde: Some("org.apache.hadoop.hive.serde2.avro.AvroSerDe"),
        kind: Some(FileFormatKind::Avro),
    },
];

/// The format of a `STORED AS` name, in any case; `ORCFILE`, `PARQUETFILE` and `AVROFILE` are Hive's other names.
pub fn stored_as(name: &str) -> Option<&'static StorageFormat> {
    let name = name.to_ascii_uppercase();
    let name = match name.as_str() {
        "ORCFILE" => "ORC",
        "PARQUETFILE" => "PARQUET",
        "AVROFILE" => "AVRO",
        other => other,
    };
    STORED_AS.iter().find(|format| format.name == name)
}

impl FileFormatKind {
    /// Do its files say what their columns are called? The others have columns by their places.
    pub fn knows_names(self) -> bool {
        match self {
            Self::Text | Self::Sequence | Self::Rc | Self::Teradata => false,
            Self::Orc | Self::Parquet | Self::Avro => true,
        }
    }

    /// The format of a table or a partition. [`WarehouseError::UnsupportedClass`] names the class that stands in
    /// the way.
    pub fn of(storage: &StorageDescriptor) -> Result<Self> {
        let class = storage.input_format.as_str();
        let found = STORED_AS.iter().find(|format| format.input_format == class).map(|format| format.kind);
        let kind = match (found, class) {
            (Some(Some(kind)), _) => kind,
            // What older Hives and Spark write for the same formats.
            (
                None,
                "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
                | "org.apache.hadoop.hive.llap.io.decode.LlapTextInputFormat",
            ) => Self::Text,
            (None, super::teradata::INPUT_FORMAT) => Self::Teradata,
            (None, "parquet.hive.DeprecatedParquetInputFormat" | "parquet.hive.MapredParquetInputFormat") => {
                Self::Parquet
            }
            _ => return Err(unsupported("Input format", class)),
        };
        let serde = storage.serde.library.as_str();
        let fits = match kind {
            Self::Text => super::text::supports(serde),
            Self::Orc => serde == "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
            Self::Sequence => super::sequence::supports(serde),
            Self::Rc => super::rcfile::supports(serde),
            Self::Avro => serde == super::avro::SERDE,
            Self::Teradata => serde == super::teradata::SERDE,
            Self::Parquet => serde.ends_with(".ParquetHiveSerDe"),
        };
        if fits { Ok(kind) } else { Err(unsupported("SerDe", serde)) }
    }
}

fn unsupported(what: &'static str, class: &str) -> WarehouseError {
    WarehouseError::UnsupportedClass { what, class: class.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_recognised() {
        for format in STORED_AS {
            let mut storage = StorageDescriptor { input_format: format.input_format.into(), ..Default::default() };
            storage.serde.library = format.serde.unwrap_or(LAZY_SIMPLE_SERDE).into();
            match format.kind {
                Some(kind) => assert_eq!(FileFormatKind::of(&storage).unwrap(), kind, "{}", format.name),
                None => {
                    let error = FileFormatKind::of(&storage).unwrap_err().to_string();
                    assert!(error.contains(format.input_format), "{error}");
                }
            }
        }
        assert_eq!(stored_as("orcfile").unwrap().name, "ORC");
        assert!(stored_as("carbon").is_none());
    }
}
