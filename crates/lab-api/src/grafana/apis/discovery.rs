//! Which groups there are, in which versions, and what each offers.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::grafana::apis::failure::failure;
use crate::grafana::apis::kinds::{KINDS, Kind, Place};
use crate::grafana::state::GrafanaState;

pub(crate) async fn groups() -> Response {
    let groups = KINDS.map(described);
    Json(json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })).into_response()
}

pub(crate) async fn group(uri: Uri) -> Response {
    let mut group = described(Kind::of(&uri));
    group["kind"] = json!("APIGroup");
    group["apiVersion"] = json!("v1");
    Json(group).into_response()
}

fn described(kind: Kind) -> Value {
    let version = |version: &&str| json!({ "groupVersion": format!("{}/{version}", kind.group()), "version": version });
    let versions: Vec<Value> = kind.versions().iter().map(version).collect();
    json!({ "name": kind.group(), "preferredVersion": versions.first(), "versions": versions })
}

pub(crate) async fn resources(Path(version): Path<String>, uri: Uri) -> Response {
    let kind = Kind::of(&uri);
    if let Err(refusal) = served(kind, &version) {
        return refusal;
    }
    let mut resources = vec![json!({
        "name": kind.plural(), "singularName": kind.singular(), "namespaced": true, "kind": kind.name(),
        "verbs": ["create", "delete", "get", "list", "patch", "update"],
    })];
    resources.extend(kind.parts().iter().map(|(part, answer)| {
        json!({
            "name": format!("{}/{part}", kind.plural()), "singularName": "", "namespaced": true, "kind": answer,
            "verbs": ["get"],
        })
    }));
    Json(json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": format!("{}/{version}", kind.group()),
        "resources": resources,
    }))
    .into_response()
}

/// The one namespace of the lab.
const NAMESPACE: &str = "default";

/// The place that an address names, if the lab has it.
pub(crate) fn place(uri: &Uri, version: String, namespace: String) -> Result<Place, Response> {
    let kind = Kind::of(uri);
    served(kind, &version)?;
    if namespace != NAMESPACE {
        let said = format!("there is no namespace {namespace:?}: the lab has {NAMESPACE:?} alone");
        return Err(failure(StatusCode::NOT_FOUND, "NotFound", &said));
    }
    Ok(Place { kind, version, namespace })
}

/// Who serves these paths, for clients of Kubernetes.
pub(crate) async fn version(State(state): State<GrafanaState>) -> Json<Value> {
    Json(json!({
        "major": "1", "minor": "34", "gitVersion": format!("v1.34.0+dicelab.{}", state.version), "gitCommit": "",
        "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "", "platform": "",
    }))
}

/// Whether a kind is served in this version; the refusal names those in which it is.
pub(crate) fn served(kind: Kind, version: &str) -> Result<(), Response> {
    if kind.versions().contains(&version) {
        return Ok(());
    }
    let known = kind.versions().join(", ");
    let said = format!("the lab serves {} in the versions {known}, not in {version:?}", kind.group());
    Err(failure(StatusCode::NOT_FOUND, "NotFound", &said))
}
