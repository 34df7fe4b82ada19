//! One connection: its requests answered, its limits watched.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::accept::activity::Activity;
use crate::accept::body::{RequestBody, ResponseBody, Running};
use crate::accept::door::Door;
use crate::accept::handshake;
use crate::accept::limits::Limits;
use crate::accept::registry::Place;
use crate::accept::stream::WatchedStream;

/// HTTP/2 streams of a connection at a time.
const MOST_STREAMS: u32 = 128;
/// A client that is told to go may take this long, for example to hear of it in HTTP/2.
const GOODBYE: Duration = Duration::from_millis(100);

/// A connection that was accepted.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) stream: TcpStream,
    pub(super) place: Place,
    /// Fires when its place is needed.
    pub(super) sent_away: CancellationToken,
    /// Since when it waits for its client.
    pub(super) at: Instant,
}

/// Serves one connection to its end; once `closing` fires, it takes no further request.
pub(super) async fn serve(accepted: Accepted, door: Arc<Door>, closing: CancellationToken) {
    let Accepted { stream, place, sent_away, at } = accepted;
    let (peer, activity, limits) = (stream.peer_addr().ok(), Arc::new(Activity::new(at, place.turn())), door.limits);
    let mut overdue = std::pin::pin!(overdue(&activity, &limits));
    // Until the handshake is over no byte has come, so that it has no more time than the first byte has.
    let opened = tokio::select! {
        opened = handshake::open(stream, &door) => opened,
        () = overdue.as_mut() => None,
        () = sent_away.cancelled() => None,
        () = closing.cancelled() => None,
    };
    let Some(opened) = opened else { return };
    let stream = WatchedStream::new(opened.transport, activity.clone(), place);
    let (router, noted) = (door.router.clone(), activity.clone());
    let service = service_fn(move |request| answer(router.clone(), request, peer, noted.clone(), limits));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    if !opened.http2 {
        builder = builder.http1_only();
    }
    // The limits of time are ours, in `Activity`; hyper's own know nothing of a connection that sends no byte.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(MOST_STREAMS);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A connection's error is the client's affair: it has gone, or it does not speak HTTP.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                _ = connection.as_mut() => return,
                () = overdue.as_mut() => {}
                () = sent_away.cancelled() => {}
            }
        }
        () = overdue.as_mut() => {}
        () = sent_away.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(GOODBYE, connection).await;
}

/// Returns when a limit is exceeded.
async fn overdue(activity: &Activity, limits: &Limits) {
    loop {
        tokio::time::sleep(limits.look_every()).await;
        if let Some(overdue) = activity.overdue(limits, Instant::now()) {
            tracing::debug!(?overdue, "a connection is closed");
            return;
        }
    }
}

async fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: Option<SocketAddr>,
    activity: Arc<Activity>,
    limits: Limits,
) -> Result<Response, Infallible> {
    let running = Running::begin(&activity);
    let gave_up = Arc::new(AtomicBool::new(false));
    let mut request = request.map(|body| Body::new(RequestBody::new(body, activity.clone(), &limits, gave_up.clone())));
    if let Some(peer) = peer {
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    let response = router.oneshot(request).await?;
    // What a handler makes of half a body is of no interest; a gRPC client gets its status from the handler.
    let response = if gave_up.load(Ordering::Relaxed) && !is_grpc(&response) { timed_out() } else { response };
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        activity.upgrade();
    }
    Ok(response.map(|body| Body::new(ResponseBody::new(body, running))))
}

fn timed_out() -> Response {
    let text =
        "the body of the request came too slowly; send it again over a faster connection, or in smaller pieces\n";
    (StatusCode::REQUEST_TIMEOUT, [(CONNECTION, HeaderValue::from_static("close"))], text).into_response()
}

fn is_grpc(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}
