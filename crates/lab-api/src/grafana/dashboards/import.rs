//! Dashboards brought in and taken away, in Grafana's shapes.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lab_dashboards::{Dashboard, ImportError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::answer::{Received, message, not_found, not_kept, read};
use crate::grafana::dashboards::{encode, folders};
use crate::grafana::state::GrafanaState;

/// Bytes of a request.
pub(crate) const LARGEST: usize = 16 << 20;

/// What `POST /api/dashboards/db` takes; Grafana's further fields have no meaning here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Save {
    dashboard: Value,
    #[serde(default)]
    overwrite: bool,
    #[serde(default)]
    folder_uid: Option<String>,
}

pub(crate) async fn save(State(state): State<GrafanaState>, body: Received) -> Response {
    let Save { dashboard, overwrite, folder_uid } = match read(body, "{\"dashboard\": …}") {
        Ok(save) => save,
        Err(refusal) => return refusal,
    };
    let title = dashboard["title"].as_str().unwrap_or_default().to_owned();
    let based_on = dashboard["version"].as_u64();
    let board = match Dashboard::from_json(dashboard, &title) {
        Ok(board) => board,
        Err(error) => return message(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    if folder_uid.as_deref().is_some_and(|uid| !folders::exists(&state, uid)) {
        return message(StatusCode::BAD_REQUEST, "folder not found; create it first by POST /api/folders");
    }
    let known = state.library.get(&board.uid).filter(|known| state.library.is_import(&known.uid));
    let replace = match (known, based_on) {
        // Who names the version that he has changed may replace that one and no other.
        (Some(known), Some(version)) if !overwrite && version > 0 => {
            if version != known.version() {
                return folders::version_mismatch("dashboard");
            }
            true
        }
        _ => overwrite,
    };
    let folder_uid = folder_uid.unwrap_or_default();
    // Dashboards are read from and written to a disk.
    let kept = tokio::task::spawn_blocking(move || {
        let board = state.library.import(board, replace)?;
        let placed = folders::put(&state, &board.uid, &folder_uid);
        Ok((board, folder_uid, placed))
    });
    match kept.await {
        Ok(Ok((board, folder, Ok(())))) => Json(encode::saved(&board, &folder)).into_response(),
        Ok(Ok((_, _, Err(error)))) => not_kept(&error),
        Ok(Err(error)) => refused(&error),
        Err(_) => message(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the lab was stopped while the dashboard was imported; import it again",
        ),
    }
}

pub(crate) async fn remove(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let Some(board) = state.library.get(&uid) else { return not_found("Dashboard") };
    match forget(&state, &uid).await {
        Ok(true) => {
            let said = format!("Dashboard {uid} deleted");
            Json(json!({ "title": board.title, "message": said, "uid": uid })).into_response()
        }
        Ok(false) => refused(&ImportError::Provisioned(uid)),
        Err(refusal) => refusal,
    }
}

/// Takes a dashboard and its place in a folder away; false if it was not imported.
pub(crate) async fn forget(state: &GrafanaState, uid: &str) -> Result<bool, Response> {
    let (state, uid) = (state.clone(), uid.to_owned());
    let removed = tokio::task::spawn_blocking(move || {
        let removed = state.library.forget(&uid)?;
        Ok((removed, folders::put(&state, &uid, "")))
    });
    match removed.await {
        Ok(Ok((removed, Ok(())))) => Ok(removed),
        Ok(Ok((_, Err(error)))) => Err(not_kept(&error)),
        Ok(Err(error)) => Err(refused(&error)),
        Err(_) => Err(message(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the lab was stopped while the dashboard was removed; remove it again",
        )),
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
