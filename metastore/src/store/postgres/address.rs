//! Where a PostgreSQL catalog is.

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};

use super::tls::{Roots, RustlsConnect, Verification};
use super::worker::{fault_of, with_causes};
use crate::error::{MetastoreError, Result};
use crate::store::sql::fault::{Attempt, Fault};

/// Name of the schema that the tables are in, where none is given.
const DEFAULT_SCHEMA: &str = "skep";

/// User and password that are not in the URL (`javax.jdo.option.ConnectionUserName`, `…ConnectionPassword`).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Name of the user.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A database, who uses it, and the schema in it.
#[derive(Clone)]
pub struct Address {
    config: Config,
    schema: String,
    encryption: Option<Verification>,
    roots: Roots,
    shown: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.shown).finish()
    }
}

impl Address {
    /// Is it the URL of a PostgreSQL database?
    pub fn is_url(text: &str) -> bool {
        let text = text.strip_prefix("jdbc:").unwrap_or(text);
        text.starts_with("postgresql://") || text.starts_with("postgres://")
    }

    /// Reads `postgresql://user:password@host:port/database?option=value&…`, also with `jdbc:` before it. Options are
    /// those of PostgreSQL's own URLs (`connect_timeout`, `application_name`, `options`, …, `host` for the folder of a
    /// socket) and of its JDBC driver (`user`, `password`, `ssl`, `currentSchema`); `sslmode` is `disable`, `prefer`,
    /// `require`, `verify-ca` or `verify-full`, `sslrootcert` a PEM file (without it the system's). The tables are in
    /// the schema `currentSchema`, else `skep`. [`MetastoreError::InvalidObject`] for anything else.
    pub fn parse(url: &str, credentials: &Credentials) -> Result<Self> {
        let wrong =
            |reason: String| MetastoreError::InvalidObject(format!("the URL of a catalog in PostgreSQL: {reason}"));
        let text = url.strip_prefix("jdbc:").unwrap_or(url);
        if !Self::is_url(text) {
            return Err(wrong("it begins with postgresql://".to_string()));
        }
        let (base, options) = text.split_once('?').unwrap_or((text, ""));
        let mut schema = DEFAULT_SCHEMA.to_string();
        let mut encryption = Some(Verification::None);
        let mut mode = SslMode::Prefer;
        let mut roots = Roots::System;
        let (mut user, mut password) = (credentials.user.clone(), credentials.password.clone());
        let mut kept = vec![];
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = decode(value).ok_or_else(|| wrong(format!("the value of {name} cannot be read")))?;
            match (name, value.as_str()) {
                ("user", _) => user = Some(value),
                ("password", _) => password = Some(value),
                ("currentSchema" | "schema", "") => return Err(wrong("the schema has no name".to_string())),
                ("currentSchema" | "schema", _) => schema = value,
                ("sslrootcert", "system") => roots = Roots::System,
                ("sslrootcert", _) => roots = Roots::File(value),
                ("sslmode", "disable") | ("ssl", "false") => (mode, encryption) = (SslMode::Disable, None),
                ("sslmode", "allow" | "prefer") => (mode, encryption) = (SslMode::Prefer, Some(Verification::None)),
                ("sslmode", "require") => (mode, encryption) = (SslMode::Require, Some(Verification::None)),
                ("sslmode", "verify-ca") => (mode, encryption) = (SslMode::Require, Some(Verification::Chain)),
                ("sslmode", "verify-full") | ("ssl", "true" | "") => {
                    (mode, encryption) = (SslMode::Require, Some(Verification::Full));
                }
                ("sslmode" | "ssl", other) => return Err(wrong(format!("{name} cannot be {other}"))),
                _ => kept.push(option),
            }
        }
        let rest = if kept.is_empty() { base.to_string() } else { format!("{base}?{}", kept.join("&")) };
        // The parser's own error may show the URL, and with it the password.
        let mut config: Config = rest.parse().map_err(|e: postgres::Error| wrong(with_causes(&e)))?;
        config.ssl_mode(mode);
        if let Some(user) = user {
            config.user(&user);
        }
        if let Some(password) = password {
            config.password(password);
        }
        if config.get_application_name().is_none() {
            config.application_name("skep");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(std::time::Duration::from_secs(10));
        }
        config.keepalives_idle(std::time::Duration::from_secs(60));
        let shown = shown(&config, &schema);
        Ok(Self { config, schema, encryption, roots, shown })
    }

    /// The schema that the tables are in.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The address for messages: nothing secret is in it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Connects, for someone who reads tables of another program.
    pub(crate) fn open(&self) -> Result<Client> {
        self.connect().map_err(|fault| fault.into_error(&self.shown, 0))
    }

    /// Connects.
    pub(super) fn connect(&self) -> Attempt<Client> {
        let Some(verification) = self.encryption else {
            return self.config.connect(NoTls).map_err(fault_of);
        };
        let tls = RustlsConnect::new(verification, &self.roots).map_err(Fault::Database)?;
        self.config.connect(tls).map_err(fault_of)
    }
}

fn shown(config: &Config, schema: &str) -> String {
    let ports = config.get_ports();
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(i, host)| {
            let name = match host {
                Host::Tcp(name) => name.clone(),
                #[cfg(unix)]
                Host::Unix(folder) => folder.display().to_string(),
            };
            match ports.get(i).or(ports.first()) {
                Some(port) if *port != 5432 => format!("{name}:{port}"),
                _ => name,
            }
        })
        .collect();
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("postgresql://{}/{database}, schema {schema}", hosts.join(","))
}

/// Undoes the escapes of a URL.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url, &Credentials::default()).unwrap()
    }

    #[test]
    fn urls_are_read() {
        let address = parse("postgresql://me:p%40ss@db.example:6543/hive?sslmode=disable&currentSchema=my%20schema");
        assert_eq!(address.config.get_user(), Some("me"));
        assert_eq!(address.config.get_password(), Some("p@ss".as_bytes()));
        assert_eq!(address.schema(), "my schema");
        assert_eq!(address.encryption, None);
        assert_eq!(address.shown(), "postgresql://db.example:6543/hive, schema my schema");
        assert!(!format!("{address:?}").contains("p@ss"));

        let given = Credentials { user: Some("u".into()), password: Some("secret".into()) };
        let address = Address::parse("jdbc:postgresql://db/hive?ssl=true", &given).unwrap();
        assert_eq!((address.config.get_user(), address.encryption), (Some("u"), Some(Verification::Full)));
        assert_eq!(address.shown(), "postgresql://db/hive, schema skep");
        let address = Address::parse("jdbc:postgresql://db/hive?user=v&password=w", &given).unwrap();
        assert_eq!(address.config.get_user(), Some("v"));
        assert!(Address::is_url("postgres://x") && !Address::is_url("jdbc:mysql://x") && !Address::is_url("/a/b.db"));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        for (url, wrong) in [
            ("postgresql://u:geheim@h/d?sslmode=perhaps", "sslmode cannot be perhaps"),
            ("postgresql://u:geheim@h/d?whatever=1", "whatever"),
            ("postgresql://u:geheim@h/d?currentSchema=", "no name"),
            ("postgresql://u:geheim@h/d?user=%zz", "the value of user cannot be read"),
            ("mysql://u:geheim@h/d", "postgresql://"),
        ] {
            let message = Address::parse(url, &Credentials::default()).unwrap_err().to_string();
            assert!(message.contains(wrong) && !message.contains("geheim"), "{message}");
        }
    }
}
