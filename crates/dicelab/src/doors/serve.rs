//! A server per port: HTTP/1.1 and HTTP/2 on the same socket, bounded, drained at the end.

use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use telemetry::metrics::Exposition;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::doors::host_guard::{self, HostGuard};
use crate::parts::requests::{self, RequestCounts};
use crate::ports::Port;

/// Connections per port at a time; further ones wait in the listen backlog.
const MOST_CONNECTIONS: usize = 1024;
/// For a request's head to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// HTTP/2 streams per connection.
const MOST_STREAMS: u32 = 128;
/// After a failed accept, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// For requests to be answered once the end has begun.
const DRAIN: Duration = Duration::from_millis(500);

/// What every port of the lab has around its own routes: `GET /metrics`, the host guard, request counts.
#[derive(Clone)]
pub struct Shell {
    /// Which names are answered to.
    pub guard: HostGuard,
    /// Where requests are counted.
    pub requests: RequestCounts,
    /// The lab's own metrics.
    pub exposition: Exposition,
}

impl Shell {
    /// A port's routes with all that surrounds them.
    pub fn around(&self, port: Port, routes: Router) -> Router {
        let exposition = self.exposition.clone();
        // On a thread that may block: a store with a troubled disk tells its size late.
        let metrics = get(async move |headers: axum::http::HeaderMap| {
            let rendered = tokio::task::spawn_blocking(move || exposition.render(&headers)).await;
            rendered.map_err(|_| axum::http::StatusCode::INTERNAL_SERVER_ERROR)
        });
        routes
            .route("/metrics", metrics)
            .layer(from_fn_with_state(self.guard.clone(), host_guard::check))
            .layer(from_fn_with_state((self.requests.clone(), port), requests::count))
            .layer(from_fn(no_sniffing))
    }
}

/// What is served is what its type says, and is never shown inside another site's page.
async fn no_sniffing(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert("x-content-type-options", axum::http::HeaderValue::from_static("nosniff"));
    headers.insert("x-frame-options", axum::http::HeaderValue::from_static("SAMEORIGIN"));
    response
}

/// Serves until `stop` is cancelled, then lets what is under way finish for a moment.
pub async fn serve(listener: StdListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let (connections, slots) = (TaskTracker::new(), Arc::new(Semaphore::new(MOST_CONNECTIONS)));
    let killed = CancellationToken::new();
    let _kill_what_is_left = killed.clone().drop_guard();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = stop.cancelled() => break,
        };
        if let Some((stream, slot)) = accepted {
            let connection = connection(stream, slot, router.clone(), stop.clone());
            let killed = killed.clone();
            connections.spawn(async move { killed.run_until_cancelled(connection).await });
        }
    }
    drop(listener);
    connections.close();
    // What takes longer is cut off when this function returns.
    let _ = tokio::time::timeout(DRAIN, connections.wait()).await;
    Ok(())
}

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    // Limit before working; the semaphore is never closed.
    let slot = slots.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, slot)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, _slot: OwnedSemaphorePermit, router: Router, stop: CancellationToken) {
    // Latency matters, but a connection that does not take the option still works.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().ok();
    let service = tower::ServiceExt::map_request(router, move |request: axum::http::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        request
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(MOST_STREAMS);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    // A connection's error is the client's affair: it has gone, or it does not speak HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn ask(address: std::net::SocketAddr, host: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer
    }

    #[tokio::test]
    async fn a_port_answers_its_own_names_counts_and_ends_when_told() {
        let requests = RequestCounts::default();
        let exposition = Exposition::new(telemetry::metrics::Registry::default());
        let shell = Shell { guard: HostGuard::new(&[]), requests: requests.clone(), exposition };
        let routes = Router::new().route("/hello", get(|| async { "hello" }));
        let listener = StdListener::bind("127.0.0.1:0").expect("bound");
        let address = listener.local_addr().expect("bound");
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(listener, shell.around(Port::Metrics, routes), stop.clone()));

        assert!(ask(address, "localhost", "/hello").await.ends_with("hello"));
        let refused = ask(address, "evil.example:80", "/hello").await;
        assert!(refused.starts_with("HTTP/1.1 403") && refused.contains("--allowed-host evil.example"), "{refused}");
        let count = |class| requests.by_class().find(|one| one.port == Port::Metrics && one.class == class);
        assert_eq!(count("4xx").map(|one| one.requests), Some(1));

        let idle = TcpStream::connect(address).await.expect("connected");
        stop.cancel();
        server.await.expect("no panic").expect("served");
        drop(idle);
        assert!(TcpStream::connect(address).await.is_err());
    }
}
