//! HiveServer2's transports over TLS.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::certificate::{STORE_PASSWORD, certificate, settings, trust_store};
use crate::hs2::{Hs2, beeline};
use crate::peers::{Place, run};
use crate::talk::Talk;

/// Our server with a certificate of its own in its place.
fn server() -> Hs2 {
    let place = Place::new();
    certificate(&place);
    let settings = settings(&place);
    Hs2::within(place, &settings.each_ref().map(String::as_str))
}

/// What a URL has where the driver shall trust what is in a store.
fn trusting(store: &std::path::Path) -> String {
    format!(";ssl=true;sslTrustStore={};trustStorePassword={STORE_PASSWORD}", store.display())
}

/// beeline with one statement.
fn one_statement(server: &Hs2, url: &str) -> Command {
    let mut command = server.place.peer("beeline");
    command.args(["-u", url, "-n", "joe", "-p", "x", "--silent=true", "-e", "select 1"]);
    command
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn beeline_over_tls() {
    let here = server();
    let trusted = trust_store(&here.place, &here.place.path("certificate.pem"), "JKS");
    beeline(&here, &here.url(&trusting(&trusted)));
    let here = server();
    let trusted = trust_store(&here.place, &here.place.path("certificate.pem"), "PKCS12");
    beeline(&here, &here.http_url(&trusting(&trusted)));
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn clients_that_do_not_get_through_tls() {
    let here = server();
    let own = trust_store(&here.place, &here.place.path("certificate.pem"), "PKCS12");
    let elsewhere = Place::new();
    let others = trust_store(&elsewhere, &certificate(&elsewhere), "PKCS12");

    // The certificate is none that beeline trusts; beeline speaks without TLS to a port with it. Both end at once.
    for (url, says) in
        [(here.url(&trusting(&others)), "SSLHandshakeException"), (here.url(""), "Could not open client")]
    {
        let begun = Instant::now();
        let refused = run(one_statement(&here, &url));
        let text = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && text.contains(says) && text.contains("08S01"), "{url}: {text}");
        assert!(begun.elapsed() < Duration::from_secs(60), "{url}");
    }

    // The same over HTTP, and with TLS to a port without it.
    let open = Hs2::within(Place::new(), &[]);
    let mut talk = Talk::start(&here.place);
    for url in [
        here.http_url(&trusting(&others)),
        here.http_url(""),
        open.url(&trusting(&own)),
        open.http_url(&trusting(&own)),
    ] {
        let refused = talk.ask(&url, "joe", "x", "select 1").unwrap_err();
        assert!(refused.starts_with("08S01 Could not open client transport"), "{url}: {refused}");
    }
    // The servers go on.
    for url in [here.url(&trusting(&own)), here.http_url(&trusting(&own)), open.url(""), open.http_url("")] {
        assert_eq!(talk.ask(&url, "joe", "x", "select current_user()").as_deref(), Ok("joe"), "{url}");
    }
}
