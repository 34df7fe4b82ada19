//! Requests to delete lines, as Loki takes them: what they name is hidden from queries at once, and deleted for good once
//! nobody can take the request back any more.

pub mod requests;

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use chrono::DateTime;
use lab_logs::logql::syntax::ast::Query;
use lab_logs::logql::syntax::parser;
use serde_json::{Value, json};

use crate::error::PlainError;
use crate::loki::error::stopped;
use crate::loki::manage::deletes::requests::{CANCEL_PERIOD_MS, Deletions, KeepError, Request};
use crate::loki::state::LokiState;
use crate::params::Params;

/// `POST` or `PUT`: takes a request.
pub(crate) async fn add(State(state): State<LokiState>, RawQuery(query): RawQuery) -> Result<Response, PlainError> {
    added(state, query).await.map_err(PlainError::with_line_feed)
}

async fn added(state: LokiState, query: Option<String>) -> Result<Response, PlainError> {
    let now = state.clock.now_ns() / 1_000_000;
    // As in Loki the URL alone counts, not a form.
    let params = of_url(query);
    let text = params.get("query").ok_or_else(|| PlainError::bad_request("query not set"))?.to_owned();
    let Ok(Query::Logs(parsed)) = parser::parse(&text) else {
        return Err(PlainError::bad_request("invalid query expression"));
    };
    let start = params.get("start").ok_or_else(|| PlainError::bad_request("start time not set"))?;
    let start = time(start, "start")?;
    let end = params.get("end").map_or(Ok(now), |end| time(end, "end"))?;
    if end > now {
        return Err(PlainError::bad_request("deletes in the future are not allowed"));
    }
    if start >= end {
        return Err(PlainError::bad_request("start time can't be greater than or equal to end time"));
    }
    let has_filter = !parsed.stages.is_empty();
    if has_filter && let Some(interval) = params.get("max_interval") {
        check_interval(interval, end.saturating_sub(start))?;
    }
    let id = change(state, move |deletions| deletions.add(&text, (start, end), now)).await?;
    Ok((StatusCode::NO_CONTENT, [("x-delete-request-id", id)]).into_response())
}

/// `GET`: the requests in the order in which they came; with `start` and `end` those that are about this range.
pub(crate) async fn list(State(state): State<LokiState>, params: Params) -> Result<Response, PlainError> {
    let mut requests = state.deletions.map(|deletions| deletions.list()).unwrap_or_default();
    if let (Some(start), Some(end)) = (params.get("start"), params.get("end")) {
        let (start, end) = (time(start, "start")?, time(end, "end")?);
        requests.retain(|request| request.start <= end && start <= request.end);
    }
    let body = Value::Array(requests.iter().map(encode).collect()).to_string();
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// `DELETE`: takes a request back.
pub(crate) async fn cancel(State(state): State<LokiState>, RawQuery(query): RawQuery) -> Result<Response, PlainError> {
    let (now, params) = (state.clock.now_ns() / 1_000_000, of_url(query));
    let (id, forced) = (params.get("request_id").unwrap_or_default().to_owned(), params.get("force") == Some("true"));
    let cancelled = change(state, move |deletions| deletions.cancel(&id, forced, now)).await;
    cancelled.map_err(PlainError::with_line_feed)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The number by which Loki's parts notice that requests have changed.
pub(crate) async fn generation(State(state): State<LokiState>) -> String {
    let generation = state.deletions.map(|deletions| deletions.generation()).unwrap_or_default();
    format!("\"{}\"\n", if generation == 0 { String::new() } else { generation.to_string() })
}

fn of_url(query: Option<String>) -> Params {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

/// A time in ms since the epoch: RFC 3339, or seconds in ten characters.
fn time(text: &str, name: &str) -> Result<i64, PlainError> {
    let is_time = |seconds: &f64| seconds.is_finite() && *seconds >= 0.0;
    let seconds = || text.parse::<f64>().ok().filter(|seconds| text.len() == 10 && is_time(seconds));
    let read = DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis());
    read.or_else(|| seconds().map(|seconds| (seconds * 1000.0) as i64))
        .ok_or_else(|| PlainError::bad_request(format!("invalid {name} time: require unix seconds or RFC3339 format")))
}

/// Loki cuts requests into pieces of this length; the lab needs none, and refuses what Loki refuses.
fn check_interval(text: &str, length_ms: i64) -> Result<(), PlainError> {
    let interval = lab_model::duration::parse(text).ok().filter(|interval| interval.as_secs() > 0);
    let interval =
        interval.ok_or_else(|| PlainError::bad_request("invalid max_interval: valid time units are 's', 'm', 'h'"))?;
    let refuse = |limit: String| Err(PlainError::bad_request(format!("max_interval can't be greater than {limit}")));
    if interval.as_secs() > 24 * 3600 {
        return refuse("24h0m0s".to_owned());
    }
    if i64::try_from(interval.as_millis()).is_ok_and(|interval| interval > length_ms) {
        let (hours, minutes, seconds) = (length_ms / 3_600_000, length_ms / 60_000 % 60, length_ms / 1000 % 60);
        let length = match (hours, minutes) {
            (0, 0) => format!("{seconds}s"),
            (0, _) => format!("{minutes}m{seconds}s"),
            _ => format!("{hours}h{minutes}m{seconds}s"),
        };
        return refuse(format!("the interval to be deleted ({length})"));
    }
    Ok(())
}

fn encode(request: &Request) -> Value {
    let seconds = |ms: i64| if ms % 1000 == 0 { json!(ms / 1000) } else { json!(ms as f64 / 1000.0) };
    json!({
        "request_id": request.id, "start_time": seconds(request.start), "end_time": seconds(request.end),
        "query": request.query, "status": if request.is_processed { "processed" } else { "received" },
        "created_at": seconds(request.created), "user_id": "",
    })
}

/// Changes the requests, which are written to the disk.
async fn change<R: Send + 'static>(
    state: LokiState,
    change: impl FnOnce(&Deletions) -> Result<R, KeepError> + Send + 'static,
) -> Result<R, PlainError> {
    let Some(deletions) = state.deletions else {
        return Err(PlainError::bad_request("deletion is not available for this tenant"));
    };
    let deletions = Arc::clone(&deletions);
    let changed = tokio::task::spawn_blocking(move || change(&deletions)).await.map_err(|_| stopped())?;
    changed.map_err(|error| match error {
        KeepError::Unknown => PlainError::new(StatusCode::NOT_FOUND, "could not find delete request with given id"),
        KeepError::Processed => {
            PlainError::bad_request("deletion of request which is in process or already processed is not allowed")
        }
        KeepError::TooLate => PlainError::bad_request(format!(
            "Cancellation of partially completed delete request or delete request past the deadline of {}m0s since its \
             creation is not allowed. To force, use the ?force query parameter",
            CANCEL_PERIOD_MS / 60_000
        )),
        error @ KeepError::TooManyWaiting => PlainError::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()),
        KeepError::Query(error) => error.into(),
        KeepError::Shelf(error) => PlainError::new(StatusCode::INSUFFICIENT_STORAGE, error.to_string()),
    })
}
