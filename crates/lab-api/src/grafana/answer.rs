//! Answers that all of Grafana's API has in common: messages, bodies that are read, and paths that are not there.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use lab_dashboards::ShelfError;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A request body as far as it could be received.
pub(crate) type Received = Result<Bytes, BytesRejection>;

/// `{"message": …}`, Grafana's shape of a short answer and of an error.
pub(crate) fn message(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

pub(crate) fn not_found(what: &str) -> Response {
    message(StatusCode::NOT_FOUND, &format!("{what} not found"))
}

/// What no route answers.
pub(crate) async fn unknown_path(uri: Uri) -> Response {
    message(StatusCode::NOT_FOUND, &format!("Not found: {}", uri.path()))
}

/// What is answered to who wants a picture of a panel.
pub(crate) async fn no_pictures(uri: Uri) -> Response {
    let page = uri.path().trim_start_matches("/render").replacen("/d-solo/", "/d/", 1);
    let said = format!("the lab draws no pictures of panels; open {page} in a browser, or ask for the panel's data");
    message(StatusCode::NOT_IMPLEMENTED, &said)
}

pub(crate) fn wrong_method(uri: &Uri) -> Response {
    message(StatusCode::METHOD_NOT_ALLOWED, &format!("{} does not take this method", uri.path()))
}

/// Reads a JSON body; the refusal says what the body must be.
pub(crate) fn read<T: DeserializeOwned>(body: Received, shape: &str) -> Result<T, Response> {
    parse(body, shape).map_err(|(status, said)| message(status, &said))
}

/// The same for who answers in another shape: the status and the words of a refusal.
pub(crate) fn parse<T: DeserializeOwned>(body: Received, shape: &str) -> Result<T, (StatusCode, String)> {
    let body = body.map_err(|rejection| (rejection.status(), rejection.body_text()))?;
    let wrong = |error| (StatusCode::BAD_REQUEST, format!("the request body must be {shape}: {error}"));
    serde_json::from_slice(&body).map_err(wrong)
}

/// Why a note could not be kept.
pub(crate) fn not_kept(error: &ShelfError) -> Response {
    let status = match error {
        ShelfError::Full { .. } => StatusCode::INSUFFICIENT_STORAGE,
        ShelfError::Large { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        ShelfError::Shape { .. } => StatusCode::BAD_REQUEST,
        ShelfError::Disk { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    };
    message(status, &error.to_string())
}

/// Does what may write a disk where that delays nobody else; nothing if the lab was stopped meanwhile.
pub(crate) async fn on_disk<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Option<R> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// A time as RFC 3339, from milliseconds since the epoch.
pub(crate) fn rfc3339(ms: i64) -> Value {
    rfc3339_text(ms).into()
}

pub(crate) fn rfc3339_text(ms: i64) -> String {
    let time = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
