//! Grafana's HTTP API, as far as scripts and our page use it:
//!
//! - `GET /api/health`, `GET /api/datasources`, `GET /api/datasources/uid/{uid}`
//! - `POST /api/dashboards/db` imports a dashboard, `DELETE /api/dashboards/uid/{uid}` takes an imported one away
//! - `GET /api/search?query=&tag=&type=dash-db&limit=`, `GET /api/dashboards/uid/{uid}`
//! - `/api/datasources/proxy/uid/{uid}/…`: the stores themselves, behind the page's own origin, so that the
//!   page needs no other one. Grafana has the same paths.

mod encode;
mod import;
pub mod state;

use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::grafana::encode::{SOURCES, Source};
use crate::grafana::state::GrafanaState;

/// The stores' routers, reached by the proxy paths.
#[derive(Debug)]
pub struct Stores {
    pub prometheus: Router,
    pub loki: Router,
    pub tempo: Router,
}

pub fn router(state: GrafanaState, stores: Stores) -> Router {
    let proxy = |uid: &str| format!("/api/datasources/proxy/uid/{uid}");
    Router::new()
        .route("/api/health", get(health))
        .route("/api/datasources", get(data_sources))
        .route("/api/datasources/uid/{uid}", get(data_source))
        .route("/api/search", get(search))
        .route("/api/dashboards/uid/{uid}", get(dashboard).delete(import::remove))
        .route("/api/dashboards/db", post(import::save).layer(DefaultBodyLimit::max(import::LARGEST)))
        .with_state(state)
        .nest(&proxy("prometheus"), stores.prometheus)
        .nest(&proxy("loki"), stores.loki)
        .nest(&proxy("tempo"), stores.tempo)
}

async fn health(State(state): State<GrafanaState>) -> Response {
    Json(json!({ "database": "ok", "version": state.version, "commit": "dicelab" })).into_response()
}

async fn data_sources() -> Response {
    Json(SOURCES.map(Source::encode)).into_response()
}

async fn data_source(Path(uid): Path<String>) -> Response {
    match SOURCES.into_iter().find(|source| source.uid == uid) {
        Some(source) => Json(source.encode()).into_response(),
        None => not_found("Data source not found"),
    }
}

async fn search(State(state): State<GrafanaState>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let all =
        |name: &str| pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect::<Vec<_>>();
    let (words, tags) = (all("query").join(" ").to_lowercase(), all("tag"));
    let limit = all("limit").first().and_then(|text| text.parse().ok()).unwrap_or(1000_usize);
    if all("type").iter().any(|kind| kind != "dash-db") {
        return Json(json!([])).into_response();
    }
    let list = encode::hits(&state.library.list(), &words, &tags, limit);
    Json(list).into_response()
}

async fn dashboard(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    match state.library.get(&uid) {
        Some(board) => Json(encode::dashboard(&board, state.library.is_import(&uid))).into_response(),
        None => not_found("Dashboard not found"),
    }
}

fn not_found(message: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "message": message }))).into_response()
}

#[cfg(test)]
mod tests;
