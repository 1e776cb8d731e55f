//! Programs that are built on Hive's clients: Airflow's hooks, what Superset asks.

use crate::logins::with_password_file;
use crate::peers::{Server, output};

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn hooks_of_airflow() {
    let server = with_password_file(&["skep.server.allow.local.load=true"]);
    let metastore = Server::skep(&server.place);
    let mut command = server.script("python-airflow", "python/airflow_hooks.py", server.server.port());
    command
        .env("PATH", server.place.path_with_beeline())
        .arg(metastore.port().to_string())
        .arg(server.place.path("peer"));
    assert!(output(command).ends_with("done\n"));
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn calls_of_superset() {
    let server = with_password_file(&["hadoop.proxyuser.hue.users=ann", "hadoop.proxyuser.hue.hosts=*"]);
    let mut command = server.script("python-hs2", "python/superset_calls.py", server.server.port());
    command.arg(server.http.to_string()).arg(server.place.path("peer"));
    assert!(output(command).ends_with("done\n"));
}
