//! What a server does, out of the configuration.

use std::sync::Arc;
use std::time::Duration;

use skep_metastore::server::duration;
use skep_thrift::ServerTls;

use super::admission::AdmissionLimits;
use super::auth::{Access, web_tls};
use super::expiry::ExpiryLimits;
use super::operation::ResultLimits;
use crate::Engine;
use crate::error::{ErrorKind, Result, SkepError};
use crate::session::config::SessionConfig;
use crate::session::policy::Policy;

/// What a server does. Each field's key is declared in `session::keys`.
#[derive(Clone)]
pub struct ServerSettings {
    /// `hive.server2.thrift.bind.host`; empty for all addresses.
    pub host: String,
    /// `hive.server2.thrift.port`, unless HTTP is the one transport.
    pub port: Option<u16>,
    /// `hive.server2.thrift.http.port`, unless binary is the one transport.
    pub http_port: Option<u16>,
    /// `hive.server2.thrift.http.path`
    pub http_path: String,
    /// `hive.server2.thrift.max.message.size`
    pub max_message: usize,
    /// `hive.server2.thrift.resultset.max.fetch.size`
    pub max_fetch: usize,
    /// `hive.server2.thrift.resultset.default.fetch.size`
    pub default_fetch: usize,
    /// `hive.server2.long.polling.timeout`
    pub long_poll: Duration,
    /// `hive.server2.close.session.on.disconnect`
    pub close_on_disconnect: bool,
    /// What sessions may do.
    pub policy: Arc<Policy>,
    /// How clients come in.
    pub access: Access,
    /// `hive.query.timeout.seconds`; zero for none.
    pub query_timeout: Duration,
    /// `skep.server.running.statements` and its kin.
    pub admission: AdmissionLimits,
    /// `hive.server2.parallel.ops.in.session`
    pub parallel_operations: bool,
    /// `hive.server2.limit.connections.*`
    pub session_limits: SessionLimits,
    /// `hive.server2.idle.*`
    pub expiry: ExpiryLimits,
    /// `hive.server2.graceful.stop.timeout`
    pub stop_timeout: Duration,
    /// The web page.
    pub web: WebSettings,
    /// `skep.server.result.*`
    pub results: ResultLimits,
}

/// How many sessions there may be; `None` for any number.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// `hive.server2.limit.connections.per.user`
    pub of_user: Option<usize>,
    /// `hive.server2.limit.connections.per.ipaddress`
    pub of_address: Option<usize>,
    /// `hive.server2.limit.connections.per.user.ipaddress`
    pub of_user_at_address: Option<usize>,
}

/// A fetch gives at most so many bytes, or a row: Thrift's libraries take frames of 16 MB.
const FETCH_BYTES: usize = 8 << 20;

/// A server that is told to decide by privileges must not let everybody do everything.
fn refuse_authorization(engine: &Engine, config: &SessionConfig) -> Result<()> {
    if engine.authorizer().is_some() || !config.bool("hive.security.authorization.enabled") {
        return Ok(());
    }
    let text = "hive.security.authorization.enabled=true is not supported: roles and privileges are kept, but do not decide yet \
                what users may do (nor does hive.security.authorization.sqlstd.confwhitelist which settings they may change). With \
                false the server starts, and whoever may come may do everything that skep.server.allow.*, \
                skep.server.allowed.folders and hive.conf.restricted.list leave";
    Err(SkepError::new(ErrorKind::Configuration, text))
}

impl ServerSettings {
    /// The settings of an engine's sessions.
    ///
    /// # Errors
    /// A time is none; something is asked for that a server does not do.
    pub fn of(engine: &Engine, config: &SessionConfig) -> Result<Self> {
        refuse_authorization(engine, config)?;
        let port = |key: &str| u16::try_from(config.int(key)).ok();
        let mode = config.text("hive.server2.transport.mode").to_ascii_lowercase();
        let bytes = |key: &str, otherwise: u64| config.memory(key, 0).unwrap_or(otherwise) as usize;
        let count = |key: &str| usize::try_from(config.int(key)).ok().filter(|count| *count > 0);
        let spill = ["skep.spill.dir", "hive.exec.local.scratchdir"].iter().find_map(|key| config.get(key));
        let folder = match spill {
            Some(folder) => skep_warehouse::store::url::local_path(folder)?,
            None => engine.home().join("results"),
        };
        let access = Access::of(config)?;
        Ok(Self {
            host: config.text("hive.server2.thrift.bind.host").to_string(),
            port: port("hive.server2.thrift.port").filter(|_| mode != "http"),
            http_port: port("hive.server2.thrift.http.port").filter(|_| mode != "binary"),
            http_path: config.text("hive.server2.thrift.http.path").to_string(),
            max_message: config.int("hive.server2.thrift.max.message.size") as usize,
            max_fetch: config.int("hive.server2.thrift.resultset.max.fetch.size") as usize,
            default_fetch: config.int("hive.server2.thrift.resultset.default.fetch.size") as usize,
            long_poll: time(config, "hive.server2.long.polling.timeout", Duration::from_millis(1))?,
            close_on_disconnect: config.bool("hive.server2.close.session.on.disconnect"),
            policy: Arc::new(Policy::of_server(config)?),
            web: WebSettings::of(config, &access)?,
            access,
            query_timeout: time(config, "hive.query.timeout.seconds", Duration::from_secs(1))?,
            admission: AdmissionLimits {
                running: count("skep.server.running.statements").unwrap_or(1),
                running_of_user: count("skep.server.running.statements.per.user"),
                waiting: count("skep.server.waiting.statements").unwrap_or(0),
            },
            parallel_operations: config.bool("hive.server2.parallel.ops.in.session"),
            session_limits: SessionLimits {
                of_user: count("hive.server2.limit.connections.per.user"),
                of_address: count("hive.server2.limit.connections.per.ipaddress"),
                of_user_at_address: count("hive.server2.limit.connections.per.user.ipaddress"),
            },
            expiry: expiry(config)?,
            stop_timeout: time(config, "hive.server2.graceful.stop.timeout", Duration::from_secs(1))?,
            results: ResultLimits {
                ahead: bytes("skep.server.result.ahead", 16 << 20),
                kept: bytes("skep.server.result.memory", 4 << 20),
                fetch: FETCH_BYTES,
                folder,
            },
        })
    }

    /// How much of a result is held.
    pub fn result_limits(&self) -> ResultLimits {
        self.results.clone()
    }

    /// The address of a port.
    pub fn address(&self, port: u16) -> String {
        let host = if self.host.is_empty() { "0.0.0.0" } else { &self.host };
        format!("{host}:{port}")
    }
}

/// When sessions and operations expire.
fn expiry(config: &SessionConfig) -> Result<ExpiryLimits> {
    let milliseconds = Duration::from_millis(1);
    let operation = config.text("hive.server2.idle.operation.timeout").trim();
    // A negative time is that of running operations, too.
    let (running_operations, operation) = match operation.strip_prefix('-') {
        Some(operation) => (true, operation),
        None => (false, operation),
    };
    let key = "hive.server2.idle.operation.timeout";
    let operation = duration(operation, milliseconds).ok_or_else(|| no_time(key, operation))?;
    Ok(ExpiryLimits {
        interval: time(config, "hive.server2.session.check.interval", milliseconds)?,
        session: time(config, "hive.server2.idle.session.timeout", milliseconds)?,
        only_without_operations: config.bool("hive.server2.idle.session.check.operation"),
        operation,
        running_operations,
    })
}

/// What the web page does.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// `hive.server2.webui.host`; empty for all addresses.
    pub host: String,
    /// `hive.server2.webui.port`; `None` for no page.
    pub port: Option<u16>,
    /// Whether someone has chosen that port: the server does not begin without it then.
    pub chosen: bool,
    /// `hive.server2.webui.max.historic.queries`; 0 where there is no page.
    pub history: usize,
    /// Whether users must say who they are.
    pub login: bool,
    /// When a query that nobody looks at is stopped (`skep.server.web.abandoned.timeout`); zero for never.
    pub abandoned: Duration,
    /// TLS, if it has any (`hive.server2.webui.use.ssl`).
    pub tls: Option<Arc<ServerTls>>,
}

impl WebSettings {
    /// What the configuration says; `access` is how clients come to the server.
    ///
    /// # Errors
    /// Something that is not supported is asked for, a time is none, or a certificate cannot be used.
    pub fn of(config: &SessionConfig, access: &Access) -> Result<Self> {
        let unsupported = ["hive.server2.webui.use.spnego", "hive.server2.webui.use.pam"];
        if let Some(key) = unsupported.iter().find(|key| config.bool(key)) {
            return Err(SkepError::new(ErrorKind::Configuration, format!("{key}=true is not supported")));
        }
        let authentication = config.text("hive.server2.authentication").to_ascii_uppercase();
        let port = u16::try_from(config.int("hive.server2.webui.port")).ok().filter(|port| *port != 0);
        Ok(Self {
            host: config.text("hive.server2.webui.host").to_string(),
            port,
            chosen: config.overrides().contains_key("hive.server2.webui.port"),
            history: port.map_or(0, |_| config.int("hive.server2.webui.max.historic.queries").unsigned_abs() as usize),
            abandoned: time(config, "skep.server.web.abandoned.timeout", Duration::from_secs(1))?,
            tls: match port {
                Some(_) => web_tls(config, access.tls.as_ref())?,
                None => None,
            },
            login: !matches!(authentication.as_str(), "NONE" | "NOSASL"),
        })
    }
}

/// A time; a number without a unit is of this one.
pub(super) fn time(config: &SessionConfig, key: &str, unit: Duration) -> Result<Duration> {
    let text = config.text(key);
    duration(text, unit).ok_or_else(|| no_time(key, text))
}

fn no_time(key: &str, text: &str) -> SkepError {
    SkepError::new(ErrorKind::Configuration, format!("{key} is '{text}', which is no time such as 30s, 5m, 6h"))
}

impl std::fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerSettings")
            .field("port", &self.port)
            .field("http_port", &self.http_port)
            .finish_non_exhaustive()
    }
}
