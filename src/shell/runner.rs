//! Runs statements one after the other and prints what they give.

use std::io::{self, ErrorKind as IoErrorKind, Write};
use std::process::Command;
use std::time::Instant;

use futures::StreamExt;

use super::beeline::{Bang, bang};
use super::conversation::Conversation;
use super::interrupt::Interrupt;
use super::progress::Progress;
use super::render::{OutputFormat, RenderOptions, renderer};
use crate::error::{ErrorKind, SkepError};
use crate::parser::script;
use crate::{Outcome, OutputColumn};

/// A file may `source` another one, but not for ever.
const MAX_SOURCE_DEPTH: usize = 64;

/// Whether to go on after a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// With the next statement.
    Continue,
    /// No further: `quit`, or an error that is not ignored.
    Stop,
}

/// Why a statement gave no result.
enum Failure {
    /// The statement failed.
    Statement(SkepError),
    /// Its result could not be printed.
    Output(io::Error),
}

impl From<SkepError> for Failure {
    fn from(error: SkepError) -> Self {
        Self::Statement(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Runs statements in one session.
pub struct Runner {
    /// Whom the statements are told.
    pub session: Conversation,
    /// Print results and errors only.
    pub silent: bool,
    /// Print each statement before it runs.
    pub verbose: bool,
    /// Tell how many rows there were, and how long they took.
    pub tells_times: bool,
    /// NULL is printed as nothing.
    pub null_is_empty: bool,
    /// Is a person at the keyboard? Then an error ends a statement and not the program.
    pub interactive: bool,
    interrupt: Interrupt,
    render: RenderOptions,
    /// `--showHeader` (or the format) decides about the header, not `hive.cli.print.header`.
    header_fixed: bool,
    depth: usize,
    code: u8,
}

impl Runner {
    /// A runner that prints results with these options.
    pub fn new(session: Conversation, interrupt: Interrupt, render: RenderOptions, header_fixed: bool) -> Self {
        Self {
            session,
            interrupt,
            silent: false,
            verbose: false,
            tells_times: true,
            null_is_empty: false,
            interactive: false,
            render,
            header_fixed,
            depth: 0,
            code: 0,
        }
    }

    /// The exit code of the program when it ends with this flow.
    pub fn exit_code(&self, _flow: Flow) -> u8 {
        self.code
    }

    /// Makes a database the current one.
    pub async fn use_database(&mut self, name: &str) -> Result<(), SkepError> {
        self.session.execute(&format!("use `{}`", name.replace('`', "``"))).await.map(|_| ())
    }

    /// Runs the statements of a file.
    pub async fn script_file(&mut self, path: &str) -> Flow {
        let path = path.strip_prefix("file://").unwrap_or(path);
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.report(&format!("the script {path} cannot be read: {error}")),
        };
        match String::from_utf8(bytes) {
            Ok(text) => self.script(&text).await,
            Err(error) => self.report(&format!("the script {path} is not UTF-8: {error}")),
        }
    }

    /// Runs the statements of a text. The first failure ends it, unless `hive.cli.errors.ignore` is on.
    pub async fn script(&mut self, text: &str) -> Flow {
        if self.depth >= MAX_SOURCE_DEPTH {
            return self.report(&format!("scripts source one another more than {MAX_SOURCE_DEPTH} levels deep"));
        }
        self.depth += 1;
        let mut flow = Flow::Continue;
        for statement in script::split(text) {
            flow = self.statement(&statement.text).await;
            if flow == Flow::Stop {
                break;
            }
        }
        self.depth -= 1;
        flow
    }

    /// Runs the statements of a line typed at the prompt.
    pub async fn lines(&mut self, text: &str) -> Flow {
        for statement in script::split(text) {
            if let Flow::Stop = self.statement(&statement.text).await {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    /// Runs one statement or one of the shell's own commands.
    pub async fn statement(&mut self, text: &str) -> Flow {
        let text = text.trim();
        if self.verbose {
            eprintln!("{text}");
        }
        let (word, rest) = match text.find(char::is_whitespace) {
            Some(end) => text.split_at(end),
            None => (text, ""),
        };
        if text.is_empty() {
            return Flow::Continue;
        }
        if let Some(line) = text.strip_prefix('!') {
            return self.bang(line).await;
        }
        if rest.trim().is_empty() && (word.eq_ignore_ascii_case("quit") || word.eq_ignore_ascii_case("exit")) {
            return Flow::Stop;
        }
        if word.eq_ignore_ascii_case("source") {
            return self.source(rest.trim()).await;
        }
        self.execute(text).await
    }

    async fn source(&mut self, path: &str) -> Flow {
        match self.session.substitute(path) {
            Ok(path) => Box::pin(self.script_file(path.trim_matches(['\'', '"']))).await,
            Err(error) => self.fail(&error, path),
        }
    }

    /// `!…`: a command of the system, or one of beeline's where the conversation is with a server.
    async fn bang(&mut self, line: &str) -> Flow {
        if let Conversation::Local(_) = self.session {
            return self.system_command(line).await;
        }
        // Beeline's commands end with their line.
        let (line, rest) = line.split_once('\n').unwrap_or((line, ""));
        let flow = match bang(line) {
            Bang::Quit => Flow::Stop,
            Bang::Script(path) => self.source(path).await,
            Bang::System(line) => self.system_command(line).await,
            Bang::Unknown(told) => self.report(&told),
        };
        match flow {
            Flow::Continue => Box::pin(self.statement(rest)).await,
            Flow::Stop => Flow::Stop,
        }
    }

    /// `!command`: runs it with the system's shell.
    async fn system_command(&mut self, line: &str) -> Flow {
        let line = match self.session.substitute(line.trim()) {
            Ok(line) => line,
            Err(error) => return self.fail(&error, line),
        };
        // What we printed so far comes before what the command prints.
        if let Err(error) = io::stdout().flush() {
            return self.output_failed(&error);
        }
        let command = Command::new("sh").arg("-c").arg(&line).status();
        match command {
            Ok(status) if status.success() => Flow::Continue,
            Ok(status) => self.report(&format!("Command failed with exit code = {}", status.code().unwrap_or(-1))),
            Err(error) => self.report(&format!("the command cannot be run: {error}")),
        }
    }

    async fn execute(&mut self, text: &str) -> Flow {
        self.interrupt.reset();
        let result = self.execute_and_print(text).await;
        let interrupted = self.interrupt.pressed();
        match result {
            Ok(()) => Flow::Continue,
            Err(Failure::Output(error)) => self.output_failed(&error),
            Err(Failure::Statement(error)) => {
                let flow = self.fail(&error, text);
                if interrupted && !self.interactive {
                    self.code = 130;
                    return Flow::Stop;
                }
                flow
            }
        }
    }

    async fn execute_and_print(&mut self, text: &str) -> Result<(), Failure> {
        let start = Instant::now();
        let mut progress = Progress::start(self.interactive && !self.silent);
        let outcome = self.session.execute(text).await?;
        if !self.silent {
            for message in &outcome.messages {
                eprintln!("{message}");
            }
        }
        let (has_rows, affected) = (outcome.has_rows, outcome.affected);
        let rows = self.print(outcome, &mut progress).await?;
        drop(progress);
        if self.tells_times {
            let fetched = match affected {
                Some(changed) => format!(", Changed: {changed} row(s)"),
                None if has_rows => format!(", Fetched: {rows} row(s)"),
                None => String::new(),
            };
            eprintln!("OK\nTime taken: {:.3} seconds{fetched}", start.elapsed().as_secs_f64());
        }
        Ok(())
    }

    /// Prints a result and returns the number of its rows.
    async fn print(&self, outcome: Outcome, progress: &mut Progress) -> Result<u64, Failure> {
        let Outcome { columns, mut rows, has_rows, null_text, .. } = outcome;
        if !has_rows {
            while let Some(batch) = rows.next().await {
                batch.map_err(SkepError::from)?;
            }
            return Ok(0);
        }
        let null = if self.null_is_empty { "" } else { null_text };
        let mut options = RenderOptions { null, ..self.render };
        let config = self.session.config();
        if !self.header_fixed {
            options.header = config.bool("hive.cli.print.header");
        }
        if let Ok(zone) = config.time_zone().parse() {
            options.zone = zone;
        }
        let qualified = config.bool("hive.resultset.use.unique.column.names");
        let qualified = qualified && options.format != OutputFormat::Json;
        let columns = if qualified { columns.into_iter().map(OutputColumn::qualified).collect() } else { columns };
        let mut renderer = renderer(options);
        let mut out = io::stdout().lock();
        let mut count = 0;
        let mut begun = false;
        while let Some(batch) = rows.next().await {
            let batch = batch.map_err(SkepError::from)?;
            progress.add_rows(batch.num_rows());
            // Names are printed only when the query has not failed at once.
            if !begun {
                begun = true;
                renderer.begin(&columns, &mut out)?;
            }
            count += batch.num_rows() as u64;
            renderer.batch(&batch, &mut out)?;
        }
        if !begun {
            renderer.begin(&columns, &mut out)?;
        }
        renderer.finish(&mut out)?;
        Ok(count)
    }

    /// Shows what a statement failed with.
    fn fail(&mut self, error: &SkepError, statement: &str) -> Flow {
        let code = (error.code() & 0xff) as u8;
        let cancelled = error.kind() == ErrorKind::Cancelled;
        eprintln!("{}", error.render(&self.session.shown(statement)));
        self.failed(if cancelled { 130 } else { code.max(1) })
    }

    /// Shows what the shell itself failed with.
    pub fn report(&mut self, message: &str) -> Flow {
        eprintln!("{message}");
        self.failed(1)
    }

    fn failed(&mut self, code: u8) -> Flow {
        if self.interactive && self.depth == 0 {
            return Flow::Continue;
        }
        self.code = code;
        if self.session.config().bool("hive.cli.errors.ignore") { Flow::Continue } else { Flow::Stop }
    }

    /// Standard output cannot be written: nothing is left to be done. A reader that has seen enough (`| head`) is no
    /// reason to complain.
    fn output_failed(&mut self, error: &io::Error) -> Flow {
        if error.kind() == IoErrorKind::BrokenPipe {
            self.code = 141;
        } else {
            eprintln!("standard output cannot be written: {error}");
            self.code = 74;
        }
        Flow::Stop
    }
}
