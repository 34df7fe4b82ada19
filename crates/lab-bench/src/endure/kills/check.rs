//! What a lab has of the items of a delivery, and what of them is lost or there twice.

use std::collections::HashMap;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::endure::count::{json, query_at, url, value_of};
use crate::endure::feed::signal::Signal;
use crate::endure::kills::deliver::{Delivery, Items, SPANS};
use crate::http::connection;
use crate::programs::lab::{Lab, TRACES};

/// Most lines of one answer.
const PAGE: usize = 5_000;

/// Both sides of a delivery, in items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sides {
    /// Items that were acknowledged at least once.
    pub acknowledged: u64,
    /// How many were acknowledged, each time counted.
    pub delivered: u64,
    /// Acknowledged and not there.
    pub lost: u64,
    /// There more than once.
    pub doubled: u64,
    /// There although they were never sent.
    pub strange: u64,
}

impl Sides {
    pub fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.strange += other.strange;
    }

    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        (self.lost, self.doubled, self.strange) == (0, 0, 0)
    }
}

/// Compares what was sent with what is there.
pub async fn check(lab: &Lab, delivery: &Delivery) -> anyhow::Result<Sides> {
    let mut sides = Sides {
        acknowledged: delivery.acknowledged.iter().filter(|kept| **kept).count() as u64,
        delivered: delivery.delivered,
        ..Sides::default()
    };
    match &delivery.items {
        Items::Lines { round, begin_ns, count, .. } => {
            let there = lines(lab, round, *begin_ns, *count).await?;
            compare(&mut sides, delivery, &there);
            let counted = count_of_lines(lab, round, *begin_ns).await?;
            // What statistics count has to be what pages show.
            sides.doubled = sides.doubled.max(counted.saturating_sub(there.len() as u64));
        }
        Items::Spans { round, count, .. } => compare(&mut sides, delivery, &spans(lab, *round, *count).await?),
        Items::Samples { metric, begin_ms, steps, series } => {
            for step in 0..*steps {
                let of_step = step * series..(step + 1) * series;
                let sum = |flags: &[bool]| flags[of_step.clone()].iter().filter(|flag| **flag).count() as u64;
                let there = samples(lab, metric, begin_ms + step as i64).await?;
                sides.lost += sum(&delivery.acknowledged).saturating_sub(there);
                sides.strange += there.saturating_sub(sum(&delivery.sent));
            }
        }
    }
    Ok(sides)
}

/// How often each item is there, by its position.
type There = HashMap<usize, u64>;

fn compare(sides: &mut Sides, delivery: &Delivery, there: &There) {
    let is_lost = |at: &usize| delivery.acknowledged[*at] && !there.contains_key(at);
    sides.lost += (0..delivery.acknowledged.len()).filter(is_lost).count() as u64;
    sides.doubled += there.values().filter(|times| **times > 1).count() as u64;
    sides.strange += there.keys().filter(|at| !delivery.sent.get(**at).is_some_and(|sent| *sent)).count() as u64;
}

async fn lines(lab: &Lab, round: &str, begin_ns: i64, count: usize) -> anyhow::Result<There> {
    let query = format!("{{job=\"killed\",round=\"{round}\"}}");
    let (mut start, end) = (begin_ns, Items::time_ns(begin_ns, count));
    let mut there = There::new();
    loop {
        let parameters = [
            ("query", query.as_str()),
            ("start", &start.to_string()),
            ("end", &end.to_string()),
            ("limit", &PAGE.to_string()),
            ("direction", "forward"),
        ];
        let answer = json(&url(lab, Signal::Logs.port(), "/loki/api/v1/query_range", &parameters)).await?;
        let streams = answer["data"]["result"].as_array().context("no streams")?;
        let values = streams.iter().flat_map(|stream| stream["values"].as_array().into_iter().flatten());
        let times: Vec<i64> = values.filter_map(|value| value[0].as_str()?.parse().ok()).collect();
        for time in &times {
            *there.entry(usize::try_from((time - begin_ns) / 1_000)?).or_default() += 1;
        }
        let (Some(newest), true) = (times.iter().max(), times.len() >= PAGE) else { return Ok(there) };
        start = newest + 1;
    }
}

async fn count_of_lines(lab: &Lab, round: &str, begin_ns: i64) -> anyhow::Result<u64> {
    let query = format!("sum(count_over_time({{job=\"killed\",round=\"{round}\"}}[1h]))");
    let time = begin_ns / 1_000_000_000 + 1800;
    let answer = query_at(lab, Signal::Logs, "/loki/api/v1/query", &query, time).await?;
    value_of(&answer["data"]["result"][0]["value"][1])
}

async fn spans(lab: &Lab, round: u128, count: usize) -> anyhow::Result<There> {
    let mut there = There::new();
    for first in (0..count).step_by(SPANS) {
        let path = format!("/api/v2/traces/{:032x}", Items::trace(round, first));
        let url = lab.url(TRACES, &path);
        let (status, body) = connection::Connection::open(&url).await?.get().await?;
        if status == 404 {
            continue;
        }
        anyhow::ensure!(status == 200, "GET {url}: {status}: {}", String::from_utf8_lossy(&body));
        let answer: serde_json::Value = serde_json::from_slice(&body)?;
        let resources = answer["trace"]["resourceSpans"].as_array().into_iter().flatten();
        let scopes = resources.flat_map(|one| one["scopeSpans"].as_array().into_iter().flatten());
        for span in scopes.flat_map(|one| one["spans"].as_array().into_iter().flatten()) {
            let id = STANDARD.decode(span["spanId"].as_str().context("a span without an id")?)?;
            let number = u64::from_be_bytes(id.try_into().ok().context("an id of another length")?);
            let at = usize::try_from(number)?.checked_sub(1).context("an id that was never sent")?;
            *there.entry(at).or_default() += 1;
        }
    }
    Ok(there)
}

/// How many series of a metric have a sample at exactly this time.
async fn samples(lab: &Lab, metric: &str, time_ms: i64) -> anyhow::Result<u64> {
    let time = format!("{}.{:03}", time_ms.div_euclid(1000), time_ms.rem_euclid(1000));
    let parameters = [("query", format!("sum(count_over_time({metric}[1ms]))")), ("time", time)];
    let parameters = parameters.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = json(&url(lab, Signal::Metrics.port(), "/api/v1/query", &parameters)).await?;
    value_of(&answer["data"]["result"][0]["value"][1])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_is_lost_doubled_or_strange_is_told_apart() {
        let texts = Arc::new(vec!["a".to_owned()]);
        let items = Items::Lines { round: "1".to_owned(), begin_ns: 0, texts, count: 5 };
        let mut delivery = Delivery::new(items, Vec::new());
        delivery.acknowledged = vec![true, true, false, false, false];
        delivery.sent = vec![true, true, true, true, false];
        let mut sides = Sides::default();
        compare(&mut sides, &delivery, &There::from([(0, 1), (3, 1)]));
        assert_eq!((sides.lost, sides.doubled, sides.strange), (1, 0, 0));
        let mut sides = Sides::default();
        compare(&mut sides, &delivery, &There::from([(0, 2), (1, 1), (4, 1), (9, 1)]));
        assert_eq!((sides.lost, sides.doubled, sides.strange), (0, 1, 2));
    }
}
