//! The lab's own traffic: held while somebody counts, and let go. The generator itself keeps the time of a
//! pause, so that it ends even if nobody is left to end it.

use std::sync::Arc;
use std::time::Duration;

use lab_supervisor::{OrderError, ProcessList};
use parking_lot::Mutex;
use serde::Serialize;

use crate::parts::children::collector::container_name;
use crate::parts::children::family::TRAFFIC;
use crate::parts::clock::now_ns;

/// The generator waits 10 s for the requests under way; this is more.
const ANSWER_WITHIN: Duration = Duration::from_secs(12);

/// Steers the generator, if there is one; a clone shares it.
#[derive(Clone, Debug)]
pub struct TrafficControl {
    processes: ProcessList,
    pause: Arc<Mutex<Option<Pause>>>,
}

/// A pause of one life of the generator: the next knows nothing of it.
#[derive(Clone, Copy, Debug)]
struct Pause {
    until_ms: i64,
    restarts: u64,
}

/// How the traffic is at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// What it does.
    pub state: TrafficState,
    /// When a pause will be over by itself, in milliseconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until_ms: Option<i64>,
}

/// What traffic does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficState {
    /// The lab makes none of its own.
    None,
    /// Requests are sent.
    Running,
    /// No request is under way and none begins.
    Paused,
}

impl TrafficState {
    /// The state in a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Running => "running",
            Self::Paused => "paused",
        }
    }
}

impl TrafficControl {
    /// Control over the generator among these processes, also if it starts later.
    pub fn new(processes: ProcessList) -> Self {
        Self { processes, pause: Arc::default() }
    }

    /// How it is now.
    pub fn state(&self) -> Traffic {
        let Some(restarts) = self.restarts() else {
            return Traffic { state: TrafficState::None, paused_until_ms: None };
        };
        let pause = *self.lock();
        match pause.filter(|pause| pause.restarts == restarts && pause.until_ms > now_ms()) {
            Some(pause) => Traffic { state: TrafficState::Paused, paused_until_ms: Some(pause.until_ms) },
            None => Traffic { state: TrafficState::Running, paused_until_ms: None },
        }
    }

    /// Returns when no request is under way; none begins until `time` is over or [`TrafficControl::resume`].
    /// Without traffic it is quiet already.
    pub async fn pause(&self, time: Duration) -> Result<Traffic, OrderError> {
        let Some(restarts) = self.restarts() else { return Ok(self.state()) };
        self.order(&format!("pause {}", time.as_millis())).await?;
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        *self.lock() = Some(Pause { until_ms: now_ms().saturating_add(time), restarts });
        Ok(self.state())
    }

    /// Lets requests begin again.
    pub async fn resume(&self) -> Result<Traffic, OrderError> {
        if self.restarts().is_some() {
            self.order("resume").await?;
        }
        *self.lock() = None;
        Ok(self.state())
    }

    async fn order(&self, text: &str) -> Result<(), OrderError> {
        self.processes.order(&container_name(TRAFFIC), text, ANSWER_WITHIN).await.map(drop)
    }

    /// How often the generator was started again; `None` if there is none.
    fn restarts(&self) -> Option<u64> {
        self.processes.named(&container_name(TRAFFIC)).map(|process| process.status().restarts)
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, Option<Pause>> {
        self.pause.lock()
    }
}

fn now_ms() -> i64 {
    now_ns() / 1_000_000
}
