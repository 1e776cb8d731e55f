//! The servers that a URL stands for, those in ZooKeeper among them.
//!
//! As Hive's driver has it (`ZooKeeperHiveClientHelper`): any of the servers below the namespace will do, and what it has
//! published says how to connect, as far as the URL does not.

use std::time::Duration;

use uuid::Uuid;
use zookeeper_client::Error as ZooKeeperError;

use super::JdbcUrl;
use crate::error::{ErrorKind, Result, SkepError};
use crate::zookeeper;

/// The session lasts as long as the questions.
const SESSION: Duration = Duration::from_secs(30);
/// How long ZooKeeper may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The servers in the order in which they are to be tried, each with a URL of its own. Those in ZooKeeper come in random
/// order, so that clients spread over them.
///
/// # Errors
/// ZooKeeper does not answer, or knows no server; what servers have published is not understood.
pub async fn servers(url: &JdbcUrl) -> Result<Vec<JdbcUrl>> {
    let Some(namespace) = &url.zookeeper else {
        let one = |host: &String| JdbcUrl { hosts: vec![host.clone()], ..url.clone() };
        return Ok(url.hosts.iter().map(one).collect());
    };
    let ensemble = url.hosts.join(",");
    let path = zookeeper::path(namespace);
    let client = zookeeper::connect(&ensemble, SESSION, PATIENCE).await.map_err(failed)?;
    let mut nodes = match client.list_children(&path).await {
        Ok(nodes) => nodes,
        Err(ZooKeeperError::NoNode) => Vec::new(),
        Err(error) => return Err(failed(format!("{ensemble}{path}: {error}"))),
    };
    nodes.sort_by_cached_key(|_| Uuid::new_v4());
    let mut servers = Vec::new();
    let mut unread = None;
    for node in nodes {
        let (data, _) = match client.get_data(&format!("{}/{node}", path.trim_end_matches('/'))).await {
            Ok(found) => found,
            // It has ended since.
            Err(ZooKeeperError::NoNode) => continue,
            Err(error) => return Err(failed(format!("{ensemble}{path}/{node}: {error}"))),
        };
        match published(url, &String::from_utf8_lossy(&data)) {
            Ok(server) => servers.push(server),
            Err(reason) => unread = Some(failed(format!("{node}: {reason}"))),
        }
    }
    match (servers.is_empty(), unread) {
        (false, _) => Ok(servers),
        (true, Some(error)) => Err(error),
        (true, None) => Err(failed(format!("no server is registered in {ensemble}{path}"))),
    }
}

/// The URL of the server that has published this: its address alone, or `key=value;…`.
fn published(url: &JdbcUrl, data: &str) -> Result<JdbcUrl, String> {
    let mut server = JdbcUrl { zookeeper: None, ..url.clone() };
    if !data.contains('=') {
        return match data.split_once(':').filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
            Some(_) => Ok(JdbcUrl { hosts: vec![data.to_string()], ..server }),
            None => Err(format!("'{data}' is no server's address")),
        };
    }
    let (mut host, mut binary, mut http_port) = (None, None, None);
    for (key, value) in data.split(';').filter_map(|pair| pair.split_once('=')) {
        let port = || value.parse::<u16>().map_err(|_| format!("{key}={value} is no port"));
        match key {
            "hive.server2.thrift.bind.host" => host = Some(value),
            "hive.server2.thrift.port" => binary = Some(port()?),
            "hive.server2.thrift.http.port" => http_port = Some(port()?),
            "hive.server2.transport.mode" => {
                server.http.get_or_insert(value.eq_ignore_ascii_case("http"));
            }
            "hive.server2.thrift.http.path" => {
                server.path.get_or_insert(value.to_string());
            }
            "hive.server2.use.SSL" => {
                server.tls.get_or_insert(value.eq_ignore_ascii_case("true"));
            }
            "hive.server2.authentication" if value.eq_ignore_ascii_case("NOSASL") => server.no_sasl = true,
            "hive.server2.authentication" if value.eq_ignore_ascii_case("KERBEROS") => {
                return Err("it takes Kerberos, which is not supported".to_string());
            }
            "hive.server2.thrift.sasl.qop" if !value.eq_ignore_ascii_case("auth") => {
                return Err(format!("{key}={value} is not supported"));
            }
            _ => {}
        }
    }
    let host = host.ok_or("it does not say its host (hive.server2.thrift.bind.host)")?;
    let port = match server.http {
        Some(true) => http_port.or(binary),
        _ => binary,
    };
    let port = port.ok_or("it does not say its port")?;
    server.hosts = vec![format!("{host}:{port}")];
    Ok(server)
}

fn failed(reason: impl std::fmt::Display) -> SkepError {
    let text = format!("Unable to read HiveServer2 configs from ZooKeeper: {reason}");
    SkepError::new(ErrorKind::Remote, text).with_code(1, "08001")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &str = "hive.server2.thrift.http.port=8;hive.server2.thrift.bind.host=h;hive.server2.thrift.port=7;\
                        hive.server2.instance.uri=h:7;hive.server2.thrift.sasl.qop=auth;hive.server2.use.SSL=false;\
                        hive.server2.thrift.http.path=p;hive.server2.authentication=NONE;hive.server2.transport.mode=all";

    fn read(session: &str, data: &str) -> Result<JdbcUrl, String> {
        let url = format!("jdbc:hive2://z/d;serviceDiscoveryMode=zooKeeper{session}");
        published(&JdbcUrl::parse(&url).unwrap(), data)
    }

    #[test]
    fn an_address_alone() {
        let server = read("", "h:7").unwrap();
        assert_eq!((server.hosts, server.zookeeper, server.database), (vec!["h:7".into()], None, Some("d".into())));
        assert_eq!(read("", "").unwrap_err(), "'' is no server's address");
        assert_eq!(read("", "h:x").unwrap_err(), "'h:x' is no server's address");
    }

    #[test]
    fn what_is_published_counts_where_the_url_does_not_say() {
        let server = read("", BOTH).unwrap();
        assert_eq!((server.hosts[0].as_str(), server.http_path(), server.uses_tls()), ("h:7", None, false));
        let server = read(";transportMode=http", BOTH).unwrap();
        assert_eq!((server.hosts[0].as_str(), server.http_path()), ("h:8", Some("p")));
        let server = read(";transportMode=http;httpPath=q;ssl=true", BOTH).unwrap();
        assert_eq!((server.http_path(), server.uses_tls()), (Some("q"), true));
        let http = BOTH.replace("=all", "=http").replace("SSL=false", "SSL=true").replace("=NONE", "=noSasl");
        let server = read("", &http).unwrap();
        assert_eq!((server.hosts[0].as_str(), server.http_path()), ("h:8", Some("p")));
        assert!(server.uses_tls() && server.no_sasl);
        assert_eq!(read(";transportMode=binary", &http).unwrap().hosts[0], "h:7");
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (change, reason) in [
            (("=NONE", "=KERBEROS"), "Kerberos"),
            (("qop=auth", "qop=auth-conf"), "hive.server2.thrift.sasl.qop=auth-conf"),
            (("bind.host=h", "x=h"), "hive.server2.thrift.bind.host"),
            (("thrift.port=7", "x=7"), "port"),
            (("thrift.port=7", "thrift.port=x"), "hive.server2.thrift.port=x"),
        ] {
            let text = read("", &BOTH.replace(change.0, change.1)).unwrap_err();
            assert!(text.contains(reason), "{text}");
        }
    }
}
