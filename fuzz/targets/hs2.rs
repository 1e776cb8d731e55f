//! Any bytes, sent to servers of HiveServer2's API over TCP (with SASL PLAIN and without) and HTTP (with passwords and without), by
//! clients that have proved who they are and by others. The server answers as its router does, or closes the
//! connection; no call of a client that has proved nothing reaches a handler where it must; and what is read of a
//! message is written and read again as the same.
//!
//! The first byte of an input says which server gets the others, and how: see [`How`].
#![no_main]

use std::collections::{HashMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use skep_thrift::{
    Call, CookieOptions, Encoder, Framing, MessageHeader, MessageKind, Method, MethodVisitor, Observer, PasswordCheck,
    Peer, Protocol, ReadLimits, Reader, Router, Scanner, Server, ServerOptions, Transport, Value, Writer,
};
use skep_thrift_tcli::{NoException, methods};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

/// The limits of the servers.
const MAX_MESSAGE: usize = 1 << 20;
/// The path of the service over HTTP.
const PATH: &str = "/cliservice";
/// In bytes that are sent as they are to a server over HTTP, this stands for a login.
const LOGIN: &[u8] = b"$$";

/// What the first byte of an input says.
struct How {
    /// Over HTTP, rather than TCP.
    http: bool,
    /// Who calls must prove who they are.
    passwords: bool,
    /// This one does.
    proved: bool,
    /// The bytes are put into a frame or a request; without a login, into what should be one.
    wrapped: bool,
    /// The bytes are the arguments of a method, which the first of them tells, and no message.
    named: bool,
    /// How they are put into frames or requests.
    form: u8,
}

impl How {
    fn of(byte: u8) -> Self {
        let bit = |number: u8| byte >> number & 1 == 1;
        How { passwords: !bit(0), http: bit(1), proved: bit(2), wrapped: bit(3), named: bit(4), form: byte >> 5 }
    }

    /// Whether calls of this client may reach a handler.
    fn known(&self) -> bool {
        self.proved || !self.passwords
    }
}

/// The clients of the last inputs, by their addresses: whether calls of theirs may reach a handler. Each input has an
/// address of its own, so that one whose connection lives on does not count as the next; and failed logins slow no other
/// down.
#[derive(Default)]
struct Clients {
    known: HashMap<IpAddr, bool>,
    last: VecDeque<IpAddr>,
}

static CLIENTS: LazyLock<Mutex<Clients>> = LazyLock::new(Mutex::default);

impl Clients {
    fn add(known: bool) -> IpAddr {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % 0xff_0000;
        let address = IpAddr::from(Ipv4Addr::from(0x7f01_0000 + number));
        let mut clients = CLIENTS.lock().expect("nobody panics");
        clients.known.insert(address, known);
        clients.last.push_back(address);
        if clients.last.len() > 10_000
            && let Some(first) = clients.last.pop_front()
        {
            clients.known.remove(&first);
        }
        address
    }

    /// A call has reached a handler.
    fn check(call: &Call, passwords: bool) {
        // The target itself asks for what the answer should be.
        let Some(address) = call.peer().address() else { return };
        let known = CLIENTS.lock().expect("nobody panics").known.get(&address.ip()).copied();
        assert_eq!(known, Some(true), "a call of a client that has proved nothing");
        assert_eq!(call.peer().user(), passwords.then_some("joe"));
    }
}

/// A service whose methods check their arguments and give nothing: a third of them on threads that block, a third
/// waiting, and a third that write what they give themselves.
struct Checking {
    router: Router,
    passwords: bool,
    count: usize,
}

impl MethodVisitor<NoException> for Checking {
    fn visit<M: Method<Exception = NoException>>(&mut self) {
        let (router, passwords) = (std::mem::take(&mut self.router), self.passwords);
        self.router = match self.count % 3 {
            0 => router.on::<M>(move |call, args| {
                Clients::check(call, passwords);
                check(&args);
                Ok(M::Success::default())
            }),
            1 => router.on_async::<M, _>(move |call, args| {
                Clients::check(&call, passwords);
                check(&args);
                async {
                    tokio::task::yield_now().await;
                    Ok(M::Success::default())
                }
            }),
            _ => router.on_encoded::<M, _>(move |call, args| {
                Clients::check(&call, passwords);
                check(&args);
                async { Ok(Box::new(|writer: &mut Writer| M::Success::default().write(writer)) as Encoder) }
            }),
        };
        self.count += 1;
    }
}

fn router(passwords: bool) -> Router {
    let mut service = Checking { router: Router::new(), passwords, count: 0 };
    methods::visit(&mut service);
    service.router
}

/// What was read is written and read as the same, by the bytes: numbers that are none differ from themselves.
fn check<T: Value>(value: &T) {
    let bytes = written(value);
    let limits = ReadLimits { memory_per_byte: usize::MAX, ..ReadLimits::default() };
    let again = T::read(&mut Reader::with_limits(&bytes, Protocol::Binary, &limits)).expect("it was written by us");
    assert_eq!(written(&again), bytes);
}

fn written<T: Value>(value: &T) -> Vec<u8> {
    let mut writer = Writer::new(Protocol::Binary);
    value.write(&mut writer);
    writer.finish().expect("it is short")
}

/// Nobody can guess it, the fuzzer neither.
static PASSWORD: LazyLock<String> = LazyLock::new(|| {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).expect("random bytes");
    STANDARD.encode(bytes)
});

struct Secret;

impl PasswordCheck for Secret {
    fn check(&self, user: &str, password: &str) -> bool {
        user == "joe" && password == *PASSWORD
    }
}

/// The servers, and what they run on.
struct House {
    runtime: Runtime,
    /// Ports: TCP with passwords and without, HTTP with them and without.
    ports: [u16; 4],
    /// Answers as the servers do.
    router: Router,
    /// A cookie that stands for a login.
    cookie: String,
}

static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let ports = [0, 1, 2, 3].map(|number| {
        let passwords = number % 2 == 0;
        let transport = match number {
            0 | 1 => Transport::Socket(Framing::Unframed),
            _ => Transport::Http { path: PATH.to_string() },
        };
        let options = ServerOptions {
            address: "127.0.0.1:0".to_string(),
            transport,
            passwords: passwords.then(|| Arc::new(Secret) as Arc<dyn PasswordCheck>),
            acting: true,
            cookies: Some(CookieOptions::default()),
            max_message: MAX_MESSAGE,
            message_timeout: Duration::from_secs(5),
            ..ServerOptions::default()
        };
        let observer: Arc<dyn Observer> = Arc::new(());
        let server = runtime.block_on(Server::bind(options, router(passwords), observer)).expect("it listens");
        let port = server.address().port();
        runtime.spawn(server.run(std::future::pending()));
        port
    });
    let mut house = House { runtime, ports, router: router(true), cookie: String::new() };
    let mut client = house.connect(&How::of(0b0000_1110));
    client.send(&request("", &authorization(), Body::Length, b"\x80\x01\x00\x01\0\0\0\x01x\0\0\0\0\0"));
    let answer = String::from_utf8_lossy(&client.rest()).into_owned();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie is given");
    house.cookie = cookie.split(';').next().expect("there is a first part").to_string();
    house
});

impl House {
    fn connect(&self, how: &How) -> Client {
        let port = self.ports[usize::from(how.http) * 2 + usize::from(!how.passwords)];
        let own = SocketAddr::new(Clients::add(how.known()), 0);
        let connected = self.runtime.block_on(async {
            let socket = TcpSocket::new_v4()?;
            socket.bind(own)?;
            socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?.into_std()
        });
        let stream = connected.expect("the server is there");
        stream.set_nonblocking(false).expect("it may block");
        stream.set_nodelay(true).expect("no delay");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a time");
        Client(stream)
    }

    /// What a server answers to the bytes of a connection, and whether it waits for more then.
    fn answers(&self, mut bytes: &[u8]) -> (Vec<Vec<u8>>, bool) {
        let mut answers = Vec::new();
        loop {
            let found = Scanner::new(Protocol::Binary, MAX_MESSAGE, ReadLimits::default().depth).scan(bytes);
            let Ok(Some(end)) = found else { return (answers, found.is_ok()) };
            let (message, rest) = bytes.split_at(end);
            let Some(answer) = self.answer(message) else { return (answers, false) };
            answers.extend(answer);
            bytes = rest;
        }
    }

    /// What a server answers to a message; `None` if the bytes are none.
    fn answer(&self, message: &[u8]) -> Option<Option<Vec<u8>>> {
        let limits = ReadLimits::default();
        let peer = Peer::local();
        let answer = self.router.answer_async(&peer, message, Protocol::Binary, &limits);
        Some(self.runtime.block_on(answer).ok()?.bytes)
    }
}

/// A connection to a server.
struct Client(TcpStream);

impl Client {
    /// Sends bytes; the server may have closed the connection.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// Says that no more will come.
    fn end(&self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }

    /// So many bytes of answers, or all that come before the server closes the connection.
    fn take(&mut self, count: usize) -> Vec<u8> {
        let mut answer = Vec::new();
        if let Err(error) = (&mut self.0).take(count as u64).read_to_end(&mut answer) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "neither an answer nor an end: {error}");
        }
        answer
    }

    /// All that still comes.
    fn rest(&mut self) -> Vec<u8> {
        self.take(usize::MAX >> 1)
    }

    /// A message of a SASL negotiation.
    fn negotiate(&mut self, status: u8, payload: &[u8]) {
        let length = (payload.len() as u32).to_be_bytes();
        self.send(&[&[status], length.as_slice(), payload].concat());
    }

    /// Proves by SASL PLAIN who calls.
    fn log_in(&mut self) {
        self.negotiate(1, b"PLAIN");
        self.negotiate(2, format!("\0joe\0{}", *PASSWORD).as_bytes());
        assert_eq!(self.take(5), [5, 0, 0, 0, 0], "the login is complete");
    }

    /// Takes what the server should answer, but not more; it may close the connection before all of it has come where
    /// it need not read all that was sent.
    fn expect(&mut self, expected: &[u8], open: bool) {
        let answer = self.take(expected.len());
        self.end();
        let more = self.rest();
        assert!(more.is_empty(), "{more:?} was not asked for");
        assert!(if open { answer == expected } else { expected.starts_with(&answer) }, "{answer:?}\n{expected:?}");
    }
}

/// Bytes in frames of SASL.
fn framed(bytes: &[u8], length: usize) -> Vec<u8> {
    bytes.chunks(length.max(1)).flat_map(|part| [&(part.len() as u32).to_be_bytes(), part].concat()).collect()
}

/// How a request tells the length of its body.
enum Body {
    Length,
    /// In chunks of so many bytes.
    Chunks(usize),
}

/// The header of a login.
fn authorization() -> Vec<u8> {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("joe:{}", *PASSWORD))).into_bytes()
}

fn request(query: &str, headers: &[u8], length: Body, body: &[u8]) -> Vec<u8> {
    let begin = format!("POST {PATH}{query} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n").into_bytes();
    let (told, body) = match length {
        Body::Length => (format!("Content-Length: {}", body.len()), body.to_vec()),
        Body::Chunks(size) => {
            let mut chunks = Vec::new();
            for part in body.chunks(size.max(1)) {
                chunks.extend([format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat());
            }
            chunks.extend(b"0\r\n\r\n");
            ("Transfer-Encoding: chunked".to_string(), chunks)
        }
    };
    [&begin, headers, told.as_bytes(), b"\r\n\r\n", &body].concat()
}

/// The message that calls a method with these arguments; the first byte tells which.
fn call(bytes: &[u8]) -> Vec<u8> {
    let (method, arguments) = bytes.split_first().unwrap_or((&0, &[]));
    let name = methods::NAMES[usize::from(*method) % methods::NAMES.len()].to_string();
    let mut writer = Writer::new(Protocol::Binary);
    MessageHeader { name, kind: MessageKind::Call, sequence: 7 }.write(&mut writer);
    [writer.finish().expect("it is short"), arguments.to_vec()].concat()
}

/// The status and the body of an answer that may stand behind one which says to go on.
fn response(mut answer: &[u8]) -> (u16, &[u8]) {
    loop {
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("the answer has a head");
        let (head, body) = answer.split_at(end + 4);
        let head = std::str::from_utf8(head).expect("it is text").to_ascii_lowercase();
        let status = head.strip_prefix("http/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok()).expect("a status");
        if status >= 200 {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            assert_eq!(length, Some(body.len()));
            return (status, body);
        }
        answer = body;
    }
}

/// Over TCP.
fn socket(house: &House, how: &How, client: &mut Client, bytes: &[u8]) {
    let form = usize::from(how.form);
    if how.passwords && !how.proved {
        if how.wrapped {
            client.negotiate(1, b"PLAIN");
            client.negotiate(if form % 2 == 0 { 2 } else { 5 }, bytes);
        } else {
            client.send(bytes);
        }
        client.end();
        let answer = client.rest();
        // That the mechanism is not known, or that the login is wrong; or nothing.
        assert!(matches!(answer.first(), None | Some(3 | 4)), "{answer:?}");
    } else if how.passwords {
        client.log_in();
        if how.wrapped {
            let (answers, open) = house.answers(bytes);
            client.send(&framed(bytes, if form == 0 { bytes.len() } else { form * form }));
            client.expect(&answers.iter().flat_map(|answer| framed(answer, answer.len())).collect::<Vec<_>>(), open);
        } else {
            client.send(bytes);
            client.end();
            client.rest();
        }
    } else {
        let (answers, open) = house.answers(bytes);
        let parts = if form == 0 { bytes.len() } else { bytes.len() / form };
        bytes.chunks(parts.max(1)).for_each(|part| client.send(part));
        client.expect(&answers.concat(), open);
    }
}

/// Over HTTP.
fn http(house: &House, how: &How, client: &mut Client, bytes: &[u8]) {
    if !how.wrapped {
        let mut sent = bytes.to_vec();
        if how.passwords
            && how.proved
            && let Some(at) = bytes.windows(LOGIN.len()).position(|part| part == LOGIN)
        {
            sent.splice(at..at + LOGIN.len(), authorization().strip_suffix(b"\r\n").expect("a line").iter().copied());
        }
        client.send(&sent);
        client.end();
        client.rest();
        return;
    }
    if how.known() {
        let login = match how.form {
            _ if !how.passwords => b"X-Actor-Username: ann\r\n".to_vec(),
            1 | 3 => format!("Cookie: a=b; {}\r\n", house.cookie).into_bytes(),
            _ => authorization(),
        };
        let (length, more) = match how.form {
            0 | 1 => (Body::Length, ""),
            2 | 3 => (Body::Chunks(bytes.len()), ""),
            4 => (Body::Length, "Expect: 100-continue\r\n"),
            5 => (Body::Chunks(9), "Expect: 100-continue\r\n"),
            form => (Body::Chunks(usize::from(form)), ""),
        };
        let query = if how.form == 6 { "?doAs=bob" } else { "" };
        client.send(&request(query, &[&login, more.as_bytes()].concat(), length, bytes));
        let answer = client.rest();
        let (status, body) = response(&answer);
        match house.answer(bytes) {
            Some(expected) => assert_eq!((status, body), (200, expected.unwrap_or_default().as_slice())),
            None => assert_eq!(status, 400),
        }
        return;
    }
    // What should be a login.
    let line = || bytes.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    let coded = STANDARD.encode(bytes);
    let login = match how.form % 5 {
        0 => Vec::new(),
        1 => b"Authorization: ".iter().copied().chain(line()).chain(*b"\r\n").collect(),
        2 => format!("Authorization: Basic {coded}\r\n").into_bytes(),
        3 => b"Cookie: hive.server2.auth=".iter().copied().chain(line()).chain(*b"\r\n").collect(),
        _ => format!("Cookie: hive.server2.auth=cu=am9l&rn=1&ex=99999999999&s={coded}\r\n").into_bytes(),
    };
    client.send(&request("", &login, Body::Length, bytes));
    client.end();
    let answer = client.rest();
    if !answer.is_empty() {
        let (status, _) = response(&answer);
        assert!((400..500).contains(&status), "{status}");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((how, bytes)) = data.split_first() else { return };
    let how = How::of(*how);
    let bytes = if how.named { call(bytes) } else { bytes.to_vec() };
    let house = &*HOUSE;
    let mut client = house.connect(&how);
    if how.http {
        http(house, &how, &mut client, &bytes);
    } else {
        socket(house, &how, &mut client, &bytes);
    }
});
