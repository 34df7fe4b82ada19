//! Real sockets: clients that leave, and the drain.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};
use tracing::Instrument;

use lab_testkit::eventually::eventually;

use super::*;
use crate::signals::recorder::Recorder;
use crate::web::app::client_gone::ClientGone;
use crate::web::client::Client;
use crate::web::client::url::BaseUrl;
use crate::web::readiness::Readiness;
use prometheus_client::registry::Registry;

/// A batch of three children that would take forever; ends them in order when nobody waits any more.
async fn batch(gone: ClientGone) -> &'static str {
    let mut children = JoinSet::new();
    for _ in 0..3 {
        let gone = gone.clone();
        let child = async move { gone.cancelled().await };
        children.spawn(child.instrument(tracing::info_span!("child")));
    }
    while children.join_next().await.is_some() {}
    "wound down"
}

struct Served {
    app: App,
    address: SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<Drained>,
}

async fn start(routes: Router, grace: Duration) -> Served {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let app = App::new(routes, Registry::default(), Readiness::default());
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, app.clone(), shutdown.clone(), grace));
    Served { app, address, shutdown, serving }
}

impl Served {
    async fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.expect("sends");
        stream
    }

    async fn in_flight(&self, wanted: usize) {
        eventually(|| async {
            let now = self.app.requests.in_flight();
            if now == wanted { Ok(()) } else { Err(format!("{now} requests in flight")) }
        })
        .await;
    }

    async fn metrics(&self) -> String {
        let base: BaseUrl = format!("http://{}", self.address).parse().expect("valid");
        let reply = Client::new().get(base.with("/metrics", &[]), Duration::from_secs(20)).await.expect("answers");
        String::from_utf8(reply.body.to_vec()).expect("UTF-8")
    }
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_request_and_all_children() {
    let recorder = Recorder::install("telemetry");
    let served = start(Router::new().route("/batch", get(batch)), Duration::from_secs(20)).await;
    let stream = served.send("/batch").await;
    served.in_flight(1).await;
    drop(stream);
    served.in_flight(0).await;

    let text = served.metrics().await;
    assert!(text.contains("http_requests_total{handler=\"/batch\",method=\"GET\",status=\"cancelled\"} 1\n"), "{text}");
    assert!(text.contains("http_requests_in_progress{handler=\"/batch\"} 0\n"), "{text}");
    let spans = recorder.spans();
    let (children, others): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span.name == "child");
    let parent = others.iter().find(|span| span.name == "GET /batch").expect("the request");
    assert_eq!(children.len(), 3);
    for child in children {
        assert_eq!(child.parent_span_id, parent.span_id);
        assert!(parent.start <= child.start && child.end <= parent.end, "no child outlives its parent");
    }
    assert_eq!(parent.attributes["error.type"], "cancelled");
}

#[tokio::test]
async fn the_drain_lets_requests_finish() {
    let release = CancellationToken::new();
    let held = release.clone();
    let routes = Router::new().route("/slow", get(|| async move { held.cancelled().await }));
    let served = start(routes, Duration::from_secs(20)).await;
    let mut stream = served.send("/slow").await;
    served.in_flight(1).await;
    served.shutdown.cancel();
    eventually(|| async {
        let refused = TcpStream::connect(served.address).await.is_err();
        if refused { Ok(()) } else { Err("still accepting") }
    })
    .await;
    release.cancel();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!(served.serving.await.expect("ends"), Drained { cut_off: 0, left_behind: 0 });
}

#[tokio::test]
async fn what_the_grace_does_not_suffice_for_winds_down() {
    let _recorder = Recorder::install("telemetry");
    let served = start(Router::new().route("/batch", get(batch)), Duration::from_millis(20)).await;
    let mut stream = served.send("/batch").await;
    served.in_flight(1).await;
    served.shutdown.cancel();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    assert!(answer.ends_with("wound down"), "{answer}");
    assert_eq!(served.serving.await.expect("ends"), Drained { cut_off: 1, left_behind: 0 });
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_drain() {
    let served = start(Router::new().route("/", get(|| async {})), Duration::from_secs(600)).await;
    let mut stream = served.send("/").await;
    let mut some = [0; 16];
    stream.read_exact(&mut some).await.expect("an answer");
    served.shutdown.cancel();
    assert_eq!(served.serving.await.expect("ends").cut_off, 0);
}

#[tokio::test]
async fn connections_are_kept_alive_and_answered_in_turn() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let routes = Router::new().route("/", get(|| async move { counted.fetch_add(1, Ordering::Relaxed).to_string() }));
    let served = start(routes, Duration::from_secs(1)).await;
    let base: BaseUrl = format!("http://{}", served.address).parse().expect("valid");
    let client = Client::new();
    for expected in 0..3 {
        let reply = client.get(base.with("/", &[]), Duration::from_secs(20)).await.expect("answers");
        assert_eq!(reply.body, expected.to_string());
    }
}
