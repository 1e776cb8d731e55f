//! The server in ZooKeeper, so that clients find it (`hive.server2.support.dynamic.service.discovery`).
//!
//! Each server is an ephemeral node below the namespace. Its name tells people what it is, its data tell drivers how to
//! connect (`HiveServer2.addConfsToPublish`, `ZooKeeperHiveClientHelper`). The node goes with the session that made it: when
//! that is lost, another one makes another node.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use zookeeper_client::{Acls, Client, CreateMode, Error as ZooKeeperError, StateWatcher};

use super::settings::time;
use crate::error::{ErrorKind, Result, SkepError};
use crate::session::config::SessionConfig;
use crate::zookeeper;

/// How long after a failed attempt to register again the next one is made.
const AGAIN: Duration = Duration::from_secs(1);
/// A server that ends waits so long for ZooKeeper to forget it; else its session's end does that.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where a server is registered, and as what.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// `hive.zookeeper.quorum`, each host with its port.
    ensemble: String,
    /// `hive.server2.zookeeper.namespace`, as a path.
    namespace: String,
    /// `hive.zookeeper.session.timeout`
    session_timeout: Duration,
    /// `hive.zookeeper.connection.timeout`
    connection_timeout: Duration,
    /// The beginning of the node's name; ZooKeeper puts a number behind it.
    name: String,
    /// What the node says.
    data: String,
}

impl Discovery {
    /// What the configuration says for a server that listens at these ports; `None` if it is not to be found in ZooKeeper.
    ///
    /// # Errors
    /// The quorum is missing, a time is none, or a value cannot be published.
    pub fn of(config: &SessionConfig, binary: Option<u16>, http: Option<u16>) -> Result<Option<Self>> {
        if !config.bool("hive.server2.support.dynamic.service.discovery") {
            return Ok(None);
        }
        let port = u16::try_from(config.int("hive.zookeeper.client.port")).unwrap_or(zookeeper::DEFAULT_PORT);
        let quorum = config.text("hive.zookeeper.quorum").split(',').map(str::trim).filter(|host| !host.is_empty());
        let hosts: Vec<String> = quorum.map(|host| zookeeper::with_port(host, port)).collect();
        if hosts.is_empty() {
            return Err(wrong("hive.server2.support.dynamic.service.discovery needs hive.zookeeper.quorum"));
        }
        let host = advertised_host(config);
        let Some(shown) = binary.or(http) else {
            return Err(wrong("a server that does not listen cannot be registered in ZooKeeper"));
        };
        let place = format!("{host}:{shown}");
        let data = match config.bool("hive.server2.zookeeper.publish.configs") {
            true => published(config, &host, &place, binary, http)?,
            false => place.clone(),
        };
        Ok(Some(Self {
            ensemble: hosts.join(","),
            namespace: zookeeper::path(config.text("hive.server2.zookeeper.namespace")),
            session_timeout: time(config, "hive.zookeeper.session.timeout", Duration::from_millis(1))?,
            connection_timeout: time(config, "hive.zookeeper.connection.timeout", Duration::from_secs(1))?,
            name: format!("serverUri={place};version={};sequence=", env!("CARGO_PKG_VERSION")),
            data,
        }))
    }

    /// Makes the node, in a session of its own.
    async fn register(&self) -> Result<Node> {
        let client = zookeeper::connect(&self.ensemble, self.session_timeout, self.connection_timeout).await;
        let client = client.map_err(wrong)?;
        let failed = |error: ZooKeeperError| {
            wrong(format!(
                "the server cannot be registered in ZooKeeper at {}{}: {error}",
                self.ensemble, self.namespace
            ))
        };
        if self.namespace != "/" {
            let folders = CreateMode::Persistent.with_acls(Acls::anyone_all());
            client.mkdir(&self.namespace, &folders).await.map_err(failed)?;
        }
        let prefix = format!("{}/{}", self.namespace.trim_end_matches('/'), self.name);
        let ephemeral = CreateMode::EphemeralSequential.with_acls(Acls::anyone_all());
        let (_, sequence) = client.create(&prefix, self.data.as_bytes(), &ephemeral).await.map_err(failed)?;
        let node = Node { states: client.state_watcher(), path: format!("{prefix}{sequence}"), client };
        tracing::info!(node = node.path, "the server is registered in ZooKeeper");
        Ok(node)
    }

    /// The same, as often as it takes.
    async fn register_again(&self) -> Node {
        loop {
            match self.register().await {
                Ok(node) => return node,
                Err(error) => tracing::warn!(error = error.message(), "ZooKeeper is asked again"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// A server's node, and the session it lives by.
struct Node {
    client: Client,
    states: StateWatcher,
    path: String,
}

impl Node {
    /// Waits until the session is lost.
    async fn lost(&mut self) {
        while !self.states.changed().await.is_terminated() {}
    }

    async fn remove(self) {
        match tokio::time::timeout(FAREWELL, self.client.delete(&self.path, None)).await {
            Ok(Ok(()) | Err(ZooKeeperError::NoNode)) => {
                tracing::info!(node = self.path, "ZooKeeper has forgotten the server")
            }
            Ok(Err(error)) => {
                tracing::warn!(node = self.path, %error, "the server stays in ZooKeeper until its session ends")
            }
            Err(_) => {
                tracing::warn!(node = self.path, "the server stays in ZooKeeper until its session ends: no answer")
            }
        }
    }
}

/// A server that is in ZooKeeper, until this is ended or dropped.
#[derive(Debug)]
pub struct Registration {
    stop: oneshot::Sender<()>,
    kept: JoinHandle<()>,
}

impl Registration {
    /// Registers the server, and from then on whenever its session with ZooKeeper is lost.
    ///
    /// # Errors
    /// ZooKeeper does not answer, or does not let it.
    pub async fn begin(discovery: Discovery) -> Result<Self> {
        let node = discovery.register().await?;
        let (stop, stopped) = oneshot::channel();
        Ok(Self { stop, kept: tokio::spawn(keep(discovery, node, stopped)) })
    }

    /// Takes the server out of ZooKeeper: from here on no client is sent to it.
    pub async fn end(self) {
        // What listens to it is gone only when it has ended itself.
        let _ = self.stop.send(());
        if let Err(error) = self.kept.await {
            tracing::error!(%error, "the registration in ZooKeeper ended badly");
        }
    }
}

async fn keep(discovery: Discovery, mut node: Node, mut stopped: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            () = node.lost() => tracing::warn!(node = node.path, "the session with ZooKeeper is lost"),
            _ = &mut stopped => return node.remove().await,
        }
        node = tokio::select! {
            node = discovery.register_again() => node,
            _ = &mut stopped => return,
        };
    }
}

/// How clients reach this machine: the address that the server listens at, or else the machine's name.
fn advertised_host(config: &SessionConfig) -> String {
    match config.text("hive.server2.thrift.bind.host").trim() {
        "" | "0.0.0.0" | "::" | "[::]" => skep_metastore::model::TransactionOwner::this_process("").host,
        host => host.to_string(),
    }
}

/// What drivers are told, as `key=value;…`. A key without a value is left out: drivers refuse it.
fn published(
    config: &SessionConfig,
    host: &str,
    place: &str,
    binary: Option<u16>,
    http: Option<u16>,
) -> Result<String> {
    let mode = match (binary, http) {
        (Some(_), Some(_)) => "all",
        (None, Some(_)) => "http",
        _ => "binary",
    };
    let mut pairs = vec![
        ("hive.server2.instance.uri", place.to_string()),
        ("hive.server2.thrift.bind.host", host.to_string()),
        ("hive.server2.transport.mode", mode.to_string()),
    ];
    if let Some(port) = binary {
        pairs.push(("hive.server2.thrift.port", port.to_string()));
        pairs.push(("hive.server2.thrift.sasl.qop", "auth".to_string()));
    }
    if let Some(port) = http {
        pairs.push(("hive.server2.thrift.http.port", port.to_string()));
        pairs.push(("hive.server2.thrift.http.path", config.text("hive.server2.thrift.http.path").to_string()));
    }
    pairs.push(("hive.server2.authentication", config.text("hive.server2.authentication").to_ascii_uppercase()));
    pairs.push(("hive.server2.use.SSL", config.bool("hive.server2.use.SSL").to_string()));
    pairs.retain(|(_, value)| !value.is_empty());
    if let Some((key, value)) = pairs.iter().find(|(_, value)| value.contains(';')) {
        return Err(wrong(format!("{key}={value} cannot be published in ZooKeeper: it has a semicolon")));
    }
    let pairs: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    Ok(pairs.join(";"))
}

fn wrong(text: impl Into<String>) -> SkepError {
    SkepError::new(ErrorKind::Configuration, text)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn discovery(settings: &[(&str, &str)], binary: Option<u16>, http: Option<u16>) -> Result<Option<Discovery>> {
        let on = [("hive.server2.support.dynamic.service.discovery", "true")];
        let settings = on.iter().chain(settings).map(|(key, value)| (key.to_string(), value.to_string()));
        Discovery::of(&SessionConfig::new(std::sync::Arc::new(settings.collect())), binary, http)
    }

    #[test]
    fn the_node_says_how_to_connect() {
        let quorum = [("hive.zookeeper.quorum", "z1, z2:99"), ("hive.server2.thrift.bind.host", "h")];
        let both = discovery(&quorum, Some(10000), Some(10001)).unwrap().unwrap();
        assert_eq!((both.ensemble.as_str(), both.namespace.as_str()), ("z1:2181,z2:99", "/hiveserver2"));
        assert!(both.name.starts_with("serverUri=h:10000;version=") && both.name.ends_with(";sequence="));
        assert_eq!(
            both.data,
            "hive.server2.instance.uri=h:10000;hive.server2.thrift.bind.host=h;hive.server2.transport.mode=all;\
             hive.server2.thrift.port=10000;hive.server2.thrift.sasl.qop=auth;hive.server2.thrift.http.port=10001;\
             hive.server2.thrift.http.path=cliservice;hive.server2.authentication=NONE;hive.server2.use.SSL=false"
        );
        let http = [&quorum[..], &[("hive.server2.thrift.http.path", ""), ("hive.server2.use.SSL", "true")]].concat();
        assert_eq!(
            discovery(&http, None, Some(7)).unwrap().unwrap().data,
            "hive.server2.instance.uri=h:7;hive.server2.thrift.bind.host=h;hive.server2.transport.mode=http;\
             hive.server2.thrift.http.port=7;hive.server2.authentication=NONE;hive.server2.use.SSL=true"
        );
    }

    #[test]
    fn old_drivers_get_the_address_alone() {
        let settings = [
            ("hive.zookeeper.quorum", "z"),
            ("hive.zookeeper.client.port", "9"),
            ("hive.server2.zookeeper.namespace", "/a/b"),
            ("hive.server2.zookeeper.publish.configs", "false"),
        ];
        let plain = discovery(&settings, Some(1), Some(2)).unwrap().unwrap();
        let host = skep_metastore::model::TransactionOwner::this_process("").host;
        assert_eq!(plain.data, format!("{host}:1"));
        assert_eq!((plain.ensemble.as_str(), plain.namespace.as_str()), ("z:9", "/a/b"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let text = |settings: &[(&str, &str)]| discovery(settings, Some(1), None).unwrap_err().message().to_string();
        assert!(text(&[]).contains("hive.zookeeper.quorum"));
        let host = ("hive.server2.thrift.bind.host", "a;b");
        assert!(text(&[("hive.zookeeper.quorum", "z"), host]).contains("semicolon"));
        assert!(text(&[("hive.zookeeper.quorum", "z"), ("hive.zookeeper.session.timeout", "x")]).contains("'x'"));
        assert!(Discovery::of(&SessionConfig::default(), Some(1), None).unwrap().is_none());
    }

    #[tokio::test]
    async fn a_quorum_that_does_not_answer_is_named() {
        let refused = |place: String| async move {
            let settings = [("hive.zookeeper.quorum", place.as_str()), ("hive.zookeeper.connection.timeout", "100ms")];
            let discovery = discovery(&settings, Some(1), None).unwrap().unwrap();
            let text = Registration::begin(discovery).await.unwrap_err().message().to_string();
            assert!(text.contains(&place) && text.contains("cannot be reached within 0.1 seconds: "), "{text}");
            text
        };
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(refused(free.to_string()).await.ends_with("no available hosts"));
        // One that takes the connection and is silent.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(refused(silent.local_addr().unwrap().to_string()).await.ends_with("no answer"));
    }
}
