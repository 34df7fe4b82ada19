//! Dashboards brought in and taken away, in Grafana's shapes.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lab_dashboards::{Dashboard, ImportError, Replace};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::answer::{Received, message, not_found, on_disk, read, rfc3339_text};
use crate::grafana::dashboards::tree::{self, FolderError};
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
    #[serde(default, alias = "folderUID")]
    folder_uid: Option<String>,
    /// The number of the folder, as old clients name it.
    #[serde(default)]
    folder_id: Option<u64>,
    #[serde(default)]
    message: String,
}

pub(crate) async fn save(State(state): State<GrafanaState>, body: Received) -> Response {
    let Save { mut dashboard, overwrite, folder_uid, folder_id, message: said } = match read(body, "{\"dashboard\": …}")
    {
        Ok(save) => save,
        Err(refusal) => return refusal,
    };
    let title = dashboard["title"].as_str().unwrap_or_default().to_owned();
    // A title alone is a dashboard without panels, with which programs begin.
    if let Some(fields) = dashboard.as_object_mut().filter(|fields| {
        !title.is_empty() && !["panels", "rows", "elements", "spec"].iter().any(|name| fields.contains_key(*name))
    }) {
        fields.insert("panels".to_owned(), json!([]));
    }
    let based_on = dashboard["version"].as_u64();
    let mut board = match Dashboard::from_json(dashboard, &title) {
        Ok(board) => board,
        Err(error) => return message(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let known = state.library.get(&board.uid).filter(|known| state.library.is_import(&known.uid));
    let folder = match place(&state, folder_uid, folder_id) {
        Ok(folder) => folder,
        Err(refusal) => return refusal,
    };
    let replace = match (&known, based_on) {
        // Who names the version that he has changed may replace that one and no other.
        (Some(known), Some(version)) if !overwrite && version > 0 => {
            if version != known.version() {
                return folders::version_mismatch("dashboard");
            }
            Replace::Version(version)
        }
        _ if overwrite => Replace::Any,
        _ => Replace::No,
    };
    if let Some(known) = known.filter(|_| board.metadata.labels.is_empty()) {
        board.metadata.labels.clone_from(&known.metadata.labels);
    }
    keep(&state, board, Saved { replace, folder, message: said }).await
}

/// The folder that a body names by uid or number; empty for none.
fn place(state: &GrafanaState, uid: Option<String>, number: Option<u64>) -> Result<String, Response> {
    let refusal = || message(StatusCode::BAD_REQUEST, "folder not found; create it first by POST /api/folders");
    match (uid.filter(|uid| !uid.is_empty()), number.filter(|number| *number > 0)) {
        (Some(uid), _) if tree::exists(state, &uid) => Ok(uid),
        (Some(_), _) => Err(refusal()),
        (None, Some(number)) => {
            let list = state.notes.folders.list();
            list.into_iter().find(|folder| folder.id == number).map(|folder| folder.uid).ok_or_else(refusal)
        }
        // A client that names no folder moves the dashboard to the top, as in Grafana.
        (None, None) => Ok(String::new()),
    }
}

/// How a dashboard is saved.
#[derive(Debug)]
pub(crate) struct Saved {
    /// Whether an imported one of the same uid is replaced.
    pub(crate) replace: Replace,
    pub(crate) folder: String,
    /// Words about the change.
    pub(crate) message: String,
}

/// Keeps a dashboard and answers as Grafana does.
pub(crate) async fn keep(state: &GrafanaState, mut board: Dashboard, how: Saved) -> Response {
    let Saved { replace, folder, message: said } = how;
    board.metadata.saved(&rfc3339_text(state.clock.now_ms()), &said);
    let kept_in = state.clone();
    let kept: Result<(Arc<Dashboard>, String), FolderError> = on_disk(move || {
        let board = kept_in.library.import(board, replace)?;
        tree::put(&kept_in, &board.uid, &folder)?;
        Ok((board, folder))
    })
    .await
    .unwrap_or(Err(FolderError::Stopped));
    match kept {
        Ok((board, folder)) => Json(encode::saved(&board, &folder)).into_response(),
        Err(FolderError::Import(error)) => refused(&error),
        Err(error) => message(error.status(), &error.to_string()),
    }
}

pub(crate) async fn remove(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let Some(board) = state.library.get(&uid) else { return not_found("Dashboard") };
    let (kept_in, name) = (state.clone(), uid.clone());
    let removed: Result<bool, FolderError> = on_disk(move || {
        let is_removed = kept_in.library.forget(&name, |_| true)?;
        tree::put(&kept_in, &name, "")?;
        Ok(is_removed)
    })
    .await
    .unwrap_or(Err(FolderError::Stopped));
    match removed {
        Ok(true) => {
            let said = format!("Dashboard {} deleted", board.title);
            Json(json!({ "title": board.title, "message": said, "uid": uid })).into_response()
        }
        Ok(false) => refused(&ImportError::Provisioned(uid)),
        Err(error) => message(error.status(), &error.to_string()),
    }
}

fn refused(error: &ImportError) -> Response {
    let (status, code) = match error {
        ImportError::Stale(_) => return folders::version_mismatch("dashboard"),
        ImportError::Exists(_) => (StatusCode::PRECONDITION_FAILED, "name-exists"),
        ImportError::Uid { .. } | ImportError::Shape { .. } | ImportError::Provisioned(_) => {
            (StatusCode::BAD_REQUEST, "bad-request")
        }
        ImportError::Full => (StatusCode::INSUFFICIENT_STORAGE, "full"),
        ImportError::Disk { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "disk"),
    };
    (status, Json(json!({ "status": code, "message": error.to_string() }))).into_response()
}
