//! What events say: JSON as Hive's `JSONMessageEncoder` writes it, with objects as texts in Thrift's JSON.

use serde_json::{Map, Value, json};

use crate::model::{
    DEFAULT_CATALOG, Database, EpochSeconds, FieldSchema, Function, NewEvent, Partition, Table, thrift_json,
};
use crate::service::names::shown_database;

/// An event of a kind about a database or a table. Who serves the catalog is not known to it.
pub(super) fn event(kind: &str, database: Option<&str>, table: Option<&str>, rest: Value) -> NewEvent {
    let mut message = Map::new();
    message.insert("server".to_string(), json!(""));
    message.insert("servicePrincipal".to_string(), json!(""));
    if let Value::Object(rest) = rest {
        message.extend(rest);
    }
    NewEvent {
        kind: kind.to_string(),
        catalog: Some(database.map_or(DEFAULT_CATALOG, |database| shown_database(database).0).to_string()),
        database: database.map(str::to_string),
        table: table.map(str::to_string),
        message: Value::Object(message).to_string(),
    }
}

/// The name of a database without that of its catalog.
fn plain(database: &str) -> &str {
    shown_database(database).1
}

pub(super) fn text(value: Value) -> Value {
    Value::String(value.to_string())
}

/// `CREATE_DATABASE`
pub(super) fn create_database(database: &Database, now: EpochSeconds) -> NewEvent {
    let name = &database.name;
    let rest = json!({"db": plain(name), "dbJson": text(thrift_json::database(database)), "timestamp": now});
    event("CREATE_DATABASE", Some(name), None, rest)
}

/// `ALTER_DATABASE`
pub(super) fn alter_database(before: &Database, after: &Database, now: EpochSeconds) -> NewEvent {
    let rest = json!({
        "db": plain(&before.name),
        "dbObjBeforeJson": text(thrift_json::database(before)),
        "dbObjAfterJson": text(thrift_json::database(after)),
        "timestamp": now,
    });
    event("ALTER_DATABASE", Some(&before.name), None, rest)
}

/// `DROP_DATABASE`
pub(super) fn drop_database(database: &Database, now: EpochSeconds) -> NewEvent {
    let name = &database.name;
    let rest = json!({"db": plain(name), "dbJson": text(thrift_json::database(database)), "timestamp": now});
    event("DROP_DATABASE", Some(name), None, rest)
}

/// `CREATE_TABLE`
pub(super) fn create_table(table: &Table, now: EpochSeconds) -> NewEvent {
    of_table("CREATE_TABLE", table, json!({"timestamp": now, "files": []}))
}

/// `DROP_TABLE`
pub(super) fn drop_table(table: &Table, now: EpochSeconds) -> NewEvent {
    of_table("DROP_TABLE", table, json!({"timestamp": now}))
}

/// An event about a table, which it shows.
fn of_table(kind: &str, table: &Table, rest: Value) -> NewEvent {
    let mut message = Map::new();
    message.insert("db".to_string(), json!(plain(&table.database)));
    message.insert("table".to_string(), json!(table.name));
    message.insert("tableType".to_string(), json!(table.kind.name()));
    message.insert("tableObjJson".to_string(), text(thrift_json::table(table)));
    if let Value::Object(rest) = rest {
        message.extend(rest);
    }
    event(kind, Some(&table.database), Some(&table.name), Value::Object(message))
}

/// `ALTER_TABLE`
pub(super) fn alter_table(before: &Table, after: &Table, emptied: bool, now: EpochSeconds) -> NewEvent {
    let rest = json!({
        "db": plain(&before.database),
        "table": before.name,
        "tableType": before.kind.name(),
        "tableObjBeforeJson": text(thrift_json::table(before)),
        "tableObjAfterJson": text(thrift_json::table(after)),
        "isTruncateOp": emptied.to_string(),
        "timestamp": now,
        "writeId": after.extras.write_id.unwrap_or(-1),
    });
    event("ALTER_TABLE", Some(&before.database), Some(&before.name), rest)
}

/// `{"ds":"1","hr":"2"}`
fn key_values(keys: &[FieldSchema], values: &[String]) -> Value {
    keys.iter().zip(values).map(|(key, value)| (key.name.clone(), json!(value))).collect::<Map<_, _>>().into()
}

/// `ADD_PARTITION`
pub(super) fn add_partitions<'p>(
    table: &Table,
    partitions: impl Iterator<Item = &'p Partition>,
    now: EpochSeconds,
) -> NewEvent {
    let (mut named, mut shown) = (vec![], vec![]);
    for partition in partitions {
        named.push(key_values(&table.partition_keys, &partition.values));
        shown.push(text(thrift_json::partition(table, partition)));
    }
    let rest = json!({"timestamp": now, "partitions": named, "partitionListJson": shown, "partitionFiles": []});
    of_table("ADD_PARTITION", table, rest)
}

/// `ALTER_PARTITION`
pub(super) fn alter_partition(
    table: &Table,
    before: &Partition,
    after: &Partition,
    emptied: bool,
    now: EpochSeconds,
) -> NewEvent {
    let rest = json!({
        "isTruncateOp": emptied.to_string(),
        "timestamp": now,
        "writeId": after.write_id.unwrap_or(-1),
        "keyValues": key_values(&table.partition_keys, &before.values),
        "partitionObjBeforeJson": text(thrift_json::partition(table, before)),
        "partitionObjAfterJson": text(thrift_json::partition(table, after)),
    });
    of_table("ALTER_PARTITION", table, rest)
}

/// `DROP_PARTITION`
pub(super) fn drop_partitions(table: &Table, values: &[Vec<String>], now: EpochSeconds) -> NewEvent {
    let named: Vec<Value> = values.iter().map(|values| key_values(&table.partition_keys, values)).collect();
    of_table("DROP_PARTITION", table, json!({"timestamp": now, "partitions": named}))
}

/// `CREATE_FUNCTION`
pub(super) fn create_function(function: &Function, now: EpochSeconds) -> NewEvent {
    let shown = text(thrift_json::function(function));
    let rest = json!({"db": plain(&function.database), "functionObjJson": shown, "timestamp": now});
    event("CREATE_FUNCTION", Some(&function.database), None, rest)
}

/// `DROP_FUNCTION`
pub(super) fn drop_function(database: &str, name: &str, now: EpochSeconds) -> NewEvent {
    let rest = json!({"db": plain(database), "functionName": name, "timestamp": now});
    event("DROP_FUNCTION", Some(database), None, rest)
}

/// `OPEN_TXN`
pub(super) fn open_transactions(ids: &[i64], now: EpochSeconds) -> NewEvent {
    let (first, last) = (ids.first(), ids.last());
    event("OPEN_TXN", None, None, json!({"txnIds": ids, "timestamp": now, "fromTxnId": first, "toTxnId": last}))
}

/// `COMMIT_TXN`
pub(super) fn commit_transaction(id: i64, now: EpochSeconds) -> NewEvent {
    event("COMMIT_TXN", None, None, json!({"txnid": id, "timestamp": now}))
}

/// `ABORT_TXN`
pub(super) fn abort_transaction(id: i64, now: EpochSeconds) -> NewEvent {
    event("ABORT_TXN", None, None, json!({"txnid": id, "timestamp": now}))
}

/// `ALLOC_WRITE_ID_EVENT`, as Hive calls it.
pub(super) fn write_ids(database: &str, table: &str, pairs: &[(i64, i64)], now: EpochSeconds) -> NewEvent {
    let (transactions, ids): (Vec<i64>, Vec<i64>) = pairs.iter().copied().unzip();
    let rest = json!({
        "dbName": plain(database),
        "tableName": table,
        "txnIdList": transactions,
        "writeIdList": ids,
        "timestamp": now,
    });
    event("ALLOC_WRITE_ID_EVENT", Some(database), Some(table), rest)
}
