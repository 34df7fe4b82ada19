//! One target: where it is, which labels its series get, and how its last scrape went.

pub(crate) mod families;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lab_model::Labels;

use self::families::Families;
use crate::ingest::scrape::clock::Moment;
use crate::ingest::scrape::config::shown::secrets;
use crate::ingest::scrape::cycle::Cycle;
use crate::ingest::scrape::endpoint::Endpoint;
use crate::model::metadata::Metadata;
use crate::store::MetricStore;

/// What identifies a target: two with the same key are the same target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetKey {
    pub job: String,
    /// Where it is.
    pub url: String,
    pub labels: Labels,
    /// Whatever of the job's settings changes how it is scraped, as text.
    pub settings: String,
}

#[derive(Debug)]
pub struct Target {
    /// Where it is, and how it is asked.
    pub endpoint: Endpoint,
    /// What is remembered from scrape to scrape; held while one is under way.
    pub(crate) cycle: tokio::sync::Mutex<Cycle>,
    /// What the target says about its metrics.
    families: Arc<Families>,
    last: Mutex<LastScrape>,
    refused: Mutex<Option<String>>,
}

#[derive(Clone, Debug, Default)]
struct LastScrape {
    at: Option<i64>,
    took: Duration,
    error: Option<String>,
    /// What the clock makes worth knowing.
    note: Option<String>,
}

/// Whether the last scrape of a target succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Not scraped yet.
    Unknown,
    /// The last scrape succeeded.
    Up,
    /// The last scrape failed.
    Down,
}

impl Health {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// A target as it is now.
#[derive(Clone, Debug)]
pub struct TargetStatus {
    pub job: String,
    /// Where it is, its secrets hidden.
    pub url: String,
    /// Labels before relabelling, their secrets hidden.
    pub discovered: BTreeMap<String, String>,
    /// Labels of all its series.
    pub labels: Labels,
    /// How it is.
    pub health: Health,
    /// Why the last scrape failed; empty if it did not.
    pub last_error: String,
    /// What else has to be known of the last scrape, for example that the clock has stepped back; empty if nothing.
    pub note: String,
    /// When the last scrape was, in ms since the epoch.
    pub last_scrape: Option<i64>,
    /// How long it took.
    pub last_duration: Duration,
    /// Time between two scrapes.
    pub interval: Duration,
    /// How long a scrape may take.
    pub timeout: Duration,
}

impl Target {
    /// A target that was never scraped.
    pub fn new(endpoint: Endpoint) -> Self {
        let families = Arc::<Families>::default();
        let cycle = tokio::sync::Mutex::new(Cycle::new(families.clone()));
        Self { endpoint, cycle, families, last: Mutex::default(), refused: Mutex::default() }
    }

    /// Lets all scrapes fail from now on with this error; none of them is made.
    pub(crate) fn refuse(&self, error: Option<String>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// Why no scrape may be made, if so.
    pub(crate) fn refused(&self) -> Option<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the target says about its metrics, or about one of them.
    pub(crate) fn metadata(&self, metric: Option<&str>) -> Vec<(String, Metadata)> {
        self.families.find(metric)
    }

    /// What identifies the target.
    pub fn key(&self) -> TargetKey {
        // Secrets are not shown, but another one is another setting.
        let mut secrets = DefaultHasher::new();
        self.endpoint.job.http.hash(&mut secrets);
        let Endpoint { job, interval, timeout, histograms, .. } = &self.endpoint;
        let settings = format!("{job:?} {interval:?} {timeout:?} {histograms:?} {:x}", secrets.finish());
        TargetKey {
            job: self.endpoint.job.job_name.clone(),
            url: self.endpoint.url.clone(),
            labels: self.endpoint.labels.clone(),
            settings,
        }
    }

    /// When within the interval the target is scraped, in ms; the same in every run.
    pub(crate) fn offset_ms(&self, interval_ms: i64) -> i64 {
        let mut hasher = DefaultHasher::new();
        (&self.endpoint.url, &self.endpoint.labels).hash(&mut hasher);
        (hasher.finish() % interval_ms.unsigned_abs().max(1)) as i64
    }

    /// Notes how a scrape went.
    pub(crate) fn note(&self, moment: Moment, took: Duration, error: Option<String>) {
        let last = LastScrape { at: Some(moment.at), took, error, note: moment.note() };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    /// Marks all series of the target as stale, because the target is gone.
    pub(crate) async fn vanish(&self, store: &MetricStore, at: i64) {
        self.cycle.lock().await.end(store, at);
    }

    /// How it is.
    pub fn status(&self) -> TargetStatus {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let health = match (&last.at, &last.error) {
            (None, _) => Health::Unknown,
            (_, None) => Health::Up,
            (_, Some(_)) => Health::Down,
        };
        TargetStatus {
            job: self.endpoint.job.job_name.clone(),
            url: secrets::shown_url(&self.endpoint.url),
            discovered: secrets::shown_labels(&self.endpoint.discovered),
            labels: self.endpoint.labels.clone(),
            health,
            last_error: last.error.unwrap_or_default(),
            note: last.note.unwrap_or_default(),
            last_scrape: last.at,
            last_duration: last.took,
            interval: self.endpoint.interval,
            timeout: self.endpoint.timeout,
        }
    }
}
