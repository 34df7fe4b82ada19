//! The lab's data sources.

use serde_json::{Value, json};

use crate::grafana::state::GrafanaState;

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

/// The lab's own stores.
pub(crate) const STORES: [Source; 3] = [
    Source { id: 1, uid: "prometheus", name: "Prometheus", is_default: true },
    Source { id: 2, uid: "loki", name: "Loki", is_default: false },
    Source { id: 3, uid: "tempo", name: "Tempo", is_default: false },
];

/// The Alertmanagers of the configuration, if it has any.
pub(crate) const ALERTMANAGER: Source = Source { id: 4, uid: "alertmanager", name: "Alertmanager", is_default: false };

impl Source {
    /// All that there are now.
    pub(crate) fn all(state: &GrafanaState) -> Vec<Self> {
        let outside = Some(ALERTMANAGER).filter(|_| state.alertmanagers().is_some());
        STORES.into_iter().chain(outside).collect()
    }

    pub(crate) fn by_uid(state: &GrafanaState, uid: &str) -> Option<Self> {
        Self::find(state, |source| source.uid == uid)
    }

    pub(crate) fn by_id(state: &GrafanaState, id: &str) -> Option<Self> {
        Self::find(state, |source| source.id.to_string() == id)
    }

    pub(crate) fn by_name(state: &GrafanaState, name: &str) -> Option<Self> {
        Self::find(state, |source| source.name == name)
    }

    /// The stores are always there: only for what is not one of them the configuration is looked at.
    fn find(state: &GrafanaState, is_meant: impl Fn(&Self) -> bool) -> Option<Self> {
        let outside = || Some(ALERTMANAGER).filter(|source| is_meant(source) && state.alertmanagers().is_some());
        STORES.into_iter().find(|source| is_meant(source)).or_else(outside)
    }

    /// As an element of `GET /api/datasources`.
    pub(crate) fn encode(self) -> Value {
        // Which of the products with this API it is.
        let settings = if self.uid == ALERTMANAGER.uid { json!({ "implementation": "prometheus" }) } else { json!({}) };
        json!({
            "id": self.id, "orgId": 1, "uid": self.uid, "name": self.name, "type": self.uid, "typeName": self.name,
            "typeLogoUrl": "", "access": "proxy", "url": format!("/api/datasources/proxy/uid/{}", self.uid),
            "user": "", "database": "", "isDefault": self.is_default, "readOnly": true, "basicAuth": false,
            "withCredentials": false, "secureJsonFields": {}, "version": 1, "jsonData": settings,
        })
    }
}
