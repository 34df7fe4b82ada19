//! The accept loop and its end.
//!
//! On shutdown: stop accepting, let requests finish for the grace, then tell the rest that their client is gone
//! and wait until they have wound down.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::web::app::App;

/// Connections at a time; further ones wait in the listen backlog.
const MAX_CONNECTIONS: usize = 4096;
/// For a request head to arrive, and for a kept-alive connection to be used again.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Cancelled requests have this long to wind down and their answers to leave.
const WIND_DOWN: Duration = Duration::from_secs(1);
/// After a failed accept, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How the drain went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Requests that the grace did not suffice for; they were cancelled.
    pub cut_off: usize,
    /// Requests that did not even react to that.
    pub left_behind: usize,
}

/// Serves `app` until `shutdown` fires, then drains for at most `grace` and a second.
pub async fn serve(listener: TcpListener, app: App, shutdown: CancellationToken, grace: Duration) -> Drained {
    let connections = TaskTracker::new();
    let closing = CancellationToken::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = shutdown.cancelled() => break,
        };
        if let Some((stream, slot)) = accepted {
            connections.spawn(connection(stream, slot, app.clone(), closing.clone()));
        }
    }
    drop(listener);
    drain(&app, &connections, &closing, grace).await
}

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    // Limit before working; the semaphore is never closed.
    let slot = slots.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, slot)),
        Err(error) => {
            tracing::warn!(%error, "Connection not accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, _slot: OwnedSemaphorePermit, app: App, closing: CancellationToken) {
    // Latency matters, but a connection that does not take the option still works.
    let _ = stream.set_nodelay(true);
    let peer = stream.peer_addr().ok();
    let service = app.router.map_request(move |mut request: http::Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        request.map(axum::body::Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    // A connection's error is the client's affair: it has gone, or it does not speak HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = closing.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn drain(app: &App, connections: &TaskTracker, closing: &CancellationToken, grace: Duration) -> Drained {
    closing.cancel();
    connections.close();
    let finished = tokio::time::timeout(grace, connections.wait()).await.is_ok();
    let deadline = Instant::now() + WIND_DOWN;
    // Even then a request whose client has just gone may still be winding down.
    let (told, left_behind) = app.requests.cancel(WIND_DOWN).await;
    // The answers of those that were cut off are on their way out.
    let _ = tokio::time::timeout_at(deadline, connections.wait()).await;
    let cut_off = if finished { 0 } else { told };
    if cut_off > 0 {
        tracing::warn!(cut_off, left_behind, grace = grace.as_secs_f64(), "Shutdown grace ran out");
    }
    Drained { cut_off, left_behind }
}

#[cfg(test)]
mod tests;
