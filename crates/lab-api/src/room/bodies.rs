//! One budget of memory for the bodies of all requests on all ports, so that many large pushes at once do not take more
//! memory than the lab may. It is taken before a body is read and given back once the request is answered.
//!
//! A body whose length is not told beforehand takes its part as it comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use lab_storage::{Budget, Wait};

use crate::error::PlainError;
use crate::otlp::refusal::Refusal;
use crate::otlp::transport::grpc::is_grpc;
use crate::room::patience::take_in_time;

/// What a byte of a body takes while the body is unpacked, decoded and on its way into a store.
const BYTES_A_BYTE: u64 = 4;

/// How a sender is told that there is no room for its request, so that its client sends it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refuse {
    /// With 429, as Loki's clients expect.
    TooManyRequests,
    /// With 503, as Prometheus and OTLP over HTTP expect.
    Unavailable,
    /// With `UNAVAILABLE` of gRPC.
    Grpc,
    /// As gRPC if the request is one, else with 503: a port of OTLP takes both.
    Otlp,
}

/// The budget, for the requests of one port.
#[derive(Clone, Debug)]
pub struct Bodies {
    budget: Arc<Budget>,
    refuse: Refuse,
}

/// What the body of one request has taken; given back when the last holder is gone.
#[derive(Debug)]
struct Held {
    budget: Arc<Budget>,
    bytes: AtomicU64,
    /// The body was cut off, because there was no room for more of it.
    cut: AtomicBool,
}

impl Bodies {
    /// The bodies on a port that refuses like this.
    pub fn new(budget: Arc<Budget>, refuse: Refuse) -> Self {
        Self { budget, refuse }
    }
}

/// Lets a request through once there is room for its body.
pub async fn hold(State(Bodies { budget, refuse }): State<Bodies>, request: Request, next: Next) -> Response {
    let refuse = refuse.of(&request);
    let length = request.body().size_hint().exact();
    if length == Some(0) {
        return next.run(request).await;
    }
    let held = Arc::new(Held { budget, bytes: AtomicU64::new(0), cut: AtomicBool::new(false) });
    if let Some(length) = length
        && let Err(wait) = held.take_in_time(length).await
    {
        return refuse.answer(wait);
    }
    let body_holds = held.clone();
    let request = if length.is_some() {
        request
    } else {
        request.map(|body| Body::from_stream(body.into_data_stream().map(move |piece| body_holds.piece(piece))))
    };
    let answer = next.run(request).await;
    if held.cut.load(Ordering::Acquire) { refuse.answer(Wait::BODIES) } else { answer }
}

impl Held {
    async fn take_in_time(&self, length: u64) -> Result<(), Wait> {
        let bytes = length.saturating_mul(BYTES_A_BYTE);
        take_in_time(|| self.budget.take(bytes).map_err(|_| Wait::BODIES)).await?;
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(())
    }

    /// Takes room for a piece of a body; without room the body ends here, with an error.
    fn piece(&self, piece: Result<Bytes, axum::Error>) -> Result<Bytes, axum::Error> {
        let piece = piece?;
        let bytes = (piece.len() as u64).saturating_mul(BYTES_A_BYTE);
        self.budget.take(bytes).map_err(|_| {
            self.cut.store(true, Ordering::Release);
            axum::Error::new(Wait::BODIES)
        })?;
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(piece)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes.load(Ordering::Acquire));
    }
}

impl Refuse {
    /// How the sender of this request is told.
    fn of(self, request: &Request) -> Self {
        match self {
            Self::Otlp if is_grpc(request.headers()) => Self::Grpc,
            Self::Otlp => Self::Unavailable,
            other => other,
        }
    }

    fn answer(self, wait: Wait) -> Response {
        match self {
            Self::TooManyRequests => PlainError::wait(StatusCode::TOO_MANY_REQUESTS, wait).into_response(),
            Self::Unavailable | Self::Otlp => PlainError::wait(StatusCode::SERVICE_UNAVAILABLE, wait).into_response(),
            Self::Grpc => Refusal::Wait(wait).to_grpc().into_http::<tonic::body::Body>().map(Body::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use tokio::sync::Notify;
    use tower::ServiceExt;

    use super::*;

    /// A router whose handler reads the body and waits until it may answer.
    fn router(budget: &Arc<Budget>, go_on: &Arc<Notify>, refuse: Refuse) -> Router {
        let go_on = go_on.clone();
        let handler = move |body: Bytes| async move {
            go_on.notified().await;
            body.len().to_string()
        };
        let bodies = Bodies::new(budget.clone(), refuse);
        Router::new().route("/", post(handler)).layer(from_fn_with_state(bodies, hold))
    }

    fn request(body: Body) -> Request {
        Request::post("/").body(body).expect("a request")
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_share_one_budget_and_give_it_back() {
        let (budget, go_on) = (Arc::new(Budget::new(1000)), Arc::new(Notify::new()));
        let router = router(&budget, &go_on, Refuse::TooManyRequests);
        let first = tokio::spawn(router.clone().oneshot(request(Body::from(vec![b'x'; 200]))));
        tokio::task::yield_now().await;
        assert_eq!(budget.used(), 800);
        let second = router.clone().oneshot(request(Body::from(vec![b'x'; 100]))).await.expect("an answer");
        assert_eq!((second.status().as_u16(), &second.headers()["retry-after"]), (429, &"1".parse().expect("a value")));
        go_on.notify_one();
        assert_eq!(first.await.expect("no panic").expect("an answer").status(), 200);
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_of_unknown_length_is_cut_when_there_is_no_room_for_more_of_it() {
        let (budget, go_on) = (Arc::new(Budget::new(1000)), Arc::new(Notify::new()));
        let router = router(&budget, &go_on, Refuse::Unavailable);
        let pieces = |count| {
            let piece = |_| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 50]));
            Body::from_stream(futures_util::stream::iter((0..count).map(piece)))
        };
        let answer = router.clone().oneshot(request(pieces(10))).await.expect("an answer");
        assert_eq!(answer.status(), 503);
        drop(answer);
        assert_eq!(budget.used(), 0);
        go_on.notify_one();
        assert_eq!(router.oneshot(request(pieces(4))).await.expect("an answer").status(), 200);
    }
}
