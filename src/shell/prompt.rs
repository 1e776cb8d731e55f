//! The interactive prompt.

use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use super::complete::{LineHelper, is_bare_command};
use super::runner::{Flow, Runner};

const HELP: &str = "\
Statements end with ';' and may run over several lines. Tab completes names, Ctrl-C stops a running query, Ctrl-D leaves.
  set [name[=value]]; set -v; reset;   configuration        source FILE;          runs a script
  show tables; describe t;             what there is        !COMMAND              runs a shell command
  dfs -ls PATH;                        files                quit                  leaves";

type LineEditor = Editor<LineHelper, DefaultHistory>;

/// Reads statements from the terminal and runs them until the user leaves.
pub fn run(runtime: &tokio::runtime::Runtime, runner: &mut Runner) -> Flow {
    let mut editor = match editor(runner) {
        Ok(editor) => editor,
        Err(error) => return runner.report(&format!("the terminal cannot be used: {error}")),
    };
    let history = history_file(runner);
    if let Some(file) = &history {
        // The first time there is none.
        let _ = editor.load_history(file);
    }
    if !runner.silent {
        println!("Skep {}; type help for help.", env!("CARGO_PKG_VERSION"));
    }
    loop {
        let database = runner.session.current_database().to_string();
        if let Some(helper) = editor.helper_mut() {
            helper.set_database(&database);
        }
        let shows_database = runner.session.config().bool("hive.cli.print.current.db");
        let prompt = if shows_database { format!("skep ({database})> ") } else { "skep> ".to_string() };
        match editor.readline(&prompt) {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) => {
                let _ = editor.add_history_entry(line.trim_end());
                if let Some(file) = &history {
                    // Kept after each statement, so that a crash loses nothing; a full disk must not stop work.
                    let _ = editor.append_history(file);
                }
                if let Flow::Stop = runtime.block_on(run_line(runner, &line)) {
                    return Flow::Stop;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Flow::Stop,
            Err(error) => return runner.report(&format!("the terminal cannot be read: {error}")),
        }
    }
}

async fn run_line(runner: &mut Runner, line: &str) -> Flow {
    let line = line.trim();
    if line.trim_end_matches(';').trim().eq_ignore_ascii_case("help") {
        println!("{HELP}");
        return Flow::Continue;
    }
    if is_bare_command(line) {
        return runner.statement(line.trim_end_matches(';')).await;
    }
    runner.lines(line).await
}

fn editor(runner: &Runner) -> rustyline::Result<LineEditor> {
    let config = Config::builder().completion_type(CompletionType::List).auto_add_history(false).build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(LineHelper::new(runner.session.catalog())));
    Ok(editor)
}

fn history_file(runner: &Runner) -> Option<PathBuf> {
    let home = runner.session.home()?;
    std::fs::create_dir_all(&home).ok()?;
    Some(home.join("history"))
}
