//! How clients come in: what all transports of a server have in common.

use std::sync::Arc;
use std::time::Duration;

use skep_thrift::{CookieOptions, PasswordCheck, ServerOptions, ServerTls, Throttle};

use super::{ProxyRules, passwords, tls, value};
use crate::error::Result;
use crate::server::settings::time;
use crate::session::config::SessionConfig;

/// Over binary a connection has a session, with a timeout of its own; one that is silent for a day more is of a client
/// that is gone.
const LONG_GONE: Duration = Duration::from_secs(86_400);

/// How clients come in.
#[derive(Clone)]
pub struct Access {
    /// Who may connect with which password; `None` where nobody is asked.
    pub passwords: Option<Arc<dyn PasswordCheck>>,
    /// What slows down failed logins, on whatever transport.
    pub throttle: Arc<Throttle>,
    /// Who may act for whom.
    pub proxy: ProxyRules,
    /// Whether a domain behind a user's name is left out, as Hive does
    /// (`hive.authorization.kerberos.use.shortname`; here for LDAP).
    short_names: bool,
    /// TLS of all transports.
    pub tls: Option<Arc<ServerTls>>,
    cookies: Option<CookieOptions>,
    xsrf_header: bool,
    /// How long a handshake or a login may take.
    pub login_timeout: Duration,
    binary_idle: Option<Duration>,
    http_idle: Option<Duration>,
    max_connections: usize,
    max_connections_per_address: usize,
}

impl Access {
    /// What the configuration says.
    ///
    /// # Errors
    /// A way of authentication that there is not, a file that is not there, a time that is none.
    pub fn of(config: &SessionConfig) -> Result<Self> {
        let second = Duration::from_secs(1);
        let count = |key: &str| usize::try_from(config.int(key)).unwrap_or(1);
        let text = |key: &str| value(config, key).map(str::to_string);
        let idle = |key: &str| -> Result<Option<Duration>> {
            Ok(Some(time(config, key, Duration::from_millis(1))?).filter(|idle| !idle.is_zero()))
        };
        let tls = tls(config)?;
        let cookies = CookieOptions {
            max_age: time(config, "hive.server2.thrift.http.cookie.max.age", second)?,
            domain: text("hive.server2.thrift.http.cookie.domain"),
            path: text("hive.server2.thrift.http.cookie.path"),
            secure: tls.is_some(),
            http_only: config.bool("hive.server2.thrift.http.cookie.is.httponly"),
        };
        let ldap = config.text("hive.server2.authentication").trim().eq_ignore_ascii_case("LDAP");
        Ok(Self {
            passwords: passwords(config)?,
            throttle: Arc::default(),
            proxy: ProxyRules::of(config),
            short_names: ldap && config.bool("hive.authorization.kerberos.use.shortname"),
            cookies: Some(cookies).filter(|_| config.bool("hive.server2.thrift.http.cookie.auth.enabled")),
            tls,
            xsrf_header: config.bool("hive.server2.xsrf.filter.enabled"),
            login_timeout: time(config, "hive.server2.thrift.login.timeout", second)?,
            binary_idle: idle("hive.server2.idle.session.timeout")?.map(|idle| idle + LONG_GONE),
            http_idle: idle("hive.server2.thrift.http.max.idle.time")?,
            max_connections: count("skep.server.max.connections"),
            max_connections_per_address: count("skep.server.max.connections.per.address"),
        })
    }

    /// The name that a session has of a user who has proved this one.
    pub fn session_name<'n>(&self, proved: &'n str) -> &'n str {
        if self.short_names { super::ldap::without_domain(proved) } else { proved }
    }

    /// The options of a transport, in which these are set.
    pub fn options(&self, options: ServerOptions) -> ServerOptions {
        let http = matches!(options.transport, skep_thrift::Transport::Http { .. });
        ServerOptions {
            passwords: self.passwords.clone(),
            throttle: Arc::clone(&self.throttle),
            acting: true,
            realm: "HiveServer2".to_string(),
            cookies: self.cookies.clone(),
            xsrf_header: self.xsrf_header,
            tls: self.tls.clone(),
            max_connections: self.max_connections,
            max_connections_per_address: self.max_connections_per_address,
            idle_timeout: if http { self.http_idle } else { self.binary_idle },
            login_timeout: self.login_timeout,
            ..options
        }
    }
}
