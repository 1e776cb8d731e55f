//! The Python clients of the metastore do a round of their calls.

use crate::peers::{Place, Server, folder, output};

fn round(client: &str, script: &str) {
    let place = Place::new();
    let server = Server::skep(&place);
    let mut command = place.peer(client);
    command.arg(folder().join("python").join(script)).arg(server.port().to_string()).arg(place.path("warehouse"));
    assert!(output(command).ends_with("done\n"));
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn hmsclient() {
    round("python", "hmsclient_round.py");
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn hive_metastore_client() {
    round("python-hmc", "hive_metastore_client_round.py");
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn many_clients_at_once() {
    round("python", "many_clients.py");
}
