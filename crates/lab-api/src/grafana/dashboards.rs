//! Dashboards and folders by the old paths below `/api`, and short links to them.

pub(crate) mod encode;
mod folders;
pub(crate) mod import;
mod links;
mod search;
mod snapshots;
pub(crate) mod tree;
mod versions;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::grafana::answer::{message, not_found};
use crate::grafana::state::GrafanaState;

pub(crate) fn router() -> Router<GrafanaState> {
    let (board, folder) = ("/api/dashboards/uid/{uid}", "/api/folders/{uid}");
    Router::new()
        .route("/api/search", get(search::search))
        .route("/api/search/sorting", get(search::sorting))
        .route("/api/dashboards/tags", get(search::tags))
        .route("/api/dashboards/home", get(home))
        .route(board, get(dashboard).delete(import::remove))
        .route(&format!("{board}/versions"), get(versions::list))
        .route(&format!("{board}/versions/{{version}}"), get(versions::one))
        .route(&format!("{board}/restore"), post(versions::restore))
        .route(&format!("{board}/permissions"), get(permissions).post(no_permissions))
        .route("/api/dashboards/id/{id}/versions", get(versions::list_by_number))
        .route("/api/dashboards/id/{id}/versions/{version}", get(versions::one_by_number))
        .route("/api/dashboards/id/{id}/restore", post(versions::restore_by_number))
        .route("/api/dashboards/id/{id}/permissions", get(permissions).post(no_permissions))
        .route("/api/dashboards/db", post(import::save))
        .route("/api/snapshots", post(snapshots::create))
        .route("/api/snapshots/{key}", get(snapshots::one).delete(snapshots::remove))
        .route("/api/snapshots-delete/{key}", get(snapshots::remove_by_delete_key))
        .route("/api/dashboard/snapshots", get(snapshots::list))
        .route("/api/snapshot/shared-options", get(snapshots::options))
        .route("/api/short-urls", post(links::create))
        .route("/goto/{uid}", get(links::follow))
        .route("/api/folders", get(folders::list).post(folders::create))
        .route("/api/folders/id/{id}", get(folders::by_number))
        .route(folder, get(folders::one).put(folders::change).delete(folders::remove))
        .route(&format!("{folder}/counts"), get(folders::counts))
        .route(&format!("{folder}/move"), post(folders::put_into))
        .route(&format!("{folder}/permissions"), get(permissions_of_folder).post(no_permissions))
        .layer(DefaultBodyLimit::max(import::LARGEST))
}

async fn dashboard(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let Some(board) = state.library.get(&uid) else { return not_found("Dashboard") };
    let folder = tree::of(&state, &uid);
    Json(encode::dashboard(&board, state.library.is_import(&uid), folder.as_ref())).into_response()
}

/// The dashboard that a visitor sees first.
async fn home(State(state): State<GrafanaState>) -> Response {
    let Some(board) = state.library.list().into_iter().next() else { return not_found("Dashboard") };
    let mut home = encode::dashboard(&board, state.library.is_import(&board.uid), None);
    home["meta"]["isHome"] = json!(true);
    Json(home).into_response()
}

/// The answer to whoever would give or take permissions.
async fn no_permissions() -> Response {
    message(StatusCode::FORBIDDEN, "the lab has no roles: everybody may do everything, and permissions cannot be set")
}

/// The lab has no roles, so nobody has a permission of his own.
async fn permissions(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let boards = state.library.list();
    let is_there = boards.iter().any(|board| board.uid == uid || encode::number(&board.uid).to_string() == uid);
    if is_there { Json(json!([])).into_response() } else { not_found("Dashboard") }
}

/// The same of a folder.
async fn permissions_of_folder(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    if tree::exists(&state, &uid) { Json(json!([])).into_response() } else { not_found("folder") }
}
