//! Who comes in: passwords of a file and of a directory, cookies, users who act for others.

use std::fs::File;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::certificate::{certificate, settings};
use crate::hs2::{Hs2, run_dbt};
use crate::peers::{Place, output};
use crate::slapd::Slapd;
use crate::talk::Talk;

/// What a refused login says over binary and over HTTP, SQLSTATE first, as Hive's driver makes it.
const REFUSED: &str = "08S01 Could not open client transport with JDBC Uri: ";

/// `skep passwd`, for a user of the place's file.
fn passwd(place: &Place, user: &str, password: &str) -> Command {
    std::fs::write(place.path("typed"), format!("{password}\n")).unwrap();
    let mut command = place.skep();
    command.arg("passwd").arg(place.path("users")).arg(user).stdin(File::open(place.path("typed")).unwrap());
    command
}

/// Sets a user's password, or changes it.
pub fn set_password(place: &Place, user: &str, password: &str) {
    output(passwd(place, user, password));
}

/// Our server on a file of passwords, in which ann's is `ann-secret` and hue's `hue-secret`.
pub fn with_password_file(settings: &[&str]) -> Hs2 {
    on_passwords(Place::new(), settings)
}

/// The same over TLS.
pub fn with_password_file_over_tls() -> Hs2 {
    let place = Place::new();
    certificate(&place);
    let tls = settings(&place);
    on_passwords(place, &tls.each_ref().map(String::as_str))
}

fn on_passwords(place: Place, settings: &[&str]) -> Hs2 {
    set_password(&place, "ann", "ann-secret");
    set_password(&place, "hue", "hue-secret");
    let file = format!("skep.server.password.file={}", place.path("users").display());
    Hs2::within(place, &[&["hive.server2.authentication=CUSTOM", &file], settings].concat())
}

/// Our server on a directory.
fn with_directory(slapd: &Slapd, settings: &[&str]) -> Hs2 {
    let url = format!("hive.server2.authentication.ldap.url={}", slapd.url);
    let own = [
        "hive.server2.authentication=LDAP",
        &url,
        "hive.server2.authentication.ldap.baseDN=ou=people,dc=example,dc=org",
    ];
    Hs2::within(Place::new(), &[&own, settings].concat())
}

/// Right and wrong passwords over both transports.
fn passwords(server: &Hs2, talk: &mut Talk) {
    for url in [server.url(""), server.http_url("")] {
        assert_eq!(talk.ask(&url, "ann", "ann-secret", "select current_user()").as_deref(), Ok("ann"), "{url}");
        for (user, password) in [("ann", "wrong"), ("nobody", "ann-secret")] {
            let refused = talk.ask(&url, user, password, "select 1").unwrap_err();
            assert!(refused.starts_with(REFUSED), "{refused}");
            let why = if url.contains("http") { "HTTP Response code: 401" } else { "Error validating the login" };
            assert!(refused.contains(why), "{refused}");
        }
    }
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn jdbc_with_passwords_of_a_file() {
    let server = with_password_file(&[]);
    let mut talk = Talk::start(&server.place);
    passwords(&server, &mut talk);
    // The file is read again.
    set_password(&server.place, "zoe", "zoe-secret");
    assert_eq!(talk.ask(&server.url(""), "zoe", "zoe-secret", "select 1").as_deref(), Ok("1"));
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs, and slapd"]
fn jdbc_with_passwords_of_a_directory() {
    let slapd = Slapd::start();
    let server = with_directory(&slapd, &[]);
    let mut talk = Talk::start(&server.place);
    passwords(&server, &mut talk);
    // A user is called by the short name.
    let finder = [
        "hive.server2.authentication.ldap.binddn=cn=finder,dc=example,dc=org",
        "hive.server2.authentication.ldap.bindpw=find",
    ];
    let server = with_directory(&slapd, &finder);
    let named = talk.ask(&server.url(""), "ann@example.org", "ann-secret", "select current_user()");
    assert_eq!(named.as_deref(), Ok("ann"));
    // The directory is gone: nobody comes, and who is in stays.
    talk.open("in", &server.url(""), "bob", "bob-secret").unwrap();
    talk.open("by cookie", &server.http_url(""), "bob", "bob-secret").unwrap();
    drop(slapd);
    assert!(talk.ask(&server.url(""), "bob", "bob-secret", "select 1").unwrap_err().starts_with(REFUSED));
    for name in ["in", "by cookie"] {
        assert_eq!(talk.run(name, "select current_user()").as_deref(), Ok("bob"));
    }
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs, and slapd"]
fn python_and_node_with_passwords() {
    let slapd = Slapd::start();
    for server in [with_password_file(&[]), with_directory(&slapd, &[])] {
        logins(&server, "-");
    }
    let server = with_directory(&slapd, &[]);
    let dbt = output(run_dbt(&server, &["debug", "--target", "secure"], None));
    assert!(dbt.contains("All checks passed!"), "{dbt}");
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn python_and_node_with_passwords_over_tls() {
    let server = with_password_file_over_tls();
    logins(&server, &server.place.path("certificate.pem").display().to_string());
}

/// Right and wrong passwords of PyHive, impyla and hive-driver, over TLS where there is a certificate.
fn logins(server: &Hs2, certificate: &str) {
    for (client, file) in [("python-hs2", "python/logins.py"), ("node", "hs2/logins.js")] {
        let mut command = server.script(client, file, server.server.port());
        command.arg(server.http.to_string()).arg(certificate);
        if certificate != "-" {
            // PyHive trusts over HTTP what the system trusts.
            command.env("SSL_CERT_FILE", certificate);
        }
        assert!(output(command).ends_with("done\n"), "{file}");
    }
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn cookies_stand_for_logins() {
    let server = with_password_file(&[]);
    let mut talk = Talk::start(&server.place);
    let who = "select current_user()";
    // A password that changes shows who sends one: a cookie stands for the one of the login. (With `cookieAuth=false` the
    // driver sends both.)
    for (name, more) in [("cookie", ""), ("both", ";cookieAuth=false")] {
        talk.open(name, &server.http_url(more), "ann", "ann-secret").unwrap();
    }
    set_password(&server.place, "ann", "second");
    for name in ["cookie", "cookie", "both", "both"] {
        assert_eq!(talk.run(name, who).as_deref(), Ok("ann"), "{name}");
    }
    assert!(talk.open("late", &server.http_url(""), "ann", "ann-secret").unwrap_err().starts_with(REFUSED));

    // A cookie that expires: the driver logs in again, and then it is the password that counts.
    let short = with_password_file(&["hive.server2.thrift.http.cookie.max.age=1s"]);
    talk.open("short", &short.http_url(""), "ann", "ann-secret").unwrap();
    sleep(Duration::from_millis(2100));
    assert_eq!(talk.run("short", who).as_deref(), Ok("ann"));
    set_password(&short.place, "ann", "second");
    sleep(Duration::from_millis(2100));
    assert!(talk.run("short", who).unwrap_err().contains("401"));

    // The server gives none.
    let none = with_password_file(&["hive.server2.thrift.http.cookie.auth.enabled=false"]);
    talk.open("none", &none.http_url(""), "ann", "ann-secret").unwrap();
    assert_eq!(talk.run("none", who).as_deref(), Ok("ann"));
    set_password(&none.place, "ann", "second");
    assert!(talk.run("none", who).unwrap_err().contains("401"));
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn cookies_of_python_and_node() {
    for (client, file) in [("python-hs2", "python/cookies.py"), ("node", "hs2/cookies.js")] {
        let server = with_password_file(&[]);
        let mut command = server.script(client, file, server.http);
        // How ann's password is changed: `skep passwd` with the new one in its input.
        command.args([env!("CARGO_BIN_EXE_skep"), "passwd"]).arg(server.place.path("users")).arg("ann");
        assert!(output(command).ends_with("done\n"), "{file}");
    }
}

#[test]
#[ignore = "drives Java programs that tests/interop/setup installs"]
fn users_who_act_for_others() {
    let server = with_password_file(&["hadoop.proxyuser.hue.users=bob,ann", "hadoop.proxyuser.hue.hosts=127.0.0.1"]);
    let mut talk = Talk::start(&server.place);
    let who = "select current_user(), logged_in_user()";
    let as_user = |user: &str| format!(";hive.server2.proxy.user={user}");
    for (url, over) in [(server.url(&as_user("bob")), "binary"), (server.http_url(&as_user("bob")), "http")] {
        talk.open(over, &url, "hue", "hue-secret").unwrap();
        assert_eq!(talk.run(over, who).as_deref(), Ok("bob|bob"), "{over}");
        talk.run(over, &format!("create table of_{over} (a int)")).unwrap();
        let created = talk.run(over, &format!("describe formatted of_{over}")).unwrap();
        assert!(created.contains("Owner: |bob "), "{created}");
    }
    for (user, password, wanted, says) in [
        ("hue", "hue-secret", "eve", "User: hue is not allowed to impersonate eve"),
        ("ann", "ann-secret", "bob", "User: ann is not allowed to impersonate bob"),
    ] {
        for url in [server.url(&as_user(wanted)), server.http_url(&as_user(wanted))] {
            let refused = talk.ask(&url, user, password, who).unwrap_err();
            assert!(refused.contains(says) && refused.contains("08S01"), "{refused}");
        }
    }
    // Nobody needs leave to be himself.
    assert_eq!(talk.ask(&server.url(&as_user("ann")), "ann", "ann-secret", who).as_deref(), Ok("ann|ann"));
    let elsewhere = with_password_file(&["hadoop.proxyuser.hue.users=*", "hadoop.proxyuser.hue.hosts=10.0.0.0/8"]);
    let refused = talk.ask(&elsewhere.url(&as_user("bob")), "hue", "hue-secret", who).unwrap_err();
    assert!(refused.contains("Unauthorized connection for super-user: hue from IP 127.0.0.1"), "{refused}");
}
