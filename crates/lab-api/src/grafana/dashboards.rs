//! Dashboards and folders: the old paths below `/api`, and the resources below `/apis/dashboard.grafana.app`.

mod encode;
mod folders;
mod import;
mod resource;
mod search;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::grafana::answer::not_found;
use crate::grafana::state::GrafanaState;

pub(crate) fn router() -> Router<GrafanaState> {
    let group = "/apis/dashboard.grafana.app";
    let boards = format!("{group}/{{version}}/namespaces/{{namespace}}/dashboards");
    Router::new()
        .route("/api/search", get(search::search))
        .route("/api/dashboards/tags", get(search::tags))
        .route("/api/dashboards/uid/{uid}", get(dashboard).delete(import::remove))
        .route("/api/dashboards/uid/{uid}/versions", get(versions))
        .route("/api/dashboards/uid/{uid}/versions/{version}", get(version))
        .route("/api/dashboards/db", post(import::save))
        .route("/api/folders", get(folders::list).post(folders::create))
        .route("/api/folders/{uid}", get(folders::one).put(folders::change).delete(folders::remove))
        .route("/apis", get(resource::groups))
        .route(group, get(resource::group))
        .route(&format!("{group}/{{version}}"), get(resource::resources))
        .route(&boards, get(resource::list).post(resource::create))
        .route(&format!("{boards}/{{name}}"), get(resource::one).put(resource::replace).delete(resource::remove))
        .layer(DefaultBodyLimit::max(import::LARGEST))
}

async fn dashboard(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let Some(board) = state.library.get(&uid) else { return not_found("Dashboard") };
    let folder = folders::of(&state, &uid);
    Json(encode::dashboard(&board, state.library.is_import(&uid), folder.as_ref())).into_response()
}

/// The lab keeps the newest version alone, so the list has one.
async fn versions(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let Some(board) = state.library.get(&uid) else { return not_found("Dashboard") };
    Json(serde_json::json!({ "continueToken": "", "versions": [encode::version(&board)] })).into_response()
}

async fn version(State(state): State<GrafanaState>, Path((uid, wanted)): Path<(String, String)>) -> Response {
    let Some(board) = state.library.get(&uid) else { return not_found("Dashboard") };
    if board.version().to_string() != wanted {
        return not_found("Dashboard version");
    }
    let mut version = encode::version(&board);
    version["data"] = board.json.clone();
    Json(version).into_response()
}
