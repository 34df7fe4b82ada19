//! `/api/ruler/loki/api/v1/rules`: the groups of rules in LogQL, which Grafana reads from the ruler of Loki and changes there,
//! by folder, in JSON where the ruler itself has YAML.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, body};
use lab_syntax::yaml;
use serde_json::{Value, json};

use crate::grafana::answer::message;
use crate::grafana::state::GrafanaState;

/// The largest answer of the ruler that is read.
const MOST_BYTES: usize = 64 << 20;

/// Reads what stands at this path below the ruler's rules; nothing there is an empty object where all groups are asked for.
pub(super) async fn read(state: &GrafanaState, path: &[&str]) -> Response {
    let answer = send(state, Method::GET, path, Bytes::new()).await;
    let status = answer.status();
    if status == StatusCode::NOT_FOUND && path.len() < 2 {
        return Json(json!({})).into_response();
    }
    let text = match text_of(answer).await {
        Ok(text) => text,
        Err(refusal) => return refusal,
    };
    if !status.is_success() {
        return message(status, &text);
    }
    match yaml::read::<Value>(&text) {
        Ok(groups) => (StatusCode::ACCEPTED, Json(groups)).into_response(),
        Err(error) => message(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// Changes what stands at this path: `POST` takes a group in, `DELETE` removes groups.
pub(super) async fn change(state: &GrafanaState, method: Method, path: &[&str], group: Bytes) -> Response {
    let answer = send(state, method, path, group).await;
    let status = answer.status();
    let text = match text_of(answer).await {
        Ok(text) => text,
        Err(refusal) => return refusal,
    };
    if status.is_success() {
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        (status, Json(body)).into_response()
    } else {
        message(status, &text)
    }
}

/// JSON is YAML, so that a group goes on as it came.
async fn send(state: &GrafanaState, method: Method, path: &[&str], group: Bytes) -> Response {
    let escaped = path.iter().map(|part| {
        let bytes = form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
        // In a path a plus sign is itself.
        format!("/{}", bytes.replace('+', "%20"))
    });
    let path = format!("/loki/api/v1/rules{}", escaped.collect::<String>());
    match Request::builder().method(method).uri(path).body(Body::from(group)) {
        Ok(request) => state.stores.send("loki", request).await,
        Err(_) => message(StatusCode::BAD_REQUEST, "the name of the folder or of the group cannot stand in a URL"),
    }
}

async fn text_of(answer: Response) -> Result<String, Response> {
    let bytes = body::to_bytes(answer.into_body(), MOST_BYTES).await;
    let bytes = bytes.map_err(|error| message(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
