//! Servers in a real ZooKeeper, found by beeline and by our own client.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use zookeeper_client::Client;

use crate::peers::{Place, Server, output, run};

/// How long ZooKeeper may take to forget a session, and a server to come back.
const PATIENCE: Duration = Duration::from_secs(60);

/// A ZooKeeper that keeps its data in a folder of this name.
fn zookeeper(place: &Place, port: u16, name: &str) -> Server {
    let mut command = place.peer("zookeeper");
    command.env("PEER_WORK", place.path(name));
    Server::start_at(command, None, port)
}

/// Our server, registered below a namespace. It says who it is by the setting `hive.test.server`.
fn server(place: &Place, zookeeper: u16, namespace: &str, name: &str, settings: &[&str]) -> Server {
    let mut command = place.skep();
    // Each has a catalog of its own: it is the servers that are told apart.
    command.env("SKEP_HOME", place.path(name));
    command.args(["server", "--bind", "127.0.0.1", "--metastore-port", "0"]);
    let own = [
        "hive.server2.support.dynamic.service.discovery=true".to_string(),
        format!("hive.zookeeper.quorum=127.0.0.1:{zookeeper}"),
        format!("hive.server2.zookeeper.namespace={namespace}"),
        "hive.zookeeper.session.timeout=6s".to_string(),
        "hive.server2.webui.port=0".to_string(),
        format!("hive.test.server={name}"),
    ];
    for setting in own.iter().map(String::as_str).chain(settings.iter().copied()) {
        command.args(["--hiveconf", setting]);
    }
    let over_http = settings.contains(&"hive.server2.transport.mode=http");
    if !over_http {
        command.args(["--http-port", "0"]);
    }
    Server::start(command, Some(if over_http { "--http-port" } else { "--hs2-port" }))
}

/// The servers that a namespace has: names of nodes and what they say.
fn nodes(zookeeper: u16, namespace: &str) -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::connect(&format!("127.0.0.1:{zookeeper}")).await.unwrap();
        let mut found = Vec::new();
        for name in client.list_children(&format!("/{namespace}")).await.unwrap_or_default() {
            if let Ok((data, _)) = client.get_data(&format!("/{namespace}/{name}")).await {
                found.push((name, String::from_utf8(data).unwrap()));
            }
        }
        found
    })
}

/// Waits until a namespace has so many servers.
fn wait_for(zookeeper: u16, namespace: &str, count: usize) -> Vec<(String, String)> {
    let start = Instant::now();
    loop {
        let found = nodes(zookeeper, namespace);
        if found.len() == count {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "{found:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn url(zookeeper: u16, namespace: &str) -> String {
    format!("jdbc:hive2://127.0.0.1:{zookeeper}/default;serviceDiscoveryMode=zooKeeper;zooKeeperNamespace={namespace}")
}

/// Asks whichever server the client finds who it is.
fn ask(mut command: Command, zookeeper: u16, namespace: &str) -> Command {
    command.args([
        "-u",
        &url(zookeeper, namespace),
        "-n",
        "ann",
        "-p",
        "x",
        "--outputformat=tsv2",
        "--showHeader=false",
    ]);
    command.args(["-e", "set hive.test.server"]);
    command
}

/// What beeline and our own client are told.
fn told(place: &Place, zookeeper: u16, namespace: &str) -> [String; 2] {
    [place.peer("beeline"), place.skep()].map(|client| {
        let text = output(ask(client, zookeeper, namespace));
        // Beeline's prompt may stand in front of it.
        let (_, rest) = text.rsplit_once("hive.test.server=").unwrap_or_else(|| panic!("{text}"));
        rest.lines().next().unwrap().trim().to_string()
    })
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn clients_find_the_servers_that_are_there() {
    let place = Place::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let keeper = zookeeper(&place, port, "keeper");

    // Two servers: either will do. One that is told to end is gone at once, and clients find the other.
    let first = server(&place, port, "two", "first", &[]);
    let second = server(&place, port, "two", "second", &[]);
    for (name, data) in wait_for(port, "two", 2) {
        let place = name.strip_prefix("serverUri=127.0.0.1:").unwrap().split(';').next().unwrap();
        assert!(data.contains(&format!("hive.server2.thrift.port={place};")), "{name}: {data}");
        assert!(name.split(";sequence=").nth(1).is_some_and(|number| number.len() == 10), "{name}");
    }
    for name in told(&place, port, "two") {
        assert!(name == "first" || name == "second");
    }
    first.terminate();
    assert_eq!(nodes(port, "two").len(), 1);
    assert_eq!(told(&place, port, "two"), ["second", "second"]);

    // One that is killed stays until its session ends: clients try the next.
    drop(second);
    let third = server(&place, port, "two", "third", &[]);
    assert_eq!(told(&place, port, "two"), ["third", "third"]);
    wait_for(port, "two", 1);

    // What they say of themselves: HTTP, no SASL, or an address alone.
    let http = ["hive.server2.transport.mode=http", "hive.server2.thrift.http.path=hive/here"];
    let http = server(&place, port, "http", "http", &http);
    wait_for(port, "http", 1);
    assert_eq!(told(&place, port, "http"), ["http", "http"]);
    let plain = server(&place, port, "plain", "plain", &["hive.server2.authentication=NOSASL"]);
    wait_for(port, "plain", 1);
    assert_eq!(told(&place, port, "plain"), ["plain", "plain"]);
    let old = server(&place, port, "a/b", "old", &["hive.server2.zookeeper.publish.configs=false"]);
    let found = wait_for(port, "a/b", 1);
    assert!(found[0].0.starts_with(&format!("serverUri={};version=", found[0].1)), "{found:?}");
    assert_eq!(told(&place, port, "a/b"), ["old", "old"]);

    // A ZooKeeper that has forgotten everything: their sessions are lost, and they register again.
    drop((http, plain, old));
    keeper.terminate();
    let _keeper = zookeeper(&place, port, "keeper anew");
    wait_for(port, "two", 1);
    assert_eq!(output(ask(place.skep(), port, "two")), "hive.test.server=third\n");
    third.terminate();
    let nobody = run(ask(place.skep(), port, "two"));
    let text = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(!nobody.status.success() && text.contains("no server is registered in"), "{text}");
}
