//! The program as a user runs it: what goes where, exit codes, and what happens when things go wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A fresh home, warehouse and catalog.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skep"));
        command
            .env("SKEP_HOME", self.path("home"))
            .env("HOME", self.dir.path())
            .env_remove("HIVE_CONF_DIR")
            .env("TZ", "UTC");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Runs statements that must succeed and gives what they print.
    fn ok(&self, statements: &str) -> String {
        let output = self.run(&["-S", "-e", statements]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statements}\n{stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs statements that must fail, without a panic, and gives what they print on standard error.
    fn fails(&self, statements: &str) -> String {
        let output = self.run(&["-S", "-e", statements]);
        failed(&output)
    }
}

fn failed(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(!output.status.success(), "it should have failed");
    assert!(output.status.code().is_some(), "it was killed: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(!stderr.trim().is_empty(), "nothing was said");
    stderr
}

fn files_under(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path.display().to_string()) }
        }
    }
    found.sort();
    found
}

#[test]
fn results_go_to_standard_output_and_the_rest_to_standard_error() {
    let place = Place::new();
    let output = place.run(&["-e", "select 1, 'a', null, 1.5e0"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1\ta\tNULL\t1.5\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("Time taken"));
    let output = place.run(&["-S", "-e", "select 1"]);
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (b"1\n".as_slice(), b"".as_slice()));
}

#[test]
fn a_script_ends_at_the_first_error_unless_told_otherwise() {
    let place = Place::new();
    let output = place.run(&["-S", "-e", "select 1; select nothing_there; select 2"]);
    assert_eq!(output.stdout, b"1\n");
    assert!(!output.status.success());
    let output = place.run(&["--hiveconf", "hive.cli.errors.ignore=true", "-S", "-e", "select 1; selec; select 2"]);
    assert_eq!(output.stdout, b"1\n2\n");
}

#[test]
fn errors_show_the_place() {
    let place = Place::new();
    let error = place.fails("select 1,\n  nam from (select 1 as name) t");
    assert!(error.contains("2:2"), "{error}");
    assert!(error.contains("\n    nam from"), "{error}");
    assert!(error.contains("    ^^^"), "{error}");
    let error = place.fails("selec 1");
    assert!(error.contains("ParseException line 1:0"), "{error}");
    let deep = format!("select {}1{}", "(".repeat(50_000), ")".repeat(50_000));
    let file = place.path("deep.hql");
    std::fs::write(&file, deep).unwrap();
    failed(&place.run(&["-f", file.to_str().unwrap()]));
}

#[test]
fn scripts_variables_and_commands() {
    let place = Place::new();
    let inner = place.path("inner.hql");
    std::fs::write(&inner, "select '${hivevar:x}', '${hiveconf:my.key}';\n").unwrap();
    let script = place.path("main.hql");
    let text = format!(
        "-- a comment; with a semicolon\nset my.key=k;\nsource {};\n!echo \"from the shell\";\nquit;\nselect 9;",
        inner.display()
    );
    std::fs::write(&script, text).unwrap();
    let output = place.run(&["-S", "--hivevar", "x=v", "-f", script.to_str().unwrap()]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "v\tk\nfrom the shell\n");
    assert!(output.status.success());
    let mut child = place.command().arg("-S").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"select 1;\nselect\n2;").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"1\n2\n");
    failed(&place.run(&["-f", "/no/such/script.hql"]));
    std::fs::write(place.path(".hiverc"), "set a.b=rc;").unwrap();
    assert_eq!(place.ok("set a.b"), "a.b=rc\n");
}

#[test]
fn output_formats() {
    let place = Place::new();
    let run = |format: &str| {
        let query = "select 1 as a, 'x,\"y\"' as b, cast(null as int) as c";
        let output = place.run(&["-S", "--outputformat", format, "-e", query]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(run("csv2"), "a,b,c\n1,\"x,\"\"y\"\"\",NULL\n");
    assert_eq!(run("tsv2"), "a\tb\tc\n1\t\"x,\"\"y\"\"\"\tNULL\n");
    assert_eq!(run("dsv"), "a|b|c\n1|\"x,\"\"y\"\"\"|NULL\n");
    assert_eq!(run("jsonfile"), "{\"a\":1,\"b\":\"x,\\\"y\\\"\",\"c\":null}\n");
    assert_eq!(run("json"), "{\"resultset\":[{\"a\":1,\"b\":\"x,\\\"y\\\"\",\"c\":null}]}\n");
    assert_eq!(run("vertical"), "a  1\nb  x,\"y\"\nc  NULL\n\n");
    let rule = "+---+-------+------+\n";
    assert_eq!(run("table"), format!("{rule}| a | b     | c    |\n{rule}| 1 | x,\"y\" | NULL |\n{rule}"));
    let output = place.run(&["-S", "-e", "set hive.cli.print.header=true; select 1 as a, 2 as b"]);
    assert_eq!(output.stdout, b"a\tb\n1\t2\n");
}

#[test]
fn what_a_session_writes_the_next_one_reads() {
    let place = Place::new();
    place.ok("create table t (a int, b array<string>) stored as orc; insert into t select 1, array('x', null)");
    assert_eq!(place.ok("select * from t"), "1\t[\"x\",null]\n");
    place.ok("create temporary table gone (a int); insert into gone values (1)");
    place.fails("select * from gone");
}

#[test]
fn missing_files_are_named() {
    let place = Place::new();
    place.ok("create table t (a int)");
    let error = place.fails("load data local inpath '/no/such/file.txt' into table t");
    assert!(error.contains("/no/such/file.txt"), "{error}");
    assert_eq!(place.ok("select count(*) from t"), "0\n");
}

#[test]
fn corrupt_files_are_named() {
    let place = Place::new();
    for (format, name) in
        [("orc", "bad.orc"), ("parquet", "bad.parquet"), ("textfile", "bad.gz"), ("textfile", "bad.bz2")]
    {
        let folder = place.path(&format!("data_{name}"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(name), b"ORC PAR1 this is none of those, but long enough to look at it twice PAR1")
            .unwrap();
        place.ok(&format!(
            "create external table t (a int, b string) stored as {format} location '{}'",
            folder.display()
        ));
        let error = place.fails("select * from t");
        assert!(error.contains(name), "{error}");
        place.ok("drop table t");
        assert!(folder.join(name).exists(), "the files of an external table stay");
    }
}

#[test]
fn truncated_orc_and_parquet_files_are_named() {
    let place = Place::new();
    for format in ["orc", "parquet"] {
        place.ok(&format!(
            "create table t (a int, b string) stored as {format}; insert into t select 1, repeat('x', 5000)"
        ));
        let file = files_under(&place.path("home")).into_iter().find(|f| f.contains("/t/000000_0")).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        for keep in [bytes.len() / 2, bytes.len() - 1, 3] {
            std::fs::write(&file, &bytes[..keep]).unwrap();
            let error = place.fails("select b from t");
            assert!(error.contains("000000_0"), "{error}");
        }
        let mut damaged = bytes.clone();
        for byte in damaged.iter_mut().skip(8).step_by(7) {
            *byte ^= 0x55;
        }
        std::fs::write(&file, &damaged).unwrap();
        place.fails("select * from t");
        place.ok("drop table t");
    }
}

#[test]
fn a_folder_that_cannot_be_written_leaves_the_table_as_it_was() {
    let place = Place::new();
    // Not even the superuser makes files below a file.
    let blocked = place.path("plain_file");
    std::fs::write(&blocked, "x").unwrap();
    let error =
        place.fails(&format!("create table t (a int) location '{}/t'; insert into t values (1)", blocked.display()));
    assert!(error.contains("plain_file"), "{error}");
    assert_eq!(std::fs::read(&blocked).unwrap(), b"x");
}

#[test]
fn a_full_disk_leaves_the_table_as_it_was() {
    let place = Place::new();
    let disk = place.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let statements = format!(
        "create external table t (a string) location '{0}/t'; insert into t values ('before'); \
         insert overwrite table t select concat(repeat('x', 100000), cast(pos as string)) from (select posexplode(split(space(99), ' ')) as (pos, x)) s",
        disk.display()
    );
    let script = place.path("fill.hql");
    std::fs::write(&script, statements).unwrap();
    let skep = env!("CARGO_BIN_EXE_skep");
    let shell = format!(
        "mount -t tmpfs -o size=1m tmpfs '{disk}' || exit 99\n\
         '{skep}' -S -f '{script}' && exit 98\n\
         '{skep}' -S -e 'select * from t' && find '{disk}' -type f",
        disk = disk.display(),
        script = script.display()
    );
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", &shell]).env("SKEP_HOME", place.path("home")).env("HOME", place.dir.path());
    let output = match command.output() {
        Ok(output)
            if output.status.code() != Some(99) && !String::from_utf8_lossy(&output.stderr).contains("unshare") =>
        {
            output
        }
        _ => {
            eprintln!("skipped: no small file system can be mounted here");
            return;
        }
    };
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.starts_with("before\n"), "{stdout}{stderr}");
    assert!(stderr.contains("No space left on device"), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(stdout.lines().count(), 2, "nothing half-written is left: {stdout}");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let place = Place::new();
    let skep = env!("CARGO_BIN_EXE_skep");
    let shell = format!("'{skep}' -S -e 'select posexplode(split(space(200000), \" \"))' | head -n 1");
    let output = Command::new("sh").arg("-c").arg(shell).env("SKEP_HOME", place.path("home")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0\t\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Overwrites a table again and again while the process is killed at any moment: whoever reads it afterwards finds one of
/// the written states, whole.
#[test]
fn a_killed_writer_leaves_the_old_table_or_the_new_one() {
    let place = Place::new();
    place.ok(
        "create table t (a int, b string) partitioned by (p int); create table src (a int, b string); \
         insert into src select pos, repeat('x', 100) from (select posexplode(split(space(499), ' ')) as (pos, x)) s; \
         insert overwrite table t partition (p) select 0, b, pmod(a, 3) from src; \
         create table plain (a int, b string) clustered by (b) into 3 buckets; insert overwrite table plain select 0, b from src",
    );
    let mut state = 0;
    for round in 1..=12u64 {
        let statements: String = (0..50)
            .map(|step| {
                let value = round * 1000 + step;
                format!(
                    "insert overwrite table t partition (p) select {value}, b, pmod(a, 3) from src; \
                     insert overwrite table plain select {value}, b from src;"
                )
            })
            .collect();
        let mut child = place.command().args(["-S", "-e", &statements]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(60 + 83 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let found = place.ok("select min(a), max(a), count(*), count(distinct p), max(length(b)) from t");
        let fields: Vec<u64> = found.trim().split('\t').map(|field| field.parse().unwrap()).collect();
        assert_eq!(fields[0], fields[1], "rows of two writes: {found}");
        assert_eq!(fields[2..], [500, 3, 100], "{found}");
        assert!(fields[0] >= state, "an older state came back: {found}");
        state = fields[0];
        let plain = place.ok("select min(a) = max(a), count(*) from plain");
        assert_eq!(plain, "true\t500\n");
    }
}

#[test]
fn several_processes_share_one_warehouse() {
    let place = Place::new();
    place.ok("create table t (who int, n int) partitioned by (p int)");
    let children: Vec<_> = (0..4)
        .map(|who| {
            let statements: String =
                (0..5).map(|n| format!("insert into t partition (p={n}) values ({who}, {n});")).collect();
            place.command().args(["-S", "-e", &statements]).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(place.ok("select count(*), count(distinct who), count(distinct p) from t"), "20\t4\t5\n");
}

/// A statement that computes for long and gives no rows can be stopped by Ctrl-C at once.
#[test]
fn ctrl_c_stops_a_long_statement() {
    let place = Place::new();
    let many = "(select posexplode(split(space(99999), ' ')) as (p, x))";
    let statement = format!("select a.p from {many} a cross join {many} b where a.p * b.p < 0");
    let mut child = place.command().args(["-S", "-e", &statement]).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert!(said.contains("stopped"), "{said}");
}
