//! Statements whose browser is gone.

use std::sync::Arc;
use std::time::Duration;

use skep::server::operation::{Operation, Phase};

use super::{ENDLESS, TestServer};

fn operation(server: &TestServer, place: &str) -> Arc<Operation> {
    let id = place.split('=').nth(1).unwrap();
    let all = server.server.as_ref().unwrap().sessions().operations();
    all.into_iter().find(|operation| operation.handle.id().to_string() == id).unwrap()
}

#[test]
fn a_query_that_nobody_looks_at_is_cancelled_and_what_changes_something_is_not() {
    let server = TestServer::with(&[("skep.server.web.abandoned.timeout", "1s")]);
    let browser = server.browser();
    browser.run("create table t (a bigint)");
    let changes = operation(&server, &browser.begin(&format!("insert into t {ENDLESS}")));
    let place = browser.begin(ENDLESS);
    let query = operation(&server, &place);
    while !query.status().phase.is_end() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(query.status().phase, Phase::Cancelled);
    assert!(!changes.status().phase.is_end());
    let page = browser.get(&place);
    page.has(&["Cancelled", "nobody has looked at its page"]);
    assert!(!page.text.contains(" data-live"));
    changes.cancel();
}

#[test]
fn rows_that_nobody_waits_for_any_more_are_not_made() {
    let few = [("skep.server.web.abandoned.timeout", "1s"), ("skep.server.result.ahead", "1k")];
    let server = TestServer::with(&few);
    let browser = server.browser();
    let numbers =
        "(select explode(split(space(9999), ' ')) a) x cross join (select explode(split(space(9999), ' ')) b) y";
    let place = browser.begin(&format!("select a, b from {numbers}"));
    let query = operation(&server, &place);
    while !query.results.has_ended() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(query.status().phase, Phase::Finished);
    // Those that were there are there.
    browser.get(&place).has(&["Rows 1 to 50"]);
}
