//! Who is an administrator is for the server's configuration to say, and not for a session.

use std::sync::Arc;

use skep::session::authorizer::{AccessDenied, AccessRequest, Authorizer};
use skep_thrift_tcli::{TExecuteStatementReq, TStatus, TStatusCode};

use crate::metadata::only;
use crate::{Client, TestServer, V10};

const KEY: &str = "hive.users.in.admin.role";

fn refused(status: &TStatus, says: &str) {
    assert_eq!(status.status_code, TStatusCode::ERROR_STATUS, "{status:?}");
    let message = status.error_message.clone().unwrap_or_default();
    assert!(message.contains(says), "{message}");
}

fn no_administrator(client: &mut Client) {
    let answer = client.send(client.request("set role admin"));
    refused(&answer.status, "joe doesn't belong to role admin");
}

#[test]
fn a_session_does_not_make_its_user_an_administrator() {
    let server = TestServer::with(&[(KEY, "ann, root")]);
    let cannot = "Cannot modify hive.users.in.admin.role at runtime.";
    let mut client = server.session_of("joe");
    for statement in [
        "set hive.users.in.admin.role=joe",
        "set  hiveconf:hive.users.in.admin.role = joe",
        "SET hive.users.in.admin.role=ann,joe",
        "reset hive.users.in.admin.role",
        "reset -d hive.users.in.admin.role",
    ] {
        let answer = client.send(client.request(statement));
        refused(&answer.status, cannot);
    }
    // These set something else.
    for statement in [
        "set system:hive.users.in.admin.role=joe",
        "set metaconf:hive.users.in.admin.role=joe",
        "set hivevar:hive.users.in.admin.role=joe",
        "set HIVE.USERS.IN.ADMIN.ROLE=joe",
        "set hiveconf:hiveconf:hive.users.in.admin.role=joe",
    ] {
        client.execute(statement);
    }
    no_administrator(&mut client);
    // The settings of one statement.
    let overlay = [(KEY.to_string(), "joe".to_string())].into();
    let answer = client.send(TExecuteStatementReq { conf_overlay: Some(overlay), ..client.request("set role admin") });
    refused(&answer.status, cannot);
    // The configuration of a session that is opened: beeline sends `--hiveconf` as `set:hiveconf:…`.
    for name in [
        KEY,
        "set:hiveconf:hive.users.in.admin.role",
        "set:system:hive.users.in.admin.role",
        "set:hive.users.in.admin.role",
    ] {
        let mut other = server.connect_as("joe");
        let opened = other.open(V10, &[(name, "joe")]);
        refused(&opened.status, cannot);
        assert!(opened.session_handle.is_none(), "{name}");
    }
    let mut other = server.connect_as("joe");
    other.open(V10, &[("set:hivevar:hive.users.in.admin.role", "joe")]);
    no_administrator(&mut other);
}

#[test]
fn the_configuration_of_the_server_says_who_it_is() {
    // The administrator has let go of Hive's list of what sessions may not set.
    let server = TestServer::with(&[(KEY, "ann, root"), ("hive.conf.restricted.list", "nothing")]);
    let mut joe = server.session_of("joe");
    joe.execute("set hive.users.in.admin.role=joe");
    no_administrator(&mut joe);
    for user in ["ann", "root"] {
        let mut client = server.session_of(user);
        client.execute("set hive.users.in.admin.role=nobody");
        let shown = |client: &mut Client, statement: &str| {
            let operation = client.execute(statement);
            only(client.rows(&operation), &[0])
        };
        assert_eq!(shown(&mut client, "show current roles"), ["public"]);
        client.execute("set role admin");
        assert_eq!(shown(&mut client, "show current roles"), ["admin"]);
        assert_eq!(shown(&mut client, "show roles"), ["admin", "public"]);
        assert!(server.engine().is_administrator(user));
    }
}

#[derive(Debug)]
struct Everybody;

impl Authorizer for Everybody {
    fn check(&self, _: &AccessRequest<'_>) -> Result<(), AccessDenied> {
        Ok(())
    }
}

#[test]
fn a_server_does_not_promise_what_it_does_not_do() {
    let asked = [("hive.security.authorization.enabled", "true")];
    let error = TestServer::refusal(&asked);
    assert!(error.contains("hive.security.authorization.enabled=true is not supported"), "{error}");
    // A program that decides by itself may say so.
    let server = TestServer::asking(&asked, Some(Arc::new(Everybody)));
    let mut client = server.session(V10);
    client.execute("select 1");
    // Sessions cannot turn it on, which would be a promise, too.
    let server = TestServer::start();
    let mut client = server.session(V10);
    let answer = client.send(client.request("set hive.security.authorization.enabled=true"));
    refused(&answer.status, "Cannot modify hive.security.authorization.enabled");
    client.execute("set hive.security.authorization.sqlstd.confwhitelist=hive.exec.*");
    client.execute("set mapred.job.name=x");
}
