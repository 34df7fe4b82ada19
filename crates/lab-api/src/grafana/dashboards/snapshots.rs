//! Snapshots: dashboards as they were, kept under a key that nobody can guess and that their addresses name.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lab_dashboards::{ShelfError, Snapshot};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grafana::answer::{Received, message, not_found, not_kept, on_disk, read, rfc3339};
use crate::grafana::state::GrafanaState;
use crate::params::Params;

/// What `POST /api/snapshots` takes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    dashboard: Value,
    #[serde(default)]
    name: String,
    /// Seconds after which it goes; 0 for never.
    #[serde(default)]
    expires: Option<i64>,
    /// Whether a server elsewhere is to keep it.
    #[serde(default)]
    external: bool,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    delete_key: Option<String>,
}

const WHAT: &str = "Dashboard snapshot";

pub(crate) async fn create(State(state): State<GrafanaState>, headers: HeaderMap, body: Received) -> Response {
    let written: Written = match read(body, "{\"dashboard\": …, \"name\": …, \"expires\": seconds}") {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    if written.external {
        return message(StatusCode::FORBIDDEN, "the lab sends no snapshots to other servers; leave out `external`");
    }
    if !written.dashboard.is_object() {
        return message(StatusCode::BAD_REQUEST, "dashboard must be the dashboard, a JSON object");
    }
    let now = state.clock.now_ms();
    let expires =
        written.expires.filter(|seconds| *seconds > 0).map(|seconds| now.saturating_add(seconds.saturating_mul(1000)));
    let own = |given: Option<String>| given.filter(|key| !key.is_empty());
    let (key, delete_key) = (own(written.key).unwrap_or_else(secret), own(written.delete_key).unwrap_or_else(secret));
    let name = if written.name.is_empty() { "Unnamed snapshot".to_owned() } else { written.name };
    let kept_in = state.clone();
    let (address, remover) = (key.clone(), delete_key.clone());
    let kept = on_disk(move || {
        kept_in.notes.snapshots.change(|list| {
            list.retain(|one| is_there(one, now));
            if list.iter().any(|one| one.key == key || one.delete_key == delete_key) {
                return None;
            }
            let id = list.iter().map(|one| one.id).max().unwrap_or_default() + 1;
            list.push(Snapshot { id, key, delete_key, name, created: now, expires, dashboard: written.dashboard });
            Some(id)
        })
    });
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let base = format!("{}://{host}", state.scheme);
    match kept.await.unwrap_or_else(stopped) {
        Ok(Some(id)) => Json(json!({
            "id": id, "key": address, "deleteKey": remover, "url": format!("{base}/dashboard/snapshot/{address}"),
            "deleteUrl": format!("{base}/api/snapshots-delete/{remover}"),
        }))
        .into_response(),
        Ok(None) => message(StatusCode::CONFLICT, "a snapshot with this key exists already"),
        Err(error) => not_kept(&error),
    }
}

fn stopped<T>() -> Result<T, ShelfError> {
    let error = std::io::Error::other("the lab was stopped while it kept the snapshot; send it again");
    Err(ShelfError::Disk { path: "snapshots".to_owned(), error })
}

/// 32 characters that nobody can guess.
fn secret() -> String {
    format!("{:032x}", rand::random::<u128>())
}

fn is_there(snapshot: &Snapshot, now: i64) -> bool {
    snapshot.expires.is_none_or(|end| end > now)
}

/// `query` (a part of the name), `limit`.
pub(crate) async fn list(State(state): State<GrafanaState>, params: Params) -> Response {
    let (now, query) = (state.clock.now_ms(), params.get("query").unwrap_or_default().to_lowercase());
    let limit = params.get("limit").and_then(|text| text.parse().ok()).filter(|limit| *limit > 0).unwrap_or(1000);
    let all = state.notes.snapshots.list();
    let wanted = all.iter().filter(|one| is_there(one, now) && one.name.to_lowercase().contains(&query));
    let shown = |one: &Snapshot| {
        json!({
            "id": one.id, "name": one.name, "key": one.key, "orgId": 1, "userId": 0, "external": false, "externalUrl": "",
            "expires": expiry(one), "created": rfc3339(one.created), "updated": rfc3339(one.created),
        })
    };
    Json(wanted.take(limit).map(shown).collect::<Vec<_>>()).into_response()
}

/// Grafana gives one that stays fifty years.
fn expiry(snapshot: &Snapshot) -> Value {
    const FIFTY_YEARS_MS: i64 = 50 * 365 * 24 * 3_600_000;
    rfc3339(snapshot.expires.unwrap_or(snapshot.created.saturating_add(FIFTY_YEARS_MS)))
}

pub(crate) async fn one(State(state): State<GrafanaState>, Path(key): Path<String>) -> Response {
    let now = state.clock.now_ms();
    let found = state.notes.snapshots.list().into_iter().find(|one| one.key == key && is_there(one, now));
    let Some(snapshot) = found else { return not_found(WHAT) };
    let meta = json!({
        "type": "snapshot", "isSnapshot": true, "canSave": false, "canEdit": false, "canAdmin": false, "canStar": false,
        "canDelete": false, "slug": "", "url": "", "expires": expiry(&snapshot), "created": rfc3339(snapshot.created),
        "updated": rfc3339(snapshot.created), "version": 0, "folderId": 0, "folderUid": "", "folderTitle": "",
        "provisioned": false, "isFolder": false, "hasAcl": false,
    });
    Json(json!({ "meta": meta, "dashboard": snapshot.dashboard })).into_response()
}

pub(crate) async fn remove(state: State<GrafanaState>, Path(key): Path<String>) -> Response {
    forget(state, move |one| one.key == key).await
}

pub(crate) async fn remove_by_delete_key(state: State<GrafanaState>, Path(key): Path<String>) -> Response {
    forget(state, move |one| one.delete_key == key).await
}

async fn forget(State(state): State<GrafanaState>, is_meant: impl Fn(&Snapshot) -> bool + Send + 'static) -> Response {
    let now = state.clock.now_ms();
    let removed = on_disk(move || {
        state.notes.snapshots.change(|list| {
            let found = list.iter().find(|one| is_meant(one) && is_there(one, now)).map(|one| one.id);
            list.retain(|one| !is_meant(one));
            found
        })
    });
    match removed.await.unwrap_or_else(stopped) {
        Ok(Some(id)) => Json(json!({ "id": id, "message": "Snapshot deleted" })).into_response(),
        Ok(None) => not_found(WHAT),
        Err(error) => not_kept(&error),
    }
}

/// What can be done with snapshots: the lab keeps them itself.
pub(crate) async fn options() -> Response {
    let options = json!({
        "snapshotEnabled": true, "externalEnabled": false, "externalSnapshotName": "", "externalSnapshotURL": "",
    });
    Json(options).into_response()
}
