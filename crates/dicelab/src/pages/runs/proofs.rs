//! What only traces prove, on the page's port and the collector's:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /api/dicelab/concurrency/{id}` | of one trace: its critical path, and which spans ran at the same time |
//! | `GET /api/dicelab/concurrency?q=&start=&end=&limit=` | the same of all traces that TraceQL finds, at most 100 |
//! | `GET /api/dicelab/compare/{id}/{id}` | two traces side by side |
//!
//! The questions go to the trace store through its own API, with its limits and its errors: 400 for a query that cannot be
//! read, 404 without the trace.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, State};
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use axum::{Json, Router};
use lab_verify::stack::span::Span;
use lab_verify::stack::tempo::spans_of;
use lab_verify::trace::analysis::compare::Comparison;
use lab_verify::trace::analysis::many::Many;
use lab_verify::trace::analysis::one::Concurrency;
use serde::Deserialize;
use telemetry::problem::Problem;
use tower::ServiceExt as _;

/// Traces that one request may analyse.
const MOST: usize = 100;
/// The longest answer of the trace store that is read.
const LONGEST: usize = 64 << 20;
const PROTOBUF: &str = "application/protobuf";

/// Which traces are analysed together; times in seconds since the Unix epoch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    q: String,
    start: Option<u64>,
    end: Option<u64>,
    limit: Option<usize>,
}

/// What a search says of a trace, as far as it is read.
#[derive(Debug, Deserialize)]
struct Found {
    #[serde(default)]
    traces: Vec<FoundTrace>,
}

#[derive(Debug, Deserialize)]
struct FoundTrace {
    #[serde(rename = "traceID")]
    trace_id: String,
}

/// The routes, asking the trace store by the routes of its own API.
pub fn router(tempo: Router) -> Router {
    Router::new()
        .route("/api/dicelab/concurrency", get(many))
        .route("/api/dicelab/concurrency/{id}", get(one))
        .route("/api/dicelab/compare/{base}/{compare}", get(both))
        .with_state(tempo)
}

async fn one(State(tempo): State<Router>, Path(id): Path<String>) -> Result<Json<Concurrency>, Problem> {
    let spans = trace(&tempo, &id).await?.ok_or_else(|| absent(&id))?;
    computed(move || Json(Concurrency::of(&id, &spans))).await
}

async fn both(
    State(tempo): State<Router>,
    Path((base, compare)): Path<(String, String)>,
) -> Result<Json<Comparison>, Problem> {
    let one = trace(&tempo, &base).await?.ok_or_else(|| absent(&base))?;
    let other = trace(&tempo, &compare).await?.ok_or_else(|| absent(&compare))?;
    computed(move || Json(Comparison::of((&base, &one), (&compare, &other)))).await
}

async fn many(State(tempo): State<Router>, Query(wanted): Query<Wanted>) -> Result<Json<Many>, Problem> {
    let limit = wanted.limit.unwrap_or(MOST);
    if limit == 0 || limit > MOST {
        let why = format!("limit must be from 1 to {MOST}: every trace is read whole");
        return Err(Problem::new(StatusCode::BAD_REQUEST, why));
    }
    let (status, body) = ask(&tempo, &search(&wanted, limit), "application/json").await?;
    if status != StatusCode::OK {
        return Err(Problem::new(status, String::from_utf8_lossy(&body).trim().to_owned()));
    }
    let found: Found = serde_json::from_slice(&body).map_err(|error| broken(&error))?;
    let mut analysed = Vec::with_capacity(found.traces.len());
    for FoundTrace { trace_id } in found.traces {
        // What retention removed since it was found is left out.
        if let Some(spans) = trace(&tempo, &trace_id).await? {
            analysed.push(computed(move || Concurrency::of(&trace_id, &spans)).await?);
        }
    }
    computed(move || Json(Many::of(&analysed))).await
}

/// What `work` finds, on a thread where it may take long: other requests are answered meanwhile.
async fn computed<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let ended = |error| {
        let why = format!("the analysis of the trace broke off: {error}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, why)
    };
    tokio::task::spawn_blocking(work).await.map_err(ended)
}

fn search(wanted: &Wanted, limit: usize) -> String {
    let mut query = form_urlencoded::Serializer::for_suffix("/api/search?".to_owned(), "/api/search?".len());
    query.append_pair("q", &wanted.q).append_pair("limit", &limit.to_string());
    for (name, time) in [("start", wanted.start), ("end", wanted.end)] {
        if let Some(time) = time {
            query.append_pair(name, &time.to_string());
        }
    }
    query.finish()
}

/// The spans of a trace; `None` if the store does not have it.
async fn trace(tempo: &Router, id: &str) -> Result<Option<Vec<Span>>, Problem> {
    if id.is_empty() || id.len() > 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let why = format!("{id:?} is no trace id; write up to 32 hexadecimal digits");
        return Err(Problem::new(StatusCode::BAD_REQUEST, why));
    }
    let (status, body) = ask(tempo, &format!("/api/traces/{id}"), PROTOBUF).await?;
    match status {
        StatusCode::OK => computed(move || spans_of(&body)).await?.map(Some).map_err(|error| broken(&error)),
        StatusCode::NOT_FOUND => Ok(None),
        status => Err(Problem::new(status, String::from_utf8_lossy(&body).trim().to_owned())),
    }
}

async fn ask(tempo: &Router, uri: &str, accept: &str) -> Result<(StatusCode, Vec<u8>), Problem> {
    let request =
        Request::get(uri).header(header::ACCEPT, accept).body(Body::empty()).map_err(|error| broken(&error))?;
    let answer = tempo.clone().oneshot(request).await.map_err(|error| broken(&error))?;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), LONGEST).await.map_err(|error| broken(&error))?;
    Ok((status, body.to_vec()))
}

fn absent(id: &str) -> Problem {
    let why = format!("there is no trace {id}: it is not stored yet, no longer kept, or was sent elsewhere");
    Problem::new(StatusCode::NOT_FOUND, why)
}

fn broken(error: &dyn std::fmt::Display) -> Problem {
    let why = format!("the trace store's answer cannot be read: {error}");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, why)
}
