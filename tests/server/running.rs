//! `SHOW PROCESSLIST` and `KILL QUERY`.

use super::*;

/// The rows of a statement whose columns are text.
fn rows(client: &mut Client, statement: &str) -> Vec<Vec<String>> {
    let operation = client.execute(statement);
    let columns = client.fetch(&operation, NEXT, 1000).results.unwrap().columns.unwrap();
    let columns: Vec<Vec<String>> = columns
        .into_iter()
        .map(|column| match column {
            TColumn::StringVal(column) => column.values,
            other => panic!("{other:?}"),
        })
        .collect();
    client.close(&operation);
    (0..columns[0].len()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect()
}

fn query_id(client: &mut Client, operation: &TOperationHandle) -> String {
    let request = TGetQueryIdReq { operation_handle: operation.clone() };
    client.connection.call::<GetQueryId>(GetQueryIdArgs { req: Some(request) }).unwrap().query_id
}

/// Begins a statement and waits until it runs.
fn running(client: &mut Client, overlay: &[(&str, &str)]) -> (TOperationHandle, String) {
    let overlay = overlay.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    let request =
        TExecuteStatementReq { run_async: Some(true), conf_overlay: Some(overlay), ..client.request(ENDLESS) };
    let operation = client.send(request).operation_handle.unwrap();
    while client.status(&operation).operation_state != Some(TOperationState::RUNNING_STATE) {}
    let id = query_id(client, &operation);
    (operation, id)
}

fn refusal(client: &mut Client, statement: &str) -> String {
    let answer = client.send(client.request(statement));
    assert_eq!(answer.status.status_code, TStatusCode::ERROR_STATUS, "{statement}");
    answer.status.error_message.unwrap()
}

#[test]
fn processes_are_listed() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    assert!(rows(&mut client, "show processlist").is_empty(), "its own statement is not among them");
    let mut other = server.session(V10);
    let (operation, id) = running(&mut other, &[]);
    let listed = rows(&mut client, "show processlist");
    let [row] = listed.as_slice() else { panic!("{listed:?}") };
    let fixed: Vec<&str> = [0, 1, 2, 6, 7, 8, 11].map(|column| row[column].as_str()).to_vec();
    assert_eq!(fixed, ["joe", "127.0.0.1", "skep", id.as_str(), "RUNNING", "0", "Not finished"]);
    let session = uuid::Uuid::from_slice(&other.session.session_id.guid).unwrap();
    assert_eq!(row[3], session.to_string());
    assert_eq!(row[9].len(), "2026-01-01 00:00:00.000".len());
    other.cancel(&operation);
    assert_eq!(rows(&mut client, "show processlist")[0][7], "CANCELED");
    other.close(&operation);
    assert!(rows(&mut client, "show processlist").is_empty());
}

#[test]
fn a_query_is_killed_by_its_id_or_its_tag() {
    let server = TestServer::start();
    let [mut client, mut tagged, mut killer] = std::array::from_fn(|_| server.session(V10));
    let (first, id) = running(&mut client, &[]);
    let (second, _) = running(&mut tagged, &[("hive.query.tag", "nightly")]);
    killer.execute("kill query 'no such query'");
    killer.execute(&format!("kill query '{id}' 'nightly'"));
    for operation in [first, second] {
        let status = client.status(&operation);
        assert_eq!(status.operation_state, Some(TOperationState::CANCELED_STATE));
        assert_eq!(status.error_message.as_deref(), Some("User invoked KILL QUERY"));
    }
    // The sessions live on.
    client.execute("select 1");
}

#[test]
fn queries_of_others_are_killed_by_administrators_alone() {
    let server = TestServer::with(&[("hive.users.in.admin.role", "root, ann")]);
    let mut client = server.session(V10);
    let (operation, id) = running(&mut client, &[("hive.query.tag", "nightly")]);
    let mut other = server.session_of("bob");
    // What one says of oneself does not count.
    assert!(refusal(&mut other, "set hive.users.in.admin.role=bob").contains("Cannot modify hive.users.in.admin.role"));
    let text = refusal(&mut other, &format!("kill query '{id}'"));
    assert!(text.contains("No privilege to kill query id"), "{text}");
    assert!(refusal(&mut other, "kill query 'nightly'").contains("No privilege to kill query tag"));
    assert_eq!(client.status(&operation).operation_state, Some(TOperationState::RUNNING_STATE));
    server.session_of("ann").execute(&format!("kill query '{id}'"));
    assert_eq!(client.status(&operation).operation_state, Some(TOperationState::CANCELED_STATE));
}
