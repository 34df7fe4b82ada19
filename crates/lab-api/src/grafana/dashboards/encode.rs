//! The shapes in which Grafana answers for dashboards.

use lab_dashboards::{Dashboard, Folder};
use serde_json::{Value, json};

/// As `GET /api/dashboards/uid/{uid}` answers. What was imported can be replaced and taken away.
pub(crate) fn dashboard(board: &Dashboard, imported: bool, folder: Option<&Folder>) -> Value {
    let meta = json!({
        "type": "db", "slug": board.slug(), "url": url(board), "provisioned": !imported, "version": board.version(),
        "canSave": imported, "canEdit": false, "canAdmin": false, "canDelete": imported, "canStar": false,
        "folderUid": folder.map_or("", |folder| &folder.uid), "folderId": folder.map_or(0, |folder| folder.id),
        "folderTitle": folder.map_or("General", |folder| &folder.title),
        "folderUrl": folder.map(folder_url).unwrap_or_default(), "isFolder": false,
    });
    json!({ "meta": meta, "dashboard": board.json })
}

pub(crate) fn version(board: &Dashboard) -> Value {
    json!({
        "id": board.version(), "uid": board.uid, "dashboardId": 0, "version": board.version(), "parentVersion": 0,
        "restoredFrom": 0, "createdBy": "anonymous", "message": "",
    })
}

/// A dashboard as `GET /api/search` lists it.
pub(crate) fn hit(board: &Dashboard, folder: Option<&Folder>) -> Value {
    let mut hit = json!({
        "uid": board.uid, "title": board.title, "uri": format!("db/{}", board.slug()), "url": url(board),
        "slug": "", "type": "dash-db", "tags": board.tags, "isStarred": false, "sortMeta": 0,
    });
    if let Some(folder) = folder {
        hit["folderId"] = json!(folder.id);
        hit["folderUid"] = json!(folder.uid);
        hit["folderTitle"] = json!(folder.title);
        hit["folderUrl"] = json!(folder_url(folder));
    }
    hit
}

pub(crate) fn folder_hit(folder: &Folder) -> Value {
    json!({
        "id": folder.id, "uid": folder.uid, "title": folder.title, "uri": "", "url": folder_url(folder), "slug": "",
        "type": "dash-folder", "tags": [], "isStarred": false, "sortMeta": 0,
    })
}

/// As `POST /api/dashboards/db` answers.
pub(crate) fn saved(board: &Dashboard, folder_uid: &str) -> Value {
    json!({
        "uid": board.uid, "url": url(board), "slug": board.slug(), "status": "success", "version": board.version(),
        "folderUid": folder_uid,
    })
}

fn url(board: &Dashboard) -> String {
    format!("/d/{}/{}", board.uid, board.slug())
}

pub(crate) fn folder_url(folder: &Folder) -> String {
    format!("/dashboards/f/{}/", folder.uid)
}
