//! `/api/dashboards/uid/{uid}/versions…`: what a dashboard was before, and how it becomes that again.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use lab_dashboards::{Dashboard, Replace, Schema, convert};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::answer::{Received, message, not_found, read};
use crate::grafana::dashboards::encode::number;
use crate::grafana::dashboards::{import, tree};
use crate::grafana::state::GrafanaState;
use crate::params::Params;

/// `limit`, `start`: how many, after how many. The newest comes first.
pub(crate) async fn list(State(state): State<GrafanaState>, Path(uid): Path<String>, params: Params) -> Response {
    let versions = state.library.versions(&uid);
    if versions.is_empty() {
        return not_found("Dashboard");
    }
    let counted = |name: &str| params.get(name).and_then(|text| text.parse::<usize>().ok());
    let limit = counted("limit").filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let start = counted("start").unwrap_or_default();
    let listed: Vec<Value> = versions.iter().skip(start).take(limit).map(|board| encode(board)).collect();
    Json(json!({ "continueToken": "", "versions": listed })).into_response()
}

pub(crate) async fn one(State(state): State<GrafanaState>, Path((uid, wanted)): Path<(String, String)>) -> Response {
    let versions = state.library.versions(&uid);
    if versions.is_empty() {
        return not_found("Dashboard");
    }
    let Some(board) = versions.iter().find(|board| board.version().to_string() == wanted) else {
        return not_found("Dashboard version");
    };
    let mut version = encode(board);
    version["data"] = convert(&board.json, Schema::Classic).into_owned();
    Json(version).into_response()
}

#[derive(Debug, Deserialize)]
struct Restore {
    version: u64,
}

/// Saves an earlier version as the newest one.
pub(crate) async fn restore(State(state): State<GrafanaState>, Path(uid): Path<String>, body: Received) -> Response {
    let Restore { version } = match read(body, "{\"version\": …}") {
        Ok(restore) => restore,
        Err(refusal) => return refusal,
    };
    let versions = state.library.versions(&uid);
    let Some(newest) = versions.first() else { return not_found("Dashboard") };
    let Some(board) = versions.iter().find(|board| board.version() == version) else {
        return not_found("Dashboard version");
    };
    if newest.version() == version {
        return message(axum::http::StatusCode::BAD_REQUEST, "Current dashboard is identical to the specified version");
    }
    let folder = tree::of(&state, &uid).map(|folder| folder.uid).unwrap_or_default();
    let board = Dashboard::clone(board);
    import::keep(
        &state,
        board,
        import::Saved { replace: Replace::Any, folder, message: format!("Restored from version {version}") },
    )
    .await
}

/// The uid of the dashboard of a number; what is no number of a dashboard stays as it is, and is found nowhere.
fn uid_of(state: &GrafanaState, id: String) -> Path<String> {
    let found = state.library.list().into_iter().find(|board| number(&board.uid).to_string() == id);
    Path(found.map_or(id, |board| board.uid.clone()))
}

pub(crate) async fn list_by_number(state: State<GrafanaState>, Path(id): Path<String>, params: Params) -> Response {
    let uid = uid_of(&state, id);
    list(state, uid, params).await
}

pub(crate) async fn one_by_number(state: State<GrafanaState>, Path((id, version)): Path<(String, String)>) -> Response {
    let Path(uid) = uid_of(&state, id);
    one(state, Path((uid, version))).await
}

pub(crate) async fn restore_by_number(state: State<GrafanaState>, Path(id): Path<String>, body: Received) -> Response {
    let uid = uid_of(&state, id);
    restore(state, uid, body).await
}

/// A version as lists show it.
fn encode(board: &Dashboard) -> Value {
    let said = board.metadata.message();
    let restored = said.strip_prefix("Restored from version ").and_then(|text| text.parse::<u64>().ok());
    json!({
        "id": board.version(), "uid": board.uid, "dashboardId": number(&board.uid), "version": board.version(),
        "parentVersion": board.version().saturating_sub(1), "restoredFrom": restored.unwrap_or_default(),
        "created": board.metadata.updated(), "createdBy": "Anonymous", "message": said,
    })
}
