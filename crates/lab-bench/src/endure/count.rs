//! What a lab has: its own accounts, and what its queries find.

use std::ops::Range;

use anyhow::Context as _;
use serde_json::Value;

use crate::endure::feed::signal::Signal;
use crate::http::connection;
use crate::programs::lab::{COLLECTOR, Lab, TRACES};

/// Counts are asked for so many seconds at a time, within every bound of a query.
const SLICE: i64 = 10;

/// The account of a signal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    pub at_start: u64,
    pub received: u64,
    pub kept: u64,
    pub repeated: u64,
    /// By age, memory and disk together.
    pub evicted: u64,
    /// By every reason together.
    pub refused: u64,
    /// Items that came and cannot be accounted for.
    pub difference: i64,
}

/// The account of a signal, with what is kept counted anew.
pub async fn account(lab: &Lab, signal: Signal) -> anyhow::Result<Account> {
    let status = json(&lab.url(COLLECTOR, "/api/v0/status")).await?;
    let signals = status["signals"].as_array().context("the status has no signals")?;
    let own = signals.iter().find(|one| one["name"] == signal.name()).context("the signal is not in the status")?;
    let account = &own["account"];
    let number = |key: &str| account[key].as_u64().with_context(|| format!("no {key} in the account {account}"));
    let sum = |key: &str| account[key].as_object().into_iter().flatten().filter_map(|(_, items)| items.as_u64()).sum();
    Ok(Account {
        at_start: number("at_start")?,
        received: number("received")?,
        kept: number("kept")?,
        repeated: number("repeated")?,
        evicted: sum("evicted"),
        refused: sum("refused"),
        difference: account["difference"].as_i64().context("no difference in the account")?,
    })
}

/// How many items the queries of a signal find: those of the metric `endured`, the streams with `job="endured"` or the
/// services called `endured-…`, within a time in seconds since the Unix epoch.
pub async fn found(lab: &Lab, signal: Signal, time: Range<i64>) -> anyhow::Result<u64> {
    let mut sum = 0;
    let mut begin = time.start;
    while begin < time.end {
        let end = begin + SLICE;
        sum += match signal {
            // Ranges are open at their begin and closed at their end, so that slices share no item.
            Signal::Metrics => {
                let query = format!("sum(count_over_time(endured[{SLICE}s]))");
                let answer = query_at(lab, signal, "/api/v1/query", &query, end).await?;
                value_of(&answer["data"]["result"][0]["value"][1])?
            }
            Signal::Logs => {
                let query = format!("sum(count_over_time({{job=\"endured\"}}[{SLICE}s]))");
                let answer = query_at(lab, signal, "/loki/api/v1/query", &query, end).await?;
                value_of(&answer["data"]["result"][0]["value"][1])?
            }
            Signal::Traces => return spans(lab, time).await,
        };
        begin = end;
    }
    Ok(sum)
}

/// Spans are counted by one query over the whole time, in steps of a minute.
async fn spans(lab: &Lab, time: Range<i64>) -> anyhow::Result<u64> {
    let (start, end) = (time.start.div_euclid(60) * 60, (time.end.div_euclid(60) + 1) * 60);
    let query = "{ resource.service.name =~ \"endured-.*\" } | count_over_time()";
    let parameters = [("q", query), ("start", &start.to_string()), ("end", &end.to_string()), ("step", "60s")];
    let answer = json(&url(lab, TRACES, "/api/metrics/query_range", &parameters)).await?;
    anyhow::ensure!(answer["status"] != "PARTIAL", "the count of spans is partial: {}", answer["message"]);
    let samples = answer["series"].as_array().into_iter().flatten().filter_map(|one| one["samples"].as_array());
    Ok(samples.flatten().filter_map(|sample| sample["value"].as_f64()).sum::<f64>() as u64)
}

/// What an instant query answers, for a time in seconds since the Unix epoch.
pub async fn query_at(lab: &Lab, signal: Signal, path: &str, query: &str, time: i64) -> anyhow::Result<Value> {
    json(&url(lab, signal.port(), path, &[("query", query), ("time", &time.to_string())])).await
}

/// A URL of the lab with its parameters.
pub fn url(lab: &Lab, port: u16, path: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    lab.url(port, &format!("{path}?{query}"))
}

/// The JSON of a good answer.
pub async fn json(url: &str) -> anyhow::Result<Value> {
    serde_json::from_slice(&connection::get(url).await?).with_context(|| format!("the answer of {url}"))
}

/// A number that is written as text; nothing counts as zero.
pub fn value_of(value: &Value) -> anyhow::Result<u64> {
    let number: f64 = value.as_str().map_or(Ok(0.0), str::parse).with_context(|| format!("{value} is no number"))?;
    Ok(number as u64)
}
