//! Panels of latencies: the quantiles that they show, held against those of the spans of the same requests.

use crate::areas::panels::ask::{Asker, Mismatch};
use crate::areas::panels::board::{Panel, Query};
use crate::areas::panels::implied::Meaning;
use crate::areas::panels::parsed::ParsedQuery;
use crate::stack::services::Service;
use crate::truth::context::Context;
use crate::truth::found::durations::Buckets;

/// The durations of what a service answered.
const ANSWERS: &str = "http_request_duration_seconds";
/// The durations of what dice-roller asked of die-service.
const LOOKUPS: &str = "die_service_request_duration_seconds";

/// A query for a quantile of one of these histograms.
#[derive(Debug, PartialEq)]
struct Latency {
    quantile: f64,
    metric: &'static str,
    service: Service,
}

impl Latency {
    fn of(query: &Query, parsed: &ParsedQuery) -> Option<Self> {
        let (_, rest) = query.text.split_once("histogram_quantile(")?;
        let quantile = rest.split_once(',')?.0.trim().parse().ok()?;
        let is_asked = |metric: &&&str| parsed.metrics.contains(&format!("{metric}_bucket"));
        let metric = [ANSWERS, LOOKUPS].iter().find(is_asked)?;
        Some(Self { quantile, metric, service: parsed.service()? })
    }

    /// What the spans of the ledger's requests took, by the value of `handler` where the query tells it.
    fn spans(&self, context: &Context, handler: &str) -> Buckets {
        let durations = &context.traces.survey.durations;
        match self.metric {
            LOOKUPS => durations.called(self.service),
            _ => durations.served(self.service, (!handler.is_empty()).then_some(handler)),
        }
    }
}

/// Compares every quantile of a panel. `None` where the panel shows none, where too much was counted of which there are no
/// spans, and where it differs on a machine that is too busy for the clocks of span and histogram to agree.
pub(super) async fn compare(context: &Context, asker: &Asker<'_>, panel: &Panel) -> Option<Result<String, Mismatch>> {
    let growth = context.counted.growth.as_ref().ok().filter(|growth| growth.restarted.is_empty())?;
    let mut shown = Vec::new();
    for query in &panel.queries {
        let latency = Latency::of(query, &asker.parsed(query).await.ok()?)?;
        // A rate begins with a sample: what was counted before a process' first scrape is not in it.
        if growth.newborn.contains(&latency.service) {
            return None;
        }
        let times = *context.counted.times.get(&latency.service)?;
        let values = match asker.values(&query.text, Meaning::Window, times).await {
            Ok(values) => values,
            Err(error) => return Some(Err(error.into())),
        };
        for sample in values.iter().filter(|sample| sample.value.is_finite()) {
            let handler = sample.label("handler");
            let labels: &[(&str, &str)] = if handler.is_empty() { &[] } else { &[("handler", handler)] };
            let name = format!("{}_count", latency.metric);
            let counted = growth.counters.sum(latency.service, &name, labels).round().max(0.0) as usize;
            let spans = latency.spans(context, handler);
            let others = counted.saturating_sub(spans.total());
            let Some((low, high)) = spans.allows(latency.quantile, others) else { continue };
            let what = format!("{handler} p{} ", latency.quantile * 100.0).trim_start().to_owned();
            if !(low..=high).contains(&sample.value) {
                // Between the two clocks of one request, a busy machine does something else.
                context.probes.busy().is_none().then_some(())?;
                return Some(Err(Mismatch::Latency {
                    what,
                    value: milliseconds(sample.value),
                    low: milliseconds(low),
                    high: milliseconds(high),
                }));
            }
            shown.push(format!("{what}{}", milliseconds(sample.value)));
        }
    }
    (!shown.is_empty()).then(|| Ok(format!("{}, as the spans of the same requests say", shown.join(", "))))
}

fn milliseconds(seconds: f64) -> String {
    if seconds.is_finite() { format!("{} ms", (seconds * 1e6).round() / 1e3) } else { "any longer time".to_owned() }
}

#[cfg(test)]
mod tests {
    use lab_dashboards::Library;
    use serde_json::json;

    use super::*;
    use crate::areas::panels::board::panels;

    #[test]
    fn the_latency_panels_of_the_mission_are_known() {
        let library = Library::shipped();
        let board = panels(&library.get("stage4-async-rolling").expect("shipped").json);
        let known: Vec<_> = board
            .iter()
            .flat_map(|panel| panel.queries.iter().map(move |query| (&panel.title, query)))
            .filter_map(|(title, query)| {
                let metric =
                    [ANSWERS, LOOKUPS].into_iter().find(|name| query.text.contains(&format!("{name}_bucket")))?;
                let job = query.text.split("job=\"").nth(1)?.split('"').next()?;
                let parsed = ParsedQuery::read(&json!({
                    "type": "matrixSelector", "name": format!("{metric}_bucket"),
                    "matchers": [{ "name": "job", "type": "=", "value": job }],
                }));
                Some((title.as_str(), Latency::of(query, &parsed)?.quantile))
            })
            .collect();
        let die = "Die Service Latency P50 P95 P99";
        let others = [("Service-to-Service Latency P95", 0.95), ("Frontend Latency P95", 0.95)];
        assert_eq!(known, [&[(die, 0.5), (die, 0.95), (die, 0.99)][..], &others].concat());
    }

    #[test]
    fn times_are_read_by_people() {
        assert_eq!(milliseconds(0.000_06), "0.06 ms");
        assert_eq!(milliseconds(f64::INFINITY), "any longer time");
    }
}
