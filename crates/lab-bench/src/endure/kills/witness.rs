//! What a lab takes in by itself: the lines of its services and what it scrapes. A second after they were written both
//! outlive a kill.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::{Instant, sleep};

use crate::endure::count::{json, url};
use crate::http::connection;
use crate::programs::lab::{FRONTEND, LOGS, Lab, METRICS};

/// Lines of one roll.
const LINES: usize = 8;
/// How long services may take until they answer again.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// A roll and a scrape that happened before a kill.
#[derive(Debug)]
pub struct Witness {
    trace: String,
    /// The time of the newest scrape, as the store says it; nothing if there was none.
    scrape: Option<String>,
    seen: Instant,
}

/// What became of a roll and a scrape; nothing of what was too young to be promised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Testimony {
    pub rolls: u64,
    pub scrapes: u64,
    /// What is missing.
    pub faults: Vec<String>,
}

impl Witness {
    /// Makes a roll, as soon as the services answer, and looks for the newest scrape.
    pub async fn call(lab: &Lab) -> anyhow::Result<Self> {
        let trace = tokio::time::timeout(PATIENCE, roll(lab)).await.context("the services do not answer")?;
        let query = "timestamp(up{job=\"frontend-stage4\"})";
        let answer = json(&url(lab, METRICS, "/api/v1/query", &[("query", query)])).await?;
        let scrape = answer["data"]["result"][0]["value"][1].as_str().map(str::to_owned);
        Ok(Self { trace, scrape, seen: Instant::now() })
    }

    /// Looks for both after a kill at `killed`, if they are older than `old` by then.
    pub async fn testify(&self, lab: &Lab, killed: Instant, old: Duration) -> anyhow::Result<Testimony> {
        let mut testimony = Testimony::default();
        if killed.saturating_duration_since(self.seen) < old {
            return Ok(testimony);
        }
        testimony.rolls += 1;
        let query = format!("{{container_name=~\".+\"}} | trace_id=\"{}\"", self.trace);
        let answer = json(&url(lab, LOGS, "/loki/api/v1/query_range", &[("query", &query)])).await?;
        let streams = answer["data"]["result"].as_array().into_iter().flatten();
        let lines: usize = streams.map(|stream| stream["values"].as_array().map_or(0, Vec::len)).sum();
        if lines != LINES {
            let trace = &self.trace;
            testimony
                .faults
                .push(format!("{lines} of {LINES} lines of the roll {trace} are there, older than {old:?}"));
        }
        if let Some(time) = &self.scrape {
            testimony.scrapes += 1;
            let query = "count_over_time(up{job=\"frontend-stage4\"}[1ms])";
            let answer = json(&url(lab, METRICS, "/api/v1/query", &[("query", query), ("time", time)])).await?;
            if answer["data"]["result"][0]["value"][1] != "1" {
                testimony.faults.push(format!("the scrape of {time} is gone, which was older than {old:?}"));
            }
        }
        Ok(testimony)
    }
}

/// The trace id of a roll that was answered well.
async fn roll(lab: &Lab) -> String {
    loop {
        let answer = connection::get(&lab.url(FRONTEND, "/roll?die=fair")).await;
        let trace = answer.ok().and_then(|body| {
            let body: serde_json::Value = serde_json::from_slice(&body).ok()?;
            Some(body["trace_id"].as_str()?.to_owned())
        });
        match trace {
            Some(trace) => return trace,
            None => sleep(LOOK).await,
        }
    }
}
