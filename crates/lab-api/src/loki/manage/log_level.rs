//! `/log_level`: of which importance the program's own log says anything, shown and changed while it runs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::loki::manage::level::{LEVELS, LogLevel};
use crate::loki::state::LokiState;
use crate::params::Params;

/// `GET`: which level is in force.
pub(crate) async fn show(State(state): State<LokiState>) -> Response {
    let Some(level) = of(&state) else { return unknown() };
    answer(StatusCode::OK, &json!({"message": format!("Current log level is {}", level.name())}))
}

/// `POST`: puts the level of the parameter `log_level` in force.
pub(crate) async fn change(State(state): State<LokiState>, request: Params) -> Response {
    let Some(level) = of(&state) else { return unknown() };
    let wanted = request.get("log_level").unwrap_or_default();
    let Some((name, found)) = LEVELS.iter().find(|(name, _)| *name == wanted) else {
        let message = format!("unrecognized log level {wanted:?}");
        return answer(StatusCode::BAD_REQUEST, &json!({"status": "failed", "message": message}));
    };
    level.set(*found);
    answer(StatusCode::OK, &json!({"status": "success", "message": format!("Log level set to {name}")}))
}

fn of(state: &LokiState) -> Option<Arc<LogLevel>> {
    state.log_level.clone()
}

/// This program does not let its level be changed.
fn unknown() -> Response {
    (StatusCode::NOT_FOUND, "404 page not found\n").into_response()
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}
