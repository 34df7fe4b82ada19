//! The lab's collector: how the lab is, the control of its own traffic, the last report. A real stack has none; the control
//! address of a generator that no lab has started answers to the orders about traffic, and an Alloy may be there.

pub mod alloy;

use reqwest::Method;
use serde_json::Value;

use crate::report::model::Report;
use crate::stack::collector::alloy::Alloy;
use crate::stack::endpoint::{AskError, Endpoint, Reason};

/// The lab's collector.
#[derive(Debug, Clone)]
pub struct Collector(Endpoint);

impl Collector {
    /// The server behind an endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    pub fn base(&self) -> &str {
        self.0.base()
    }

    /// Everything that the lab tells about itself.
    pub async fn status(&self) -> Result<Value, AskError> {
        match self.0.json("/api/v0/status", &[]).await {
            Err(error) if matches!(error.reason, Reason::Status { status: 404, .. } | Reason::Unexpected(_)) => {
                let is_alloy = self.alloy().await.is_some();
                Err(if is_alloy { AskError { reason: Reason::Alloy, ..error } } else { error })
            }
            answer => answer,
        }
    }

    /// The Alloy that is there in the lab's place, if one is.
    pub async fn alloy(&self) -> Option<Alloy> {
        Alloy::at(&self.0).await
    }

    /// Where the lab takes in OTLP over HTTP, by its own status.
    pub fn receiver(&self, status: &Value) -> Option<Endpoint> {
        let addresses = status["addresses"].as_array()?;
        let url = addresses.iter().find(|one| one["what"] == "OTLP HTTP")?["url"].as_str()?;
        let (_, port) = url.rsplit_once(':')?;
        self.0.beside(port.parse().ok()?)
    }

    /// Stops the traffic; answers when none of its requests is in flight. Whether there is any to stop.
    pub async fn pause_traffic(&self) -> Result<bool, AskError> {
        let answer = self.0.ask(Method::POST, "/api/v0/traffic/pause", &[]).await?.good()?;
        Ok(answer.json::<Value>()?["traffic"]["state"] == "paused")
    }

    /// Lets the traffic go on.
    pub async fn resume_traffic(&self) -> Result<(), AskError> {
        self.0.ask(Method::POST, "/api/v0/traffic/resume", &[]).await?.good().map(drop)
    }

    /// Gives the lab a report to show on its status page.
    pub async fn keep_report(&self, report: &Report) -> Result<(), AskError> {
        // Texts and numbers: this cannot fail.
        let json = serde_json::to_string(report).unwrap_or_default();
        self.0.post_json("/api/v0/report", json).await?.good().map(drop)
    }
}
