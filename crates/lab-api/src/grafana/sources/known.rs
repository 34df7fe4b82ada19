//! The lab's data sources.

use serde_json::{Value, json};

/// A data source of the lab; the uids are those that the dashboards name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// The number by which old clients name it.
    pub(crate) id: u8,
    /// What dashboards name it by; its type too.
    pub(crate) uid: &'static str,
    pub(crate) name: &'static str,
    is_default: bool,
}

/// All of them.
pub(crate) const SOURCES: [Source; 3] = [
    Source { id: 1, uid: "prometheus", name: "Prometheus", is_default: true },
    Source { id: 2, uid: "loki", name: "Loki", is_default: false },
    Source { id: 3, uid: "tempo", name: "Tempo", is_default: false },
];

impl Source {
    pub(crate) fn by_uid(uid: &str) -> Option<Self> {
        SOURCES.into_iter().find(|source| source.uid == uid)
    }

    pub(crate) fn by_id(id: &str) -> Option<Self> {
        SOURCES.into_iter().find(|source| source.id.to_string() == id)
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        SOURCES.into_iter().find(|source| source.name == name)
    }

    /// As an element of `GET /api/datasources`.
    pub(crate) fn encode(self) -> Value {
        json!({
            "id": self.id, "orgId": 1, "uid": self.uid, "name": self.name, "type": self.uid, "typeName": self.name,
            "typeLogoUrl": "", "access": "proxy", "url": format!("/api/datasources/proxy/uid/{}", self.uid),
            "user": "", "database": "", "isDefault": self.is_default, "readOnly": true, "basicAuth": false,
            "withCredentials": false, "secureJsonFields": {}, "version": 1, "jsonData": {},
        })
    }
}
