//! The shapes in which Grafana answers for dashboards.

use lab_dashboards::{Dashboard, Folder, Schema, convert};
use serde_json::{Value, json};

/// The number by which old clients name a dashboard: FNV-1a of its uid, as large as a number of JavaScript can be.
pub(crate) fn number(uid: &str) -> u64 {
    let hash = uid
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 16).max(1)
}

/// As `GET /api/dashboards/uid/{uid}` answers, which knows the classic schema only. What was imported can be replaced and
/// taken away.
pub(crate) fn dashboard(board: &Dashboard, imported: bool, folder: Option<&Folder>) -> Value {
    let may = json!({ "canAdd": true, "canEdit": true, "canDelete": true });
    let meta = json!({
        "type": "db", "slug": board.slug(), "url": url(board), "provisioned": !imported, "version": board.version(),
        "provisionedExternalId": "", "canSave": imported, "canEdit": imported, "canAdmin": imported,
        "canDelete": imported, "canStar": false, "hasAcl": false, "publicDashboardEnabled": false,
        "created": time(&board.metadata.created), "updated": time(board.metadata.updated()), "expires": NEVER,
        "createdBy": "Anonymous", "updatedBy": "Anonymous", "apiVersion": board.schema().version(),
        "folderUid": folder.map_or("", |folder| &folder.uid), "folderId": folder.map_or(0, |folder| folder.id),
        "folderTitle": folder.map_or("General", |folder| &folder.title),
        "folderUrl": folder.map(folder_url).unwrap_or_default(), "isFolder": false,
        "annotationsPermissions": { "dashboard": may, "organization": may },
    });
    let mut json = convert(&board.json, Schema::Classic).into_owned();
    json["id"] = json!(number(&board.uid));
    json["version"] = json!(board.version());
    json!({ "meta": meta, "dashboard": json })
}

/// What Grafana writes for a time that it does not know.
const NEVER: &str = "0001-01-01T00:00:00Z";

fn time(text: &str) -> &str {
    if text.is_empty() { NEVER } else { text }
}

/// A dashboard as `GET /api/search` lists it.
pub(crate) fn hit(board: &Dashboard, folder: Option<&Folder>) -> Value {
    let mut hit = json!({
        "id": number(&board.uid), "orgId": 1, "uid": board.uid, "title": board.title, "uri": format!("db/{}", board.slug()), "url": url(board),
        "slug": "", "type": "dash-db", "tags": board.tags, "isStarred": false, "sortMeta": 0,
    });
    if let Some(folder) = folder {
        within(&mut hit, folder);
    }
    hit
}

/// A folder as `GET /api/search` lists it, with the folder in which it lies.
pub(crate) fn folder_hit(folder: &Folder, parent: Option<&Folder>) -> Value {
    let mut hit = json!({
        "id": folder.id, "orgId": 1, "uid": folder.uid, "title": folder.title, "uri": "", "url": folder_url(folder), "slug": "",
        "type": "dash-folder", "tags": [], "isStarred": false, "sortMeta": 0,
    });
    if let Some(parent) = parent {
        within(&mut hit, parent);
    }
    hit
}

fn within(hit: &mut Value, folder: &Folder) {
    hit["folderId"] = json!(folder.id);
    hit["folderUid"] = json!(folder.uid);
    hit["folderTitle"] = json!(folder.title);
    hit["folderUrl"] = json!(folder_url(folder));
}

/// As `POST /api/dashboards/db` answers.
pub(crate) fn saved(board: &Dashboard, folder_uid: &str) -> Value {
    json!({
        "id": number(&board.uid), "uid": board.uid, "url": url(board), "slug": board.slug(), "status": "success", "version": board.version(),
        "folderUid": folder_uid,
    })
}

fn url(board: &Dashboard) -> String {
    format!("/d/{}/{}", board.uid, board.slug())
}

pub(crate) fn folder_url(folder: &Folder) -> String {
    format!("/dashboards/f/{}/", folder.uid)
}
