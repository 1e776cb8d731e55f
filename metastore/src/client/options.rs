//! Where a remote metastore is and how it is spoken to: Hive's keys, and a few of Skep's.

use std::path::PathBuf;
use std::time::Duration;

use skep_thrift::{ClientOptions, Framing, Login};

use crate::error::{MetastoreError, Result};

/// Port of a metastore server where an address names none (`hive.metastore.port`).
pub const DEFAULT_PORT: u16 = 9083;

/// Address of a metastore server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or number of the machine.
    pub host: String,
    /// Port there.
    pub port: u16,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "thrift://[{}]:{}", self.host, self.port),
            false => write!(f, "thrift://{}:{}", self.host, self.port),
        }
    }
}

impl Endpoint {
    /// Reads a list of addresses, `thrift://a:9083,thrift://b:9083`. Without a port, [`DEFAULT_PORT`] is meant.
    ///
    /// # Errors
    /// [`MetastoreError::InvalidObject`] with the address that is none.
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        text.split(',').map(str::trim).filter(|uri| !uri.is_empty()).map(Self::parse).collect()
    }

    fn parse(uri: &str) -> Result<Self> {
        let wrong = |why: &str| {
            let text = format!("Invalid value of hive.metastore.uris: {uri} {why}");
            MetastoreError::InvalidObject(text)
        };
        let rest = uri.strip_prefix("thrift://").ok_or_else(|| wrong("does not begin with thrift://"))?;
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        if host.is_empty() || host.contains(['/', ' ', '@']) {
            return Err(wrong("names no machine"));
        }
        let port = match port {
            Some(port) => port.parse().map_err(|_| wrong("has a port that is none"))?,
            None => DEFAULT_PORT,
        };
        Ok(Self { host: host.to_string(), port })
    }
}

/// In which order servers are asked (`hive.metastore.uri.selection`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Selection {
    /// A process begins with any one of them, so that many processes spread over the servers.
    #[default]
    Random,
    /// As they are written.
    Sequential,
}

/// How a [`super::RemoteStore`] reaches its servers.
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    /// The servers; they stand for one metastore.
    pub endpoints: Vec<Endpoint>,
    /// In which order they are asked.
    pub selection: Selection,
    /// How often all of them are tried before a connection is given up (`hive.metastore.connect.retries`).
    pub connect_attempts: u32,
    /// Pause between two rounds of them (`hive.metastore.client.connect.retry.delay`).
    pub connect_delay: Duration,
    /// How long an answer may take (`hive.metastore.client.socket.timeout`).
    pub timeout: Duration,
    /// How often a call that changes nothing is made again after its connection broke
    /// (`hive.metastore.failure.retries`).
    pub failure_retries: u32,
    /// A connection that is older is closed after its call (`hive.metastore.client.socket.lifetime`); zero for never.
    pub lifetime: Duration,
    /// Idle connections that are kept.
    pub idle: usize,
    /// Who asks, where the connection itself does not tell (`set_ugi`).
    pub user: String,
    /// Groups of the user.
    pub groups: Vec<String>,
    /// Whether messages are framed (`hive.metastore.thrift.framed.transport.enabled`).
    pub framed: bool,
    /// Name and password for SASL PLAIN, where the server wants them.
    pub plain: Option<Login>,
    /// File with the certificates (PEM) that are trusted, where the server speaks TLS.
    pub tls: Option<PathBuf>,
    /// Hive's API is spoken to servers of ours, too.
    pub hive_api: bool,
    /// How old an answer about a database or a table may be that is used again; zero for never.
    pub cache_age: Duration,
    /// Folder of the journals of commits, where the server is Hive's; none for a hidden one in the database's folder.
    pub journals: Option<PathBuf>,
    /// The folder for them where a database's is not on this machine's file systems.
    pub local_journals: PathBuf,
}

impl RemoteOptions {
    /// Options with Hive's defaults.
    pub fn new(endpoints: Vec<Endpoint>, user: &str, local_journals: PathBuf) -> Self {
        Self {
            endpoints,
            selection: Selection::default(),
            connect_attempts: 3,
            connect_delay: Duration::from_secs(1),
            timeout: Duration::from_secs(600),
            failure_retries: 1,
            lifetime: Duration::ZERO,
            idle: 8,
            user: user.to_string(),
            groups: Vec::new(),
            framed: false,
            plain: None,
            tls: None,
            hive_api: false,
            cache_age: Duration::ZERO,
            journals: None,
            local_journals,
        }
    }

    /// Options by settings; `get` gives the value of a key. Of each of Hive's keys the form without `hive.` (Hive 4's) is
    /// taken, too. None where `hive.metastore.uris` is empty.
    ///
    /// # Errors
    /// [`MetastoreError::InvalidObject`] with the key and the value that it does not take.
    pub fn from_settings(
        get: impl Fn(&str) -> Option<String>,
        user: &str,
        local_journals: PathBuf,
    ) -> Result<Option<Self>> {
        let settings = Settings { get };
        let uris = settings.named(&["hive.metastore.uris", "metastore.thrift.uris"]).unwrap_or_default();
        let endpoints = Endpoint::parse_list(&uris)?;
        if endpoints.is_empty() {
            return Ok(None);
        }
        let mut options = Self::new(endpoints, user, local_journals);
        if let Some(word) = settings.of("metastore.uri.selection", "metastore.thrift.uri.selection") {
            options.selection = match word.to_ascii_uppercase().as_str() {
                "RANDOM" => Selection::Random,
                "SEQUENTIAL" => Selection::Sequential,
                _ => return Err(invalid("hive.metastore.uri.selection", &word, "RANDOM or SEQUENTIAL")),
            };
        }
        let number = |key: &str, other: &str, to: &mut u32| match settings.of(key, other) {
            Some(text) => text
                .trim()
                .parse()
                .map(|number| *to = number)
                .map_err(|_| invalid(&format!("hive.{key}"), &text, "a whole number")),
            None => Ok(()),
        };
        number("metastore.connect.retries", "metastore.thrift.connection.retries", &mut options.connect_attempts)?;
        number("metastore.failure.retries", "metastore.thrift.failure.retries", &mut options.failure_retries)?;
        let time = |key: &str, to: &mut Duration| match settings.of(key, key) {
            Some(text) => duration(&text)
                .map(|time| *to = time)
                .ok_or_else(|| invalid(&format!("hive.{key}"), &text, "a time such as 600s or 200ms")),
            None => Ok(()),
        };
        time("metastore.client.connect.retry.delay", &mut options.connect_delay)?;
        time("metastore.client.socket.timeout", &mut options.timeout)?;
        time("metastore.client.socket.lifetime", &mut options.lifetime)?;
        let on = |key: &str| settings.of(key, key).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        options.framed = on("metastore.thrift.framed.transport.enabled");
        let mode = settings.of("metastore.client.auth.mode", "metastore.client.auth.mode").unwrap_or_default();
        match mode.to_ascii_uppercase().as_str() {
            "" | "NOSASL" if !on("metastore.sasl.enabled") => {}
            "PLAIN" => options.plain = Some(settings.plain(user)?),
            _ => {
                let text = "hive.metastore.sasl.enabled and hive.metastore.client.auth.mode: only NOSASL and PLAIN are \
                            known; Kerberos is not";
                return Err(MetastoreError::InvalidObject(text.to_string()));
            }
        }
        if on("metastore.use.SSL") {
            let trust = settings.of("metastore.truststore.path", "metastore.truststore.path").unwrap_or_default();
            if trust.is_empty() {
                let text = "hive.metastore.use.SSL wants hive.metastore.truststore.path: a file of certificates (PEM)";
                return Err(MetastoreError::InvalidObject(text.to_string()));
            }
            options.tls = Some(PathBuf::from(trust));
        }
        if let Some(word) = settings.named(&["skep.metastore.api"]) {
            options.hive_api = match word.to_ascii_lowercase().as_str() {
                "hive" => true,
                "any" => false,
                _ => return Err(invalid("skep.metastore.api", &word, "hive or any")),
            };
        }
        if let Some(text) = settings.named(&["skep.metastore.cache.age"]) {
            let age = duration(&text);
            options.cache_age = age.ok_or_else(|| invalid("skep.metastore.cache.age", &text, "a time such as 2s"))?;
        }
        options.journals = settings.named(&["skep.metastore.journals"]).map(PathBuf::from);
        Ok(Some(options))
    }

    /// The same as the wire has it.
    pub(super) fn wire(&self) -> ClientOptions {
        let defaults = ClientOptions::default();
        ClientOptions {
            connect_timeout: defaults.connect_timeout.map(|time| time.min(self.timeout)),
            timeout: Some(self.timeout).filter(|time| !time.is_zero()),
            framing: if self.framed { Framing::Framed } else { Framing::Unframed },
            login: self.plain.clone(),
            tls: self.tls.clone(),
            ..defaults
        }
    }
}

struct Settings<F> {
    get: F,
}

impl<F: Fn(&str) -> Option<String>> Settings<F> {
    /// The first of these keys that is set to something.
    fn named(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| (self.get)(key)).filter(|value| !value.trim().is_empty())
    }

    /// The value of `hive.key`, or of Hive 4's other name.
    fn of(&self, key: &str, other: &str) -> Option<String> {
        self.named(&[&format!("hive.{key}"), other])
    }

    /// Name and password: `hive.metastore.client.plain.username`, and the first line of the file that
    /// `skep.metastore.client.password.file` names.
    fn plain(&self, user: &str) -> Result<Login> {
        let key = "metastore.client.plain.username";
        let user = self.of(key, key).unwrap_or_else(|| user.to_string());
        let Some(file) = self.named(&["skep.metastore.client.password.file"]) else {
            let text = "hive.metastore.client.auth.mode=PLAIN wants skep.metastore.client.password.file";
            return Err(MetastoreError::InvalidObject(text.to_string()));
        };
        let text = std::fs::read_to_string(&file)
            .map_err(|error| MetastoreError::InvalidObject(format!("cannot read {file}: {error}")))?;
        Ok(Login { user, password: text.lines().next().unwrap_or_default().to_string() })
    }
}

fn invalid(key: &str, value: &str, wanted: &str) -> MetastoreError {
    MetastoreError::InvalidObject(format!("Invalid value of {key}: {value} is not {wanted}"))
}

/// A time as Hive writes it: a number and a unit; seconds where there is none (`HiveConf.toTime`).
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().ok()?;
    let seconds = |each: u64| number.checked_mul(each).map(Duration::from_secs);
    match unit.trim().to_ascii_lowercase().as_str() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => seconds(1),
        "m" | "min" | "mins" | "minute" | "minutes" => seconds(60),
        "h" | "hour" | "hours" => seconds(3600),
        "d" | "day" | "days" => seconds(86_400),
        "l" | "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => Some(Duration::from_millis(number)),
        "us" | "usec" | "usecs" | "microsecond" | "microseconds" => Some(Duration::from_micros(number)),
        "ns" | "nsec" | "nsecs" | "nanosecond" | "nanoseconds" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(settings: &[(&str, &str)]) -> Result<Option<RemoteOptions>> {
        let get = |key: &str| settings.iter().find(|(name, _)| *name == key).map(|(_, value)| value.to_string());
        RemoteOptions::from_settings(get, "me", PathBuf::from("/j"))
    }

    #[test]
    fn reads_addresses() {
        let list = Endpoint::parse_list("thrift://a:9083, thrift://b,thrift://[::1]:1").unwrap();
        let shown: Vec<String> = list.iter().map(Endpoint::to_string).collect();
        assert_eq!(shown, ["thrift://a:9083", "thrift://b:9083", "thrift://[::1]:1"]);
        for wrong in ["a:9083", "thrift://", "thrift://a:b", "http://a:1", "thrift://u@a:1", "thrift://a:99999"] {
            assert!(Endpoint::parse_list(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Endpoint::parse_list(" , ").unwrap(), []);
    }

    #[test]
    fn reads_times() {
        assert_eq!(duration("600"), Some(Duration::from_secs(600)));
        assert_eq!(duration("5 min"), Some(Duration::from_secs(300)));
        assert_eq!(duration("20ms"), Some(Duration::from_millis(20)));
        assert_eq!(duration("x"), None);
        assert_eq!(duration("5 parsecs"), None);
        assert_eq!(duration("99999999999999999999"), None);
    }

    #[test]
    fn takes_hives_keys() {
        assert!(options(&[]).unwrap().is_none());
        let uris = ("hive.metastore.uris", "thrift://a:1");
        let some = options(&[
            uris,
            ("hive.metastore.uri.selection", "sequential"),
            ("metastore.thrift.connection.retries", "7"),
            ("hive.metastore.client.socket.timeout", "20s"),
            ("skep.metastore.cache.age", "1s"),
        ]);
        let some = some.unwrap().unwrap();
        assert_eq!((some.selection, some.connect_attempts), (Selection::Sequential, 7));
        assert_eq!((some.timeout, some.cache_age), (Duration::from_secs(20), Duration::from_secs(1)));
        for wrong in [
            ("hive.metastore.uri.selection", "any"),
            ("hive.metastore.client.socket.timeout", "soon"),
            ("hive.metastore.connect.retries", "-1"),
            ("hive.metastore.sasl.enabled", "true"),
            ("hive.metastore.client.auth.mode", "PLAIN"),
            ("hive.metastore.use.SSL", "true"),
            ("skep.metastore.api", "other"),
        ] {
            assert!(options(&[uris, wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn passwords_come_from_a_file_and_are_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p");
        std::fs::write(&file, "geheim\n").unwrap();
        let file = file.display().to_string();
        let some = options(&[
            ("hive.metastore.uris", "thrift://a:1"),
            ("hive.metastore.client.auth.mode", "plain"),
            ("skep.metastore.client.password.file", &file),
        ]);
        let some = some.unwrap().unwrap();
        assert_eq!(some.plain.as_ref().map(|login| login.password.as_str()), Some("geheim"));
        assert!(!format!("{some:?}").contains("geheim"));
    }
}
