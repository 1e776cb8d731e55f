//! A program over Hive's JDBC driver that does what it is told, line by line: many connections in one Java program.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::peers::Place;

/// What a statement gives: the values of its rows, or SQLSTATE and message of the error.
pub type Answer = Result<String, String>;

/// The program; it ends with this.
pub struct Talk {
    program: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Talk {
    pub fn start(place: &Place) -> Self {
        let mut command = place.peer("java");
        let mut program = command.arg("JdbcTalk").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (program.stdin.take().unwrap(), BufReader::new(program.stdout.take().unwrap()));
        Self { program, input, output }
    }

    /// Opens a connection with this name.
    pub fn open(&mut self, name: &str, url: &str, user: &str, password: &str) -> Answer {
        self.say(&["open", name, url, user, password])
    }

    /// Runs a statement over a connection.
    pub fn run(&mut self, name: &str, statement: &str) -> Answer {
        self.say(&["run", name, statement])
    }

    /// Opens a connection, runs a statement, and closes it.
    pub fn ask(&mut self, url: &str, user: &str, password: &str, statement: &str) -> Answer {
        self.open("once", url, user, password)?;
        let answer = self.run("once", statement);
        self.close("once");
        answer
    }

    pub fn close(&mut self, name: &str) {
        self.say(&["close", name]).unwrap();
    }

    fn say(&mut self, words: &[&str]) -> Answer {
        writeln!(self.input, "{}", words.join("\t")).unwrap();
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "{words:?}: the program ended");
            match line.trim_end_matches('\n').split_at_checked(2) {
                Some(("= ", values)) => return Ok(values.to_string()),
                Some(("! ", failed)) => return Err(failed.to_string()),
                // The driver writes what it logs to the same place.
                _ => eprint!("driver: {line}"),
            }
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
