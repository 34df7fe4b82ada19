//! The scrapes around a ledger: the last before its first request and the first after its last.
//!
//! A scrape bears the time at which it began, and what it read was counted by the time at which it ended
//! (`scrape_duration_seconds`, of the same time). One that was under way when the ledger began is of neither side.

use crate::gather::quiet::{self, Scrape};
use crate::stack::prometheus::{Prometheus, Series};
use crate::stack::services::Service;

/// What a service counts right after an answer is counted within this time, in seconds.
const SETTLED: f64 = 0.25;
/// Scrapes longer ago than this say nothing about now.
const LOOKBACK: &str = "5m";
/// A process that has run for longer before the ledger, in seconds, without having been scraped has counted what
/// nobody knows.
const NEWBORN: f64 = 60.0;

/// The counters before and after the time of a ledger, `first` to `last` in seconds since the Unix epoch.
pub(super) async fn around(prometheus: &Prometheus, first: f64, last: f64) -> Result<(Scrape, Scrape), String> {
    let (mut before, mut after) = (Scrape::default(), Scrape::default());
    for service in Service::ALL {
        let time = first_after(prometheus, service, last + SETTLED).await?;
        after.times.insert(service, time);
        after.counters.take(service, &quiet::stored(prometheus, Some(time)).await?);
        let time = match last_before(prometheus, service, first).await? {
            Some(time) => {
                before.counters.take(service, &quiet::stored(prometheus, Some(time)).await?);
                time
            }
            None => birth(&after, service, first)?,
        };
        before.times.insert(service, time);
    }
    let in_flight = |service| after.counters.sum(service, "http_requests_in_progress", &[]);
    match Service::ALL.into_iter().map(in_flight).sum::<f64>() {
        0.0 => Ok((before, after)),
        busy => Err(format!("{busy} requests were in flight at the first scrape after the ledger's end")),
    }
}

/// When the last scrape began that was over at a time; of several targets the one that is longest ago.
async fn last_before(prometheus: &Prometheus, service: Service, time: f64) -> Result<Option<f64>, String> {
    let series = scrapes(prometheus, service, LOOKBACK, time).await?;
    let over =
        |one: &Series| one.samples.iter().rev().find(|(began, took)| began + took <= time).map(|(began, _)| *began);
    Ok(series.iter().filter_map(over).reduce(f64::min))
}

/// When the first scrape after a time began.
async fn first_after(prometheus: &Prometheus, service: Service, time: f64) -> Result<f64, String> {
    let within = 3.0 * quiet::scrape_interval(prometheus).await.as_secs_f64();
    let range = format!("{}ms", (within * 1e3) as u64);
    let series = scrapes(prometheus, service, &range, time + within).await?;
    let times = series.iter().flat_map(|series| &series.samples).map(|(began, _)| *began);
    times
        .filter(|began| *began > time)
        .reduce(f64::min)
        .ok_or_else(|| format!("{} was not scraped within {within:.0} s after the ledger's end", service.stage4()))
}

/// A process that was never scraped before the ledger has counted from zero since it began.
fn birth(after: &Scrape, service: Service, first: f64) -> Result<f64, String> {
    let born = after.counters.started(service).filter(|born| first - born < NEWBORN);
    born.ok_or_else(|| format!("{} was not scraped before the ledger's begin", service.stage4()))
}

async fn scrapes(prometheus: &Prometheus, service: Service, range: &str, time: f64) -> Result<Vec<Series>, String> {
    let selector = format!("scrape_duration_seconds{{job=\"{}\"}}[{range}]", service.stage4());
    prometheus.samples(&selector, Some(time)).await.map_err(|error| error.to_string())
}
