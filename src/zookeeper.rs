//! ZooKeeper, in which servers are registered and found: what the server and the client have in common.

use std::time::Duration;

use zookeeper_client::Client;

/// Where ZooKeeper is when a host stands without a port.
pub const DEFAULT_PORT: u16 = 2181;
/// The namespace of servers where nobody says another one (`hive.server2.zookeeper.namespace`).
pub const DEFAULT_NAMESPACE: &str = "hiveserver2";

/// How long after a failed attempt to open a session the next one is made.
const AGAIN: Duration = Duration::from_millis(200);

/// Opens a session with an ensemble (`host:port,host:port`) within this time. A server of ZooKeeper that has just begun
/// does not serve yet, so it is asked more than once.
///
/// # Errors
/// None of its servers answers; the text names them and says why.
pub async fn connect(ensemble: &str, session: Duration, patience: Duration) -> Result<Client, String> {
    let mut last = "no answer".to_string();
    let connecting = async {
        loop {
            let connector = Client::connector().with_session_timeout(session).with_fail_eagerly();
            match connector.connect(ensemble).await {
                Ok(client) => return client,
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    let connected = tokio::time::timeout(patience, connecting).await;
    let seconds = patience.as_secs_f64();
    connected.map_err(|_| format!("ZooKeeper at {ensemble} cannot be reached within {seconds} seconds: {last}"))
}

/// A namespace as a path.
pub fn path(namespace: &str) -> String {
    format!("/{}", namespace.trim_matches('/'))
}

/// The host with its port.
pub fn with_port(host: &str, port: u16) -> String {
    let named = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if named { host.to_string() } else { format!("{host}:{port}") }
}
