//! Grafana's HTTP API, as far as a judge needs it.

use serde::Deserialize;
use serde_json::Value;

use crate::stack::endpoint::{Answer, AskError, Endpoint};

/// A server with Grafana's API.
#[derive(Debug, Clone)]
pub struct Grafana(Endpoint);

/// A dashboard in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hit {
    /// What links name it by.
    pub uid: String,
    /// What people call it.
    pub title: String,
}

impl Grafana {
    /// The server behind an endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    pub fn base(&self) -> &str {
        self.0.base()
    }

    /// Its version; an answer means that it is ready.
    pub async fn version(&self) -> Result<String, AskError> {
        #[derive(Deserialize)]
        struct Health {
            #[serde(default)]
            version: String,
        }
        Ok(self.0.json::<Health>("/api/health", &[]).await?.version)
    }

    /// The dashboards that it has.
    pub async fn dashboards(&self) -> Result<Vec<Hit>, AskError> {
        self.0.json("/api/search", &[("type", "dash-db"), ("limit", "1000")]).await
    }

    /// The JSON of a dashboard.
    pub async fn dashboard(&self, uid: &str) -> Result<Value, AskError> {
        #[derive(Deserialize)]
        struct Wrapped {
            dashboard: Value,
        }
        Ok(self.0.json::<Wrapped>(&format!("/api/dashboards/uid/{uid}"), &[]).await?.dashboard)
    }

    /// Its data sources, as it describes them.
    pub async fn data_sources(&self) -> Result<Vec<Value>, AskError> {
        self.0.json("/api/datasources", &[]).await
    }

    /// What the server answers, unread.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, AskError> {
        self.0.get(path, query).await
    }
}
