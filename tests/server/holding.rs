//! What sessions leave behind: nothing.

use std::path::Path;

use super::*;

/// What is in a folder that may be missing.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The scratch folders of sessions, in the one that the process has.
fn scratch_folders(home: &Path) -> Vec<String> {
    let scratch = home.join("scratch");
    names(&scratch).iter().flat_map(|process| names(&scratch.join(process))).collect()
}

impl TestServer {
    /// Waits until no session is left, nor anything that sessions have.
    fn wait_until_empty(&self, engine_users: usize) {
        let sessions = Arc::clone(self.server.as_ref().unwrap().sessions());
        let store = sessions.engine().metastore();
        let home = sessions.engine().home();
        loop {
            let left = (
                sessions.all().len(),
                sessions.operations().len(),
                // Each session has the engine.
                Arc::strong_count(sessions.engine()).abs_diff(engine_users),
                store.locks(&LockFilter::default()).unwrap().len(),
                scratch_folders(home).len() + names(&home.join("results")).len(),
            );
            if left == (0, 0, 0, 0, 0) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn engine_users(&self) -> usize {
        Arc::strong_count(self.server.as_ref().unwrap().sessions().engine())
    }
}

#[test]
fn a_client_that_is_gone_leaves_nothing_behind() {
    // All of a result that was fetched is in files.
    let server = TestServer::with(&[("skep.server.result.memory", "0"), ("skep.server.result.ahead", "1k")]);
    let users = server.engine_users();
    let mut other = server.session(V10);
    other.execute("create table t (a bigint)");
    drop(other);
    server.wait_until_empty(users);
    // As when its process is killed: the socket is closed, and nothing was said before.
    let mut gone = server.session(V10);
    gone.execute("create temporary table mine as select 1 a");
    gone.execute("insert into mine values (2)");
    let half = gone.execute("select posexplode(split(space(9999), ' '))");
    gone.ints(&half, NEXT, 100);
    gone.execute("lock table t shared");
    gone.execute("unlock table t");
    gone.begin(&format!("insert overwrite table t {ENDLESS}"));
    let home = server.server.as_ref().unwrap().sessions().engine().home().to_path_buf();
    assert_eq!(scratch_folders(&home).len(), 1);
    drop(gone);
    server.wait_until_empty(users);
    let mut next = server.session(V10);
    next.execute("insert into t values (1)");
    assert_eq!(names(&home.join("warehouse").join("t")).len(), 1, "neither files nor staging folders of the other");
}

#[test]
fn sessions_come_and_go() {
    let server = TestServer::start();
    let users = server.engine_users();
    let mut client = server.connect();
    for round in 0..200 {
        client.open(V10, &[("set:hivevar:round", &round.to_string())]);
        client.execute("create temporary table mine (a int)");
        // Half of them are closed with operations that are not.
        if round % 2 == 0 {
            client.begin(ENDLESS);
        }
        let request = TCloseSessionReq { session_handle: client.session.clone() };
        let closed = client.connection.call::<CloseSession>(CloseSessionArgs { req: Some(request) }).unwrap();
        assert_eq!(closed.status.status_code, TStatusCode::SUCCESS_STATUS);
    }
    server.wait_until_empty(users);
}
