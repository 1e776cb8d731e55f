//! The command line: scripts as Hive's CLI runs them, and a prompt for people.
//!
//! * [`args`]: the flags.
//! * [`beeline`]: flags and commands of beeline's.
//! * [`metastore`]: `skep metastore`, the catalog as a server.
//! * [`catalog_tools`]: checking, dumping and restoring the catalog.
//! * [`runner`]: one statement after the other, and the shell's own commands (`quit`, `source`, `!`).
//! * [`prompt`]: reading statements from a terminal, with history and completion.
//! * [`render`]: printing results.
//!
//! Results go to standard output, everything else to standard error.

pub mod args;
mod beeline;
mod catalog_tools;
mod complete;
mod conversation;
mod interrupt;
mod metastore;
mod progress;
mod prompt;
pub mod render;
mod runner;

use std::io::{IsTerminal, Read};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::client::{JdbcUrl, RemoteSession};
use crate::error::{ErrorKind, SkepError};
use crate::parser::script;
use crate::session::config::SessionConfig;
use crate::session::variables::Variables;
use crate::{Engine, EngineOptions};
use args::{Args, name_and_value};
use conversation::{Conversation, Remote};
use interrupt::Interrupt;
use render::{OutputFormat, RenderOptions};
use runner::{Flow, Runner};

/// Threads run plans and parse statements; deep expressions need more stack than the usual two megabytes.
const STACK_BYTES: usize = 16 << 20;

/// Runs the program with the process's arguments and gives its exit code: 0, or not 0 when a statement failed.
pub fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    match (words.next().as_deref(), words.next()) {
        (Some("metastore"), Some(task)) if catalog_tools::TASKS.contains(&task.as_str()) => {
            return catalog_tools::main();
        }
        (Some("server"), _) => return crate::server::main(std::env::args_os().skip(1)),
        (Some("passwd"), _) => return crate::server::auth::passwd::main(std::env::args_os().skip(1)),
        (Some("metastore"), _) => return metastore::main(std::env::args_os().skip(1)),
        (Some("migrate"), _) => return crate::migrate::main(std::env::args().skip(2)),
        _ => {}
    }
    let args = Args::parse();
    if args.version {
        println!("Skep {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    // The main thread's stack is the system's choice; the work is done on a thread of ours.
    let work = std::thread::Builder::new().name("skep-main".into()).stack_size(STACK_BYTES).spawn(move || start(args));
    match work.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => ExitCode::from(70),
        Err(error) => fail(&format!("cannot start a thread: {error}")),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

fn start(args: Args) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start the runtime: {error}")),
    };
    let mut runner = match runtime.block_on(open(&args)) {
        Ok(runner) => runner,
        Err(error) => return fail(&error.render("")),
    };
    let flow = run(&runtime, &args, &mut runner);
    let code = runner.exit_code(flow);
    // Statements that were stopped may still hold blocking threads; they must not hold the program.
    drop(runner);
    runtime.shutdown_timeout(std::time::Duration::from_millis(100));
    ExitCode::from(code)
}

fn pairs(texts: &[String]) -> impl Iterator<Item = (String, String)> + '_ {
    texts.iter().map(|text| name_and_value(text)).map(|(name, value)| (name.to_string(), value.to_string()))
}

async fn open(args: &Args) -> Result<Runner, SkepError> {
    let mut session = match &args.url {
        Some(url) => connect(args, url).await?,
        None => {
            let engine = Engine::open(EngineOptions {
                settings: pairs(&args.hiveconf).chain(args.beeline.settings()).collect(),
                variables: pairs(&args.define).chain(pairs(&args.hivevar)).collect(),
                ..EngineOptions::default()
            })?;
            Conversation::Local(Box::new(engine.session()))
        }
    };
    let at_terminal = is_interactive(args);
    let default_format = if at_terminal { OutputFormat::Table } else { OutputFormat::Hive };
    let format = args.output_format.unwrap_or(default_format);
    // Hive's own format prints names when a key says so; beeline's formats print them unless told not to.
    let header = args.show_header.or((format != OutputFormat::Hive).then_some(true));
    let render = RenderOptions {
        format,
        header: header.unwrap_or(false),
        delimiter: args.dsv_delimiter,
        zone: skep_udf::text::utc(),
        null: "NULL",
        escape_line_ends: args.beeline.escape_line_ends.unwrap_or_default(),
    };
    session.show_log(!args.silent);
    let interrupt = Interrupt::listen(session.cancel_handle())?;
    let mut runner = Runner::new(session, interrupt, render, header.is_some());
    runner.silent = args.silent;
    runner.verbose = args.verbose;
    runner.tells_times = args.beeline.report.unwrap_or(!args.silent);
    runner.null_is_empty = args.beeline.null_is_empty.unwrap_or_default();
    runner.interactive = at_terminal;
    if let Some(database) = &args.database {
        runner.use_database(database).await?;
    }
    Ok(runner)
}

/// Opens a session on the server of a URL, as beeline does with the same flags.
async fn connect(args: &Args, url: &str) -> Result<Conversation, SkepError> {
    let mut url = JdbcUrl::parse(url)?;
    let told: Vec<(String, String)> = pairs(&args.hiveconf).collect();
    if args.output_format.is_none_or(|format| format == OutputFormat::Hive) {
        url.settings.push(("skep.describe.padded".to_string(), "true".to_string()));
    }
    url.settings.extend(told.iter().cloned());
    let defined = beeline::variables_of(&args.define);
    let defined = defined.map_err(|text| SkepError::new(ErrorKind::Configuration, text))?;
    url.variables.extend(pairs(&defined).chain(pairs(&args.hivevar)));
    let password = match (&args.password_file, args.password.as_deref()) {
        (Some(file), _) => Some(std::fs::read_to_string(file)?.lines().next().unwrap_or_default().to_string()),
        (None, Some("")) => Some(rpassword::prompt_password("Password: ")?),
        (None, password) => password.map(str::to_string),
    };
    let session = RemoteSession::connect(&url, args.name.as_deref(), password.as_deref()).await?;
    let config = SessionConfig::new(Arc::new(told.into_iter().chain(args.beeline.settings()).collect()));
    let variables = Variables::new(url.variables.iter().cloned().collect(), &crate::engine::process_user());
    let database = url.database.as_deref().unwrap_or("default");
    let mut remote = Conversation::Remote(Box::new(Remote::new(session, database, config, variables)));
    if let Some(file) = &url.init_file {
        for statement in script::split(&std::fs::read_to_string(file)?) {
            remote.execute(&statement.text).await?;
        }
    }
    Ok(remote)
}

/// Is there neither `-e` nor `-f`, and a person at the keyboard?
fn is_interactive(args: &Args) -> bool {
    args.execute.is_empty() && args.file.is_none() && std::io::stdin().is_terminal()
}

/// Runs what the arguments say.
fn run(runtime: &tokio::runtime::Runtime, args: &Args, runner: &mut Runner) -> Flow {
    if let Flow::Stop = runtime.block_on(init_files(args, runner)) {
        return Flow::Stop;
    }
    if !args.execute.is_empty() {
        return runtime.block_on(runner.script(&args.execute.join(";\n")));
    }
    match args.file.as_deref() {
        Some(file) if file != "-" => runtime.block_on(runner.script_file(file)),
        None if runner.interactive => prompt::run(runtime, runner),
        _ => {
            let mut bytes = Vec::new();
            if let Err(error) = std::io::stdin().read_to_end(&mut bytes) {
                return runner.report(&format!("standard input cannot be read: {error}"));
            }
            match String::from_utf8(bytes) {
                Ok(text) => runtime.block_on(runner.script(&text)),
                Err(error) => runner.report(&format!("standard input is not UTF-8: {error}")),
            }
        }
    }
}

/// `-i` files, or else `~/.hiverc`.
async fn init_files(args: &Args, runner: &mut Runner) -> Flow {
    for file in &args.init {
        if let Flow::Stop = runner.script_file(&file.to_string_lossy()).await {
            return Flow::Stop;
        }
    }
    if !args.init.is_empty() {
        return Flow::Continue;
    }
    let hiverc = std::env::home_dir().map(|home| home.join(".hiverc")).filter(|file| file.is_file());
    match hiverc {
        Some(file) => runner.script_file(&file.to_string_lossy()).await,
        None => Flow::Continue,
    }
}
