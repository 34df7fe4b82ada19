//! Dashboards as resources: `/apis/dashboard.grafana.app`, in the shapes of Kubernetes' API, which Grafana 12 follows.
//! The lab offers the classic schema; a dashboard that was imported in the second one is given as it is, and its status says
//! so. A client that asks for version 2 is told that it is not served.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lab_dashboards::{Dashboard, ImportError};
use serde_json::{Value, json};

use crate::grafana::answer::{Received, read};
use crate::grafana::dashboards::{folders, import};
use crate::grafana::state::GrafanaState;

const GROUP: &str = "dashboard.grafana.app";
/// The versions of the API that have the classic schema, the preferred one first.
const VERSIONS: [&str; 3] = ["v1beta1", "v1", "v0alpha1"];
const FOLDER: &str = "grafana.app/folder";

pub(crate) async fn groups() -> Response {
    Json(json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [described()] })).into_response()
}

pub(crate) async fn group() -> Response {
    let mut group = described();
    group["kind"] = json!("APIGroup");
    group["apiVersion"] = json!("v1");
    Json(group).into_response()
}

fn described() -> Value {
    let version = |version: &str| json!({ "groupVersion": format!("{GROUP}/{version}"), "version": version });
    json!({ "name": GROUP, "versions": VERSIONS.map(version), "preferredVersion": version(VERSIONS[0]) })
}

pub(crate) async fn resources(Path(version): Path<String>) -> Response {
    if let Err(refusal) = known(&version) {
        return refusal;
    }
    Json(json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": format!("{GROUP}/{version}"),
        "resources": [{
            "name": "dashboards", "singularName": "dashboard", "namespaced": true, "kind": "Dashboard",
            "verbs": ["create", "delete", "get", "list", "update"],
        }],
    }))
    .into_response()
}

fn known(version: &str) -> Result<(), Response> {
    if VERSIONS.contains(&version) {
        return Ok(());
    }
    let said = format!("the lab serves {GROUP} in the versions {}, not in {version:?}", VERSIONS.join(", "));
    Err(failure(StatusCode::NOT_FOUND, "NotFound", &said))
}

pub(crate) async fn list(
    State(state): State<GrafanaState>,
    Path((version, namespace)): Path<(String, String)>,
) -> Response {
    if let Err(refusal) = known(&version) {
        return refusal;
    }
    let items: Vec<_> = state.library.list().iter().map(|board| encode(&state, board, &version, &namespace)).collect();
    Json(json!({
        "kind": "DashboardList", "apiVersion": format!("{GROUP}/{version}"), "metadata": { "resourceVersion": "1" },
        "items": items,
    }))
    .into_response()
}

pub(crate) async fn one(
    State(state): State<GrafanaState>,
    Path((version, namespace, name)): Path<(String, String, String)>,
) -> Response {
    match known(&version).and_then(|()| state.library.get(&name).ok_or_else(|| absent(&name))) {
        Ok(board) => Json(encode(&state, &board, &version, &namespace)).into_response(),
        Err(refusal) => refusal,
    }
}

pub(crate) async fn create(
    State(state): State<GrafanaState>,
    Path((version, namespace)): Path<(String, String)>,
    body: Received,
) -> Response {
    let resource: Value = match known(&version).and_then(|()| read(body, "a resource {\"metadata\", \"spec\"}")) {
        Ok(resource) => resource,
        Err(refusal) => return refusal,
    };
    let metadata = &resource["metadata"];
    let name = metadata["name"].as_str().map(str::to_owned).or_else(|| {
        let prefix = metadata["generateName"].as_str()?;
        Some(format!("{prefix}{:x}", state.clock.now_ns()))
    });
    let Some(name) = name else {
        return failure(StatusCode::BAD_REQUEST, "BadRequest", "metadata needs a name or a generateName");
    };
    match keep(&state, resource, name, false).await {
        Ok(board) => (StatusCode::CREATED, Json(encode(&state, &board, &version, &namespace))).into_response(),
        Err(refusal) => refusal,
    }
}

pub(crate) async fn replace(
    State(state): State<GrafanaState>,
    Path((version, namespace, name)): Path<(String, String, String)>,
    body: Received,
) -> Response {
    let resource: Value = match known(&version).and_then(|()| read(body, "a resource {\"metadata\", \"spec\"}")) {
        Ok(resource) => resource,
        Err(refusal) => return refusal,
    };
    let Some(before) = state.library.get(&name) else { return absent(&name) };
    let based_on = resource["metadata"]["resourceVersion"].as_str().filter(|text| !text.is_empty());
    if based_on.is_some_and(|text| text != before.version().to_string()) {
        let said =
            format!("dashboard {name:?} has been changed in the meantime; read it again and apply your change to that");
        return failure(StatusCode::CONFLICT, "Conflict", &said);
    }
    match keep(&state, resource, name, true).await {
        Ok(board) => Json(encode(&state, &board, &version, &namespace)).into_response(),
        Err(refusal) => refusal,
    }
}

pub(crate) async fn remove(
    State(state): State<GrafanaState>,
    Path((version, _, name)): Path<(String, String, String)>,
) -> Response {
    if let Err(refusal) = known(&version) {
        return refusal;
    }
    if state.library.get(&name).is_none() {
        return absent(&name);
    }
    match import::forget(&state, &name).await {
        Ok(true) => {
            Json(json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success" })).into_response()
        }
        Ok(false) => failure(StatusCode::FORBIDDEN, "Forbidden", &ImportError::Provisioned(name).to_string()),
        Err(refusal) => refusal,
    }
}

/// Keeps the dashboard of a resource, in the folder that its annotation names.
async fn keep(state: &GrafanaState, resource: Value, name: String, replace: bool) -> Result<Arc<Dashboard>, Response> {
    let folder = resource["metadata"]["annotations"][FOLDER].as_str().unwrap_or_default().to_owned();
    let mut spec = resource.get("spec").cloned().unwrap_or_default();
    if !spec.is_object() {
        return Err(failure(StatusCode::BAD_REQUEST, "BadRequest", "spec must be the dashboard, a JSON object"));
    }
    if !folders::exists(state, &folder) {
        return Err(failure(StatusCode::BAD_REQUEST, "BadRequest", &format!("there is no folder {folder:?}")));
    }
    spec["uid"] = json!(name);
    let board = Dashboard::from_json(spec, &name)
        .map_err(|error| failure(StatusCode::BAD_REQUEST, "BadRequest", &error.to_string()))?;
    let state = state.clone();
    let kept = tokio::task::spawn_blocking(move || {
        let board = state.library.import(board, replace)?;
        Ok((folders::put(&state, &board.uid, &folder), board))
    });
    let stopped = "the lab was stopped while the dashboard was kept; send it again";
    match kept.await {
        Ok(Ok((Ok(()), board))) => Ok(board),
        Ok(Ok((Err(error), _))) => Err(failure(StatusCode::INSUFFICIENT_STORAGE, "InternalError", &error.to_string())),
        Ok(Err(error)) => Err(refused(&error)),
        Err(_) => Err(failure(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", stopped)),
    }
}

fn refused(error: &ImportError) -> Response {
    let (status, reason) = match error {
        ImportError::Exists(_) => (StatusCode::CONFLICT, "AlreadyExists"),
        ImportError::Uid { .. } => (StatusCode::BAD_REQUEST, "BadRequest"),
        ImportError::Provisioned(_) => (StatusCode::FORBIDDEN, "Forbidden"),
        ImportError::Full => (StatusCode::INSUFFICIENT_STORAGE, "InternalError"),
        ImportError::Disk { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
    };
    failure(status, reason, &error.to_string())
}

fn absent(name: &str) -> Response {
    failure(StatusCode::NOT_FOUND, "NotFound", &format!("dashboards.{GROUP} {name:?} not found"))
}

/// Kubernetes' shape of an error.
fn failure(status: StatusCode, reason: &str, said: &str) -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": said, "reason": reason,
        "code": status.as_u16(),
    });
    (status, Json(body)).into_response()
}

/// The resource of a dashboard; its name stands in the metadata, not in the spec.
fn encode(state: &GrafanaState, board: &Dashboard, version: &str, namespace: &str) -> Value {
    let mut spec = board.json.clone();
    if let Some(object) = spec.as_object_mut() {
        for name in ["uid", "id", "version"] {
            object.remove(name);
        }
    }
    let folder = folders::of(state, &board.uid);
    let annotations = folder.map_or_else(|| json!({}), |folder| json!({ FOLDER: folder.uid }));
    // As Grafana says it of a dashboard that it keeps in another schema than the one that was asked for.
    let status = if board.is_second_schema() {
        let why = "the dashboard was imported in the second schema (v2), and the lab does not convert it";
        json!({ "conversion": { "failed": true, "storedVersion": "v2beta1", "error": why } })
    } else {
        json!({})
    };
    json!({
        "kind": "Dashboard", "apiVersion": format!("{GROUP}/{version}"),
        "metadata": {
            "name": board.uid, "namespace": namespace, "uid": board.uid, "generation": board.version(),
            "resourceVersion": board.version().to_string(), "annotations": annotations, "labels": {},
        },
        "spec": spec, "status": status,
    })
}
