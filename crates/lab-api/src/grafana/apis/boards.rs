//! Dashboards as resources, in either schema: a dashboard is kept as it was written, and answered in the schema of the
//! version that is asked for.

use std::sync::Arc;

use axum::response::Response;
use lab_dashboards::{Dashboard, ImportError, Replace, Schema, convert};
use serde_json::{Value, json};

use crate::grafana::answer::{on_disk, rfc3339_text};
use crate::grafana::apis::failure::{absent, bad, not_folded, not_imported};
use crate::grafana::apis::kinds::{Kind, Place};
use crate::grafana::apis::resources::identity::{self, Preconditions};
use crate::grafana::dashboards::encode::number;
use crate::grafana::dashboards::tree::{self, FolderError};
use crate::grafana::state::GrafanaState;

const FOLDER: &str = "grafana.app/folder";
/// Annotations that the lab writes itself; what a client sends under these names is not kept.
const OWN: [&str; 6] = [
    FOLDER,
    "grafana.app/createdBy",
    "grafana.app/updatedBy",
    "grafana.app/updatedTimestamp",
    "grafana.app/managedBy",
    "grafana.app/managerId",
];
/// The label by which clients find a dashboard's number.
const NUMBER: &str = "grafana.app/deprecatedInternalID";

pub(super) fn list(state: &GrafanaState, place: &Place) -> Vec<Value> {
    state.library.list().iter().map(|board| encode(state, board, place)).collect()
}

pub(super) fn one(state: &GrafanaState, place: &Place, name: &str) -> Option<Value> {
    Some(encode(state, &*state.library.get(name)?, place))
}

/// All versions that are kept of a dashboard.
pub(super) fn history(state: &GrafanaState, place: &Place, name: &str) -> Vec<Value> {
    state.library.versions(name).iter().map(|board| encode(state, board, place)).collect()
}

/// Keeps the dashboard of a resource, in the folder that its annotation names; the resource as it is then. A trial checks
/// and keeps nothing.
pub(super) async fn keep(
    state: &GrafanaState,
    place: &Place,
    resource: Value,
    name: &str,
    (is_trial, replace): (bool, Replace),
) -> Result<Value, Response> {
    let (mut board, folder) = read(place, resource, name)?;
    if !tree::exists(state, &folder) {
        return Err(not_folded(&FolderError::Absent(folder)));
    }
    let now = rfc3339_text(state.clock.now_ms());
    let known = state.library.get(name);
    let message = board.metadata.message().to_owned();
    board.metadata.saved(&now, &message);
    if is_trial {
        if known.is_some() && !state.library.is_import(name) {
            return Err(not_imported(&ImportError::Provisioned(name.to_owned())));
        }
        board.json["version"] = json!(known.as_ref().map_or(1, |known| known.version().saturating_add(1)));
        if let Some(known) = known {
            board.metadata.created.clone_from(&known.metadata.created);
            board.metadata.identity.clone_from(&known.metadata.identity);
        }
        return Ok(encode_in(&board, place, &folder, false));
    }
    let kept_in = state.clone();
    let kept: Result<Arc<Dashboard>, FolderError> = on_disk(move || {
        let board = kept_in.library.import(board, replace)?;
        tree::put(&kept_in, &board.uid, &folder)?;
        Ok(board)
    })
    .await
    .unwrap_or(Err(FolderError::Stopped));
    kept.map(|board| encode(state, &board, place)).map_err(|error| not_folded(&error))
}

/// The dashboard of a resource, and the folder that its annotation names.
fn read(place: &Place, mut resource: Value, name: &str) -> Result<(Dashboard, String), Response> {
    let folder = resource["metadata"]["annotations"][FOLDER].as_str().unwrap_or_default().to_owned();
    let spec = resource.get_mut("spec").filter(|spec| spec.is_object());
    let spec = spec.ok_or_else(|| bad("spec must be the dashboard, a JSON object"))?;
    let is_second = Schema::of_version(&place.version).is_some_and(Schema::is_second);
    let has_elements = spec.get("elements").is_some();
    if is_second != has_elements {
        let said = if is_second {
            format!(
                "{} has its panels in spec.elements, which is missing; send this dashboard to v1beta1",
                place.version
            )
        } else {
            format!("{} has no spec.elements; send this dashboard to v2", place.version)
        };
        return Err(bad(&said));
    }
    let mut spec = spec.take();
    if let Some(spec) = spec.as_object_mut().filter(|spec| !has_elements && !spec.contains_key("rows")) {
        spec.entry("panels").or_insert_with(|| json!([]));
    }
    // Nothing else of what was sent is read: the resource is what its kind says, not another one within it.
    let metadata = resource.get_mut("metadata").map(Value::take);
    let resource = json!({ "apiVersion": place.api_version(), "metadata": metadata, "spec": spec });
    let mut board = Dashboard::from_json(resource, name).map_err(|error| bad(&error.to_string()))?;
    if board.uid != name {
        return Err(bad(&format!("the resource is the dashboard {:?}, but the address asks for {name:?}", board.uid)));
    }
    board.metadata.annotations.retain(|name, _| !OWN.contains(&name.as_str()));
    board.metadata.labels.remove(NUMBER);
    Ok((board, folder))
}

pub(super) async fn remove(state: &GrafanaState, name: &str, wanted: Preconditions) -> Result<(), Response> {
    let (kept_in, uid) = (state.clone(), name.to_owned());
    let may_go = move |board: &Dashboard| wanted.hold(&uid_of(board), board.version());
    let removed: Result<bool, FolderError> = on_disk(move || {
        let is_removed = kept_in.library.forget(&uid, may_go)?;
        tree::put(&kept_in, &uid, "")?;
        Ok(is_removed)
    })
    .await
    .unwrap_or(Err(FolderError::Stopped));
    match removed {
        Ok(true) => Ok(()),
        Ok(false) if state.library.get(name).is_none() => Err(absent(Kind::Dashboard, name)),
        Ok(false) => Err(not_imported(&ImportError::Provisioned(name.to_owned()))),
        Err(error) => Err(not_folded(&error)),
    }
}

fn uid_of(board: &Dashboard) -> String {
    identity::of(&board.metadata.identity, Kind::Dashboard, &board.uid, &board.metadata.created)
}

fn encode(state: &GrafanaState, board: &Dashboard, place: &Place) -> Value {
    let folder = tree::of(state, &board.uid).map(|folder| folder.uid).unwrap_or_default();
    encode_in(board, place, &folder, !state.library.is_import(&board.uid))
}

/// The resource of a dashboard; its name stands in the metadata, not in the spec.
fn encode_in(board: &Dashboard, place: &Place, folder: &str, is_provisioned: bool) -> Value {
    let (stored, wanted) = (board.schema(), Schema::of_version(&place.version).unwrap_or(Schema::Classic));
    let mut spec = convert(&board.json, wanted).into_owned();
    if let Some(object) = spec.as_object_mut() {
        for name in ["uid", "id", "version"] {
            object.shift_remove(name);
        }
    }
    let status = if stored == wanted {
        json!({})
    } else {
        json!({ "conversion": { "failed": false, "storedVersion": stored.version() } })
    };
    let version = board.version().to_string();
    let mut metadata = board.metadata.encode(&board.uid);
    metadata["namespace"] = json!(place.namespace);
    metadata["uid"] = json!(uid_of(board));
    metadata["resourceVersion"] = json!(version);
    metadata["generation"] = json!(board.version());
    metadata["labels"][NUMBER] = json!(number(&board.uid).to_string());
    if board.metadata.created.is_empty() {
        metadata["creationTimestamp"] = Value::Null;
    }
    let annotations = &mut metadata["annotations"];
    annotations["grafana.app/createdBy"] = json!("anonymous:");
    if !folder.is_empty() {
        annotations[FOLDER] = json!(folder);
    }
    if is_provisioned {
        annotations["grafana.app/managedBy"] = json!("classic-file-provisioning");
        annotations["grafana.app/managerId"] = json!("dicelab");
    }
    json!({
        "kind": "Dashboard", "apiVersion": place.api_version(), "metadata": metadata, "spec": spec, "status": status,
    })
}

/// What the anonymous user may do with a dashboard, beside the dashboard.
pub(super) fn with_access(state: &GrafanaState, place: &Place, name: &str) -> Result<Value, Response> {
    let board = state.library.get(name).ok_or_else(|| absent(Kind::Dashboard, name))?;
    let mut resource = encode(state, &board, place);
    let may_change = state.library.is_import(name);
    resource["kind"] = json!("DashboardWithAccessInfo");
    resource["access"] = json!({
        "slug": board.slug(), "url": format!("/d/{}/{}", board.uid, board.slug()), "canSave": may_change,
        "canEdit": may_change, "canAdmin": may_change, "canDelete": may_change, "canStar": false,
        "annotationsPermissions": {
            "dashboard": { "canAdd": true, "canEdit": true, "canDelete": true },
            "organization": { "canAdd": true, "canEdit": true, "canDelete": true },
        },
    });
    Ok(resource)
}
