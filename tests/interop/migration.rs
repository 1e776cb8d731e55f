//! `skep migrate` from Hive's own metastore, over Thrift: what Hive made there is found, copied, read; what Hive changes
//! afterwards is named, and brought.

use std::process::Output;

use crate::peers::{Place, Server, output, run};

/// What Hive makes: a table of each kind, partitions, statistics, a view, functions.
const MADE: &str = "\
CREATE DATABASE sales COMMENT 'what was sold' WITH DBPROPERTIES ('team'='shop');
USE sales;
CREATE TABLE orders (id INT, what STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',';
INSERT INTO orders VALUES (1, 'rope'), (2, NULL), (3, 'sail');
CREATE TABLE orders_orc STORED AS ORC AS SELECT * FROM orders;
CREATE TABLE orders_parquet STORED AS PARQUET AS SELECT * FROM orders;
CREATE TABLE buckets (id INT, what STRING) CLUSTERED BY (id) SORTED BY (id) INTO 2 BUCKETS STORED AS ORC;
INSERT INTO buckets SELECT * FROM orders;
CREATE TABLE days (id INT) PARTITIONED BY (ds STRING, hr INT) STORED AS ORC;
INSERT INTO days PARTITION (ds='a b/c', hr=1) SELECT id FROM orders;
INSERT INTO days PARTITION (ds='d', hr=2) SELECT id FROM orders WHERE id > 1;
CREATE EXTERNAL TABLE odd (a INT) STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.lib.NLineInputFormat'
  OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat';
CREATE VIEW named AS SELECT id, upper(what) AS what FROM orders WHERE what IS NOT NULL;
CREATE FUNCTION shout AS 'org.apache.hadoop.hive.ql.udf.generic.GenericUDFUpper';
CREATE FUNCTION strange AS 'org.apache.hadoop.hive.ql.udf.generic.GenericUDFMacro';
ALTER TABLE orders_orc UPDATE STATISTICS FOR COLUMN id
  SET ('numDVs'='3', 'numNulls'='0', 'lowValue'='1', 'highValue'='3');
ALTER TABLE days PARTITION (ds='d', hr=2) UPDATE STATISTICS FOR COLUMN id
  SET ('numDVs'='2', 'numNulls'='0', 'lowValue'='2', 'highValue'='3');
";

/// A metastore of Hive's, and a catalog that is copied into.
struct Move {
    place: Place,
    server: Server,
}

impl Move {
    fn hive(&self, script: &str) {
        let file = self.place.path("script.sql");
        std::fs::write(&file, script).unwrap();
        let mut hive = self.place.peer("hive");
        hive.env("METASTORE", &self.server.uri).arg("-S").arg("-f").arg(file);
        output(hive);
    }

    /// Runs `skep migrate` and gives its report.
    fn migrate(&self, options: &[&str]) -> String {
        let mut command = self.place.skep();
        command.args(["migrate", "--from", &self.server.uri, "--to"]).arg(self.place.path("copy.db")).args(options);
        let Output { status, stdout, stderr } = run(command);
        let report = String::from_utf8(stdout).unwrap();
        assert!(status.success(), "{report}\n{}", String::from_utf8_lossy(&stderr));
        report
    }

    /// What Skep answers over the copy.
    fn skep(&self, script: &str) -> String {
        let mut command = self.place.skep();
        command.arg("--hiveconf").arg(format!("skep.metastore.db={}", self.place.path("copy.db").display()));
        command.args(["-S", "-e", script]);
        output(command)
    }
}

/// A row of the report: found, copied, replaced, there, different, failed.
fn counts(report: &str, kind: &str) -> Vec<usize> {
    let row = report.lines().find_map(|line| line.strip_prefix(&format!("{kind:<20}")));
    let numbers = row.unwrap_or_else(|| panic!("no {kind}: {report}")).split_whitespace();
    numbers.map(|number| number.parse().unwrap()).collect()
}

fn all_counts(report: &str, expected: &[(&str, [usize; 6])]) {
    for (kind, numbers) in expected {
        assert_eq!(counts(report, kind), numbers, "{kind}: {report}");
    }
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn moving_in_from_hives_metastore() {
    let place = Place::new();
    std::fs::create_dir(place.path("warehouse")).unwrap();
    let server = Server::hive(&place, &[]);
    let it = Move { place, server };
    it.hive(MADE);

    let copied = [
        ("databases", [2, 2, 0, 0, 0, 0]),
        ("managed tables", [5, 5, 0, 0, 0, 0]),
        ("external tables", [1, 1, 0, 0, 0, 0]),
        ("views", [1, 1, 0, 0, 0, 0]),
        ("partitions", [2, 2, 0, 0, 0, 0]),
        ("column statistics", [2, 2, 0, 0, 0, 0]),
        ("functions", [2, 2, 0, 0, 0, 0]),
    ];
    let dry = it.migrate(&["--dry-run"]);
    all_counts(&dry, &copied);
    assert!(dry.contains("5 of 6 tables can be read as they are."), "{dry}");
    assert!(dry.contains("NLineInputFormat is not supported: 1 table\n    sales.odd\n"), "{dry}");
    assert!(
        dry.contains("GenericUDFUpper): Skep has this class built in as upper, ucase: call it by that name"),
        "{dry}"
    );
    assert!(dry.contains("GenericUDFMacro): Skep does not run Java, and has no built-in of that name"), "{dry}");
    // And nothing was changed.
    assert_eq!(it.skep("show databases"), "default\n");

    all_counts(&it.migrate(&[]), &copied);
    let rows = "1\trope\n2\tNULL\n3\tsail\n";
    let days = "1\ta b/c\t1\n2\ta b/c\t1\n3\ta b/c\t1\n2\td\t2\n3\td\t2\n";
    let found = it.skep(
        "use sales; select * from orders order by id; select * from orders_orc order by id;
         select * from orders_parquet order by id; select * from buckets order by id;
         select * from days order by ds, hr, id; select * from days where hr = 2 and ds = 'd' order by id;
         select * from named order by id",
    );
    assert_eq!(found, format!("{rows}{rows}{rows}{rows}{days}2\td\t2\n3\td\t2\n1\tROPE\n3\tSAIL\n"));
    for (of, low, high, distinct) in [("orders_orc", 1, 3, 3), ("days partition (ds='d', hr=2)", 2, 3, 2)] {
        let told = it.skep(&format!("use sales; describe formatted {of} id"));
        let value = |name: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().parse::<i64>().ok())
        };
        let told_of = ["min", "max", "distinct_count"].map(value);
        assert_eq!(told_of, [Some(low), Some(high), Some(distinct)], "{told}");
    }

    // Hive goes on.
    let elsewhere = it.place.path("elsewhere");
    it.hive(&format!(
        "USE sales;
         ALTER TABLE orders ADD COLUMNS (extra INT);
         ALTER TABLE days ADD PARTITION (ds='e', hr=3);
         ALTER TABLE days PARTITION (ds='d', hr=2) SET LOCATION 'file:{}';
         DROP VIEW named;
         CREATE VIEW named AS SELECT id FROM orders;
         CREATE TABLE late (a INT);",
        elsewhere.display()
    ));
    let report = it.migrate(&[]);
    all_counts(
        &report,
        &[("managed tables", [6, 1, 0, 4, 1, 0]), ("views", [1, 0, 0, 0, 1, 0]), ("partitions", [3, 1, 0, 1, 1, 0])],
    );
    for other in ["sales.orders (columns)", "sales.days partition ds=d/hr=2 (location)", "sales.named (columns, query)"]
    {
        assert!(report.contains(&format!("  {other}\n")), "{other}: {report}");
    }
    assert_eq!(it.skep("select id from sales.named order by id"), "1\n3\n");

    let report = it.migrate(&["--overwrite"]);
    assert_eq!(counts(&report, "views"), [1, 0, 1, 0, 0, 0], "{report}");
    assert!(!report.contains("Other in the target"), "{report}");
    let found = it.skep(
        "use sales; select * from orders order by id; select * from named order by id; show partitions days;
         select * from days order by id",
    );
    let orders = "1\trope\tNULL\n2\tNULL\tNULL\n3\tsail\tNULL\n";
    let partitions = "ds=a b%2Fc/hr=1\nds=d/hr=2\nds=e/hr=3\n";
    let left = "1\ta b/c\t1\n2\ta b/c\t1\n3\ta b/c\t1\n";
    assert_eq!(found, format!("{orders}1\n2\n3\n{partitions}{left}"));
    // The rest is as it was.
    let report = it.migrate(&["--overwrite"]);
    for kind in ["databases", "managed tables", "views", "partitions", "column statistics", "functions"] {
        let numbers = counts(&report, kind);
        assert_eq!(numbers[0], numbers[3], "{kind}: {report}");
    }
}
