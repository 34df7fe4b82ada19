//! A stub that answers like the frontend and dice-roller, as fast or slow as a test wants, and remembers
//! what it was asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use lab_testkit::server::TestServer;
use serde_json::json;
use tokio::sync::Semaphore;

/// How the stub behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// Every roll takes this long.
    pub(crate) delay: Duration,
    /// Rolls of a batch at the same time.
    pub(crate) overlap: usize,
    /// `max_delay_seconds` of `GET /`.
    pub(crate) max_delay_seconds: f64,
    /// Every request with this number (from 0) or a later one is answered by 500.
    pub(crate) fail_from: usize,
}

impl Default for Manners {
    fn default() -> Self {
        Self { delay: Duration::ZERO, overlap: 20, max_delay_seconds: 1.0, fail_from: usize::MAX }
    }
}

/// A running stub.
#[derive(Debug)]
pub(crate) struct Stub {
    server: TestServer,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    manners: Manners,
    requests: AtomicUsize,
    traceparents: Mutex<Vec<String>>,
}

impl Stub {
    pub(crate) async fn start(manners: Manners) -> Self {
        let shared = Arc::new(Shared { manners, requests: AtomicUsize::new(0), traceparents: Mutex::new(Vec::new()) });
        let router = Router::new()
            .route("/", get(describe))
            .route("/roll", get(roll))
            .route("/roll-async", get(batch))
            .with_state(Arc::clone(&shared));
        Self { server: TestServer::start(router).await, shared }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url("")
    }

    /// Rolls and batches asked for so far.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// The `traceparent` of each request so far.
    pub(crate) fn traceparents(&self) -> Vec<String> {
        self.shared.traceparents.lock().expect("not poisoned").clone()
    }
}

impl Shared {
    /// Notes a request; an answer if it is to fail.
    fn note(&self, headers: &HeaderMap) -> Option<Response> {
        if let Some(parent) = headers.get("traceparent").and_then(|value| value.to_str().ok()) {
            self.traceparents.lock().expect("not poisoned").push(parent.to_owned());
        }
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        (number >= self.manners.fail_from).then(|| {
            let problem = json!({"title": "Internal Server Error", "status": 500, "detail": "the stub is broken"});
            (StatusCode::INTERNAL_SERVER_ERROR, Json(problem)).into_response()
        })
    }
}

async fn describe(State(shared): State<Arc<Shared>>) -> Response {
    Json(json!({"service": "dice-roller", "max_delay_seconds": shared.manners.max_delay_seconds, "max_batch": 20}))
        .into_response()
}

async fn roll(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(failure) = shared.note(&headers) {
        return failure;
    }
    tokio::time::sleep(shared.manners.delay).await;
    ([("traceresponse", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")], Json(json!({"roll": 4})))
        .into_response()
}

async fn batch(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if let Some(failure) = shared.note(&headers) {
        return failure;
    }
    let times: usize = query["times"].parse().expect("a number");
    let slots = Arc::new(Semaphore::new(shared.manners.overlap));
    let rolls = (0..times).map(|_| {
        let (slots, delay) = (Arc::clone(&slots), shared.manners.delay);
        tokio::spawn(async move {
            let _slot = slots.acquire_owned().await;
            tokio::time::sleep(delay).await;
        })
    });
    for roll in rolls.collect::<Vec<_>>() {
        roll.await.expect("rolls");
    }
    Json(json!({"total": 4 * times, "rolls": vec![4; times], "count": times})).into_response()
}
