//! Who may have a page.

use skep_thrift::PasswordFile;

use super::{Browser, TestServer};

/// `joe:secret`
const JOE: (&str, &str) = ("authorization", "Basic am9lOnNlY3JldA==");
/// `joe:wrong`
const WRONG: (&str, &str) = ("authorization", "Basic am9lOndyb25n");

/// A server that joe and ann can log in to, with `secret`.
fn server(folder: &tempfile::TempDir, more: &[(&str, &str)]) -> TestServer {
    let users = folder.path().join("users");
    let lines = ["joe", "ann"].map(|user| PasswordFile::line(user, "secret").unwrap());
    std::fs::write(&users, lines.join("\n")).unwrap();
    let users = users.display().to_string();
    let mut settings = vec![("hive.server2.authentication", "CUSTOM"), ("skep.server.password.file", users.as_str())];
    settings.extend(more);
    TestServer::with(&settings)
}

fn stranger(server: &TestServer) -> Browser {
    Browser { address: server.address, headers: Vec::new(), cookie: String::new(), token: String::new() }
}

#[test]
fn strangers_see_nothing_but_whether_the_server_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder, &[]);
    let stranger = stranger(&server);
    let id = "00000000-0000-0000-0000-000000000000";
    let some = [
        format!("/queries/{id}"),
        format!("/queries/{id}?tab=log"),
        format!("/queries/{id}/cancel"),
        format!("/sql?run={id}"),
    ];
    let known = ["/", "/queries", "/sessions", "/sql", "/tables", "/tables/default", "/tables/default/t"];
    let others = ["/configuration", "/metrics", "/nosuch", "/health/x", "//health", "/style.css/..", "/%2e%2e/health"];
    for path in known.iter().chain(&others).copied().chain(some.iter().map(String::as_str)) {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            for header in [("x-skep-live", "1"), WRONG, ("authorization", "Bearer x"), ("cookie", "skep_browser=x")] {
                // Logins that fail are slowed down: one is enough.
                if header == WRONG && (path, method) != ("/", "GET") {
                    continue;
                }
                let page = stranger.ask(method, path, &[header], "");
                assert_eq!(page.status, 401, "{method} {path} {header:?}: {}", page.text);
                assert!(page.header("www-authenticate").is_some() && page.header("set-cookie").is_none());
                assert!(page.text.is_empty() || page.text.starts_with("Who are you?"), "{}", page.text);
            }
        }
    }
    // What the documentation says is for everyone.
    let health = stranger.get("/health");
    assert_eq!((health.status, health.text.as_str()), (200, r#"{"status":"ok"}"#));
    for path in ["/style.css", "/page.js", "/favicon.svg"] {
        assert_eq!(stranger.get(path).status, 200, "{path}");
        assert_eq!(stranger.ask("POST", path, &[], "").status, 405, "{path}");
    }
    assert_eq!(stranger.ask("GET", "/metrics", &[JOE], "").status, 200);
}

#[test]
fn users_see_what_is_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder, &[("hive.users.in.admin.role", "ann")]);
    let joe = server.browser_of(&[JOE]);
    // `ann:secret`
    let ann = server.browser_of(&[("authorization", "Basic YW5uOnNlY3JldA==")]);
    joe.run("select current_user() as me").has(&[">joe<"]);
    ann.run("select current_user() as me").has(&[">ann<"]);
    assert_eq!(joe.get("/queries").text.matches("current_user()").count(), 1);
    assert_eq!(ann.get("/queries").text.matches("current_user()").count(), 2);
    assert_eq!(joe.ask("GET", "/queries", &[WRONG], "").status, 401);
}

#[test]
fn wrong_passwords_are_slowed_down_with_those_over_thrift() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(&folder, &[]);
    let joe = server.browser_of(&[JOE]);
    joe.get("/").has(&["joe"]);
    let throttle = &server.server.as_ref().unwrap().sessions().settings().access.throttle;
    let here = server.address.ip();
    (0..30).for_each(|_| throttle.failed("joe", here));
    // Others wait already, as long as anybody may.
    while throttle.wait("joe", here).is_some() {}
    for header in [WRONG, JOE] {
        assert_eq!(stranger(&server).ask("GET", "/", &[header], "").status, 401, "{header:?}");
    }
    // The browser that joe uses has his password already, and ann is another user.
    joe.get("/").has(&["joe"]);
    assert_eq!(stranger(&server).ask("GET", "/", &[("authorization", "Basic YW5uOnNlY3JldA==")], "").status, 200);
}
