//! The list of dice at die-service: what the page offers, and which names may become label values.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use parking_lot::RwLock;
use serde::Deserialize;
use telemetry::client::{BaseUrl, Client};
use telemetry::logs::json;
use telemetry::readiness::Condition;
use tokio_util::sync::CancellationToken;

use crate::metrics::families::{DieMetrics, Metrics};

/// Pauses between attempts to get the first list: the shortest and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// The list, as it was last heard of.
#[derive(Debug)]
pub struct Dice {
    client: Client,
    url: BaseUrl,
    timeout: Duration,
    metrics: Arc<Metrics>,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    names: Arc<[String]>,
    metrics: HashMap<String, Arc<DieMetrics>>,
}

/// Answer to `GET /dice`.
#[derive(Deserialize)]
struct List {
    identifiers: Vec<String>,
}

impl Dice {
    /// Asks the die-service at `url`, each time for at most `timeout`.
    pub fn new(client: Client, url: BaseUrl, timeout: Duration, metrics: Arc<Metrics>) -> Self {
        Self { client, url, timeout, metrics, known: RwLock::default() }
    }

    /// The names on the last list, in the order of die-service; empty before there was one.
    pub fn names(&self) -> Arc<[String]> {
        Arc::clone(&self.known.read().names)
    }

    /// The counters for a name: its own if it is on the list, else those of all unknown dice.
    pub fn metrics(&self, name: &str) -> Arc<DieMetrics> {
        let known = self.known.read();
        known.metrics.get(name).map_or_else(|| self.metrics.unknown(), Arc::clone)
    }

    /// Asks for the list now. An error says in words why there is none.
    pub async fn fetch(&self) -> Result<Arc<[String]>, String> {
        let (names, _) = self.ask().await?;
        log(&names);
        Ok(names)
    }

    /// Keeps the list fresh and reports readiness once there is one, until `stopping`.
    pub async fn keep_fresh(&self, every: Duration, die_service: Condition, stopping: &CancellationToken) {
        let mut retry = RETRY.0;
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            match self.ask().await {
                Ok((names, changed)) => {
                    if changed {
                        log(&names);
                    }
                    die_service.met();
                    pause = every;
                }
                Err(reason) if self.names().is_empty() => {
                    die_service.unmet(reason);
                    pause = retry;
                    retry = (retry * 2).min(RETRY.1);
                }
                // The last list stays good enough.
                Err(_) => pause = every,
            }
        }
    }

    /// The list and whether it is another than before.
    async fn ask(&self) -> Result<(Arc<[String]>, bool), String> {
        let reply = self.client.get(self.url.with("/dice", &[]), self.timeout).await;
        let reply = reply.map_err(|error| format!("die-service does not answer: {error}"))?;
        if reply.status != StatusCode::OK {
            return Err(format!("die-service answered {}", reply.status.as_u16()));
        }
        let list: Result<List, _> = serde_json::from_slice(&reply.body);
        let list = list.map_err(|error| format!("die-service answered with no list of dice: {error}"))?;
        Ok(self.learn(list.identifiers))
    }

    fn learn(&self, names: Vec<String>) -> (Arc<[String]>, bool) {
        let mut known = self.known.write();
        if *known.names == *names {
            return (Arc::clone(&known.names), false);
        }
        known.metrics = names.iter().map(|name| (name.clone(), self.metrics.known(name))).collect();
        known.names = names.into();
        (Arc::clone(&known.names), true)
    }
}

fn log(names: &[String]) {
    tracing::info!(count = names.len(), identifiers = json(names), "Die list fetched from die service");
}
