//! What a server is told by configuration keys.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use skep_thrift::{Framing, PasswordFile, Protocol, ServerOptions, ServerTls, TlsFiles, Transport};
use thiserror::Error;

use super::upkeep::UpkeepOptions;
use crate::service::Options;
use crate::service::folders::LocalFolders;

/// A key whose value is none of its kind.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{key}={value}: {reason}")]
pub struct SettingError {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The keys of a server. A key of Hive may be written with `hive.metastore.` or, as in Hive 3 and later, with `metastore.`
/// before it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    values: BTreeMap<String, String>,
    warehouse: String,
}

/// A time such as `6h`, `30 days`, `500ms`; a number alone is in `unit`.
pub fn duration(text: &str, unit: Duration) -> Option<Duration> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "" => unit,
        "ns" | "nsec" | "nanosecond" | "nanoseconds" => Duration::from_nanos(1),
        "us" | "usec" | "microsecond" | "microseconds" => Duration::from_micros(1),
        "ms" | "msec" | "millisecond" | "milliseconds" => Duration::from_millis(1),
        "s" | "sec" | "second" | "seconds" => Duration::from_secs(1),
        "m" | "min" | "minute" | "minutes" => Duration::from_secs(60),
        "h" | "hour" | "hours" => Duration::from_secs(3600),
        "d" | "day" | "days" => Duration::from_secs(86_400),
        _ => return None,
    };
    unit.checked_mul(u32::try_from(number).ok()?)
}

impl Settings {
    /// Keys and their values, and the folder of the warehouse.
    pub fn new(values: BTreeMap<String, String>, warehouse: String) -> Self {
        Self { values, warehouse }
    }

    /// Sets a key.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.values.insert(key.to_string(), value.into());
    }

    /// The value of a key of Hive's, without what stands before it.
    fn get(&self, key: &str) -> Option<(String, &str)> {
        let names =
            [format!("hive.metastore.{key}"), format!("metastore.{key}"), format!("hive.{key}"), key.to_string()];
        names.into_iter().find_map(|name| {
            let value = self.values.get(&name)?.trim();
            (!value.is_empty()).then_some((name, value))
        })
    }

    fn parsed<T>(
        &self,
        key: &str,
        otherwise: T,
        what: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SettingError> {
        match self.get(key) {
            None => Ok(otherwise),
            Some((key, value)) => {
                let reason = || SettingError { key, value: value.to_string(), reason: format!("it is no {what}") };
                parse(value).ok_or_else(reason)
            }
        }
    }

    fn number<T: std::str::FromStr>(&self, key: &str, otherwise: T) -> Result<T, SettingError> {
        self.parsed(key, otherwise, "number that fits", |text| text.parse().ok())
    }

    fn flag(&self, key: &str) -> Result<bool, SettingError> {
        self.flag_or(key, false)
    }

    fn flag_or(&self, key: &str, otherwise: bool) -> Result<bool, SettingError> {
        self.parsed(key, otherwise, "true or false", |text| text.to_ascii_lowercase().parse().ok())
    }

    fn time(&self, key: &str, otherwise: Duration, unit: Duration) -> Result<Duration, SettingError> {
        self.parsed(key, otherwise, "time such as 30s, 5m, 6h", |text| duration(text, unit))
    }

    fn text(&self, key: &str, otherwise: &str) -> String {
        self.get(key).map_or_else(|| otherwise.to_string(), |(_, value)| value.to_string())
    }

    /// What the service is told.
    pub fn service_options(&self) -> Options {
        Options { settings: self.values.clone(), warehouse: self.warehouse.clone(), folders: Arc::new(LocalFolders) }
    }

    /// How the server listens.
    ///
    /// # Errors
    /// [`SettingError`] for a value that a key cannot have, for a way of authentication that there is not, and for files of
    /// passwords, certificates and keys that cannot be used.
    pub fn server_options(&self) -> Result<ServerOptions, SettingError> {
        self.check_listeners()?;
        let usual = ServerOptions::default();
        let host = self.text("thrift.bind.host", "0.0.0.0");
        let port: u16 = self.number("port", self.number("thrift.port", 9083)?)?;
        let framing = if self.flag("thrift.framed.transport.enabled")? { Framing::Framed } else { Framing::Unframed };
        let transport = match self.text("server.thrift.transport.mode", "binary").to_ascii_lowercase().as_str() {
            "binary" => Transport::Socket(framing),
            "http" => Transport::Http { path: self.text("server.thrift.http.path", "metastore") },
            other => return Err(self.refused("server.thrift.transport.mode", other, "it is neither binary nor http")),
        };
        let compact = self.flag("thrift.compact.protocol.enabled")?;
        let seconds = Duration::from_secs(1);
        let idle = self.time("client.idle.timeout", usual.idle_timeout.unwrap_or(seconds), seconds)?;
        Ok(ServerOptions {
            address: format!("{host}:{port}"),
            transport,
            protocol: if compact { Protocol::Compact } else { Protocol::Binary },
            passwords: self.passwords()?,
            tls: self.tls()?,
            max_message: self.number("server.max.message.size", usual.max_message)?,
            max_connections: self.number("server.max.connections", usual.max_connections)?,
            max_connections_per_address: self
                .number("server.max.connections.per.address", usual.max_connections_per_address)?,
            workers: self.number("server.worker.threads", usual.workers)?,
            idle_timeout: (idle > Duration::ZERO).then_some(idle),
            message_timeout: self.time("server.message.timeout", usual.message_timeout, seconds)?,
            shutdown_timeout: self.time("server.shutdown.timeout", usual.shutdown_timeout, seconds)?,
            ..usual
        })
    }

    /// Classes of Java that ask before each change cannot be run. Where one is there to protect the catalog, nothing begins
    /// without it.
    fn check_listeners(&self) -> Result<(), SettingError> {
        let Some((key, classes)) = self.get("pre.event.listeners") else { return Ok(()) };
        if classes.contains("Authorization") {
            let reason = "classes of Java cannot be run here, and without this one nobody decides what clients may do; \
                          who may connect, hive.metastore.authentication says";
            return Err(self.refused("pre.event.listeners", classes, reason));
        }
        tracing::warn!(key, classes, "classes of Java cannot be run: these listeners are not asked");
        Ok(())
    }

    fn refused(&self, key: &str, value: &str, reason: &str) -> SettingError {
        let key = self.get(key).map_or_else(|| key.to_string(), |(key, _)| key);
        SettingError { key, value: value.to_string(), reason: reason.to_string() }
    }

    fn passwords(&self) -> Result<Option<Arc<dyn skep_thrift::PasswordCheck>>, SettingError> {
        if self.flag("sasl.enabled")? {
            return Err(self.refused(
                "sasl.enabled",
                "true",
                "Kerberos is not supported; see hive.metastore.authentication",
            ));
        }
        match self.text("authentication", "NOSASL").to_ascii_uppercase().as_str() {
            "NOSASL" | "NONE" => Ok(None),
            "CUSTOM" | "PLAIN" | "FILE" => {
                let Some((key, file)) = self.get("password.file") else {
                    let reason = "hive.metastore.password.file is not set";
                    return Err(self.refused("authentication", "FILE", reason));
                };
                let opened = PasswordFile::open(std::path::Path::new(file));
                let failed = |error: skep_thrift::PasswordFileError| SettingError {
                    key,
                    value: file.to_string(),
                    reason: error.to_string(),
                };
                Ok(Some(Arc::new(opened.map_err(failed)?)))
            }
            other => Err(self.refused("authentication", other, "it is neither NOSASL nor FILE")),
        }
    }

    fn tls(&self) -> Result<Option<Arc<ServerTls>>, SettingError> {
        if !self.flag("use.SSL")? {
            return Ok(None);
        }
        const KEYS: [&str; 2] = ["tls.certificate", "tls.key"];
        let file = |key: &str| -> Result<PathBuf, SettingError> {
            match self.get(key) {
                Some((_, path)) => Ok(PathBuf::from(path)),
                None => Err(SettingError {
                    key: format!("hive.metastore.{key}"),
                    value: String::new(),
                    reason: "with hive.metastore.use.SSL it must name a PEM file".to_string(),
                }),
            }
        };
        let [certificates, key] = [file(KEYS[0])?, file(KEYS[1])?];
        let opened = ServerTls::open(TlsFiles { certificates, key: key.clone() });
        opened.map(Some).map_err(|error| {
            let about = if error.path == key { KEYS[1] } else { KEYS[0] };
            self.refused(about, &error.path.display().to_string(), &error.message)
        })
    }

    /// Where the metrics are to be, if they are (`hive.metastore.metrics.port`).
    ///
    /// # Errors
    /// [`SettingError`] where the port is none.
    pub fn metrics_address(&self) -> Result<Option<String>, SettingError> {
        let host = self.text("metrics.bind.host", "0.0.0.0");
        let port = self.parsed("metrics.port", None, "port", |text| text.parse::<u16>().ok().map(Some))?;
        Ok(port.map(|port| format!("{host}:{port}")))
    }

    /// What is to be kept up, and how often.
    ///
    /// # Errors
    /// [`SettingError`] for a value that a key cannot have.
    pub fn upkeep(&self) -> Result<UpkeepOptions, SettingError> {
        let usual = UpkeepOptions::default();
        let seconds = Duration::from_secs(1);
        let types = self.text("partition.management.table.types", "MANAGED_TABLE,EXTERNAL_TABLE");
        Ok(UpkeepOptions {
            reaper_interval: self.time("timedout.txn.reaper.interval", usual.reaper_interval, seconds)?,
            event_interval: self.time("event.db.listener.clean.interval", usual.event_interval, seconds)?,
            event_retention: self.time("event.db.listener.timetolive", usual.event_retention, seconds)?,
            report_interval: self.time("runtime.stats.clean.frequency", usual.report_interval, seconds)?,
            statistics_retention: self.time("runtime.stats.max.age", usual.statistics_retention, seconds)?,
            metric_retention: self.time("repl.metrics.max.age", usual.metric_retention, Duration::from_secs(86_400))?,
            execution_timeout: self.time("scheduled.queries.execution.timeout", usual.execution_timeout, seconds)?,
            execution_retention: self.time(
                "scheduled.queries.execution.max.age",
                usual.execution_retention,
                seconds,
            )?,
            partition_interval: self.time("partition.management.task.frequency", usual.partition_interval, seconds)?,
            partition_threads: self.number("partition.management.task.thread.pool.size", usual.partition_threads)?,
            database_pattern: self.text("partition.management.database.pattern", "*"),
            table_pattern: self.text("partition.management.table.pattern", "*"),
            table_kinds: types.split(',').map(|kind| kind.trim().to_ascii_uppercase()).collect(),
            count_files: self.flag_or("stats.autogather", usual.count_files)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let values = pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        Settings::new(values, "file:/w".to_string())
    }

    #[test]
    fn times() {
        let seconds = |text: &str| duration(text, Duration::from_secs(1)).map(|time| time.as_secs_f64());
        for (text, time) in [("7", 7.0), ("6h", 21600.0), ("30 days", 2_592_000.0), ("500ms", 0.5), ("1min", 60.0)] {
            assert_eq!(seconds(text), Some(time), "{text}");
        }
        for text in ["", "h", "-1s", "1 fortnight", "99999999999999999999"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn keys() {
        let usual = settings(&[]);
        assert_eq!(usual.server_options().unwrap().address, "0.0.0.0:9083");
        assert_eq!(usual.metrics_address().unwrap(), None);
        let told = settings(&[
            ("hive.metastore.port", "1234"),
            ("metastore.thrift.bind.host", "127.0.0.1"),
            ("hive.metastore.thrift.framed.transport.enabled", "TRUE"),
            ("metastore.metrics.port", "5678"),
            ("metastore.partition.management.task.frequency", "300s"),
            ("hive.timedout.txn.reaper.interval", "5m"),
        ]);
        let options = told.server_options().unwrap();
        assert_eq!(options.address, "127.0.0.1:1234");
        assert_eq!(options.transport, Transport::Socket(Framing::Framed));
        assert_eq!(told.metrics_address().unwrap().as_deref(), Some("0.0.0.0:5678"));
        let upkeep = told.upkeep().unwrap();
        assert_eq!(upkeep.partition_interval.as_secs(), 300);
        assert_eq!(upkeep.reaper_interval.as_secs(), 300);
        for (key, value) in [
            ("hive.metastore.port", "x"),
            ("hive.metastore.server.thrift.transport.mode", "pigeon"),
            ("hive.metastore.authentication", "LDAP"),
            ("hive.metastore.authentication", "FILE"),
            ("hive.metastore.sasl.enabled", "true"),
            (
                "hive.metastore.pre.event.listeners",
                "org.apache.hadoop.hive.ql.security.authorization.AuthorizationPreEventListener",
            ),
            ("hive.metastore.use.SSL", "true"),
            ("hive.metastore.use.SSL", "perhaps"),
        ] {
            assert!(settings(&[(key, value)]).server_options().is_err(), "{key}={value}");
        }
    }
}
