//! Loki's `tail` followed through the page's proxy path, as a browser does: one origin for everything.

use std::time::{SystemTime, UNIX_EPOCH};

use lab_logs::{Entry, Limits, LogStore, Policy};
use lab_model::{Clock, Labels};
use lab_storage::Location;
use lab_testkit::eventually::patience;
use lab_testkit::server::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use crate::loki;
use crate::loki::state::LokiState;

/// A text frame of a server, whole and not masked (RFC 6455).
const TEXT: u8 = 0x81;

#[tokio::test]
async fn lines_are_followed_through_the_page_s_proxy() {
    let store = Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opened"));
    write(&store, "before");
    let server = TestServer::start(page(&store)).await;
    let (mut socket, answer) = follow(&server).await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert_eq!(next_line(&mut socket).await, "before");
    write(&store, "as it came");
    assert_eq!(next_line(&mut socket).await, "as it came");
}

fn page(store: &Arc<LogStore>) -> Router {
    let loki = loki::router(LokiState::new(Arc::clone(store), Clock::new(now_ns)));
    let stores = Stores { prometheus: Router::new(), loki, tempo: Router::new() };
    router(state(stores))
}

fn write(store: &LogStore, line: &str) {
    let entry = Entry::new(now_ns(), line);
    store.append([(Labels::from_pairs([("a", "b")]), entry)], &Policy::collected());
}

fn now_ns() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since_epoch.as_nanos()).expect("before 2262")
}

/// Asks for the upgrade; the head of the answer.
async fn follow(server: &TestServer) -> (TcpStream, String) {
    let mut socket = TcpStream::connect(server.address()).await.expect("connected");
    let path = "/api/datasources/proxy/uid/loki/loki/api/v1/tail?query=%7Ba%3D%22b%22%7D";
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address()
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(read(&mut socket, 1).await[0]);
    }
    (socket, String::from_utf8_lossy(&head).into_owned())
}

/// The line of the next frame that carries one; pings are passed over.
async fn next_line(socket: &mut TcpStream) -> String {
    loop {
        let head = read(socket, 2).await;
        let length = match head[1] {
            126 => usize::from(u16::from_be_bytes(read(socket, 2).await.try_into().expect("two bytes"))),
            length => usize::from(length),
        };
        let body = read(socket, length).await;
        if head[0] == TEXT {
            let frame: Value = serde_json::from_slice(&body).expect("JSON");
            return frame["streams"][0]["values"][0][1].as_str().expect("a line").to_owned();
        }
    }
}

async fn read(socket: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut buffer = vec![0; bytes];
    timeout(patience(), socket.read_exact(&mut buffer)).await.expect("in time").expect("read");
    buffer
}
