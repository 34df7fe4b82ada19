//! The scrapes around a ledger: the last before its first request and the first after its last.
//!
//! A scrape bears the time at which it began, and what it read was counted by the time at which it ended
//! (`scrape_duration_seconds`, of the same time). One that was under way when the ledger began is of neither side.

use std::time::Duration;

use tokio::time::sleep;

use crate::stack::endpoint::AskError;
use crate::stack::prometheus::{Prometheus, Series};
use crate::stack::services::Service;
use crate::time::clock::Clock;
use crate::truth::counters::Counters;
use crate::truth::gather::rest::{self, Scrape};
use crate::truth::unknown::Unknown;

/// What a service counts right after an answer is counted within this time, in seconds.
const SETTLED: f64 = 0.25;
/// How much later than its interval a scrape may be on a busy machine, in seconds.
const SCRAPE_DELAY: f64 = 10.0;
/// Scrapes longer ago than this say nothing about now.
const LOOKBACK: &str = "5m";
/// A process that ran for longer than this before the ledger, in seconds, without being scraped has counted an unknown
/// number of requests.
const NEWBORN: f64 = 60.0;

/// When a service was scraped: when each scrape began and how long it took, in seconds, a list for each target.
type Scrapes = Vec<Vec<(f64, f64)>>;

/// What the counters of a service are compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Baseline {
    /// What the scrape read that began at this time.
    Scrape(f64),
    /// Nothing: the process began at this time and was not scraped before the ledger.
    Birth(f64),
}

/// The counters before and after the time of a ledger, `first` to `last` in seconds since the Unix epoch.
pub(super) async fn before_and_after(
    prometheus: &Prometheus,
    first: f64,
    last: f64,
) -> Result<(Scrape, Scrape), Unknown> {
    let (mut before, mut after) = (Scrape::default(), Scrape::default());
    for service in Service::ALL {
        let (time, counters) = end(prometheus, service, last + SETTLED).await?;
        after.times.insert(service, time);
        after.counters.take(service, &counters);
        let scrapes = scrapes(prometheus, service, LOOKBACK, first).await?;
        let baseline = baseline(&scrapes, after.counters.started(service), first);
        let time = match baseline.ok_or(Unknown::NotScrapedBefore { service })? {
            Baseline::Scrape(time) => {
                before.counters.take(service, &rest::stored(prometheus, Some(time)).await?);
                time
            }
            Baseline::Birth(time) => time,
        };
        before.times.insert(service, time);
    }
    Ok((before, after))
}

/// Waits until a scrape that begins from now on is one after the time `last`, by our clock.
pub(super) async fn settle(last: f64, clock: Clock) {
    let wait = (last + SETTLED - clock.seconds()).clamp(0.0, SETTLED);
    sleep(Duration::from_secs_f64(wait)).await;
}

/// The last scrape that was over when the ledger began, of several targets the one that is longest ago; else the
/// birth of a process that had just begun.
fn baseline(scrapes: &Scrapes, born: Option<f64>, first: f64) -> Option<Baseline> {
    let over = |one: &Vec<(f64, f64)>| one.iter().rev().find(|(began, took)| began + took <= first).map(|one| one.0);
    let last = scrapes.iter().filter_map(over).reduce(f64::min);
    let newborn = born.filter(|born| first - born < NEWBORN);
    last.map(Baseline::Scrape).or(newborn.map(Baseline::Birth))
}

/// When the first scrape after a time began that found no request in flight, and what was stored by it.
async fn end(prometheus: &Prometheus, service: Service, time: f64) -> Result<(f64, Counters), Unknown> {
    let within = 3.0 * rest::scrape_interval(prometheus).await.as_secs_f64() + SCRAPE_DELAY;
    let range = format!("{}ms", (within * 1e3) as u64);
    let scrapes = scrapes(prometheus, service, &range, time + within).await?;
    let mut busy = None;
    for time in ends(&scrapes, time) {
        let counters = rest::stored(prometheus, Some(time)).await?;
        match counters.sum(service, "http_requests_in_progress", &[]) {
            0.0 => return Ok((time, counters)),
            requests => busy = Some(requests),
        }
    }
    Err(match busy {
        Some(requests) => Unknown::StillInFlight { service, requests, within },
        None => Unknown::NotScrapedAfter { service, within },
    })
}

/// When the scrapes after a time began; of several targets, from the first scrape on of the one that was scraped last.
fn ends(scrapes: &Scrapes, time: f64) -> Vec<f64> {
    let after = |one: &Vec<(f64, f64)>| one.iter().map(|one| one.0).filter(|began| *began > time).collect::<Vec<_>>();
    let last = scrapes.iter().map(after).filter(|one| !one.is_empty()).max_by(|a, b| a[0].total_cmp(&b[0]));
    last.unwrap_or_default()
}

/// The scrapes of a service that succeeded. A failed one stores a duration, too, but no counters.
async fn scrapes(prometheus: &Prometheus, service: Service, range: &str, time: f64) -> Result<Scrapes, AskError> {
    let ask = async |metric: &str| {
        let selector = format!("{metric}{{job=\"{}\"}}[{range}]", service.stage4());
        prometheus.samples(&selector, Some(time)).await
    };
    Ok(succeeded(ask("scrape_duration_seconds").await?, &ask("up").await?))
}

fn succeeded(durations: Vec<Series>, up: &[Series]) -> Scrapes {
    let target = |series: &Series| {
        let mut labels = series.labels.clone();
        labels.remove("__name__");
        labels
    };
    let of = |series: Series| {
        let up = up.iter().find(|one| target(one) == target(&series));
        let is_up = |time: f64| up.is_some_and(|up| up.samples.contains(&(time, 1.0)));
        series.samples.into_iter().filter(|(time, _)| is_up(*time)).collect()
    };
    durations.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_that_was_under_way_when_the_ledger_began_is_no_baseline() {
        let scrapes = vec![vec![(90.0, 0.1), (95.0, 0.1), (99.9, 0.2)]];
        assert_eq!(baseline(&scrapes, Some(50.0), 100.0), Some(Baseline::Scrape(95.0)));
        assert_eq!(baseline(&scrapes, Some(50.0), 100.2), Some(Baseline::Scrape(99.9)), "over by then");
        let only = vec![vec![(99.9, 0.2)]];
        assert_eq!(baseline(&only, Some(99.0), 100.0), Some(Baseline::Birth(99.0)));
    }

    #[test]
    fn a_failed_scrape_is_neither_a_baseline_nor_an_end() {
        let series = |name: &str, instance: &str, samples: &[(f64, f64)]| Series {
            labels: [("__name__", name), ("instance", instance)]
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            samples: samples.to_vec(),
        };
        let durations = vec![series("scrape_duration_seconds", "a", &[(90.0, 0.1), (95.0, 5.0), (101.0, 0.1)])];
        let up = [series("up", "b", &[(95.0, 1.0)]), series("up", "a", &[(90.0, 1.0), (95.0, 0.0), (101.0, 1.0)])];
        let scrapes = succeeded(durations, &up);
        assert_eq!(scrapes, [vec![(90.0, 0.1), (101.0, 0.1)]]);
        assert_eq!(baseline(&scrapes, None, 100.0), Some(Baseline::Scrape(90.0)));
        assert_eq!(ends(&scrapes, 94.0), [101.0]);
    }

    #[test]
    fn of_several_targets_the_outermost_scrapes_count() {
        let scrapes = vec![vec![(94.0, 0.1), (99.0, 0.1), (104.0, 0.1)], vec![(91.0, 0.1), (96.0, 0.1), (101.0, 0.1)]];
        assert_eq!(baseline(&scrapes, None, 100.0), Some(Baseline::Scrape(96.0)));
        assert_eq!(ends(&scrapes, 92.0), [96.0, 101.0]);
        assert_eq!(ends(&scrapes, 100.0), [104.0]);
        assert_eq!(ends(&scrapes, 103.0), [104.0], "a target may be gone");
        assert!(ends(&scrapes, 104.0).is_empty());
    }

    #[test]
    fn without_a_scrape_a_new_process_counts_from_zero_and_an_old_one_has_no_baseline() {
        assert_eq!(baseline(&Vec::new(), Some(98.0), 100.0), Some(Baseline::Birth(98.0)));
        assert_eq!(baseline(&Vec::new(), Some(101.0), 100.0), Some(Baseline::Birth(101.0)), "restarted meanwhile");
        assert_eq!(baseline(&Vec::new(), Some(100.0 - NEWBORN), 100.0), None);
        assert_eq!(baseline(&Vec::new(), None, 100.0), None, "it is unknown when it began");
    }
}
