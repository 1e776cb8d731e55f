//! How the rows of a table or a partition are stored.

use serde::{Deserialize, Serialize};

use super::{FieldSchema, Parameters};

/// The SerDe of a storage descriptor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerDeInfo {
    /// Name; Hive leaves it empty.
    pub name: Option<String>,
    /// Java class, e.g. `org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe`.
    pub library: String,
    /// `SERDEPROPERTIES`, among them `field.delim`, `serialization.format`, `escape.delim`, `colelction.delim`
    /// (Hive's spelling up to 3), `collection.delim`, `mapkey.delim`, `line.delim`, `serialization.null.format`.
    pub parameters: Parameters,
    /// What a client of the metastore service says about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Java class that writes, where it is another one.
    #[serde(default)]
    pub serializer_class: Option<String>,
    /// Java class that reads, where it is another one.
    #[serde(default)]
    pub deserializer_class: Option<String>,
    /// Number of the kind of SerDe (`SerdeType`: 1 Hive's, 2 a schema registry's).
    #[serde(default)]
    pub kind: Option<i32>,
}

/// One sort column of a bucketed table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Column name in lower case.
    pub column: String,
    /// Ascending?
    pub ascending: bool,
}

/// `SKEWED BY (columns) ON (values)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkewedInfo {
    /// Column names in lower case.
    pub columns: Vec<String>,
    /// One list of values (as many as columns) for each skewed combination.
    pub values: Vec<Vec<String>>,
    /// Folder of each combination that has one of its own.
    pub locations: Vec<(Vec<String>, String)>,
}

/// How and where rows are stored (`StorageDescriptor` of the metastore API).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageDescriptor {
    /// The columns, without the partition columns.
    pub columns: Vec<FieldSchema>,
    /// URL of the folder; empty for a view.
    pub location: String,
    /// Java class of the input format, e.g. `org.apache.hadoop.mapred.TextInputFormat`.
    pub input_format: String,
    /// Java class of the output format.
    pub output_format: String,
    /// Hive's flag of that name; it does not say whether the files are compressed.
    pub compressed: bool,
    /// Number of buckets; -1 or 0 for none.
    pub num_buckets: i32,
    /// How a row is made of bytes.
    pub serde: SerDeInfo,
    /// `CLUSTERED BY` columns in lower case.
    pub bucket_columns: Vec<String>,
    /// `SORTED BY` columns.
    pub sort_columns: Vec<Order>,
    /// Free properties of the descriptor.
    pub parameters: Parameters,
    /// `SKEWED BY`.
    pub skewed: SkewedInfo,
    /// `STORED AS DIRECTORIES` of `SKEWED BY`.
    pub stored_as_sub_directories: bool,
    /// Types of columns as a client of the metastore service wrote them, by column, where that is not how
    /// [`super::HiveType`] writes them; see [`super::FieldSchema::type_text`].
    #[serde(default)]
    pub type_texts: Parameters,
}
