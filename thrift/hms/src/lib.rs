//! The messages of the Hive metastore's Thrift API.
