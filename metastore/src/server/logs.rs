//! What a server writes about what it does.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How the lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("{text} is neither text nor json")),
        }
    }
}

/// Writes what happens to standard error from now on: what is at least of this level (`error`, `warn`, `info`, `debug`,
/// `trace`; also a filter as `info,skep_thrift=debug`).
///
/// # Errors
/// What is wrong with the level; or that something writes already.
pub fn start(format: LogFormat, level: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(level).map_err(|error| format!("{level} is no level of logs: {error}"))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    done.map_err(|error| error.to_string())
}
