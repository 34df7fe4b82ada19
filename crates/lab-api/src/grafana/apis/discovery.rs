//! Which groups there are, in which versions, and what each offers.

use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::grafana::apis::failure::failure;
use crate::grafana::apis::kinds::{KINDS, Kind};

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

/// Whether a kind is served in this version; the refusal names those in which it is.
pub(crate) fn served(kind: Kind, version: &str) -> Result<(), Response> {
    if kind.versions().contains(&version) {
        return Ok(());
    }
    let known = kind.versions().join(", ");
    let said = format!("the lab serves {} in the versions {known}, not in {version:?}", kind.group());
    Err(failure(StatusCode::NOT_FOUND, "NotFound", &said))
}
