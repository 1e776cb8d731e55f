//! Tables that one engine writes and the others read, through our metastore.

use crate::peers::{Place, Server, output};

/// The engines that share a catalog.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Engine {
    Skep,
    Hive,
    Spark,
}

const ENGINES: [Engine; 3] = [Engine::Skep, Engine::Hive, Engine::Spark];

/// The formats' names and what `CREATE TABLE` says for them.
const FORMATS: [(&str, &str); 3] = [("text", "TEXTFILE"), ("orc", "ORC"), ("parquet", "PARQUET")];

impl Engine {
    /// Runs a script and gives what it prints.
    fn run(self, place: &Place, server: &Server, script: &str) -> String {
        let file = place.path(&format!("{self:?}.sql"));
        std::fs::write(&file, script).unwrap();
        let mut command = match self {
            Self::Skep => {
                let mut command = place.skep();
                command.args(["-S", "--hiveconf", &format!("hive.metastore.uris={}", server.uri)]);
                command
            }
            Self::Hive => {
                let mut command = place.peer("hive");
                command.arg("-S");
                command
            }
            Self::Spark => {
                let mut command = place.peer("spark-sql");
                command.arg("-S");
                command
            }
        };
        command.env("METASTORE", &server.uri).arg("-f").arg(file);
        output(command)
    }

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Statements that make and fill this engine's tables.
    fn writes(self) -> String {
        let me = self.name();
        let mut script = format!("CREATE DATABASE {me}_made; USE {me}_made;\n");
        if self == Self::Spark {
            // Else it writes small decimals as Parquet's INT64, which Hive 2.3 does not read.
            script += "SET spark.sql.parquet.writeLegacyFormat=true;\n";
        }
        for (format, stored) in FORMATS {
            script += &format!(
                "CREATE TABLE {format}_plain (id INT, name STRING, price DECIMAL(10,2), born DATE) STORED AS {stored};\n\
                 INSERT INTO {format}_plain\n\
                 SELECT 1, 'rope', CAST(2.5 AS DECIMAL(10,2)), CAST('2020-02-29' AS DATE)\n\
                 UNION ALL SELECT 2, CAST(NULL AS STRING), CAST(NULL AS DECIMAL(10,2)), CAST(NULL AS DATE);\n\
                 CREATE TABLE {format}_parts (id INT, name STRING) PARTITIONED BY (day STRING, hour INT) STORED AS {stored};\n\
                 INSERT INTO {format}_parts PARTITION (day='2020-01-01', hour=1) VALUES (1, 'a');\n\
                 INSERT INTO {format}_parts PARTITION (day='a b/c', hour=2) VALUES (2, 'b');\n"
            );
        }
        // Spark refuses to write into Hive's buckets.
        if self != Self::Spark {
            script += "CREATE TABLE buckets (id INT, name STRING) CLUSTERED BY (id) INTO 4 BUCKETS STORED AS ORC;\n\
                       INSERT INTO buckets VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e');\n";
        }
        script
    }

    /// Queries over the tables that another engine made.
    fn reads(maker: Self) -> String {
        let mut script = format!("USE {}_made;\n", maker.name());
        for (format, _) in FORMATS {
            script += &format!(
                "SELECT id, name, price, born FROM {format}_plain ORDER BY id;\n\
                 SELECT id, name, day, hour FROM {format}_parts WHERE hour > 0 ORDER BY id;\n\
                 SELECT id FROM {format}_parts WHERE day = 'a b/c';\n"
            );
        }
        if maker != Self::Spark {
            script += "SELECT id, name FROM buckets ORDER BY id;\n";
        }
        script
    }
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn each_engine_reads_what_the_others_wrote() {
    let place = Place::new();
    let server = Server::skep(&place);
    for engine in ENGINES {
        engine.run(&place, &server, &engine.writes());
    }
    let mut expected = String::new();
    for _ in FORMATS {
        expected += "1\trope\t2.50\t2020-02-29\n2\tNULL\tNULL\tNULL\n1\ta\t2020-01-01\t1\n2\tb\ta b/c\t2\n2\n";
    }
    let buckets = "1\ta\n2\tb\n3\tc\n4\td\n5\te\n";
    for reader in ENGINES {
        let script: String = ENGINES.iter().map(|maker| Engine::reads(*maker)).collect();
        // Hive 2.3 prints a decimal without the zeros behind it.
        let found = place.comparable(&reader.run(&place, &server, &script)).replace("\t2.5\t", "\t2.50\t");
        let all = format!("{expected}{buckets}{expected}{buckets}{expected}");
        assert_eq!(found, all, "read by {reader:?}");
    }
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn statistics_of_one_are_seen_by_the_other() {
    let place = Place::new();
    let server = Server::skep(&place);
    let make = "CREATE TABLE s (id INT, name STRING) STORED AS ORC;\n\
                INSERT INTO s VALUES (1, 'a'), (2, 'bcd'), (2, NULL);\n";
    Engine::Skep.run(&place, &server, &format!("{make}ANALYZE TABLE s COMPUTE STATISTICS FOR COLUMNS;"));
    let seen =
        Engine::Hive.run(&place, &server, "DESCRIBE FORMATTED s; DESCRIBE FORMATTED s id; DESCRIBE FORMATTED s name;");
    let words = |line: &str| line.split_whitespace().map(str::to_string).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = seen.lines().map(words).collect();
    let has = |line: &str| lines.iter().any(|found| found == &words(line));
    assert!(has("numRows 3") && has("numFiles 1"), "{seen}");
    // min, max, number of NULLs, distinct values
    assert!(lines.iter().any(|line| line.starts_with(&words("id int 1 2 0 2"))), "{seen}");
    assert!(lines.iter().any(|line| line.starts_with(&words("name string 1 2"))), "{seen}");

    Engine::Hive.run(&place, &server, "INSERT INTO s VALUES (3, 'z');");
    let seen = Engine::Skep.run(&place, &server, "DESCRIBE FORMATTED s;");
    assert!(seen.lines().any(|line| words(line) == ["numRows", "4"]), "{seen}");
}
