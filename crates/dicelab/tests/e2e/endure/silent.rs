//! Clients that say nothing, or not enough: however many they are, a new one is answered.
//!
//! `DICELAB_SILENT=5000` makes so many connections of each kind on every port, and expects an answer within a second;
//! without it there are somewhat more than a port of the lab holds, on a few ports, and the answer only has to come.

use std::time::{Duration, Instant};

use dicelab::ports::Port;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::{Lab, PORTS};

/// Somewhat more than a port of the lab holds at a time.
const FEW: usize = 1100;
/// For the answer in the short form, which runs beside other tests.
const AT_ALL: Duration = Duration::from_secs(60);
/// For the answer in the long form.
const WITHIN: Duration = Duration::from_secs(1);
/// So many connect at the same time, less than the system lets wait for a port.
const AT_ONCE: usize = 50;

/// In which way a client keeps a connection without being served.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// It sends no byte.
    Silent,
    /// It begins a head.
    SlowHead,
    /// It begins a body.
    SlowBody,
    /// It agrees on HTTP/2 and asks for nothing.
    IdleHttp2,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Silent, Self::SlowHead, Self::SlowBody, Self::IdleHttp2];

    /// What such a client sends.
    fn opening(self, port: Port, number: u16) -> String {
        let path = match port {
            Port::Dashboards => "/api/dashboards/db",
            Port::Metrics => "/api/v1/write",
            Port::Logs => "/loki/api/v1/push",
            Port::OtlpHttp => "/v1/traces",
            _ => "/",
        };
        match self {
            Self::Silent => String::new(),
            Self::SlowHead => "GET / HTTP/1.1\r\nHost: localh".to_owned(),
            Self::SlowBody => format!(
                "POST {path} HTTP/1.1\r\nHost: localhost:{number}\r\nContent-Type: application/json\r\n\
                 Content-Length: 1000\r\n\r\n{{"
            ),
            Self::IdleHttp2 => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_owned(),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_client_is_answered_however_many_keep_silent() {
    let told = std::env::var("DICELAB_SILENT").ok().map(|text| text.parse::<usize>().expect("a number"));
    let few = [Port::Metrics, Port::OtlpGrpc, Port::Frontend];
    let (ports, count) = if let Some(count) = told { (&PORTS[..], count) } else { (&few[..], FEW) };
    http_door::open_files::raise(count as u64 + 200).expect("enough open files");
    let lab = Lab::up(&["--in-memory"]).await;
    let mut longest = Duration::ZERO;
    for port in ports {
        for kind in Kind::ALL {
            let kept = open(&lab, *port, kind, count).await;
            assert!(kept.len() >= count * 99 / 100, "{} of {count} connections were made", kept.len());
            let took = new_client(lab.number(*port)).await;
            println!("{:<12} {kind:?}: answered after {took:?}, {count} connections", port.what());
            longest = longest.max(took);
        }
    }
    println!("longest: {longest:?}");
    assert!(told.is_none() || longest <= WITHIN, "a new client waited for {longest:?}");
}

/// So many connections of a kind, open as long as they are kept.
async fn open(lab: &Lab, port: Port, kind: Kind, count: usize) -> Vec<TcpStream> {
    let number = lab.number(port);
    let (mut begun, mut kept) = (JoinSet::new(), Vec::with_capacity(count));
    for _ in 0..count {
        if begun.len() >= AT_ONCE {
            kept.extend(begun.join_next().await.expect("one of them").expect("no panic"));
        }
        let opening = kind.opening(port, number);
        begun.spawn(async move {
            let mut stream = TcpStream::connect(("127.0.0.1", number)).await.ok()?;
            // Who is sent away in the middle of it has been accepted, which is all that counts here.
            let _ = stream.write_all(opening.as_bytes()).await;
            Some(stream)
        });
    }
    while let Some(stream) = begun.join_next().await {
        kept.extend(stream.expect("no panic"));
    }
    kept
}

/// How long a new client waits for its answer.
async fn new_client(number: u16) -> Duration {
    let began = Instant::now();
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", number)).await.expect("connected");
        let request = format!("GET /metrics HTTP/1.1\r\nHost: localhost:{number}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("answered");
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    };
    tokio::time::timeout(AT_ALL, ask).await.expect("an answer");
    began.elapsed()
}
