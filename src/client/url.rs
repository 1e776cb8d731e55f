//! JDBC's URLs of HiveServer2: `jdbc:hive2://host:port,…/database;session variables?settings#variables`.

use crate::error::{ErrorKind, Result, SkepError};
use crate::zookeeper;

/// How servers are found and spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JdbcUrl {
    /// `host:port` of the servers, or of ZooKeeper's.
    pub hosts: Vec<String>,
    /// The database that the session begins in.
    pub database: Option<String>,
    /// Settings for the session, behind `?`.
    pub settings: Vec<(String, String)>,
    /// `hivevar` variables, behind `#`.
    pub variables: Vec<(String, String)>,
    /// `user`, where the URL names one.
    pub user: Option<String>,
    /// `password`
    pub password: Option<String>,
    /// `auth=noSasl`
    pub no_sasl: bool,
    /// `transportMode`, where the URL names it: whether it is HTTP.
    pub http: Option<bool>,
    /// `httpPath`
    pub path: Option<String>,
    /// `ssl`, where the URL names it.
    pub tls: Option<bool>,
    /// `sslTrustStore`: the PEM file of the authorities that are trusted.
    pub trusted: Option<String>,
    /// `serviceDiscoveryMode=zooKeeper`: the namespace (`zooKeeperNamespace`) in which servers are registered.
    pub zookeeper: Option<String>,
    /// `fetchSize`: how many rows are fetched at a time.
    pub fetch_size: Option<i64>,
    /// `initFile`: a file of statements that the session begins with.
    pub init_file: Option<String>,
}

/// Where HiveServer2 is when a host stands without a port.
const DEFAULT_PORT: u16 = 10000;
/// The path of HiveServer2 over HTTP where none is named.
const DEFAULT_PATH: &str = "cliservice";
/// Session variables that change how a connection is made in a way that is not spoken here.
const UNSUPPORTED: [&str; 5] = ["principal", "saslQop", "twoWay", "delegationUID", "jwt"];

impl JdbcUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// It is none, or asks for something that is not supported, which the error names.
    pub fn parse(url: &str) -> Result<Self> {
        let wrong = |reason: &str| {
            let text = format!("'{url}' is no URL of HiveServer2: {reason}");
            SkepError::new(ErrorKind::Configuration, text)
                .with_code(1, "08001")
                .with_hint("it looks like jdbc:hive2://host:10000/database;auth=noSasl?key=value#variable=value")
        };
        let rest = url.strip_prefix("jdbc:hive2://").ok_or_else(|| wrong("it does not begin with jdbc:hive2://"))?;
        let (rest, variables) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, session) = rest.split_once(';').unwrap_or((rest, ""));
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        if hosts.is_empty() {
            return Err(wrong("it names no host"));
        }
        let mut parsed = Self {
            database: Some(database.to_string()).filter(|name| !name.is_empty()),
            settings: pairs(settings).map_err(|pair| wrong(&format!("'{pair}' is no key=value")))?,
            variables: pairs(variables).map_err(|pair| wrong(&format!("'{pair}' is no key=value")))?,
            ..Self::default()
        };
        let (mut discovered, mut namespace) = (false, None);
        for (key, value) in pairs(session).map_err(|pair| wrong(&format!("'{pair}' is no key=value")))? {
            match key.as_str() {
                "user" => parsed.user = Some(value),
                "password" => parsed.password = Some(value),
                "auth" if value.eq_ignore_ascii_case("noSasl") => parsed.no_sasl = true,
                "auth" => return Err(wrong(&format!("auth={value} is not supported, only noSasl is"))),
                "transportMode" => parsed.http = Some(value.eq_ignore_ascii_case("http")),
                "httpPath" => parsed.path = Some(value),
                "ssl" => parsed.tls = Some(value.eq_ignore_ascii_case("true")),
                "sslTrustStore" => parsed.trusted = Some(value),
                "serviceDiscoveryMode" if value.eq_ignore_ascii_case("zooKeeper") => discovered = true,
                "serviceDiscoveryMode" if value.eq_ignore_ascii_case("none") => {}
                "serviceDiscoveryMode" => return Err(wrong(&format!("serviceDiscoveryMode={value} is not supported"))),
                "zooKeeperNamespace" => namespace = Some(value).filter(|name| !name.is_empty()),
                "fetchSize" => {
                    let size = value.parse().ok().filter(|size| *size > 0);
                    parsed.fetch_size =
                        Some(size.ok_or_else(|| wrong(&format!("fetchSize={value} is no number of rows")))?);
                }
                "initFile" => parsed.init_file = Some(value),
                key if UNSUPPORTED.contains(&key) || key.starts_with("http.header.") => {
                    return Err(wrong(&format!("{key} is not supported")));
                }
                // As the driver does: what it does not know is for others.
                _ => {}
            }
        }
        if discovered {
            parsed.zookeeper = Some(namespace.unwrap_or_else(|| zookeeper::DEFAULT_NAMESPACE.to_string()));
        }
        let port = if parsed.zookeeper.is_some() { zookeeper::DEFAULT_PORT } else { DEFAULT_PORT };
        parsed.hosts = hosts.split(',').map(|host| zookeeper::with_port(host.trim(), port)).collect();
        Ok(parsed)
    }

    /// The path over HTTP, if that is how the server is spoken to.
    pub fn http_path(&self) -> Option<&str> {
        self.http.unwrap_or_default().then_some(self.path.as_deref().unwrap_or(DEFAULT_PATH))
    }

    /// Whether the server is spoken to by TLS.
    pub fn uses_tls(&self) -> bool {
        self.tls.unwrap_or_default()
    }
}

/// `key=value;key=value`; the error is the part that is none.
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let parts = text.split(';').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').ok_or_else(|| part.to_string())?;
        Ok((key.trim().to_string(), value.trim().to_string()))
    };
    parts.map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::JdbcUrl;

    #[test]
    fn every_part_is_read() {
        let url = "jdbc:hive2://a,b:10001/d;transportMode=http;httpPath=x;ssl=true;user=u;fetchSize=7?k=v;l=#n=1";
        let parsed = JdbcUrl::parse(url).unwrap();
        assert_eq!(parsed.hosts, ["a:10000", "b:10001"]);
        assert_eq!((parsed.database.as_deref(), parsed.http_path()), (Some("d"), Some("x")));
        assert_eq!((parsed.uses_tls(), parsed.user.as_deref(), parsed.fetch_size), (true, Some("u"), Some(7)));
        assert_eq!(parsed.settings, [("k".to_string(), "v".to_string()), ("l".to_string(), String::new())]);
        assert_eq!(parsed.variables, [("n".to_string(), "1".to_string())]);
    }

    #[test]
    fn zookeeper_is_found_at_its_port() {
        let url = "jdbc:hive2://z1,z2:99/;serviceDiscoveryMode=zooKeeper;zooKeeperNamespace=ns";
        let parsed = JdbcUrl::parse(url).unwrap();
        assert_eq!((parsed.hosts, parsed.zookeeper), (vec!["z1:2181".into(), "z2:99".into()], Some("ns".to_string())));
        let usual = JdbcUrl::parse("jdbc:hive2://z/;serviceDiscoveryMode=zooKeeper").unwrap();
        assert_eq!(usual.zookeeper.as_deref(), Some("hiveserver2"));
        assert_eq!(JdbcUrl::parse("jdbc:hive2://z/;zooKeeperNamespace=ns").unwrap().zookeeper, None);
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (url, named) in [
            ("http://x", "jdbc:hive2://"),
            ("jdbc:hive2:///d", "no host"),
            ("jdbc:hive2://h/;principal=hive/_HOST@R", "principal"),
            ("jdbc:hive2://h/;auth=delegationToken", "delegationToken"),
            ("jdbc:hive2://h/;fetchSize=many", "fetchSize=many"),
            ("jdbc:hive2://h/;nonsense", "'nonsense'"),
        ] {
            let text = JdbcUrl::parse(url).unwrap_err().message().to_string();
            assert!(text.contains(named), "{url}: {text}");
        }
    }
}
