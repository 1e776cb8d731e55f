//! The web page in a browser: headless Chromium, driven by Selenium.

use crate::peers::{Place, Server, folder, output};

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn web_page() {
    let place = Place::new();
    let mut command = place.skep();
    command.args(["server", "--bind", "127.0.0.1", "--hs2-port", "0", "--http-port", "0", "--metastore-port", "0"]);
    command.args(["--hiveconf", &place.warehouse()]);
    let server = Server::start(command, Some("--web-port"));
    let mut command = place.peer("python");
    command.arg(folder().join("python/web_page.py")).arg(server.port().to_string());
    assert!(output(command).ends_with("done\n"));
}
