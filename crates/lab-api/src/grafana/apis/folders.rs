//! Folders as resources.

use axum::response::Response;
use lab_dashboards::{Folder, Replace};
use serde_json::{Value, json};

use crate::grafana::answer::{on_disk, rfc3339, rfc3339_text};
use crate::grafana::apis::failure::{absent, bad, not_folded};
use crate::grafana::apis::kinds::{Kind, Place};
use crate::grafana::apis::resources::identity::{self, Preconditions};
use crate::grafana::dashboards::tree::{self, FolderError, Removal, Written};
use crate::grafana::state::GrafanaState;

const PARENT: &str = "grafana.app/folder";

pub(super) fn list(state: &GrafanaState, place: &Place) -> Vec<Value> {
    state.notes.folders.list().iter().map(|folder| encode(folder, place)).collect()
}

pub(super) fn one(state: &GrafanaState, place: &Place, name: &str) -> Option<Value> {
    tree::one(state, name).map(|folder| encode(&folder, place))
}

/// Makes the folder of a resource, or changes it; the resource as it is then. A trial checks and keeps nothing.
pub(super) async fn keep(
    state: &GrafanaState,
    place: &Place,
    resource: Value,
    name: &str,
    (is_trial, replace): (bool, Replace),
) -> Result<Value, Response> {
    let spec = &resource["spec"];
    if !spec.is_object() {
        return Err(bad("spec must be {\"title\": …, \"description\": …}"));
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let written = Written {
        title: text(&spec["title"]),
        description: text(&spec["description"]),
        parent: text(&resource["metadata"]["annotations"][PARENT]),
    };
    let (kept_in, uid, now) = (state.clone(), name.to_owned(), state.clock.now_ms());
    let change = move || {
        let list = kept_in.notes.folders.list();
        if is_trial {
            return tree::written(&list, &uid, written, (now, replace)).map(|(_, folder)| folder);
        }
        tree::write(&kept_in, &uid, written, (now, replace))
    };
    let kept = on_disk(change).await.unwrap_or(Err(FolderError::Stopped));
    kept.map(|folder| encode(&folder, place)).map_err(|error| not_folded(&error))
}

pub(super) async fn remove(
    state: &GrafanaState,
    name: &str,
    how: Removal,
    wanted: Preconditions,
) -> Result<(), Response> {
    let (kept_in, uid) = (state.clone(), name.to_owned());
    let may_go = move |folder: &Folder| wanted.hold(&uid_of(folder), folder.version);
    let removed = on_disk(move || tree::remove(&kept_in, &uid, how, may_go)).await;
    let removed = removed.unwrap_or(Err(FolderError::Stopped));
    removed.map(|_| ()).map_err(|error| not_folded(&error))
}

fn uid_of(folder: &Folder) -> String {
    identity::of(&folder.identity, Kind::Folder, &folder.uid, &rfc3339_text(folder.created))
}

fn encode(folder: &Folder, place: &Place) -> Value {
    let mut spec = json!({ "title": folder.title });
    if !folder.description.is_empty() {
        spec["description"] = json!(folder.description);
    }
    let mut annotations = json!({
        "grafana.app/createdBy": "anonymous:", "grafana.app/updatedTimestamp": rfc3339(folder.updated),
    });
    if !folder.parent.is_empty() {
        annotations[PARENT] = json!(folder.parent);
    }
    json!({
        "kind": "Folder", "apiVersion": place.api_version(),
        "metadata": {
            "name": folder.uid, "namespace": place.namespace, "uid": uid_of(folder), "generation": folder.version,
            "resourceVersion": folder.version.to_string(), "creationTimestamp": rfc3339(folder.created),
            "labels": { "grafana.app/deprecatedInternalID": folder.id.to_string() }, "annotations": annotations,
        },
        "spec": spec, "status": {},
    })
}

/// What belongs to a folder, by the name of the part.
pub(super) fn part(state: &GrafanaState, place: &Place, name: &str, part: &str) -> Result<Value, Response> {
    let list = state.notes.folders.list();
    let folder = list.iter().find(|folder| folder.uid == name).ok_or_else(|| absent(Kind::Folder, name))?;
    let info = |folder: &Folder| json!({ "name": folder.uid, "title": folder.title, "parent": folder.parent });
    let several = |folders: Vec<Folder>| {
        let items: Vec<Value> = folders.iter().map(info).collect();
        json!({ "kind": "FolderInfoList", "apiVersion": place.api_version(), "metadata": {}, "items": items })
    };
    Ok(match part {
        "parents" => {
            let mut line = tree::parents(&list, name);
            line.push(folder.clone());
            several(line)
        }
        "children" => several(list.iter().filter(|one| one.parent == name).cloned().collect()),
        "counts" => {
            let (folders, boards) = tree::counts(&list, name);
            json!({
                "kind": "DescendantCounts", "apiVersion": place.api_version(),
                "counts": [
                    { "group": "dashboard.grafana.app", "resource": "dashboards", "count": boards },
                    { "group": "folder.grafana.app", "resource": "folders", "count": folders },
                ],
            })
        }
        _ => json!({
            "kind": "FolderAccessInfo", "apiVersion": place.api_version(), "canSave": true, "canEdit": true,
            "canAdmin": true, "canDelete": true,
        }),
    })
}
