//! What the answers looked like in numbers: counts by ending, exact percentiles of their durations.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::ledger::Entry;
use crate::request::Endpoint;

/// Durations kept per endpoint, 4 bytes each. Up to here percentiles are exact; beyond, they are those of
/// a uniform sample of this size (reservoir sampling, Vitter's algorithm R).
const KEPT_DURATIONS: usize = 200_000;

/// Statistics of a run, fed by its ledger entries.
#[derive(Debug)]
pub struct Stats {
    endings: BTreeMap<String, u64>,
    endpoints: BTreeMap<Endpoint, EndpointStats>,
    late: u64,
    not_sent: u64,
}

#[derive(Debug)]
struct EndpointStats {
    dice: u64,
    answered: Durations,
}

/// How one request ended, as far as statistics care.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// The status code, or a word for why there is none.
    pub name: &'a str,
    /// Whether the frontend answered at all.
    pub answered: bool,
    /// Time from when the request was due to the end of its answer.
    pub duration: Duration,
    /// Whether it was sent more than a millisecond after it was due.
    pub late: bool,
}

impl Stats {
    pub fn new() -> Self {
        Self { endings: BTreeMap::new(), endpoints: BTreeMap::new(), late: 0, not_sent: 0 }
    }

    /// Counts a request that was sent.
    pub fn add(&mut self, entry: &Entry, ending: Ending<'_>) {
        *self.endings.entry(ending.name.to_owned()).or_default() += 1;
        self.late += u64::from(ending.late);
        let endpoint = self
            .endpoints
            .entry(entry.endpoint)
            .or_insert_with(|| EndpointStats { dice: 0, answered: Durations::new(KEPT_DURATIONS) });
        endpoint.dice += u64::from(entry.times.unwrap_or(1));
        if ending.answered {
            endpoint.answered.add(ending.duration);
        }
    }

    /// Counts a request that was due, but could not be sent because too many were in flight.
    pub fn add_not_sent(&mut self) {
        self.not_sent += 1;
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.endings.values().sum()
    }

    /// Requests not answered by 2xx so far.
    pub fn failed(&self) -> u64 {
        self.endings.iter().filter(|(name, _)| !name.starts_with('2')).map(|(_, count)| count).sum()
    }

    /// The numbers as they stand.
    pub fn summary(&self) -> StatsSummary {
        let endpoints = self.endpoints.iter().map(|(endpoint, stats)| EndpointSummary {
            endpoint: *endpoint,
            dice: stats.dice,
            answered: stats.answered.summary(),
        });
        StatsSummary {
            requests: self.requests(),
            failed: self.failed(),
            late: self.late,
            not_sent: self.not_sent,
            endings: self.endings.clone(),
            endpoints: endpoints.collect(),
        }
    }
}

impl Default for Stats {
    fn default() -> Self {
        Self::new()
    }
}

/// [`Stats`] at the end of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatsSummary {
    /// Requests sent, which is the number of lines in the ledger.
    pub requests: u64,
    /// Requests not answered by 2xx.
    pub failed: u64,
    /// Requests sent more than a millisecond after they were due (`--rate` only).
    pub late: u64,
    /// Requests due, but never sent, because too many were in flight (`--rate` only).
    pub not_sent: u64,
    /// Requests by status code, or by the reason why there was none.
    pub endings: BTreeMap<String, u64>,
    /// Those that were asked.
    pub endpoints: Vec<EndpointSummary>,
}

/// One endpoint's share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EndpointSummary {
    /// `/roll` or `/roll-async`.
    pub endpoint: Endpoint,
    /// Dice asked for.
    pub dice: u64,
    /// Durations of answered requests, whatever their status.
    pub answered: Option<DurationSummary>,
}

/// Durations in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DurationSummary {
    pub count: u64,
    pub min: f64,
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

/// Durations at microsecond resolution within bounded memory.
#[derive(Debug)]
struct Durations {
    limit: usize,
    kept: Vec<u32>,
    count: u64,
    sum: u64,
    min: u32,
    max: u32,
    rng: ChaCha8Rng,
}

impl Durations {
    fn new(limit: usize) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(0);
        Self { limit, kept: Vec::new(), count: 0, sum: 0, min: u32::MAX, max: 0, rng }
    }

    fn add(&mut self, duration: Duration) {
        let micros = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
        self.count += 1;
        self.sum += u64::from(micros);
        self.min = self.min.min(micros);
        self.max = self.max.max(micros);
        if self.kept.len() < self.limit {
            self.kept.push(micros);
        } else {
            let place = self.rng.random_range(0..self.count) as usize;
            if let Some(slot) = self.kept.get_mut(place) {
                *slot = micros;
            }
        }
    }

    fn summary(&self) -> Option<DurationSummary> {
        if self.count == 0 {
            return None;
        }
        let mut sorted = self.kept.clone();
        sorted.sort_unstable();
        let seconds = |micros: u32| f64::from(micros) / 1e6;
        let percentile = |rank: f64| seconds(nearest_rank(&sorted, rank));
        Some(DurationSummary {
            count: self.count,
            min: seconds(self.min),
            mean: self.sum as f64 / self.count as f64 / 1e6,
            p50: percentile(0.5),
            p90: percentile(0.9),
            p95: percentile(0.95),
            p99: percentile(0.99),
            max: seconds(self.max),
        })
    }
}

/// The smallest value with at least this share of all values at or below it; 0 for no values.
fn nearest_rank(sorted: &[u32], share: f64) -> u32 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(limit: usize, millis: impl IntoIterator<Item = u64>) -> Durations {
        let mut durations = Durations::new(limit);
        millis.into_iter().for_each(|ms| durations.add(Duration::from_millis(ms)));
        durations
    }

    #[test]
    fn percentiles_are_exact_by_nearest_rank() {
        let summary = durations(1000, (1..=100).rev()).summary().expect("some");
        assert_eq!((summary.p50, summary.p90, summary.p95, summary.p99), (0.05, 0.09, 0.095, 0.099));
        assert_eq!((summary.min, summary.mean, summary.max, summary.count), (0.001, 0.0505, 0.1, 100));
        let one = durations(1000, [3]).summary().expect("one");
        assert_eq!((one.p50, one.p99), (0.003, 0.003));
        assert_eq!(durations(1, []).summary(), None);
    }

    #[test]
    fn beyond_the_bound_a_uniform_sample_stands_for_all() {
        let durations = durations(2000, 0..100_000);
        assert_eq!(durations.kept.len(), 2000);
        let summary = durations.summary().expect("some");
        assert_eq!((summary.count, summary.max), (100_000, 99.999));
        assert!((45.0..55.0).contains(&summary.p50), "{}", summary.p50);
    }
}
