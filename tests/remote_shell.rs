//! The shell on a server prints what it prints over its own engine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const SCRIPT: &str = r#"
create database if not exists d1 comment 'c';
use d1;
create table t (a tinyint, b smallint, c int, d bigint, e float, f double, g decimal(10,3), h string, i varchar(5),
  j char(5), k date, l timestamp, m binary, n boolean, o array<string>, p map<string,int>, q struct<x:int,y:date>)
  partitioned by (ds string);
insert into t partition (ds='1') values (1, 2, 3, 4, 0.1, 1e100, 12.34, 'x"y', 'v', 'c', date '2020-02-29',
  timestamp '2020-02-29 01:02:03.456', cast('b' as binary), true, array('q"', null), map('k', 1),
  named_struct('x', 1, 'y', date '2020-01-01'));
insert into t (c, ds) values (null, '2');
set hive.cli.print.header=true;
select * from t order by ds;
set hive.cli.print.header=false;
select count(*), sum(g), avg(e), null, interval '1' day from t;
describe t;
describe formatted t partition (ds='1') c;
show tables;
show partitions t;
set hivevar:name=1;
select ${name}, '${hivevar:name}', current_database();
explain select count(*) from t;
with n as (select explode(split(space(20000), ' ')) x) select count(*) from n;
select explode(array(1,2,3)) where false;
set hive.support.quoted.identifiers=standard;
create table "t;2" ("a b" int);
select 3 as "a", "a b" from "t;2" union all select 4, 5;
describe "t;2";
set hive.support.quoted.identifiers=column;
select nosuch from t;
"#;

/// A server as a process, which is killed in the end.
struct Server {
    process: Child,
    binary: String,
    http: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn skep(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skep"));
    command.env("SKEP_HOME", home).env("HOME", home).env_remove("HIVE_CONF_DIR").env("TZ", "UTC").env("USER", "joe");
    command
}

fn serve(home: &Path) -> Server {
    let mut process = skep(home)
        .args(["server", "--hs2-port", "0", "--http-port", "0", "--metastore-port", "0", "--bind", "127.0.0.1"])
        .args(["--hiveconf", "hive.server2.webui.port=0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut place = |name: &str| {
        let begin = format!("{name} listens at ");
        lines.by_ref().find_map(|line| line.strip_prefix(&begin).map(str::to_string)).unwrap()
    };
    Server { binary: place("HiveServer2"), http: place("HiveServer2 over HTTP"), process }
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    let script = home.join("script.hql");
    std::fs::write(&script, SCRIPT).unwrap();
    skep(home).args(arguments).args(["-S", "-f", script.to_str().unwrap()]).output().unwrap()
}

/// What is printed, without what differs from one run to another.
fn shown(output: &Output, home: &Path) -> String {
    String::from_utf8_lossy(&output.stdout).replace(home.to_str().unwrap(), "HOME")
}

#[test]
fn a_script_prints_the_same_here_and_on_a_server() {
    let (own, served) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let here = run(own.path(), &[]);
    let expected = shown(&here, own.path());
    assert!(expected.contains("20001"), "{expected}\n{}", String::from_utf8_lossy(&here.stderr));
    let server = serve(served.path());
    let places = [
        format!("jdbc:hive2://{}", server.binary),
        format!("jdbc:hive2://{}/default;transportMode=http;user=joe", server.http),
    ];
    for place in places {
        let there = run(served.path(), &["-u", &place, "-n", "joe", "-p", "x"]);
        let text = String::from_utf8_lossy(&there.stderr).to_string();
        assert_eq!(shown(&there, served.path()), expected, "{place}: {text}");
        assert_eq!(there.status.code(), here.status.code());
        assert!(text.contains("Invalid table alias or column reference 'nosuch'"), "{text}");
        skep(served.path()).args(["-u", &place, "-S", "-e", "drop database d1 cascade"]).status().unwrap();
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let home = TempDir::new().unwrap();
    let output = skep(home.path()).args(["-u", "jdbc:hive2://127.0.0.1:1", "-e", "select 1"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(!output.status.success() && text.contains("127.0.0.1:1"), "{text}");
}

#[test]
fn a_script_for_beeline_runs() {
    let home = TempDir::new().unwrap();
    let server = serve(home.path());
    let place = format!("jdbc:hive2://{}", server.binary);
    let script = home.path().join("beeline.sql");
    let text = "select nosuch;\nselect null, 'a\nb';\n!sh echo hello\n!tables\n!quit\nselect 2;\n";
    std::fs::write(&script, text).unwrap();
    let flags = "--silent=true --verbose=false --force=true --outputformat=csv2 --showHeader=true --nullemptystring=true \
                 --escapeCRLF=true --color=true --maxWidth=200 -d org.apache.hive.jdbc.HiveDriver";
    let mut command = skep(home.path());
    command.args(["-u", &place, "-n", "joe", "-p", "x"]).args(flags.split_whitespace());
    let output = command.arg("-f").arg(&script).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).to_string();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "_c0,_c1\n,a\\nb\nhello\n", "{errors}");
    assert!(errors.contains("'nosuch'") && errors.contains("there is SHOW TABLES"), "{errors}");
}
