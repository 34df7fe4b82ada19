//! The router of a service with everything around it: spans, metrics, probes, problem bodies.
//!
//! [`App::new`] adds to the router of a service
//! - `GET /metrics`, `GET /healthz`, `GET /readyz`, which appear in no `http_*` metric and in no span;
//! - per request a SERVER span with the stable HTTP semantic conventions, continuing the caller's trace, and
//!   `traceresponse` on every answer;
//! - `http_requests_total{handler,method,status}`, `http_request_duration_seconds{handler,method}` with exemplars,
//!   `http_requests_in_progress{handler}`;
//! - problem bodies for unknown paths (404), wrong methods (405 with `Allow`) and panics (500).
//!
//! **Structured concurrency.** A handler runs in a task of its own. When the client goes away, or the grace of a
//! shutdown runs out, its [`client_gone::ClientGone`] fires; the handler ends its children, counts and returns. Only
//! then is the request's span closed and its gauge lowered, so no child outlives its parent and no gauge leaks.

pub(crate) mod client_gone;
mod door;
mod metrics;
mod probes;
pub(crate) mod requests;
mod span;

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderName, Request, StatusCode};
use http_door::guard::answer::Guard;
use prometheus_client::registry::Registry;
use tower::{Layer, Service, ServiceExt};
use tracing::Instrument;

use crate::faults;
use crate::signals::metrics::exposition::Exposition;
use crate::signals::traces::context::SpanIds;
use crate::web::problem::{PROBLEM_JSON, Problem};
use crate::web::readiness::Readiness;
use metrics::HttpMetrics;
use requests::{InFlight, Requests};

const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// A complete service: what [`crate::server::serve`] serves and what tests call without a socket.
#[derive(Debug, Clone)]
pub struct App {
    /// The router with probes, layers and fallbacks.
    pub router: Router,
    /// The requests in flight.
    pub requests: Requests,
}

impl App {
    /// Wraps the routes of a service. `registry` holds all of its metrics by now; the `http_*` ones are added.
    pub fn new(routes: Router, registry: Registry, readiness: Readiness) -> Self {
        Self::build(routes, registry, readiness, |router| router)
    }

    /// The same behind a guard, which answers what it refuses with a problem body like any other.
    pub fn guarded(routes: Router, registry: Registry, readiness: Readiness, guard: Guard) -> Self {
        Self::build(routes, registry, readiness, |router| router.layer(from_fn_with_state(guard, door::check)))
    }

    fn build(
        routes: Router,
        mut registry: Registry,
        readiness: Readiness,
        guarded: impl FnOnce(Router) -> Router,
    ) -> Self {
        let requests = Requests::default();
        let layer = RequestLayer { metrics: HttpMetrics::register(&mut registry), requests: requests.clone() };
        let probes = probes::routes(Exposition::new(registry), readiness);
        let router = guarded(routes.merge(probes).fallback(not_found));
        Self { router: router.layer(layer), requests }
    }
}

async fn not_found(request: Request<Body>) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("There is nothing at {}", request.uri().path()))
}

#[derive(Debug, Clone)]
struct RequestLayer {
    metrics: HttpMetrics,
    requests: Requests,
}

impl<S> Layer<S> for RequestLayer {
    type Service = RequestService<S>;

    fn layer(&self, inner: S) -> RequestService<S> {
        RequestService { inner, metrics: self.metrics.clone(), requests: self.requests.clone() }
    }
}

#[derive(Debug, Clone)]
struct RequestService<S> {
    inner: S,
    metrics: HttpMetrics,
    requests: Requests,
}

impl<S> Service<Request<Body>> for RequestService<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let matched = request.extensions().get::<MatchedPath>().cloned();
        let route = matched.as_ref().map(MatchedPath::as_str);
        if route.is_some_and(|route| probes::PATHS.contains(&route)) {
            return self.inner.clone().oneshot(request).boxed();
        }

        let span = span::open(&request, route);
        let ids = SpanIds::of(&span);
        let measured = self.metrics.begin(route, request.method());
        let gone = self.requests.client_gone();
        request.extensions_mut().insert(gone.clone());
        let refusal = format!("{} is not allowed for {}", request.method(), request.uri().path());
        let inner = self.inner.clone();

        let client = gone.clone();
        let handling = async move {
            if let Some(longer) = faults::slowness() {
                tokio::select! {
                    () = tokio::time::sleep(longer) => {}
                    () = client.cancelled() => {}
                }
            }
            let answer =
                AssertUnwindSafe(answer(inner, request, refusal).instrument(span.clone())).catch_unwind().await;
            let mut response = answer.unwrap_or_else(|panic| span.in_scope(|| panicked(panic.as_ref())));
            if let Some(ids) = ids {
                response.headers_mut().insert(TRACERESPONSE, ids.header());
            }
            let status = (!client.is_cancelled()).then(|| response.status());
            span::finish(&span, status);
            measured.end(status, ids);
            response
        };
        let in_flight = self.requests.spawn(&gone, handling);
        Box::pin(async move {
            // Held until the answer is there: dropped earlier, it tells the task that the client is gone.
            let InFlight { task, _gone } = in_flight;
            Ok(task.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
        })
    }
}

async fn answer<S>(inner: S, request: Request<Body>, refusal: String) -> Response
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    let Ok(response) = inner.oneshot(request).await;
    if response.status() != StatusCode::METHOD_NOT_ALLOWED || is_problem(&response) {
        return response;
    }
    // axum's own answer knows the methods but has no body.
    let allow = response.headers().get(ALLOW).cloned();
    let methods = allow.as_ref().and_then(|allow| allow.to_str().ok()).unwrap_or("none");
    let detail = format!("{refusal}; allowed: {}", methods.replace(',', ", "));
    let mut problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).into_response();
    if let Some(allow) = allow {
        problem.headers_mut().insert(ALLOW, allow);
    }
    problem
}

fn is_problem(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON)
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let reason = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let reason = reason.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = reason, "Request handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The service failed to handle the request").into_response()
}

#[cfg(test)]
mod tests;
