//! How rows are stored.

use super::Property;

/// `ROW FORMAT …`
#[derive(Debug, Clone, PartialEq)]
pub enum RowFormat {
    /// `ROW FORMAT DELIMITED …`
    Delimited(RowFormatDelimited),
    /// `ROW FORMAT SERDE 'class' [WITH SERDEPROPERTIES (…)]`
    SerDe {
        /// Java class of the SerDe.
        class: String,
        /// `WITH SERDEPROPERTIES`
        properties: Vec<Property>,
    },
}

/// `ROW FORMAT DELIMITED …`; the texts are unescaped and as given (`'1'` may mean the character with that code,
/// as in Hive: see `LazyUtils.getByte`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFormatDelimited {
    /// `FIELDS TERMINATED BY`
    pub fields: Option<String>,
    /// `ESCAPED BY`
    pub escape: Option<String>,
    /// `COLLECTION ITEMS TERMINATED BY`
    pub collection_items: Option<String>,
    /// `MAP KEYS TERMINATED BY`
    pub map_keys: Option<String>,
    /// `LINES TERMINATED BY`
    pub lines: Option<String>,
    /// `NULL DEFINED AS`
    pub null: Option<String>,
}

/// `STORED …`
#[derive(Debug, Clone, PartialEq)]
pub enum FileFormat {
    /// `STORED AS name`: TEXTFILE, ORC, PARQUET…; as typed
    Name(String),
    /// `STORED AS INPUTFORMAT 'class' OUTPUTFORMAT 'class' [INPUTDRIVER 'class' OUTPUTDRIVER 'class']`; in
    /// `SET FILEFORMAT INPUTFORMAT …` also `SERDE 'class'`
    Classes {
        /// Java class of the input format.
        input_format: String,
        /// Java class of the output format.
        output_format: String,
        /// Java class of the SerDe.
        serde: Option<String>,
        /// Java classes of the drivers, which Hive no longer uses.
        drivers: Option<(String, String)>,
    },
    /// `STORED BY 'class' | name [WITH SERDEPROPERTIES (…)] [STORED AS name]`
    Handler {
        /// Java class or name of the storage handler.
        handler: String,
        /// `WITH SERDEPROPERTIES`
        properties: Vec<Property>,
        /// File format behind the handler (Iceberg).
        stored_as: Option<String>,
    },
}
