//! Calls made of a generator of numbers, the same in every run: over both transports, with arguments that make sense and
//! arguments that do not, in any order; and the bytes of such calls with some of them changed.

use std::io::{Read, Write};
use std::net::TcpStream;

use skep_thrift::{Method, Protocol, Value, Writer};

use super::hostile::{Raw, message};
use super::*;

/// The numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn number(&mut self) -> i64 {
        self.one_of(&[i64::MIN, -1, 0, 1, 2, 10, 1000, i64::from(i32::MAX), i64::MAX])
    }

    fn text(&mut self) -> String {
        let texts =
            ["", "default", "t", "%", "*", "_", "\\", "\0", "a`b", "ß\u{10ffff}", "${v}", "nosuch", "[(", "|||"];
        let text = self.one_of(&texts).to_string();
        if self.below(20) == 0 { text.repeat(1000) } else { text }
    }

    fn perhaps<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) > 0).then(|| make(self))
    }

    fn settings(&mut self) -> BTreeMap<String, String> {
        let keys =
            ["set:hivevar:v", "set:hiveconf:x", "use:database", "hive.exec.parallel", "set:", "hive.conf.x", "\0", ""];
        (0..self.below(4)).map(|_| (self.one_of(&keys).to_string(), self.text())).collect()
    }

    fn statement(&mut self) -> String {
        let statements = [
            "select 1",
            "select * from t",
            "select explode(split(space(9999), ' '))",
            "insert into t values (1)",
            "create table t (a int)",
            "create temporary table m as select 1 a",
            "drop table if exists t",
            "set v=${v}",
            "use default",
            "show tables like '*'",
            "describe t",
            "explain select count(*) from t",
            "lock table t shared",
            "show locks",
            "kill query 'none'",
            "selec",
            "select '",
            "${v}",
            "\0",
        ];
        let statement = self.one_of(&statements).to_string();
        if self.below(10) == 0 { format!("{statement}{}", self.text()) } else { statement }
    }
}

/// What calls are about.
struct Known {
    random: Random,
    sessions: Vec<TSessionHandle>,
    operations: Vec<TOperationHandle>,
}

impl Known {
    /// The name of something, most often of one that was there lately.
    fn identifier(&mut self, lately: &[THandleIdentifier]) -> THandleIdentifier {
        let random = &mut self.random;
        if !lately.is_empty() && random.below(8) > 0 {
            let mut known = random.one_of(&lately[lately.len().saturating_sub(6)..]);
            if random.below(30) == 0 {
                known.secret[3] ^= 1;
            }
            return known;
        }
        let mut bytes = || vec![0; random.one_of(&[0, 1, 15, 16, 16, 17, 1000])];
        THandleIdentifier { guid: bytes(), secret: bytes() }
    }

    fn session(&mut self) -> TSessionHandle {
        let lately: Vec<_> = self.sessions.iter().map(|session| session.session_id.clone()).collect();
        TSessionHandle { session_id: self.identifier(&lately) }
    }

    fn operation(&mut self) -> TOperationHandle {
        let lately: Vec<_> = self.operations.iter().map(|operation| operation.operation_id.clone()).collect();
        TOperationHandle {
            operation_id: self.identifier(&lately),
            operation_type: TOperationType(self.random.number() as i32),
            has_result_set: self.random.below(2) == 0,
            modified_row_count: None,
        }
    }

    /// Makes a call and hands it to `visitor`; with what comes back others are made.
    fn call(&mut self, visitor: &mut impl Visit) {
        let name = |random: &mut Random| random.perhaps(Random::text);
        match self.random.below(26) {
            0..=2 => {
                let random = &mut self.random;
                let request = TOpenSessionReq {
                    client_protocol: TProtocolVersion(random.number() as i32),
                    username: name(random),
                    password: name(random),
                    configuration: random.perhaps(Random::settings),
                };
                if let Some(answer) = visitor.visit::<OpenSession>(OpenSessionArgs { req: Some(request) }) {
                    self.sessions.extend(answer.session_handle);
                }
            }
            3 => {
                let req = Some(TCloseSessionReq { session_handle: self.session() });
                visitor.visit::<CloseSession>(CloseSessionArgs { req });
            }
            4 => {
                let info_type = TGetInfoType(self.random.below(130) as i32 - 3);
                let req = Some(TGetInfoReq { session_handle: self.session(), info_type });
                visitor.visit::<GetInfo>(GetInfoArgs { req });
            }
            5..=9 => {
                let session_handle = self.session();
                let random = &mut self.random;
                let request = TExecuteStatementReq {
                    session_handle,
                    statement: random.statement(),
                    conf_overlay: random.perhaps(Random::settings).filter(|_| random.below(4) == 0),
                    run_async: random.perhaps(|random| random.below(2) == 0),
                    query_timeout: random.perhaps(Random::number),
                };
                if let Some(answer) = visitor.visit::<ExecuteStatement>(ExecuteStatementArgs { req: Some(request) }) {
                    self.operations.extend(answer.operation_handle);
                }
            }
            10 => {
                let req = Some(TGetOperationStatusReq {
                    operation_handle: self.operation(),
                    get_progress_update: self.random.perhaps(|random| random.below(2) == 0),
                });
                visitor.visit::<GetOperationStatus>(GetOperationStatusArgs { req });
            }
            11 => {
                let req = Some(TCancelOperationReq { operation_handle: self.operation() });
                visitor.visit::<CancelOperation>(CancelOperationArgs { req });
            }
            12 => {
                let req = Some(TCloseOperationReq { operation_handle: self.operation() });
                visitor.visit::<CloseOperation>(CloseOperationArgs { req });
            }
            13 => {
                let req = Some(TGetResultSetMetadataReq { operation_handle: self.operation() });
                visitor.visit::<GetResultSetMetadata>(GetResultSetMetadataArgs { req });
            }
            14..=16 => {
                let operation_handle = self.operation();
                let random = &mut self.random;
                let request = TFetchResultsReq {
                    operation_handle,
                    orientation: TFetchOrientation(random.one_of(&[0, 0, 0, 4, 4, 1, -1, 99])),
                    max_rows: random.number(),
                    fetch_type: random.perhaps(|random| random.one_of(&[0, 1, 1, -1, 99])),
                };
                visitor.visit::<FetchResults>(FetchResultsArgs { req: Some(request) });
            }
            17 => {
                let req = Some(TGetQueryIdReq { operation_handle: self.operation() });
                visitor.visit::<GetQueryId>(GetQueryIdArgs { req });
            }
            18 => {
                let configuration = Some(self.random.settings());
                let req = Some(TSetClientInfoReq { session_handle: self.session(), configuration });
                visitor.visit::<SetClientInfo>(SetClientInfoArgs { req });
            }
            19 => {
                let (owner, renewer) = (self.random.text(), self.random.text());
                let req = Some(TGetDelegationTokenReq { session_handle: self.session(), owner, renewer });
                visitor.visit::<GetDelegationToken>(GetDelegationTokenArgs { req });
            }
            20 => {
                let schema_name = name(&mut self.random);
                let req = Some(TGetSchemasReq { session_handle: self.session(), catalog_name: None, schema_name });
                let answer = visitor.visit::<GetSchemas>(GetSchemasArgs { req });
                self.operations.extend(answer.and_then(|answer| answer.operation_handle));
            }
            21 => {
                let req = Some(TGetTablesReq {
                    session_handle: self.session(),
                    catalog_name: name(&mut self.random),
                    schema_name: name(&mut self.random),
                    table_name: name(&mut self.random),
                    table_types: self.random.perhaps(|random| vec![random.text(), "TABLE".to_string()]),
                });
                let answer = visitor.visit::<GetTables>(GetTablesArgs { req });
                self.operations.extend(answer.and_then(|answer| answer.operation_handle));
            }
            22 => {
                let req = Some(TGetColumnsReq {
                    session_handle: self.session(),
                    catalog_name: name(&mut self.random),
                    schema_name: name(&mut self.random),
                    table_name: name(&mut self.random),
                    column_name: name(&mut self.random),
                });
                let answer = visitor.visit::<GetColumns>(GetColumnsArgs { req });
                self.operations.extend(answer.and_then(|answer| answer.operation_handle));
            }
            23 => {
                let req = Some(TGetFunctionsReq {
                    session_handle: self.session(),
                    catalog_name: name(&mut self.random),
                    schema_name: None,
                    function_name: self.random.text(),
                });
                let answer = visitor.visit::<GetFunctions>(GetFunctionsArgs { req });
                self.operations.extend(answer.and_then(|answer| answer.operation_handle));
            }
            24 => {
                let req = Some(TGetCrossReferenceReq {
                    session_handle: self.session(),
                    parent_schema_name: name(&mut self.random),
                    parent_table_name: name(&mut self.random),
                    foreign_table_name: name(&mut self.random),
                    ..Default::default()
                });
                let answer = visitor.visit::<GetCrossReference>(GetCrossReferenceArgs { req });
                self.operations.extend(answer.and_then(|answer| answer.operation_handle));
            }
            _ => {
                let req = Some(TGetTypeInfoReq { session_handle: self.session() });
                let answer = visitor.visit::<GetTypeInfo>(GetTypeInfoArgs { req });
                self.operations.extend(answer.and_then(|answer| answer.operation_handle));
            }
        }
    }
}

/// What is done with a call.
trait Visit {
    /// Its answer, if there is one.
    fn visit<M: Method<Exception = NoException>>(&mut self, arguments: M::Args) -> Option<M::Success>;
}

/// Sends it over one of these connections, in turn.
struct Send {
    connections: Vec<Connection>,
    sent: usize,
}

impl Visit for Send {
    fn visit<M: Method<Exception = NoException>>(&mut self, arguments: M::Args) -> Option<M::Success> {
        self.sent += 1;
        let next = self.sent % self.connections.len();
        let bytes = bytes_of::<M>(&arguments);
        let answer = self.connections[next].call::<M>(arguments);
        Some(answer.unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&bytes))))
    }
}

/// Takes its bytes.
struct Take(Vec<u8>);

impl Visit for Take {
    fn visit<M: Method<Exception = NoException>>(&mut self, arguments: M::Args) -> Option<M::Success> {
        self.0 = bytes_of::<M>(&arguments);
        None
    }
}

fn bytes_of<M: Method>(arguments: &M::Args) -> Vec<u8> {
    let mut writer = Writer::new(Protocol::Binary);
    arguments.write(&mut writer);
    message(M::NAME, &writer.finish().unwrap())
}

#[test]
fn calls_in_any_order_with_any_arguments_are_answered() {
    // Who waits for a lock of another session would wait for long.
    let server = TestServer::with(&[("hive.server2.authentication", "NOSASL"), ("hive.lock.numretries", "0")]);
    let http = server.server.as_ref().unwrap().http.unwrap();
    let urls = [format!("thrift://{}", server.address), format!("http://{http}/cliservice")];
    let options = ClientOptions { timeout: Some(Duration::from_secs(30)), ..ClientOptions::default() };
    let open = |number: usize| Connection::open::<NoException>(&urls[number % 2], &options).unwrap();
    let mut send = Send { connections: (0..4).map(open).collect(), sent: 0 };
    let mut known = Known { random: Random(0x5eed_cafe), sessions: Vec::new(), operations: Vec::new() };
    for _ in 0..2000 {
        known.call(&mut send);
    }
    assert!(known.sessions.len() > 50 && known.operations.len() > 100);
    server.lives();

    // The same with bytes that were changed: an answer, or the end of the connection.
    let mut random = Random(0xbad_b17e5);
    for number in 0..1000 {
        let mut take = Take(Vec::new());
        known.call(&mut take);
        let mut bytes = take.0;
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = random.0 as u8,
                1 => bytes[at] ^= 1 << random.below(8),
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, random.0 as u8),
            }
        }
        if number % 2 == 0 {
            let mut raw = Raw::open(&server);
            raw.send(&bytes);
            let _ = raw.0.shutdown(std::net::Shutdown::Write);
            raw.answer();
        } else {
            let mut stream = TcpStream::connect(http).unwrap();
            let head = format!(
                "POST /cliservice HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                bytes.len()
            );
            stream.write_all(&[head.as_bytes(), &bytes].concat()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 200") || answer.starts_with(b"HTTP/1.1 400"));
        }
    }
    server.lives();
}
