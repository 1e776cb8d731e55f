//! `skep metastore`: the catalog as a server, for Hive, Spark and others (`hive --service metastore` of Hive).

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use skep_metastore::server::{self, logs};

use super::args::name_and_value;
use crate::{Engine, EngineOptions};

/// What `skep metastore` was asked to do.
#[derive(Debug, Parser)]
#[command(name = "skep metastore", about = "Serves the catalog over Hive's metastore API")]
struct Args {
    /// The port to listen at (as `hive.metastore.port`; 9083)
    #[arg(short = 'p', long, value_name = "PORT")]
    port: Option<u16>,
    /// The address to listen at (as `hive.metastore.thrift.bind.host`; 0.0.0.0)
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// The port of /metrics and /health (as `hive.metastore.metrics.port`; none)
    #[arg(long, value_name = "PORT")]
    metrics_port: Option<u16>,
    /// Set a configuration key
    #[arg(long, value_name = "KEY=VALUE")]
    hiveconf: Vec<String>,
    /// How log lines are written: text, json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: logs::LogFormat,
    /// Which log lines are written: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: String,
}

/// Runs the server with these arguments, the first of which is the command's name, until the process is told to end.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    match run(&Args::parse_from(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    logs::start(args.log_format, &args.log_level)?;
    let told = args.hiveconf.iter().map(|text| name_and_value(text));
    let options = EngineOptions {
        settings: told.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).map_err(|error| error.render(""))?;
    let mut settings = engine.metastore_settings().map_err(|error| error.render(""))?;
    if let Some(port) = args.port {
        settings.set("hive.metastore.port", port.to_string());
    }
    if let Some(address) = &args.bind {
        settings.set("hive.metastore.thrift.bind.host", address);
    }
    if let Some(port) = args.metrics_port {
        settings.set("hive.metastore.metrics.port", port.to_string());
    }
    let ready = |at: &server::Listening| {
        println!("The metastore listens at {}", at.address);
        if let Some(metrics) = at.metrics {
            println!("Its metrics are at http://{metrics}/metrics");
        }
    };
    server::run(Arc::clone(engine.metastore()), &settings, ready).map_err(|error| error.to_string())
}
