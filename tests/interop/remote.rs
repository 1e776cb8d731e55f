//! Skep on Hive's own metastore server.

use std::process::Command;

use crate::peers::{Place, Server, output, run};

/// Files of the suite that ask for what a metastore keeps: tables of every kind, partitions, statistics, views, what is
/// written into them. How expressions are computed does not depend on it.
const ABOUT_THE_METASTORE: &[&str] = &[
    "acid/tables",
    "cases/",
    "ddl/",
    "dml/insert.slt",
    "dml/load_data",
    "dml/partitions",
    "dml/statistics",
    "formats/hive_files",
    "query/joins",
    "show/statistics",
    "show/view_text",
    "types/schema_change_of_files",
];

/// The sqllogictest suite (`sql-tests`) over a metastore, the files with one of these words in their paths. It prints a
/// line for each file, and what it needs where the metastore does not keep it.
fn suite(server: &Server, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["test", "--quiet", "--workspace", "--test", "sql", "--"])
        .arg(format!("--metastore={}", server.uri))
        .args(words);
    command
}

#[test]
#[ignore = "drives a Java program that tests/interop/setup installs"]
fn the_sql_suite_passes_on_hives_metastore() {
    let place = Place::new();
    // The suite gives columns other types; Hive before 3.0 lets no client say that it may.
    let server = Server::hive(&place, &["hive.metastore.disallow.incompatible.col.type.changes=false"]);
    let result = run(suite(&server, ABOUT_THE_METASTORE));
    let text = String::from_utf8_lossy(&result.stdout);
    assert!(result.status.success(), "{text}\n{}", String::from_utf8_lossy(&result.stderr));
    // What Hive 2.3 does not keep, and nothing else, is passed over.
    let lacking = [
        "any_table_name",
        "column_constraints",
        "connectors",
        "resource_plans",
        "scheduled_queries",
        "session_locks",
        "transactional_tables",
    ];
    for line in text.lines().filter(|line| line.starts_with("none ")) {
        assert!(lacking.iter().any(|feature| line.ends_with(&format!("keeps no {feature}"))), "{line}");
    }
}

#[test]
#[ignore = "drives a Java program that tests/interop/setup installs"]
fn what_hives_metastore_does_not_keep_is_said() {
    let place = Place::new();
    let server = Server::hive(&place, &[]);
    let refused = |statement: &str, reason: &str| {
        let mut command = place.skep();
        command.args(["--hiveconf", &format!("hive.metastore.uris={}", server.uri), "-e", statement]);
        let result = run(command);
        let text = String::from_utf8_lossy(&result.stderr).into_owned();
        assert!(!result.status.success() && text.contains(reason), "{statement}: {text}");
    };
    refused(
        "create table t (a int) stored as orc tblproperties ('transactional'='true')",
        "has no write ids of tables (allocate_table_write_ids, get_valid_write_ids): that takes Hive 3.0 or later",
    );
    refused("create table t (a int not null)", "cannot have NOT NULL constraints");
    refused("create table p (a int); lock table p shared", "keeps no lock");
    refused("create connector c type 'mysql' url 'u'", "does not know the method create_dataconnector");
    refused("create resource plan r", "keeps no resource plan");
    refused("create table `a b` (a int)", "a b is not a valid object name");
    refused(
        "set hive.metastore.disallow.incompatible.col.type.changes=false; create table s (a string); \
         alter table s change a a int",
        "types incompatible",
    );
    // And the tables that were made are Hive's.
    let mut command = place.skep();
    command.args(["--hiveconf", &format!("hive.metastore.uris={}", server.uri), "-e", "show tables"]);
    assert_eq!(output(command), "p\ns\n");
}
