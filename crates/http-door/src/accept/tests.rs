//! Slow, silent and too many clients on real sockets, with short limits: each test ends as soon as its connection
//! has been closed, and fails if that does not happen at all.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::door::Door;
use super::limits::Limits;
use super::serve::{StillOpen, serve};

/// Longer than any test may take, so that the limit under test is the one that acts.
const NEVER: Duration = Duration::from_secs(600);
/// Long enough for a client of a busy machine to send what it wants to send.
const SOON: Duration = Duration::from_millis(300);

fn patient() -> Limits {
    Limits { connections: 1000, first_byte: NEVER, head: NEVER, idle: NEVER, progress: NEVER, body_bytes: 16 }
}

struct Server {
    address: SocketAddr,
    release: CancellationToken,
    stop: CancellationToken,
    serving: JoinHandle<StillOpen>,
}

impl Server {
    /// `GET /` answers at once, `GET /held` once released, `POST /` with the length of the body.
    async fn open(limits: Limits) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let (release, stop) = (CancellationToken::new(), CancellationToken::new());
        let held = release.clone();
        let router = Router::new()
            .route("/", get(|| async { "hello" }).merge(post(|body: Bytes| async move { body.len().to_string() })))
            .route("/held", get(|| async move { held.cancelled().await }));
        let serving = tokio::spawn(serve(listener, Door::plain(router, limits), stop.clone()));
        Self { address, release, stop, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.expect("sent");
        stream
    }

    /// A whole request on a connection of its own.
    async fn ask(&self) -> String {
        rest(self.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await).await
    }
}

/// All that comes until the connection is closed.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is reset is closed, too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads one answer with the body `hello` and leaves the connection open.
async fn hello(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"hello") {
        assert_ne!(stream.read_buf(&mut answer).await.expect("read"), 0, "closed after {answer:?}");
    }
}

#[tokio::test]
async fn a_connection_that_sends_no_byte_is_closed() {
    let door = Server::open(Limits { first_byte: SOON, ..patient() }).await;
    assert_eq!(rest(door.connect().await).await, "");
}

#[tokio::test]
async fn a_head_that_does_not_end_is_cut_off_even_if_it_drips() {
    let door = Server::open(Limits { head: SOON, ..patient() }).await;
    let mut stream = door.send("GET / HTTP/1.1\r\n").await;
    let mut closed = false;
    while !closed {
        closed = stream.write_all(b"x: y\r\n").await.is_err()
            || tokio::time::timeout(Duration::from_millis(5), stream.read_u8()).await.is_ok();
    }
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let door = Server::open(Limits { idle: SOON, ..patient() }).await;
    let mut stream = door.connect().await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    hello(&mut stream).await;
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn idle_http_2_connections_are_closed_although_they_ping() {
    let door = Server::open(Limits { idle: SOON, ..patient() }).await;
    let mut stream = door.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let mut answer = Vec::new();
    let ping = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    while stream.write_all(&ping).await.is_ok() {
        let read = tokio::time::timeout(Duration::from_millis(5), stream.read_buf(&mut answer)).await;
        if matches!(read, Ok(Ok(0) | Err(_))) {
            break;
        }
    }
    assert!(!answer.is_empty(), "the server has introduced itself");
}

#[tokio::test]
async fn a_body_without_progress_is_answered_408() {
    let door = Server::open(Limits { progress: SOON, ..patient() }).await;
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 64\r\n\r\n";
    let answer = rest(door.send(&format!("{head}some")).await).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("came too slowly"), "{answer}");
}

#[tokio::test]
async fn a_running_request_is_not_idle() {
    let short = Limits { first_byte: SOON, head: SOON, idle: SOON, progress: SOON, ..patient() };
    let door = Server::open(short).await;
    let held = door.send("GET /held HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    // Another connection comes, waits for its whole limit and is closed; this one is still there.
    assert_eq!(rest(door.connect().await).await, "");
    assert_eq!(rest(door.connect().await).await, "");
    door.release.cancel();
    assert!(rest(held).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn at_the_limit_the_longest_waiting_connection_goes_first() {
    let door = Server::open(Limits { connections: 3, ..patient() }).await;
    let held = door.send("GET /held HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let oldest = door.connect().await;
    let mut younger = door.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    hello(&mut younger).await;
    // The fourth takes the place of the one that has never said a word.
    let mut newest = door.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    hello(&mut newest).await;
    assert_eq!(rest(oldest).await, "");
    younger.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    hello(&mut younger).await;
    door.release.cancel();
    assert!(rest(held).await.starts_with("HTTP/1.1 200"), "a running request keeps its place");
}

#[tokio::test]
async fn many_bodies_that_never_end_do_not_keep_new_clients_out() {
    let door = Server::open(Limits { connections: 8, ..patient() }).await;
    let mut slow = Vec::new();
    for _ in 0..40 {
        slow.push(door.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nsome").await);
    }
    assert!(door.ask().await.ends_with("hello"));
}

#[tokio::test]
async fn when_every_connection_is_busy_a_new_one_waits_for_a_place() {
    let door = Server::open(Limits { connections: 1, ..patient() }).await;
    let held = door.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let asked = door.ask();
    let release = async {
        // The request is under way once nothing but its answer is missing.
        tokio::task::yield_now().await;
        door.release.cancel();
    };
    let (answer, ()) = tokio::join!(asked, release);
    assert!(answer.ends_with("hello"), "{answer}");
    drop(held);
}

#[tokio::test]
async fn the_end_lets_requests_finish_and_closes_what_is_idle() {
    let door = Server::open(patient()).await;
    let held = door.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut idle = door.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    hello(&mut idle).await;
    let silent = door.connect().await;
    assert!(door.ask().await.ends_with("hello"), "all connections before this one have been accepted");
    door.stop.cancel();
    let still_open = door.serving.await.expect("no panic");
    assert_eq!((rest(idle).await, rest(silent).await), (String::new(), String::new()));
    assert!(!still_open.ended_within(Duration::from_millis(1)).await);
    door.release.cancel();
    assert!(still_open.ended_within(NEVER).await);
    assert!(rest(held).await.starts_with("HTTP/1.1 200"));
    assert!(TcpStream::connect(door.address).await.is_err());
}

#[tokio::test]
async fn dropping_what_is_still_open_cuts_it_off() {
    let door = Server::open(patient()).await;
    let held = door.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(door.ask().await.ends_with("hello"));
    door.stop.cancel();
    drop(door.serving.await.expect("no panic"));
    assert_eq!(rest(held).await, "");
}
