//! Runs the examples of the language's pages, so that they stay true.
//!
//! A page of `docs/language` whose text has the line `<!-- examples are run -->` is run from top to bottom in one
//! session over a fresh home folder, with the variables `data`, the folder `sql-tests/data`, and `tmp`, an
//! empty folder. The mark may go on over more lines, `<!-- examples are run behind`, a script that makes what the examples
//! need, and `-->`.
//!
//! - a block ```` ```sql ```` is a script whose statements must succeed;
//! - a block ```` ```sql error ```` is a script whose last statement must fail, and the others must not;
//! - a block ```` ```result ```` behind one of these has the rows of its last statement, values parted by blanks, or a
//!   part of its error.
//!
//! Other blocks are not looked at.
//!
//! ```sh
//! cargo test --test docs                # all pages
//! cargo test --test docs -- lexical     # those whose names contain a word
//! ```
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::ExitCode;

use futures::TryStreamExt;
use skep::parser::script;
use skep::{Engine, EngineOptions, Session, SkepError};
use skep_udf::text::{TextFormatter, TextStyle};

const MARK: &str = "<!-- examples are run";

/// What a marked page needs before its examples; nothing for a page without the mark.
fn preparation(page: &str) -> Option<&str> {
    let (before, rest) = page.split_once(MARK)?;
    if !before.is_empty() && !before.ends_with('\n') {
        return None;
    }
    let (inside, _) = rest.split_once("-->")?;
    Some(inside.trim_start().strip_prefix("behind").unwrap_or(inside).trim())
}

/// A fenced block of a page.
struct Block<'a> {
    line: usize,
    /// What stands behind the backticks.
    kind: &'a str,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(kind), None) => open = Some(Block { line: number + 1, kind: kind.trim(), text: String::new() }),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The rows of a statement, a line each.
async fn run(session: &mut Session, text: &str) -> Result<String, String> {
    let outcome = session.execute(text).await.map_err(|error| error.render(text))?;
    let batches: Vec<_> = outcome.rows.try_collect().await.map_err(|error| SkepError::from(error).render(text))?;
    let style = TextStyle::cli(session.config().arrow_time_zone().map_err(|error| error.to_string())?);
    let mut lines = String::new();
    for batch in &batches {
        let columns: Vec<TextFormatter> =
            batch.columns().iter().map(|column| TextFormatter::new(column.as_ref(), style).unwrap()).collect();
        for row in 0..batch.num_rows() {
            for column in &columns {
                if column.is_null(row) {
                    lines.push_str(outcome.null_text);
                } else {
                    column.write(row, &mut lines);
                }
                lines.push('\t');
            }
            lines.push('\n');
        }
    }
    Ok(lines)
}

fn words(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}

async fn run_page(preparation: &str, text: &str, data: &Path) -> Result<usize, String> {
    let home = tempfile::tempdir().map_err(|error| error.to_string())?;
    let tmp = home.path().join("tmp");
    std::fs::create_dir(&tmp).expect("a temporary folder");
    let variables =
        vec![("data".to_string(), data.display().to_string()), ("tmp".to_string(), tmp.display().to_string())];
    let options = EngineOptions {
        home: Some(home.path().to_path_buf()),
        configuration_folder: Some(home.path().to_path_buf()),
        settings: vec![("hive.local.time.zone".into(), "UTC".into())],
        variables,
        user: Some("tester".into()),
        ..EngineOptions::default()
    };
    let mut session = Engine::open(options).map_err(|error| error.to_string())?.session();
    for statement in script::split(preparation) {
        run(&mut session, &statement.text).await.map_err(|error| format!("before the examples: {error}"))?;
    }
    let mut last = String::new();
    let mut examples = 0;
    for block in blocks(text) {
        let place = |problem: String| format!("line {}: {problem}", block.line);
        match block.kind {
            "sql" | "sql error" => {
                examples += 1;
                let statements = script::split(&block.text);
                for (number, statement) in statements.iter().enumerate() {
                    let fails = block.kind == "sql error" && number + 1 == statements.len();
                    last = match (run(&mut session, &statement.text).await, fails) {
                        (Ok(rows), false) => rows,
                        (Err(error), true) => error,
                        (Ok(_), true) => return Err(place(format!("`{}` does not fail", statement.text))),
                        (Err(error), false) => return Err(place(error)),
                    };
                }
            }
            "result" => {
                let expected = block.text.trim();
                if words(&last) != words(expected) && !last.contains(expected) || expected.is_empty() {
                    return Err(place(format!("the page says\n{expected}\nbut it is\n{last}")));
                }
            }
            _ => {}
        }
    }
    Ok(examples)
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut paths: Vec<_> =
        std::fs::read_dir(root.join("docs/language")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(16 << 20).enable_all().build().unwrap();
    let mut failed = 0;
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let wanted = chosen.is_empty() || chosen.iter().any(|word| name.contains(word.as_str()));
        let Some(preparation) = preparation(&text).map(str::to_string) else { continue };
        if !wanted {
            continue;
        }
        let data = root.join("sql-tests/data");
        // On a thread of the runtime, so that a panic is one page's failure.
        let task = runtime.spawn(async move { run_page(&preparation, &text, &data).await });
        match runtime.block_on(task).unwrap_or_else(|panic| Err(panic.to_string())) {
            Ok(examples) => println!("ok    {name} ({examples} examples)"),
            Err(problem) => {
                failed += 1;
                println!("FAIL  {name} {problem}");
            }
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
