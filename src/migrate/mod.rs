//! `skep migrate`: moving in from a metastore that is there already.
//!
//! See docs/migration.md. What is copied and how is the work of [`skep_metastore::migrate`]; here is the command line, and
//! what Skep can do with what it finds.

mod judge;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use skep_metastore::client::{self, Endpoint, RemoteOptions};
use skep_metastore::migrate::{CopyOptions, PostgresSource, Source, StoreSource, copy};
use skep_metastore::store::MetaStore;
use skep_metastore::store::sqlite::SqliteStore;

use crate::error::{ErrorKind, Result, SkepError};
use crate::shell::args::name_and_value;
use crate::{Engine, EngineOptions};

pub use judge::Formats;

/// What `skep migrate` was asked to do.
#[derive(Debug, Parser)]
#[command(
    name = "skep migrate",
    about = "Copies the definitions of a metastore that is there already; tables stay where they are",
    after_help = "What is in the target already is left alone: a run that was stopped is simply started again. What is other \
                  there is named, or, with --overwrite, becomes as in the source."
)]
pub struct Args {
    /// Where from: thrift://host:9083 (a running metastore service), jdbc:postgresql://host:5432/metastore?user=… (Hive's
    /// own schema in PostgreSQL), or the file of another Skep's catalog
    #[arg(long, value_name = "URL")]
    pub from: String,
    /// Where to: the file of a catalog, postgresql://… for one in a database, or thrift://host:9083 for a Skep's metastore
    /// service; without it, the catalog that this program uses
    #[arg(long, value_name = "PATH OR URL")]
    pub to: Option<String>,
    /// Only look, and tell what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Make what is in the target already, but other than in the source, as it is in the source
    #[arg(long)]
    pub overwrite: bool,
    /// Copy only these databases (a pattern: `*` any text, `|` or)
    #[arg(long, value_name = "PATTERN")]
    pub databases: Option<String>,
    /// User of the database that is copied from, where the URL names none
    #[arg(long, value_name = "NAME", requires = "password_file")]
    pub user: Option<String>,
    /// File with the password of --user
    #[arg(long, value_name = "FILE", requires = "user")]
    pub password_file: Option<PathBuf>,
    /// Set a configuration key
    #[arg(long = "hiveconf", value_name = "KEY=VALUE")]
    pub hiveconf: Vec<String>,
}

/// Runs the command with these arguments (without the program's name) and gives its exit code: 0 where everything was
/// copied, 2 where something was not, 1 where nothing could be done.
pub fn main(args: impl Iterator<Item = String>) -> ExitCode {
    let args = Args::parse_from(std::iter::once("skep migrate".to_string()).chain(args));
    match run(&args, &mut |line| eprintln!("{line}")) {
        Ok(report) => {
            print!("{report}");
            if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(2) }
        }
        Err(error) => {
            eprintln!("{}", error.render(""));
            ExitCode::FAILURE
        }
    }
}

/// Copies, or only looks. `progress` hears what is under way.
///
/// # Errors
/// Those of opening the source and the target, and of reading the source; see [`copy`].
pub fn run(args: &Args, progress: &mut dyn FnMut(&str)) -> Result<skep_metastore::migrate::Report> {
    let settings: Vec<(String, String)> =
        args.hiveconf.iter().map(|text| name_and_value(text)).map(|(key, value)| (key.into(), value.into())).collect();
    let source = open_source(args, &settings)?;
    let (target, name) = open_target(args, settings)?;
    let options = CopyOptions { dry_run: args.dry_run, databases: args.databases.clone(), overwrite: args.overwrite };
    Ok(copy(source.as_ref(), (target.as_ref(), &name), &Formats, &options, progress)?)
}

fn open_source(args: &Args, settings: &[(String, String)]) -> Result<Box<dyn Source>> {
    let url = args.from.as_str();
    if url.starts_with("thrift://") {
        let (store, name) = (service(url, settings)?, url.to_string());
        return Ok(Box::new(StoreSource { store, name }));
    }
    let database = url.strip_prefix("jdbc:").unwrap_or(url);
    if database.starts_with("postgresql://") {
        let password = match &args.password_file {
            Some(file) => Some(std::fs::read_to_string(file)?.lines().next().unwrap_or_default().to_string()),
            None => None,
        };
        let login = args.user.as_deref().zip(password.as_deref());
        return Ok(Box::new(PostgresSource::open(url, login)?));
    }
    if url.starts_with("jdbc:") {
        let kind = database.split(':').next().unwrap_or_default();
        return Err(wrong(format!("a metastore in {kind} cannot be read directly")).with_hint(
            "start Hive's metastore service on it (hive --service metastore) and copy --from thrift://host:9083"
                .to_string(),
        ));
    }
    if !std::path::Path::new(url).is_file() {
        return Err(wrong(format!("--from {url} is neither a URL that is known nor a file")));
    }
    let store = Arc::new(SqliteStore::open(std::path::Path::new(url))?);
    Ok(Box::new(StoreSource { store, name: url.to_string() }))
}

/// A metastore service, with Hive's keys for how it is spoken to.
fn service(url: &str, settings: &[(String, String)]) -> Result<Arc<dyn MetaStore>> {
    let get = |key: &str| match key {
        "hive.metastore.uris" => Some(url.to_string()),
        _ => settings.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.clone()),
    };
    let user = crate::engine::process_user();
    // Nothing is written through it that takes a journal.
    let options = RemoteOptions::from_settings(get, &user, std::env::temp_dir())?;
    let options = match options {
        Some(options) => options,
        None => RemoteOptions::new(Endpoint::parse_list(url)?, &user, std::env::temp_dir()),
    };
    Ok(client::open(options)?)
}

fn open_target(args: &Args, settings: Vec<(String, String)>) -> Result<(Arc<dyn MetaStore>, String)> {
    let mut settings = settings;
    match args.to.as_deref() {
        Some(url) if url.starts_with("thrift://") => settings.push(("hive.metastore.uris".into(), url.to_string())),
        Some(path) => {
            // A file that is named is meant, whatever a configuration file says.
            settings.push(("hive.metastore.uris".into(), String::new()));
            settings.push(("skep.metastore.db".into(), path.to_string()));
        }
        None => {}
    }
    let engine = Engine::open(EngineOptions { settings, ..EngineOptions::default() })?;
    let store = Arc::clone(engine.metastore());
    Ok((store, engine.catalog_name().to_string()))
}

fn wrong(text: String) -> SkepError {
    SkepError::new(ErrorKind::Configuration, text)
}
