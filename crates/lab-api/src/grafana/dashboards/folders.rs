//! `/api/folders…`: folders, and which dashboard lies in which.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lab_dashboards::{Folder, ShelfError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::answer::{Received, message, not_found, not_kept, read, rfc3339};
use crate::grafana::dashboards::encode::folder_url;
use crate::grafana::state::GrafanaState;

/// The folder in which a dashboard lies.
pub(crate) fn of(state: &GrafanaState, board: &str) -> Option<Folder> {
    state.notes.folders.list().into_iter().find(|folder| folder.dashboards.iter().any(|uid| uid == board))
}

/// Whether there is a folder of this uid; an empty one and `general` stand for none.
pub(crate) fn exists(state: &GrafanaState, uid: &str) -> bool {
    is_general(uid) || state.notes.folders.list().iter().any(|folder| folder.uid == uid)
}

fn is_general(uid: &str) -> bool {
    uid.is_empty() || uid == "general"
}

/// Puts a dashboard into a folder, or into none; to be called where a disk may be written.
pub(crate) fn put(state: &GrafanaState, board: &str, uid: &str) -> Result<(), ShelfError> {
    if is_general(uid) && of(state, board).is_none() {
        return Ok(());
    }
    state.notes.folders.change(|list| {
        for folder in list.iter_mut() {
            folder.dashboards.retain(|one| one != board);
        }
        if let Some(folder) = list.iter_mut().find(|folder| folder.uid == uid) {
            folder.dashboards.push(board.to_owned());
        }
    })
}

/// What a body says of a folder.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(default)]
    uid: Option<String>,
    title: String,
    /// The version that the client changes.
    #[serde(default)]
    version: Option<u64>,
    #[serde(default)]
    overwrite: bool,
    #[serde(default)]
    parent_uid: Option<String>,
}

const SHAPE: &str = "{\"title\": …, \"uid\": …}";

pub(crate) async fn list(State(state): State<GrafanaState>) -> Response {
    let mut all = state.notes.folders.list();
    all.sort_by_key(|folder| folder.title.to_lowercase());
    let short = |folder: &Folder| json!({ "id": folder.id, "uid": folder.uid, "title": folder.title });
    Json(all.iter().map(short).collect::<Vec<_>>()).into_response()
}

pub(crate) async fn one(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let found = state.notes.folders.list().into_iter().find(|folder| folder.uid == uid);
    found.map_or_else(|| not_found("folder"), |folder| Json(encode(&folder)).into_response())
}

pub(crate) async fn create(State(state): State<GrafanaState>, body: Received) -> Response {
    let written: Written = match read(body, SHAPE) {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    if written.title.trim().is_empty() {
        return message(StatusCode::BAD_REQUEST, "folder title cannot be empty");
    }
    if written.parent_uid.is_some_and(|uid| !uid.is_empty()) {
        return message(StatusCode::BAD_REQUEST, "the lab keeps folders at the top level only; leave parentUid out");
    }
    let now = state.clock.now_ms();
    let uid = written.uid.filter(|uid| !uid.is_empty()).unwrap_or_else(|| format!("f{now:x}"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if uid.len() > 40 || uid == "general" || !uid.bytes().all(is_plain) {
        return message(StatusCode::BAD_REQUEST, "a uid has at most 40 of the characters a-z, A-Z, 0-9, - and _");
    }
    let title = written.title;
    let kept = changed(state, move |list| {
        if list.iter().any(|folder| folder.uid == uid) {
            return None;
        }
        let id = list.iter().map(|folder| folder.id).max().unwrap_or_default() + 1;
        let folder = Folder { id, uid, title, version: 1, created: now, updated: now, dashboards: Vec::new() };
        list.push(folder.clone());
        Some(folder)
    });
    match kept.await {
        Ok(Some(folder)) => Json(encode(&folder)).into_response(),
        Ok(None) => message(StatusCode::CONFLICT, "a folder with that uid exists already"),
        Err(error) => not_kept(&error),
    }
}

pub(crate) async fn change(State(state): State<GrafanaState>, Path(uid): Path<String>, body: Received) -> Response {
    let written: Written = match read(body, SHAPE) {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    let now = state.clock.now_ms();
    let kept = changed(state, move |list| {
        let folder = list.iter_mut().find(|folder| folder.uid == uid)?;
        if !written.overwrite && written.version != Some(folder.version) {
            return Some(Err(()));
        }
        (folder.title, folder.version, folder.updated) = (written.title, folder.version + 1, now);
        Some(Ok(folder.clone()))
    });
    match kept.await {
        Ok(Some(Ok(folder))) => Json(encode(&folder)).into_response(),
        Ok(Some(Err(()))) => version_mismatch("folder"),
        Ok(None) => not_found("folder"),
        Err(error) => not_kept(&error),
    }
}

/// The answer to a change of something that was changed in the meantime.
pub(crate) fn version_mismatch(what: &str) -> Response {
    let said = format!("The {what} has been changed by someone else; read it again, or set overwrite");
    (StatusCode::PRECONDITION_FAILED, Json(json!({ "status": "version-mismatch", "message": said }))).into_response()
}

/// Takes a folder away with the dashboards that were imported into it.
pub(crate) async fn remove(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let library = state.library.clone();
    let removed = changed(state, move |list| {
        let at = list.iter().position(|folder| folder.uid == uid)?;
        Some(list.remove(at))
    });
    match removed.await {
        Ok(Some(folder)) => {
            let uids = folder.dashboards.clone();
            let forgotten =
                tokio::task::spawn_blocking(move || uids.iter().try_for_each(|uid| library.forget(uid).map(|_| ())));
            match forgotten.await {
                Ok(Err(error)) => message(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
                _ => {
                    Json(json!({ "id": folder.id, "title": folder.title, "message": "Folder deleted" })).into_response()
                }
            }
        }
        Ok(None) => not_found("folder"),
        Err(error) => not_kept(&error),
    }
}

async fn changed<R: Send + 'static>(
    state: GrafanaState,
    change: impl FnOnce(&mut Vec<Folder>) -> R + Send + 'static,
) -> Result<R, ShelfError> {
    let joined = tokio::task::spawn_blocking(move || state.notes.folders.change(change)).await;
    joined.unwrap_or(Err(ShelfError::Disk {
        path: "folders".to_owned(),
        error: std::io::Error::other("the lab was stopped while it kept the folder; send it again"),
    }))
}

fn encode(folder: &Folder) -> Value {
    json!({
        "id": folder.id, "uid": folder.uid, "orgId": 1, "title": folder.title, "url": folder_url(folder),
        "hasAcl": false, "canSave": true, "canEdit": true, "canAdmin": true, "canDelete": true,
        "createdBy": "anonymous", "updatedBy": "anonymous", "created": rfc3339(folder.created),
        "updated": rfc3339(folder.updated), "version": folder.version,
    })
}
