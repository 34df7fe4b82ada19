//! What came in a run, whatever was expected: counts, the slowest traces, the first errors.

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::tempo::found::Found;
use serde::{Deserialize, Serialize};

use crate::judge::logs;
use crate::judge::presence;
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
        let found = stack.tempo.search("{ }", scope.seconds_around(), MOST_TRACES).await?;
        let mut services = presence::services_of_traces(stack, scope, &found).await?;
        services.retain(|service| service != OWN_SERVICE);
        let first = |samples: Vec<lab_verify::stack::sample::Sample>| samples.first().map_or(0, |one| one.value as u64);
        Ok(Self {
            services,
            traces: found.len(),
            series: first(series),
            lines: first(lines),
            slowest: slowest(found),
            errors: errors.iter().map(logs::shown).collect(),
        })
    }
}

/// Those that took longest.
fn slowest(mut found: Vec<Found>) -> Vec<SlowTrace> {
    found.sort_by_key(|trace| std::cmp::Reverse(trace.duration_ms));
    found.truncate(SHOWN);
    let slow = found.into_iter().map(|trace| SlowTrace {
        root: format!("{} {}", trace.root_service, trace.root_name).trim().to_owned(),
        trace_id: trace.trace_id,
        millis: trace.duration_ms,
    });
    slow.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_traces_come_first() {
        let found = |id: &str, name: &str, duration_ms| Found {
            trace_id: id.to_owned(),
            root_service: "shop".to_owned(),
            root_name: name.to_owned(),
            start_ns: 0,
            duration_ms,
            matched: 1,
            selected: Vec::new(),
        };
        let all = vec![found("a", "GET", 5), found("b", "", 70), found("c", "PUT", 0), found("d", "GET", 6)];
        let shown: Vec<(String, u64)> = slowest(all).into_iter().map(|one| (one.root, one.millis)).collect();
        assert_eq!(shown, [("shop".to_owned(), 70), ("shop GET".to_owned(), 6), ("shop GET".to_owned(), 5)]);
    }
}
