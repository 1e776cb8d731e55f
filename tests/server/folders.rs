//! Which files and folders statements may name (`skep.server.allowed.folders`).

use std::fs;
use std::path::{Path, PathBuf};

use skep_metastore::model::Table;
use skep_thrift_tcli::TStatusCode;

use crate::metadata::only;
use crate::{Client, TestServer, V10};

/// Folders beside the server's: one that may be named, and one that may not, with a link to it in the first.
struct Places {
    _home: tempfile::TempDir,
    open: PathBuf,
    closed: PathBuf,
}

const SCHEMA: &str = r#"{"type":"record","name":"r","fields":[{"name":"secret","type":"int"}]}"#;

impl Places {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap();
        let (open, closed) = (root.join("open"), root.join("closed"));
        for folder in [&open, &closed] {
            fs::create_dir_all(folder.join("t")).unwrap();
            fs::write(folder.join("t/a"), "1\n2\n").unwrap();
            fs::write(folder.join("schema.avsc"), SCHEMA).unwrap();
        }
        std::os::unix::fs::symlink(&closed, open.join("link")).unwrap();
        Self { _home: home, open, closed }
    }

    /// A statement with paths for `OPEN` and `CLOSED`.
    fn of(&self, statement: &str) -> String {
        statement
            .replace("OPEN", &self.open.display().to_string())
            .replace("CLOSED", &self.closed.display().to_string())
    }

    fn server(&self, more: &[(&str, &str)]) -> (TestServer, Client) {
        let folders = format!("file://{}/, /no/such/folder", self.open.display());
        let mut settings = vec![("skep.server.allowed.folders", folders.as_str())];
        settings.extend(more);
        let server = TestServer::with(&settings);
        let client = server.session(V10);
        (server, client)
    }
}

impl Client {
    /// Runs a statement that may not name its path.
    fn refused(&mut self, statement: &str) -> String {
        let answer = self.send(self.request(statement));
        assert_eq!(answer.status.status_code, TStatusCode::ERROR_STATUS, "{statement}");
        let message = answer.status.error_message.unwrap_or_default();
        let says = "is in none of the folders that statements may name (skep.server.allowed.folders): file:/";
        assert!(message.contains(says), "{statement}: {message}");
        assert_eq!(answer.status.sql_state.as_deref(), Some("42000"), "{statement}: {message}");
        message
    }
}

/// What is in a folder and below it.
fn files(folder: &Path) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push(path.display().to_string());
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        }
    }
    found.sort();
    found
}

#[test]
fn statements_name_allowed_folders_only() {
    let places = Places::new();
    let (_server, mut client) = places.server(&[("hive.security.command.whitelist", "set,reset,add,dfs")]);
    for statement in [
        "create table t (a int)",
        "create table p (a int) partitioned by (ds string)",
        "create table s (a int) skewed by (a) on (1) stored as directories",
        "insert into t values (7)",
        "create database d",
    ] {
        client.execute(statement);
    }
    let before = files(&places.closed);
    for statement in [
        "create table x (a int) location 'PLACE/t'",
        "create external table x (a int) location 'PLACE/t'",
        "create temporary table x (a int) location 'PLACE/t'",
        "create table x location 'PLACE/new' as select 1 a",
        "create table x like t location 'PLACE/t'",
        "create table x like file orc 'PLACE/t/a'",
        "create materialized view x disable rewrite location 'PLACE/new' as select 1 a",
        "create database x location 'PLACE/db'",
        "create database x managedlocation 'PLACE/db'",
        "alter database d set location 'PLACE/db'",
        "alter database d set managedlocation 'PLACE/db'",
        "alter table t set location 'PLACE/t'",
        "alter table p add partition (ds='1') location 'PLACE/t'",
        "alter table s set skewed location (1='PLACE/t')",
        "load data inpath 'PLACE/t/a' into table t",
        "load data inpath 'PLACE/t/*' into table t",
        "insert overwrite directory 'PLACE/t' select 1",
        "export table t to 'PLACE/export'",
        "import table x from 'PLACE/t'",
        "import table x from 'PLACE/t' location 'PLACE/t'",
        "create function f as 'org.x.Y' using jar 'PLACE/x.jar'",
        "create table x stored as avro tblproperties ('avro.schema.url'='PLACE/schema.avsc')",
        "create table x row format serde 'org.apache.hadoop.hive.serde2.avro.AvroSerDe' \
         with serdeproperties ('avro.schema.url'='PLACE/schema.avsc') stored as avro",
        "create table x like t tblproperties ('avro.schema.url'='PLACE/schema.avsc')",
        "alter table t set tblproperties ('avro.schema.url'='PLACE/schema.avsc')",
        "alter table t set serdeproperties ('avro.schema.url'='PLACE/schema.avsc')",
        "alter table t set serde 'org.apache.hadoop.hive.serde2.avro.AvroSerDe' \
         with serdeproperties ('avro.schema.url'='PLACE/schema.avsc')",
        "add jar PLACE/schema.avsc",
        "add file PLACE/schema.avsc",
        "dfs -cat PLACE/schema.avsc",
        "dfs -ls PLACE/{t,schema.avsc}",
        "dfs -mkdir PLACE/made",
        "dfs -cp OPEN/schema.avsc PLACE/copy",
        "dfs -mv PLACE/schema.avsc OPEN/moved",
    ] {
        for place in ["CLOSED", "file:CLOSED", "file://CLOSED", "OPEN/../closed", "OPEN/link", "pfile:CLOSED"] {
            let message = client.refused(&places.of(&statement.replace("PLACE", place)));
            assert!(message.contains(&format!("file:{}", places.open.display())), "{message}");
        }
    }
    client.refused(&places.of("load data inpath 'CLOSED/../nowhere*' into table t"));
    // What is found by a pattern may be a link.
    client.refused(&places.of("load data inpath 'OPEN/l*k/t' into table t"));
    client.refused(&places.of("dfs -ls OPEN/l*"));
    client.refused("alter table p add partition (ds='1') location '../../../../closed'");
    assert_eq!(files(&places.closed), before, "nothing is made, moved or removed");
    // A session cannot make another folder the warehouse.
    client.execute(&places.of("set hive.metastore.warehouse.dir=CLOSED"));
    client.refused("create database x");
    client.refused("create external table x (a int)");
    client.execute("reset hive.metastore.warehouse.dir");
    let answer = client.send(client.request("set skep.server.allowed.folders=/"));
    assert!(answer.status.error_message.unwrap().contains("Cannot modify skep.server.allowed.folders"));
}

#[test]
fn what_is_allowed_works() {
    let places = Places::new();
    let (_server, mut client) = places.server(&[]);
    for statement in [
        "create table t (a int)",
        "insert into t values (7)",
        "create table x (a int) location 'OPEN/t'",
        "create table y location 'file:OPEN/deep/y' as select 3 a",
        "create temporary table z (a int)",
        "create database d location 'OPEN/d.db'",
        "create table d.t (a int)",
        "create table p (a int) partitioned by (ds string)",
        "alter table p add partition (ds='1') location 'OPEN/t'",
        "alter table p add partition (ds='2') location 'below/two'",
        "insert overwrite directory 'OPEN/written' select 5",
        "load data inpath 'OPEN/wri*/0*' into table t",
        "export table t to 'OPEN/export'",
        "import table i from 'OPEN/export'",
        "create table a stored as avro tblproperties ('avro.schema.url'='OPEN/schema.avsc')",
        "create table b stored as avro tblproperties ('avro.schema.url'='none', 'avro.schema.literal'='{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"f\",\"type\":\"int\"}]}')",
    ] {
        client.execute(&places.of(statement));
    }
    let operation = client.execute("select a from x union all select a from y union all select a from i order by a");
    assert_eq!(only(client.rows(&operation), &[0]), ["1", "2", "3", "5", "7"]);
}

#[test]
fn tables_that_are_elsewhere_already_are_read_and_written() {
    let places = Places::new();
    let (server, mut client) = places.server(&[]);
    client.execute("create table x (a int) partitioned by (ds string)");
    // As a client of the metastore does it.
    let engine = std::sync::Arc::clone(server.engine());
    let table = engine.metastore().table("default", "x").unwrap();
    let mut elsewhere = Table { name: "elsewhere".into(), partition_keys: Vec::new(), ..table.clone() };
    elsewhere.storage.location = format!("file:{}", places.closed.join("t").display());
    engine.metastore().create_table(&elsewhere).unwrap();
    let mut partitioned = Table { name: "parts".into(), ..table };
    partitioned.storage.location = format!("file:{}", places.closed.join("parts").display());
    engine.metastore().create_table(&partitioned).unwrap();
    let operation = client.execute("select a from elsewhere order by a");
    assert_eq!(only(client.rows(&operation), &[0]), ["1", "2"]);
    client.execute("insert into elsewhere values (3)");
    client.execute("alter table elsewhere set tblproperties ('a'='b')");
    client.execute("insert into parts partition (ds='1') values (4)");
    // A relative path is taken from the table's folder, and must stay there.
    client.execute("alter table parts add partition (ds='2') location 'two'");
    client.refused("alter table parts add partition (ds='3') location '../t'");
    client.refused(&places.of("create table y (a int) location 'CLOSED/t'"));
    client.refused(&places.of("alter table elsewhere set location 'CLOSED/parts'"));
}

#[test]
fn a_list_of_files_names_allowed_ones_only() {
    let places = Places::new();
    let (_server, mut client) = places.server(&[]);
    fs::create_dir(places.open.join("list")).unwrap();
    client.execute(&places.of("create external table l (a int) stored as \
         inputformat 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat' \
         outputformat 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' location 'OPEN/list'"));
    let list = places.open.join("list/of");
    fs::write(&list, places.of("OPEN/t/a\n")).unwrap();
    let operation = client.execute("select a from l order by a");
    assert_eq!(only(client.rows(&operation), &[0]), ["1", "2"]);
    for path in ["CLOSED/t/a", "OPEN/link/t", "OPEN/t/../../closed/t/a"] {
        fs::write(&list, places.of(&format!("OPEN/t/a\n{path}\n"))).unwrap();
        client.refused("select a from l");
    }
}

#[test]
fn without_the_key_any_folder_may_be_named_and_a_relative_one_is_refused_at_the_start() {
    let places = Places::new();
    let server = TestServer::start();
    let mut client = server.session(V10);
    client.execute(&places.of("create external table x (a int) location 'CLOSED/t'"));
    let operation = client.execute("select a from x order by a");
    assert_eq!(only(client.rows(&operation), &[0]), ["1", "2"]);
    let error = TestServer::refusal(&[("skep.server.allowed.folders", "/data,data")]);
    assert!(
        error.contains("skep.server.allowed.folders: ") && error.contains("the folder data is not absolute"),
        "{error}"
    );
}
