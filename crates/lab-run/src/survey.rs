//! What came in a run, whatever was expected: counts, the slowest traces, the first errors.

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::judge::logs;
use crate::judge::presence::{self, Signal};
use crate::scope::{MOST_TRACES, Scope};

/// The service that the spans of the run itself belong to.
pub const OWN_SERVICE: &str = "dicelab-run";
/// So many traces and lines are shown.
const SHOWN: usize = 3;

/// How much of each signal came, and what stands out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// The services that sent spans.
    pub services: Vec<String>,
    pub traces: usize,
    /// Series of metrics, those of the lab itself left out.
    pub series: u64,
    pub lines: u64,
    /// The slowest traces first.
    pub slowest: Vec<SlowTrace>,
    /// The first lines of errors.
    pub errors: Vec<String>,
}

/// A trace and how long it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlowTrace {
    pub trace_id: String,
    /// Service and name of its root span.
    pub root: String,
    pub millis: u64,
}

impl Survey {
    /// Whether no telemetry came at all.
    pub fn is_silent(&self) -> bool {
        self.traces == 0 && self.series == 0 && self.lines == 0
    }

    /// Asks the three stores.
    pub async fn of(stack: &Stack, scope: Scope) -> Result<Self, AskError> {
        let series = scope.fill_in(r#"count(last_over_time({__name__=~".+", job!="dicelab"}[$run]))"#);
        let series = stack.prometheus.query(&series, Some(scope.end_seconds())).await?;
        let lines = format!("sum(count_over_time({{service_name=~\".+\"}}[{}ms]))", scope.millis() + 1);
        let lines = stack.loki.count(&lines, scope.end_ns).await?;
        let errors = r#"{service_name=~".+"} | detected_level=~"error|critical|fatal""#;
        let errors = stack.loki.lines(errors, scope.nanoseconds(), SHOWN).await?;
        let (traces, slowest) = slowest(stack, scope).await?;
        let mut services = presence::services(stack, scope, Signal::Traces).await?;
        services.retain(|service| service != OWN_SERVICE);
        let first = |samples: Vec<lab_verify::stack::sample::Sample>| samples.first().map_or(0, |one| one.value as u64);
        Ok(Self {
            services,
            traces,
            series: first(series),
            lines: first(lines),
            slowest,
            errors: errors.iter().map(logs::shown).collect(),
        })
    }
}

/// How many traces came, and those that took longest.
async fn slowest(stack: &Stack, scope: Scope) -> Result<(usize, Vec<SlowTrace>), AskError> {
    let (start, end) = scope.seconds_around();
    let (start, end, limit) = (start.to_string(), end.to_string(), MOST_TRACES.to_string());
    let parameters = [("q", "{ }"), ("start", &*start), ("end", &*end), ("limit", &*limit)];
    let answer = stack.tempo.get("/api/search", &parameters).await?.good()?.json::<Value>()?;
    let traces = answer["traces"].as_array().cloned().unwrap_or_default();
    let text = |trace: &Value, key: &str| trace[key].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<SlowTrace> = traces
        .iter()
        .map(|trace| SlowTrace {
            trace_id: text(trace, "traceID"),
            root: format!("{} {}", text(trace, "rootServiceName"), text(trace, "rootTraceName")).trim().to_owned(),
            millis: trace["durationMs"].as_u64().unwrap_or_default(),
        })
        .collect();
    let count = all.len();
    all.sort_by_key(|trace| std::cmp::Reverse(trace.millis));
    all.truncate(SHOWN);
    Ok((count, all))
}
