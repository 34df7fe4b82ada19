//! The shapes in which Grafana answers.

use std::sync::Arc;

use lab_dashboards::Dashboard;
use serde_json::{Value, json};

/// A data source of the lab; the uids are those that the dashboards name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// What dashboards name it by; its type too.
    pub(crate) uid: &'static str,
    name: &'static str,
    is_default: bool,
}

/// The lab's data sources.
pub(crate) const SOURCES: [Source; 3] = [
    Source { uid: "prometheus", name: "Prometheus", is_default: true },
    Source { uid: "loki", name: "Loki", is_default: false },
    Source { uid: "tempo", name: "Tempo", is_default: false },
];

impl Source {
    /// As an element of `GET /api/datasources`.
    pub(crate) fn encode(self) -> Value {
        json!({
            "uid": self.uid, "name": self.name, "type": self.uid, "typeName": self.name, "access": "proxy",
            "url": format!("/api/datasources/proxy/uid/{}", self.uid), "isDefault": self.is_default,
            "readOnly": true, "basicAuth": false, "jsonData": {},
        })
    }
}

/// The dashboards whose title has every word and which carry every tag, as `GET /api/search` lists them.
pub(crate) fn hits(boards: &[Arc<Dashboard>], words: &str, tags: &[String], limit: usize) -> Vec<Value> {
    let wanted = |board: &&Arc<Dashboard>| {
        let title = board.title.to_lowercase();
        words.split_whitespace().all(|word| title.contains(word)) && tags.iter().all(|tag| board.tags.contains(tag))
    };
    boards.iter().filter(wanted).take(limit).map(|board| hit(board)).collect()
}

/// As `GET /api/dashboards/uid/{uid}` answers. What was imported can be replaced and taken away.
pub(crate) fn dashboard(board: &Dashboard, imported: bool) -> Value {
    let meta = json!({
        "type": "db", "slug": board.slug(), "url": url(board), "provisioned": !imported,
        "canSave": imported, "canEdit": false, "canAdmin": false, "canDelete": imported, "canStar": false,
    });
    json!({ "meta": meta, "dashboard": board.json })
}

fn hit(board: &Dashboard) -> Value {
    json!({
        "uid": board.uid, "title": board.title, "uri": format!("db/{}", board.slug()), "url": url(board),
        "type": "dash-db", "tags": board.tags, "isStarred": false,
    })
}

/// As `POST /api/dashboards/db` answers.
pub(crate) fn saved(board: &Dashboard) -> Value {
    json!({ "uid": board.uid, "url": url(board), "slug": board.slug(), "status": "success", "version": 1 })
}

fn url(board: &Dashboard) -> String {
    format!("/d/{}/{}", board.uid, board.slug())
}
