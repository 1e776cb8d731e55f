//! Programs that are built on Hive's clients: Airflow's hooks, what Superset asks.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::logins::with_password_file;
use crate::peers::{Server, folder, output};

/// A program `beeline` in a folder that runs the one that is installed.
fn beeline_in(folder_of_it: &Path) {
    std::fs::create_dir_all(folder_of_it).unwrap();
    let program = folder_of_it.join("beeline");
    std::fs::write(&program, format!("#!/bin/sh\nexec '{}' beeline \"$@\"\n", folder().join("peer").display()))
        .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn hooks_of_airflow() {
    let server = with_password_file(&["skep.server.allow.local.load=true"]);
    let metastore = Server::skep(&server.place);
    beeline_in(&server.place.path("programs"));
    let mut command = server.script("python-airflow", "python/airflow_hooks.py", server.server.port());
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{}:{path}", server.place.path("programs").display()))
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
