//! `/api/folders…`: folders by the old paths.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lab_dashboards::{Folder, Replace};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::answer::{Received, message, not_found, on_disk, read, rfc3339};
use crate::grafana::dashboards::encode::folder_url;
use crate::grafana::dashboards::tree::{self, FolderError, Removal};
use crate::grafana::state::GrafanaState;
use crate::params::Params;

/// What a body says of a folder.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    uid: Option<String>,
    title: String,
    #[serde(default)]
    description: Option<String>,
    /// The version that the client changes.
    #[serde(default)]
    version: Option<u64>,
    #[serde(default)]
    overwrite: bool,
    #[serde(default, alias = "parentUID")]
    parent_uid: Option<String>,
}

/// What a body says of a move.
#[derive(Debug, Deserialize)]
struct Move {
    #[serde(default, alias = "parentUID", rename = "parentUid")]
    parent: Option<String>,
}

const SHAPE: &str = "{\"title\": …, \"uid\": …, \"parentUid\": …}";

/// The folders in one folder (`parentUid`) or at the top, by `page` and `limit`.
pub(crate) async fn list(State(state): State<GrafanaState>, params: Params) -> Response {
    let parent = params.get("parentUid").unwrap_or_default();
    if !tree::exists(&state, parent) {
        return not_found("folder");
    }
    let number =
        |name: &str, otherwise: usize| params.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (limit, page) = (number("limit", 1000).max(1), number("page", 1).max(1));
    let mut all = state.notes.folders.list();
    all.retain(|folder| folder.parent == parent || (tree::is_general(parent) && folder.parent.is_empty()));
    all.sort_by_key(|folder| folder.title.to_lowercase());
    let short = |folder: &Folder| {
        let mut short = json!({ "id": folder.id, "uid": folder.uid, "title": folder.title });
        if !folder.parent.is_empty() {
            short["parentUid"] = json!(folder.parent);
        }
        short
    };
    let pages = all.iter().skip((page - 1).saturating_mul(limit)).take(limit);
    Json(pages.map(short).collect::<Vec<_>>()).into_response()
}

pub(crate) async fn one(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    answer_one(&state, tree::one(&state, &uid))
}

pub(crate) async fn by_number(State(state): State<GrafanaState>, Path(id): Path<String>) -> Response {
    let found = state.notes.folders.list().into_iter().find(|folder| folder.id.to_string() == id);
    answer_one(&state, found)
}

fn answer_one(state: &GrafanaState, found: Option<Folder>) -> Response {
    found.map_or_else(|| not_found("folder"), |folder| Json(encode(state, &folder)).into_response())
}

pub(crate) async fn counts(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    if tree::one(&state, &uid).is_none() {
        return not_found("folder");
    }
    let (folders, boards) = tree::counts(&state.notes.folders.list(), &uid);
    Json(json!({ "folder": folders, "dashboard": boards, "alertrule": 0, "librarypanel": 0 })).into_response()
}

pub(crate) async fn create(State(state): State<GrafanaState>, body: Received) -> Response {
    let body: Body = match read(body, SHAPE) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let now = state.clock.now_ms();
    let uid = body.uid.filter(|uid| !uid.is_empty()).unwrap_or_else(|| format!("f{:x}", state.clock.now_ns()));
    let parent = body.parent_uid.unwrap_or_default();
    let written = tree::Written { title: body.title, description: body.description.unwrap_or_default(), parent };
    changed(&state, move |state| tree::write(state, &uid, written, (now, Replace::No))).await
}

pub(crate) async fn change(State(state): State<GrafanaState>, Path(uid): Path<String>, body: Received) -> Response {
    let body: Body = match read(body, SHAPE) {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    // No folder has the version 0: who names none must set overwrite.
    let replace = if body.overwrite { Replace::Any } else { Replace::Version(body.version.unwrap_or_default()) };
    rewritten(&state, uid, replace, |known| {
        let description = body.description.unwrap_or_else(|| known.description.clone());
        tree::Written { title: body.title, description, parent: known.parent.clone() }
    })
    .await
}

/// Puts a folder into another one, or to the top.
pub(crate) async fn put_into(State(state): State<GrafanaState>, Path(uid): Path<String>, body: Received) -> Response {
    let body: Move = match read(body, "{\"parentUid\": …}") {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    rewritten(&state, uid, Replace::Any, |known| {
        let (title, description) = (known.title.clone(), known.description.clone());
        tree::Written { title, description, parent: body.parent.unwrap_or_default() }
    })
    .await
}

/// Writes a folder anew, made of what is known of it.
async fn rewritten(
    state: &GrafanaState,
    uid: String,
    replace: Replace,
    anew: impl FnOnce(&Folder) -> tree::Written + Send + 'static,
) -> Response {
    let now = state.clock.now_ms();
    changed(state, move |state| {
        tree::change(state, |list| {
            let known = list.iter().find(|folder| folder.uid == uid);
            let written = anew(known.ok_or_else(|| FolderError::Absent(uid.clone()))?);
            tree::written(list, &uid, written, (now, replace))
        })
    })
    .await
}

/// Takes a folder away with the folders and the imported dashboards in it.
pub(crate) async fn remove(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let kept_in = state.clone();
    let removed = on_disk(move || tree::remove(&kept_in, &uid, Removal::WithContent, |_| true)).await;
    match removed.unwrap_or(Err(FolderError::Stopped)) {
        Ok(folder) => {
            let said = format!("Folder {} deleted", folder.title);
            Json(json!({ "id": folder.id, "title": folder.title, "message": said })).into_response()
        }
        Err(error) => refused(&error),
    }
}

/// Changes the tree where a disk may be written, and answers with the folder.
async fn changed(
    state: &GrafanaState,
    change: impl FnOnce(&GrafanaState) -> Result<Folder, FolderError> + Send + 'static,
) -> Response {
    let kept_in = state.clone();
    match on_disk(move || change(&kept_in)).await.unwrap_or(Err(FolderError::Stopped)) {
        Ok(folder) => Json(encode(state, &folder)).into_response(),
        Err(error) => refused(&error),
    }
}

fn refused(error: &FolderError) -> Response {
    match error {
        FolderError::Stale => version_mismatch("folder"),
        FolderError::Absent(_) => not_found("folder"),
        _ => message(error.status(), &error.to_string()),
    }
}

/// The answer to a change of something that was changed in the meantime.
pub(crate) fn version_mismatch(what: &str) -> Response {
    let said = format!("The {what} has been changed by someone else; read it again, or set overwrite");
    (StatusCode::PRECONDITION_FAILED, Json(json!({ "status": "version-mismatch", "message": said }))).into_response()
}

fn encode(state: &GrafanaState, folder: &Folder) -> Value {
    let short = |folder: &Folder| json!({ "uid": folder.uid, "title": folder.title, "url": folder_url(folder) });
    let mut whole = json!({
        "id": folder.id, "uid": folder.uid, "orgId": 1, "title": folder.title, "url": folder_url(folder),
        "hasAcl": false, "canSave": true, "canEdit": true, "canAdmin": true, "canDelete": true,
        "createdBy": "Anonymous", "updatedBy": "Anonymous", "created": rfc3339(folder.created),
        "updated": rfc3339(folder.updated), "version": folder.version,
    });
    if !folder.description.is_empty() {
        whole["description"] = json!(folder.description);
    }
    if !folder.parent.is_empty() {
        let line = tree::parents(&state.notes.folders.list(), &folder.uid);
        whole["parentUid"] = json!(folder.parent);
        whole["parents"] = line.iter().map(short).collect();
    }
    whole
}
