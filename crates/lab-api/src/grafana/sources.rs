//! `/api/datasources…`: what the stores are called, whether they answer, and what they offer.

pub(crate) mod known;
mod paths;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::json;

use crate::grafana::alerting::outside;
use crate::grafana::answer::{message, not_found};
use crate::grafana::sources::known::{ALERTMANAGER, STORES, Source};
use crate::grafana::state::GrafanaState;

/// The routes, and the stores themselves below the paths of Grafana's proxy.
pub(crate) fn router(state: &GrafanaState) -> Router<GrafanaState> {
    let mut router = Router::new()
        .route("/api/datasources", get(list).post(fixed))
        .route("/api/datasources/{id}", get(by_id).put(fixed).delete(fixed))
        .route("/api/datasources/uid/{uid}", get(by_uid).put(fixed).delete(fixed))
        .route("/api/datasources/name/{name}", get(by_name).delete(fixed))
        .route("/api/datasources/correlations", get(no_correlations))
        .route("/api/datasources/uid/{uid}/correlations", get(no_correlations_of))
        .route("/api/datasources/id/{name}", get(id_of_name))
        .route("/api/datasources/uid/{uid}/health", get(health_by_uid))
        .route("/api/datasources/{id}/health", get(health_by_id))
        .route("/api/datasources/uid/{uid}/resources/{*path}", any(resource_by_uid))
        .route("/api/datasources/{id}/resources/{*path}", any(resource_by_id));
    for source in STORES {
        for name in [format!("uid/{}", source.uid), source.id.to_string()] {
            router = router.nest_service(&format!("/api/datasources/proxy/{name}"), state.stores.of(source.uid));
        }
    }
    for name in [format!("uid/{}", ALERTMANAGER.uid), ALERTMANAGER.id.to_string()] {
        router = router.route(&format!("/api/datasources/proxy/{name}/api/v2/{{*path}}"), any(outside::proxy));
    }
    router
}

async fn list(State(state): State<GrafanaState>) -> Response {
    Json(Source::all(&state).into_iter().map(Source::encode).collect::<Vec<_>>()).into_response()
}

async fn by_id(State(state): State<GrafanaState>, Path(id): Path<String>) -> Response {
    one(Source::by_id(&state, &id))
}

async fn by_uid(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    one(Source::by_uid(&state, &uid))
}

async fn by_name(State(state): State<GrafanaState>, Path(name): Path<String>) -> Response {
    one(Source::by_name(&state, &name))
}

/// The data sources are the lab's own stores, which nobody adds or takes away.
async fn fixed() -> Response {
    let said = "the lab's data sources are its own stores (prometheus, loki, tempo) and the Alertmanagers of its configuration; they cannot be added, changed or deleted here";
    message(StatusCode::FORBIDDEN, said)
}

async fn no_correlations() -> Response {
    Json(json!({ "correlations": [], "totalCount": 0, "page": 1, "limit": 100 })).into_response()
}

async fn no_correlations_of(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    Source::by_uid(&state, &uid).map_or_else(|| not_found("Data source"), |_| Json(json!([])).into_response())
}

fn one(source: Option<Source>) -> Response {
    source.map_or_else(|| not_found("Data source"), |source| Json(source.encode()).into_response())
}

async fn id_of_name(State(state): State<GrafanaState>, Path(name): Path<String>) -> Response {
    Source::by_name(&state, &name)
        .map_or_else(|| not_found("Data source"), |source| Json(json!({ "id": source.id })).into_response())
}

async fn health_by_uid(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    health(&state, Source::by_uid(&state, &uid)).await
}

async fn health_by_id(State(state): State<GrafanaState>, Path(id): Path<String>) -> Response {
    health(&state, Source::by_id(&state, &id)).await
}

/// Asks the store something that it must be able to answer.
async fn health(state: &GrafanaState, source: Option<Source>) -> Response {
    let Some(source) = source else { return not_found("Data source") };
    let (path, query) = match source.uid {
        "alertmanager" => return outside::health(state).await,
        "loki" => ("/loki/api/v1/query", "vector(1)"),
        "tempo" => ("/api/echo", ""),
        _ => ("/api/v1/query", "1"),
    };
    let answer = state.stores.ask(source.uid, path, &[("query", query.to_owned())]).await;
    if answer.is_success {
        let said = format!("{} answered a query.", source.name);
        return Json(json!({ "status": "OK", "message": said })).into_response();
    }
    let said = format!("{} did not answer a query: {}", source.name, answer.message());
    (StatusCode::BAD_REQUEST, Json(json!({ "status": "ERROR", "message": said }))).into_response()
}

async fn resource_by_uid(
    State(state): State<GrafanaState>,
    Path((uid, path)): Path<(String, String)>,
    request: Request,
) -> Response {
    resource(&state, Source::by_uid(&state, &uid), &path, request).await
}

async fn resource_by_id(
    State(state): State<GrafanaState>,
    Path((id, path)): Path<(String, String)>,
    request: Request,
) -> Response {
    resource(&state, Source::by_id(&state, &id), &path, request).await
}

/// What a data source offers beside queries: the paths of its store; Loki's begin below `/loki/api/v1`, and Tempo has two short ones.
async fn resource(state: &GrafanaState, source: Option<Source>, path: &str, request: Request) -> Response {
    let Some(source) = source else { return not_found("Data source") };
    if source.uid == ALERTMANAGER.uid {
        return message(
            StatusCode::NOT_FOUND,
            "an Alertmanager offers no resources; ask it below the path of the proxy",
        );
    }
    // The path as it was written: a slash within a name stays encoded.
    let written = request.uri().path().split_once("/resources/").map_or(path, |(_, rest)| rest);
    let query = request.uri().query().unwrap_or_default();
    let Ok(uri) = paths::of_store(source.uid, written, query).parse::<Uri>() else {
        return message(StatusCode::BAD_REQUEST, "the path of the resource does not form a valid URL");
    };
    // A request of its own: the parameters of this route's path are not the store's.
    let (parts, body) = request.into_parts();
    let mut asked = axum::http::Request::new(body);
    (*asked.method_mut(), *asked.uri_mut(), *asked.headers_mut()) = (parts.method, uri, parts.headers);
    state.stores.send(source.uid, asked.map(Body::new)).await
}
