//! What real clients do that one does not expect of the protocol: a test each, here or where this list says.
//!
//! | | what | test |
//! |---|---|---|
//! | 1 | impyla calls `CloseImpalaOperation` and `GetLog`, and falls back if they are unknown | `unknown_methods_and_handles_leave_the_connection_alive`; interop `impyla` |
//! | 2 | hive-driver's first fetch is `FETCH_FIRST` | `rows_are_fetched_in_pages_and_again_from_the_first`; interop `hive_driver_of_node` |
//! | 3 | Java's `executeAsync` asks without a pause until it is told whether there are rows | [`each_state_says_whether_there_are_rows`]; interop `jdbc_statements` |
//! | 4 | `infoMessages` that are there and empty hide the error | `errors_have_their_codes_and_a_trace_that_java_can_read`; interop `jdbc_statements` |
//! | 5 | a version above the client's is refused; below V6 rows are not columns | `the_version_is_the_clients_or_ours`, `rows_come_by_column_or_by_row` |
//! | 6 | PyHive breaks where a DDL statement has rows | `what_gives_no_rows_says_so`; interop `pyhive_and_sqlalchemy`, `calls_of_superset` |
//! | 7 | the second message of SASL has status 2 or 5, and may name the acting user | [`the_second_message_of_sasl_has_status_2_or_5`]; interop `python_and_node_with_passwords` |
//! | 8 | over HTTP each call has a connection of its own; PyHive's path ends with a slash, and it forgets a cookie that an answer does not repeat | [`over_http_each_call_has_a_connection_of_its_own`]; interop `pyhive_and_impyla_over_http`, `cookies_of_python_and_node` |
//! | 9 | `.*` in patterns | `databases_by_patterns_of_jdbc_and_of_hive`, `columns_have_jdbc_types_and_sizes`; interop `impyla` |
//! | 10 | the metastore's `shutdown` is no wish to shut down | [`shutdown_of_a_client_leaves_the_metastore_alive`] |
//! | 11 | SQLAlchemy knows a missing table by its text | `errors_have_their_codes_and_a_trace_that_java_can_read`; interop `pyhive_and_sqlalchemy` |
//! | 12 | `@hive#db` for a database | [`the_metastore_takes_a_catalog_in_front_of_a_database`] |
//! | 13 | comments in front and at the end | [`comments_stand_in_front_and_at_the_end`]; interop `dbt` |
//! | 14 | bits of NULLs may be none; a NULL has any value | `rows_come_by_column_or_by_row` |
//! | 15 | PyHive, SQLAlchemy, dbt-hive and hive-metastore-client want versions of their own | `tests/interop/setup` |
//! | 16 | a client in Java takes seconds to start | `tests/interop`: one session of many statements for each, one program for many connections (`talk.rs`) |

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use skep_thrift::{ClientOptions, Connection, MessageHeader, MessageKind, Method, Protocol, Value, Writer};
use skep_thrift_hms::methods as hms;
use skep_thrift_tcli::methods::*;
use skep_thrift_tcli::*;

use crate::{NEXT, TestServer, V10};

#[test]
fn each_state_says_whether_there_are_rows() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    let endless = "select count(*) from (select explode(split(space(9999), ' ')) a) x cross join \
                   (select explode(split(space(9999), ' ')) b) y cross join \
                   (select explode(split(space(9999), ' ')) c) z";
    let running = client.begin(endless).operation_handle.unwrap();
    assert_eq!(client.status(&running).has_result_set, Some(true));
    client.cancel(&running);
    assert_eq!(client.status(&running).has_result_set, Some(true));
    let done = client.execute("create table t (a int)");
    assert_eq!(client.status(&done).has_result_set, Some(false));
}

/// The bytes of a call.
fn message<M: Method>(args: &M::Args) -> Vec<u8>
where
    M::Args: Value,
{
    let mut writer = Writer::new(Protocol::Binary);
    MessageHeader { name: M::NAME.to_string(), kind: MessageKind::Call, sequence: 7 }.write(&mut writer);
    args.write(&mut writer);
    writer.finish().unwrap()
}

fn opening() -> Vec<u8> {
    let request = TOpenSessionReq { client_protocol: TProtocolVersion(V10), ..Default::default() };
    message::<OpenSession>(&OpenSessionArgs { req: Some(request) })
}

#[test]
fn the_second_message_of_sasl_has_status_2_or_5() {
    let server = TestServer::start();
    for (status, credentials) in [(5, &b"\0joe\0x"[..]), (2, b"\0joe\0x"), (2, b"joe\0joe\0x")] {
        let mut socket = TcpStream::connect(server.address).unwrap();
        for (status, payload) in [(1, &b"PLAIN"[..]), (status, credentials)] {
            socket.write_all(&[status]).unwrap();
            socket.write_all(&u32::try_from(payload.len()).unwrap().to_be_bytes()).unwrap();
            socket.write_all(payload).unwrap();
        }
        let mut answer = [0; 5];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(answer, [5, 0, 0, 0, 0], "COMPLETE without more");
        let call = opening();
        socket.write_all(&u32::try_from(call.len()).unwrap().to_be_bytes()).unwrap();
        socket.write_all(&call).unwrap();
        let mut length = [0; 4];
        socket.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        socket.read_exact(&mut answer).unwrap();
        assert!(answer.starts_with(&[0x80, 1, 0, 2]), "a reply in a frame of SASL");
    }
}

/// Posts a message over a connection of its own and gives the body of the answer.
fn post(address: SocketAddr, path: &str, body: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(address).unwrap();
    // joe:x
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-thrift\r\n\
         Authorization: Basic am9lOng=\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(body).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    answer.split_off(end + 4)
}

#[test]
fn over_http_each_call_has_a_connection_of_its_own() {
    let server = TestServer::start();
    let http = server.server.as_ref().unwrap().http.unwrap();
    let sessions = server.server.as_ref().unwrap().sessions().clone();
    for path in ["/cliservice", "/cliservice/"] {
        assert!(post(http, path, &opening()).starts_with(&[0x80, 1, 0, 2]));
    }
    let open = sessions.all();
    assert_eq!(open.len(), 2, "a session lives on without its connection");
    let handle = TSessionHandle { session_id: open[0].handle.to_wire() };
    let request = TExecuteStatementReq { session_handle: handle, statement: "select 1".into(), ..Default::default() };
    post(http, "/cliservice", &message::<ExecuteStatement>(&ExecuteStatementArgs { req: Some(request) }));
    assert_eq!(sessions.operations().len(), 1);
}

#[test]
fn comments_stand_in_front_and_at_the_end() {
    let server = TestServer::start();
    let mut client = server.session(V10);
    for statement in [
        "\n/* {\"app\": \"dbt\", \"node_id\": \"model.a\"} */\n\nselect 1 -- the end\n",
        "-- first\nselect 1\n",
        "  select /* in the middle */ 1\n\n",
        "select 1 -- 'quoted'",
    ] {
        let operation = client.execute(statement);
        assert_eq!(client.ints(&operation, NEXT, 10).1, [1], "{statement}");
    }
    let created = client.execute("/* {\"app\": \"dbt\"} */\n\ncreate table t\nas\n\nselect 1 as a\n");
    assert!(!created.has_result_set);
    assert!(client.execute("show tables in default -- all").has_result_set);
}

fn metastore(server: &TestServer) -> Connection {
    let address = server.server.as_ref().unwrap().metastore.unwrap();
    Connection::open::<skep_thrift_hms::HmsException>(&format!("thrift://{address}"), &ClientOptions::default())
        .unwrap()
}

#[test]
fn shutdown_of_a_client_leaves_the_metastore_alive() {
    let server = TestServer::start();
    let mut client = metastore(&server);
    client.call::<hms::Shutdown>(hms::ShutdownArgs {}).unwrap();
    let databases = client.call::<hms::GetAllDatabases>(hms::GetAllDatabasesArgs {}).unwrap();
    assert_eq!(databases, ["default"], "there is no answer to shutdown, so that the next one is that of the next call");
    let databases = metastore(&server).call::<hms::GetAllDatabases>(hms::GetAllDatabasesArgs {}).unwrap();
    assert_eq!(databases, ["default"]);
}

#[test]
fn the_metastore_takes_a_catalog_in_front_of_a_database() {
    let server = TestServer::start();
    server.session(V10).execute("create table t (a int)");
    let mut client = metastore(&server);
    for database in ["default", "@hive#default"] {
        let args = hms::GetTableArgs { dbname: Some(database.to_string()), tbl_name: Some("t".to_string()) };
        assert_eq!(client.call::<hms::GetTable>(args).unwrap().table_name.as_deref(), Some("t"));
    }
}
