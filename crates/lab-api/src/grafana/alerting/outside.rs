//! The Alertmanager of the configuration: where one is named, it is asked instead of the lab for alerts, silences and receivers,
//! so that both see the same ones.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use lab_metrics::outgoing::alertmanager::Notifier;
use lab_metrics::outgoing::alertmanager::question::{AskError, Question, Reply};
use lab_syntax::yaml;
use serde_json::{Value, json};

use crate::grafana::answer::message;
use crate::grafana::state::GrafanaState;

/// Bytes of a request that are sent on.
const LARGEST: usize = 1 << 20;

/// Sends a request on to the Alertmanager, if there is one; else the lab answers.
pub(crate) async fn instead(State(state): State<GrafanaState>, request: Request, next: Next) -> Response {
    let Some(notifier) = state.alertmanagers() else { return next.run(request).await };
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if path.ends_with("/config/api/v1/alerts") && is_read {
        return configuration(notifier).await;
    }
    if path.ends_with("/config/api/v1/receivers") && is_read {
        return answered(get(notifier, "/receivers").await);
    }
    if path.contains("/config/api/v1/") {
        // The route refuses the method: what an Alertmanager is configured to do cannot be changed from here.
        return next.run(request).await;
    }
    pass(notifier, request).await
}

/// The Alertmanager as a data source, behind Grafana's proxy.
pub(crate) async fn proxy(State(state): State<GrafanaState>, request: Request) -> Response {
    match state.alertmanagers() {
        Some(notifier) => pass(notifier, request).await,
        None => message(StatusCode::NOT_FOUND, "Data source not found"),
    }
}

/// Whether the Alertmanager answers, as the health of its data source.
pub(crate) async fn health(state: &GrafanaState) -> Response {
    let asked = match state.alertmanagers() {
        Some(notifier) => get(notifier, "/status").await,
        None => Err(AskError::Nobody),
    };
    let said = match asked {
        Ok(reply) if reply.status == 200 => {
            return Json(json!({ "status": "OK", "message": "Alertmanager answered a query." })).into_response();
        }
        Ok(reply) => format!("the Alertmanager answered with the status {}", reply.status),
        Err(error) => error.to_string(),
    };
    (StatusCode::BAD_REQUEST, Json(json!({ "status": "ERROR", "message": said }))).into_response()
}

/// `GET /api/v1/ngalert`: who takes the alerts.
pub(super) async fn choice(State(state): State<GrafanaState>) -> Response {
    let number = state.alertmanagers().map_or(0, |notifier| notifier.managers().0.len());
    let choice = if state.alertmanagers().is_some() { "external" } else { "internal" };
    Json(json!({ "alertmanagersChoice": choice, "numExternalAlertmanagers": number })).into_response()
}

/// `GET /api/v1/ngalert/alertmanagers`: the Alertmanagers in use, and those that relabelling dropped.
pub(super) async fn addresses(State(state): State<GrafanaState>) -> Response {
    let (active, dropped) = state.notifier.as_ref().map(|notifier| notifier.managers()).unwrap_or_default();
    let entries = |urls: Vec<String>| urls.into_iter().map(|url| json!({ "url": url })).collect::<Vec<_>>();
    let data = json!({ "activeAlertManagers": entries(active), "droppedAlertManagers": entries(dropped) });
    Json(json!({ "status": "success", "data": data })).into_response()
}

async fn get(notifier: &Notifier, path: &str) -> Result<Reply, AskError> {
    let (body, content_type) = (Bytes::new(), String::new());
    notifier.ask(&Question { method: Method::GET, path: path.to_owned(), body, content_type }).await
}

/// Sends a request on as it came: what stands behind `/api/v2` of its path is meant for the Alertmanager.
async fn pass(notifier: &Notifier, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST).collect().await else {
        let said = format!("the request body could not be received, or has more than {LARGEST} bytes");
        return message(StatusCode::PAYLOAD_TOO_LARGE, &said);
    };
    let whole = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let path = whole.split_once("/api/v2").map_or("/", |(_, rest)| rest).to_owned();
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let content_type = content_type.unwrap_or("application/json").to_owned();
    let is_removal = parts.method == Method::DELETE;
    let question = Question { method: parts.method, path, body: body.to_bytes(), content_type };
    match notifier.ask(&question).await {
        // It says nothing where Grafana says something.
        Ok(reply) if is_removal && reply.status == 200 && reply.body.is_empty() => {
            message(StatusCode::OK, "silence deleted")
        }
        asked => answered(asked),
    }
}

/// The answer of the Alertmanager; a refusal in Grafana's shape.
fn answered(asked: Result<Reply, AskError>) -> Response {
    let reply = match asked {
        Ok(reply) => reply,
        Err(error @ AskError::Astray(_)) => return message(StatusCode::BAD_REQUEST, &error.to_string()),
        Err(error) => return message(StatusCode::BAD_GATEWAY, &error.to_string()),
    };
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
    if status.is_success() {
        return (status, [(CONTENT_TYPE, reply.content_type)], Body::from(reply.body)).into_response();
    }
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let said = match serde_json::from_str(&text) {
        Ok(Value::String(said)) => said,
        Ok(Value::Object(fields)) if fields["message"].is_string() => {
            fields["message"].as_str().unwrap_or_default().to_owned()
        }
        _ => text.trim().to_owned(),
    };
    message(status, if said.is_empty() { status.canonical_reason().unwrap_or("refused") } else { &said })
}

/// What it is configured to do, in the shape that Grafana's clients know.
async fn configuration(notifier: &Notifier) -> Response {
    let reply = match get(notifier, "/status").await {
        Ok(reply) if reply.status == 200 => reply,
        asked => return answered(asked),
    };
    let status: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = status["config"]["original"].as_str().unwrap_or_default();
    match yaml::read::<Value>(text) {
        Ok(config) => Json(json!({ "template_files": {}, "alertmanager_config": config })).into_response(),
        Err(error) => {
            let said = format!("the configuration that the Alertmanager shows cannot be read: {error}");
            message(StatusCode::BAD_GATEWAY, &said)
        }
    }
}
