//! Hive's schema in PostgreSQL, made and filled by hand with what is read of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{CopyOptions, Plain, copy, store};
use crate::migrate::{Kind, PostgresSource, Source};
use crate::model::{
    ColumnStatisticsData, ConstraintKind, Granted, HiveType, PartitionFilter, TableKind, ValidWriteIds,
};
use crate::store::MetaStore;
use skep_metastore_testing::postgresql::Server;

/// The tables of Hive's script for PostgreSQL that are read, by their names and columns.
const TABLES: &[(&str, &str)] = &[
    ("VERSION", "VER_ID bigint, SCHEMA_VERSION text, VERSION_COMMENT text"),
    (
        "DBS",
        "DB_ID bigint, DESC text, DB_LOCATION_URI text, NAME text, OWNER_NAME text, OWNER_TYPE text, CTLG_NAME text",
    ),
    ("DATABASE_PARAMS", "DB_ID bigint, PARAM_KEY text, PARAM_VALUE text"),
    (
        "TBLS",
        "TBL_ID bigint, CREATE_TIME bigint, DB_ID bigint, LAST_ACCESS_TIME bigint, OWNER text, RETENTION bigint, \
         SD_ID bigint, TBL_NAME text, TBL_TYPE text, VIEW_EXPANDED_TEXT text, VIEW_ORIGINAL_TEXT text, \
         IS_REWRITE_ENABLED boolean",
    ),
    ("TABLE_PARAMS", "TBL_ID bigint, PARAM_KEY text, PARAM_VALUE text"),
    ("PARTITION_KEYS", "TBL_ID bigint, PKEY_COMMENT text, PKEY_NAME text, PKEY_TYPE text, INTEGER_IDX bigint"),
    (
        "SDS",
        "SD_ID bigint, INPUT_FORMAT text, IS_COMPRESSED boolean, LOCATION text, NUM_BUCKETS bigint, OUTPUT_FORMAT text, \
         SERDE_ID bigint, CD_ID bigint, IS_STOREDASSUBDIRECTORIES boolean",
    ),
    ("COLUMNS_V2", "CD_ID bigint, COMMENT text, COLUMN_NAME text, TYPE_NAME text, INTEGER_IDX integer"),
    ("SERDES", "SERDE_ID bigint, NAME text, SLIB text"),
    ("SERDE_PARAMS", "SERDE_ID bigint, PARAM_KEY text, PARAM_VALUE text"),
    ("SD_PARAMS", "SD_ID bigint, PARAM_KEY text, PARAM_VALUE text"),
    ("BUCKETING_COLS", "SD_ID bigint, BUCKET_COL_NAME text, INTEGER_IDX bigint"),
    ("SORT_COLS", "SD_ID bigint, COLUMN_NAME text, ORDER bigint, INTEGER_IDX bigint"),
    ("SKEWED_COL_NAMES", "SD_ID bigint, SKEWED_COL_NAME text, INTEGER_IDX bigint"),
    ("SKEWED_VALUES", "SD_ID_OID bigint, STRING_LIST_ID_EID bigint, INTEGER_IDX bigint"),
    ("SKEWED_STRING_LIST_VALUES", "STRING_LIST_ID bigint, STRING_LIST_VALUE text, INTEGER_IDX bigint"),
    ("SKEWED_COL_VALUE_LOC_MAP", "SD_ID bigint, STRING_LIST_ID_KID bigint, LOCATION text"),
    (
        "PARTITIONS",
        "PART_ID bigint, CREATE_TIME bigint, LAST_ACCESS_TIME bigint, PART_NAME text, SD_ID bigint, TBL_ID bigint",
    ),
    ("PARTITION_PARAMS", "PART_ID bigint, PARAM_KEY text, PARAM_VALUE text"),
    ("PARTITION_KEY_VALS", "PART_ID bigint, PART_KEY_VAL text, INTEGER_IDX bigint"),
    (
        "KEY_CONSTRAINTS",
        "CHILD_CD_ID bigint, CHILD_INTEGER_IDX bigint, CHILD_TBL_ID bigint, PARENT_CD_ID bigint, \
         PARENT_INTEGER_IDX bigint, PARENT_TBL_ID bigint, POSITION bigint, CONSTRAINT_NAME text, \
         CONSTRAINT_TYPE smallint, ENABLE_VALIDATE_RELY smallint, DEFAULT_VALUE text",
    ),
    (
        "TAB_COL_STATS",
        "CS_ID bigint, COLUMN_NAME text, COLUMN_TYPE text, TBL_ID bigint, LONG_LOW_VALUE bigint, LONG_HIGH_VALUE bigint, \
         DOUBLE_HIGH_VALUE double precision, DOUBLE_LOW_VALUE double precision, BIG_DECIMAL_LOW_VALUE text, \
         BIG_DECIMAL_HIGH_VALUE text, NUM_NULLS bigint, NUM_DISTINCTS bigint, BIT_VECTOR bytea, \
         AVG_COL_LEN double precision, MAX_COL_LEN bigint, NUM_TRUES bigint, NUM_FALSES bigint, LAST_ANALYZED bigint",
    ),
    (
        "FUNCS",
        "FUNC_ID bigint, CLASS_NAME text, CREATE_TIME integer, DB_ID bigint, FUNC_NAME text, FUNC_TYPE integer, \
         OWNER_NAME text, OWNER_TYPE text",
    ),
    ("FUNC_RU", "FUNC_ID bigint, RESOURCE_TYPE integer, RESOURCE_URI text, INTEGER_IDX integer"),
    ("ROLES", "ROLE_ID bigint, CREATE_TIME bigint, OWNER_NAME text, ROLE_NAME text"),
    (
        "ROLE_MAP",
        "ROLE_GRANT_ID bigint, ADD_TIME bigint, GRANT_OPTION smallint, GRANTOR text, GRANTOR_TYPE text, \
         PRINCIPAL_NAME text, PRINCIPAL_TYPE text, ROLE_ID bigint",
    ),
    (
        "TBL_PRIVS",
        "TBL_GRANT_ID bigint, CREATE_TIME bigint, GRANT_OPTION smallint, GRANTOR text, GRANTOR_TYPE text, \
         PRINCIPAL_NAME text, PRINCIPAL_TYPE text, TBL_PRIV text, TBL_ID bigint",
    ),
];

/// What is in them: a text table with partitions, a view, a transactional table with a primary key.
const ROWS: &str = r#"
INSERT INTO "VERSION" VALUES (1, '3.1.0', 'Hive release version 3.1.0');
INSERT INTO "DBS" VALUES (1, 'Default Hive database', 'file:/w', 'default', 'public', 'ROLE', 'hive'),
    (2, NULL, 'file:/w/s.db', 'S', 'me', 'USER', 'hive'), (3, NULL, 'file:/x', 'x', 'me', 'USER', 'other');
INSERT INTO "DATABASE_PARAMS" VALUES (2, 'k', 'v');
INSERT INTO "SERDES" VALUES (1, NULL, 'org.S'), (2, NULL, 'org.S');
INSERT INTO "SERDE_PARAMS" VALUES (1, 'serialization.format', '1');
INSERT INTO "COLUMNS_V2" VALUES (1, 'first', 'a', 'bigint', 0), (1, NULL, 'b', 'array<string>', 1), (1, NULL, 'c', 'odd!', 2),
    (2, NULL, 'id', 'bigint', 0);
INSERT INTO "SDS" VALUES (1, 'org.I', false, 'file:/w/s.db/t', 4, 'org.O', 1, 1, false),
    (2, 'org.I', false, 'file:/w/s.db/t/ds=1', 4, 'org.O', 1, 1, false),
    (3, 'org.I', false, 'file:/w/s.db/t/ds=2', 4, 'org.O', 2, 1, false),
    (4, NULL, false, NULL, -1, NULL, NULL, 2, false), (5, 'org.I', false, 'file:/w/s.db/k', -1, 'org.O', 2, 2, false);
INSERT INTO "TBLS" VALUES (1, 100, 2, 0, 'me', 0, 1, 't', 'EXTERNAL_TABLE', NULL, NULL, false),
    (2, 100, 2, 0, 'me', 0, 4, 'v', 'VIRTUAL_VIEW', 'select `id` from `s`.`k`', 'select id from k', false),
    (3, 100, 2, 0, 'me', 0, 5, 'k', 'MANAGED_TABLE', NULL, NULL, false);
INSERT INTO "TABLE_PARAMS" VALUES (1, 'EXTERNAL', 'TRUE'), (3, 'transactional', 'true');
INSERT INTO "PARTITION_KEYS" VALUES (1, NULL, 'ds', 'string', 0);
INSERT INTO "BUCKETING_COLS" VALUES (1, 'a', 0);
INSERT INTO "SORT_COLS" VALUES (1, 'a', 0, 0);
INSERT INTO "SKEWED_COL_NAMES" VALUES (1, 'a', 0);
INSERT INTO "SKEWED_VALUES" VALUES (1, 11, 0), (1, 12, 1);
INSERT INTO "SKEWED_STRING_LIST_VALUES" VALUES (11, '7', 0), (12, '8', 0);
INSERT INTO "SKEWED_COL_VALUE_LOC_MAP" VALUES (1, 12, 'file:/w/s.db/t/a=8');
INSERT INTO "PARTITIONS" VALUES (1, 5, 0, 'ds=1', 2, 1), (2, 5, 0, 'ds=2', 3, 1);
INSERT INTO "PARTITION_KEY_VALS" VALUES (1, '1', 0), (2, '2', 0);
INSERT INTO "PARTITION_PARAMS" VALUES (1, 'numRows', '9');
INSERT INTO "KEY_CONSTRAINTS" VALUES (NULL, NULL, NULL, 2, 0, 3, 1, 'pk_k', 0, 1, NULL),
    (1, 0, 1, 2, 0, 3, 1, 'fk_t', 1, 0, NULL), (NULL, NULL, NULL, 1, 1, 1, 1, 'nn', 3, 5, NULL),
    (NULL, NULL, NULL, 1, 0, 1, 1, 'df', 4, 4, '7'), (NULL, NULL, NULL, NULL, 0, 1, 1, 'uk', 2, 0, NULL);
INSERT INTO "TAB_COL_STATS" VALUES (1, 'id', 'bigint', 3, -3, 9, NULL, NULL, NULL, NULL, 1, 5, '\x0102', NULL, NULL, NULL,
    NULL, 77);
INSERT INTO "FUNCS" VALUES (1, 'com.acme.F', 100, 2, 'F', 1, 'me', 'USER');
INSERT INTO "FUNC_RU" VALUES (1, 1, 'hdfs:/a.jar', 0), (1, 2, 'hdfs:/b.txt', 1);
INSERT INTO "ROLES" VALUES (1, 100, 'me', 'Clerks');
INSERT INTO "ROLE_MAP" VALUES (1, 100, 1, 'me', 'USER', 'you', 'USER', 1);
INSERT INTO "TBL_PRIVS" VALUES (1, 100, 0, 'me', 'USER', 'Clerks', 'ROLE', 'SELECT', 1);
CREATE TABLE TXNS (TXN_ID bigint, TXN_STATE char(1));
CREATE TABLE TXN_TO_WRITE_ID (T2W_TXNID bigint, T2W_DATABASE text, T2W_TABLE text, T2W_WRITEID bigint);
CREATE TABLE NEXT_WRITE_ID (NWI_DATABASE text, NWI_TABLE text, NWI_NEXT bigint);
INSERT INTO TXNS VALUES (7, 'a');
INSERT INTO TXN_TO_WRITE_ID VALUES (6, 's', 'k', 1), (7, 's', 'k', 2);
INSERT INTO NEXT_WRITE_ID VALUES ('s', 'k', 4);
"#;

/// Makes the schema in a schema of its own; returns its URL as Hive has it.
fn metastore() -> String {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let name = format!("hive_{}", LAST.fetch_add(1, Ordering::Relaxed));
    let url = Server::shared().unwrap().url("postgres");
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let quoted = |columns: &str| {
        let quote = |column: &str| match column.trim().split_once(' ') {
            Some((name, ty)) => format!("\"{name}\" {ty}"),
            None => column.to_string(),
        };
        columns.split(',').map(quote).collect::<Vec<_>>().join(", ")
    };
    client.batch_execute(&format!("CREATE SCHEMA {name}; SET search_path = {name}")).unwrap();
    for (table, columns) in TABLES {
        client.batch_execute(&format!("CREATE TABLE \"{table}\" ({})", quoted(columns))).unwrap();
    }
    client.batch_execute(ROWS).unwrap();
    format!("jdbc:{url}?currentSchema={name}")
}

#[test]
fn reads_hives_tables() {
    let source = PostgresSource::open(&metastore(), None).unwrap();
    assert!(source.describe().contains("Hive's schema 3.1.0"), "{}", source.describe());
    let databases = source.databases().unwrap();
    assert_eq!(databases.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["s", "default"]);
    assert_eq!(databases[0].parameters["k"], "v");
    assert_eq!(source.table_names("s").unwrap(), ["k", "t", "v"]);
    let table = source.table("s", "t").unwrap();
    assert_eq!((table.kind, table.create_time), (TableKind::External, 100));
    assert_eq!(table.partition_keys[0].name, "ds");
    let storage = &table.storage;
    assert_eq!(storage.columns[0].comment.as_deref(), Some("first"));
    assert_eq!(storage.columns[1].ty, HiveType::Array(Box::new(HiveType::String)));
    assert_eq!(storage.columns[2].type_text(&storage.type_texts), "odd!");
    assert_eq!((storage.num_buckets, storage.bucket_columns.len()), (4, 1));
    assert!(!storage.sort_columns[0].ascending);
    assert_eq!(storage.serde.parameters["serialization.format"], "1");
    assert_eq!(storage.skewed.values, [["7"], ["8"]]);
    assert_eq!(storage.skewed.locations, [(vec!["8".to_string()], "file:/w/s.db/t/a=8".to_string())]);
    let constraints = source.constraints(&table).unwrap();
    let kinds: Vec<&ConstraintKind> = constraints.iter().map(|one| &one.kind).collect();
    assert_eq!(kinds.len(), 4);
    assert_eq!(*kinds[0], ConstraintKind::Default { column: "a".into(), value: "7".into() });
    assert!(matches!(kinds[1], ConstraintKind::ForeignKey { parent_table, .. } if parent_table == "k"));
    assert_eq!(*kinds[2], ConstraintKind::NotNull { column: "b".into() });
    assert_eq!(*kinds[3], ConstraintKind::Unique { columns: vec!["ds".into()] });
    assert!(constraints[2].enable && constraints[2].rely && !constraints[2].validate);
    let mut pages = Vec::new();
    let found = source.partitions(&table, &mut |page| {
        pages.extend(page);
        Ok(())
    });
    assert_eq!((found.unwrap(), pages.len()), (2, 2));
    assert_eq!(pages[0].0.parameters["numRows"], "9");
    assert_eq!(pages[1].0.storage.location, "file:/w/s.db/t/ds=2");
    let key = source.table("s", "k").unwrap();
    let statistics = source.statistics(&key).unwrap();
    assert_eq!(statistics[0].data, ColumnStatisticsData::Long { low: Some(-3), high: Some(9), nulls: 1, distinct: 5 });
    assert_eq!(source.write_ids(&key).unwrap(), ValidWriteIds { high: 3, open: vec![], aborted: vec![2] });
    assert_eq!(source.functions("s").unwrap()[0].resources.len(), 2);
    assert_eq!(source.roles().unwrap()[0].name, "clerks");
    let grants = source.grants().unwrap();
    assert!(grants[0].grant_option && grants[0].granted == Granted::Role("clerks".into()));
    assert!(matches!(&grants[1].granted, Granted::Privilege { privilege, .. } if privilege == "SELECT"));
}

#[test]
fn moves_in_from_hives_tables() {
    let source = PostgresSource::open(&metastore(), None).unwrap();
    let (_folder, to) = store();
    let options = CopyOptions::default();
    let report = copy(&source, (to.as_ref(), "here"), &Plain, &options, &mut |_| {}).unwrap();
    assert_eq!(to.partitions("s", "t", &PartitionFilter::All, None).unwrap().len(), 2);
    assert_eq!(to.table("s", "v").unwrap().view_original_text.as_deref(), Some("select id from k"));
    assert_eq!(to.valid_write_ids("s", "k").unwrap(), ValidWriteIds { high: 3, open: vec![], aborted: vec![2] });
    assert_eq!(report.counts[&Kind::Constraints].found, 5);
    assert!(report.is_complete(), "{report}");
}

#[test]
fn says_what_it_is_not() {
    let url = Server::shared().unwrap().url("postgres");
    let error = PostgresSource::open(&format!("jdbc:{url}"), None).unwrap_err().to_string();
    assert!(error.contains("no tables of a Hive metastore"), "{error}");
    assert!(PostgresSource::open("jdbc:mysql://db/hive", None).is_err());
}
