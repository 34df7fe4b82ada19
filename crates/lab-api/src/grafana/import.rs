//! Dashboards brought in and taken away, in Grafana's shapes.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, extract::rejection::BytesRejection};
use lab_dashboards::{Dashboard, ImportError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::encode;
use crate::grafana::state::GrafanaState;

/// Bytes of a request.
pub(crate) const LARGEST: usize = 16 << 20;

/// What `POST /api/dashboards/db` takes; Grafana's further fields have no meaning here.
#[derive(Debug, Deserialize)]
struct Save {
    dashboard: Value,
    #[serde(default)]
    overwrite: bool,
}

pub(crate) async fn save(State(state): State<GrafanaState>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return message(rejection.status(), &rejection.body_text()),
    };
    let Save { dashboard, overwrite } = match serde_json::from_slice(&body) {
        Ok(save) => save,
        Err(error) => {
            return message(
                StatusCode::BAD_REQUEST,
                &format!("the request body must be {{\"dashboard\": …}}: {error}"),
            );
        }
    };
    let title = dashboard["title"].as_str().unwrap_or_default().to_owned();
    let board = match Dashboard::from_json(dashboard, &title) {
        Ok(board) => board,
        Err(error) => return message(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    // Dashboards are read from and written to a disk.
    let kept = tokio::task::spawn_blocking(move || state.library.import(board, overwrite)).await;
    match kept {
        Ok(Ok(board)) => Json(encode::saved(&board)).into_response(),
        Ok(Err(error)) => refused(&error),
        Err(_) => message(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the lab was stopped while the dashboard was imported; import it again",
        ),
    }
}

pub(crate) async fn remove(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let (library, wanted) = (state.library.clone(), uid.clone());
    let removed = tokio::task::spawn_blocking(move || library.forget(&wanted)).await;
    match removed {
        Ok(Ok(true)) => message(StatusCode::OK, &format!("Dashboard {uid} deleted")),
        Ok(Ok(false)) if state.library.get(&uid).is_some() => refused(&ImportError::Provisioned(uid)),
        Ok(Ok(false)) => message(StatusCode::NOT_FOUND, "Dashboard not found"),
        Ok(Err(error)) => refused(&error),
        Err(_) => message(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the lab was stopped while the dashboard was removed; remove it again",
        ),
    }
}

fn refused(error: &ImportError) -> Response {
    let (status, code) = match error {
        ImportError::Exists(_) => (StatusCode::PRECONDITION_FAILED, "name-exists"),
        ImportError::Uid { .. } | ImportError::Provisioned(_) => (StatusCode::BAD_REQUEST, "bad-request"),
        ImportError::Full => (StatusCode::INSUFFICIENT_STORAGE, "full"),
        ImportError::Disk { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "disk"),
    };
    (status, Json(json!({ "status": code, "message": error.to_string() }))).into_response()
}

fn message(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}
