//! What links are followed from: some whole traces of the ledger, some lines of their time, some exemplars.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::context::Context;
use crate::endpoint::AskError;
use crate::span::Span;
use crate::stack::loki::Line;
use crate::stack::prometheus::Exemplar;
use crate::stack::services::Service;

/// Traces, and exemplars and lines of each service.
const EACH: usize = 4;
/// Around the ledger's time: clocks and pipelines are late, seconds.
const MARGIN: f64 = 60.0;
/// Spans of requests that ended this many seconds ago have arrived.
const ARRIVED: f64 = 3.0;

/// Where links begin.
#[derive(Debug)]
pub(super) struct Sample {
    /// The time of the ledger with a margin, in seconds since the epoch.
    pub(super) time: (f64, f64),
    /// Traces with spans of all three services, the newest.
    pub(super) traces: Vec<(String, Vec<Span>)>,
    /// Lines with a trace id, by service.
    pub(super) lines: Result<Vec<(Service, Line)>, AskError>,
    /// Exemplars, by service.
    pub(super) exemplars: Result<Vec<(Service, Exemplar)>, AskError>,
}

impl Sample {
    pub(super) async fn take(context: &Context) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let first =
            context.ledger.iter().map(|entry| entry.started.timestamp_micros() as f64 / 1e6).fold(now, f64::min);
        let time = (first - MARGIN, now + 1.0);
        Self {
            time,
            traces: traces(context),
            lines: lines(context, time).await,
            exemplars: exemplars(context, (first, now)).await,
        }
    }

    /// The time in nanoseconds.
    pub(super) fn nanoseconds(&self) -> (i64, i64) {
        ((self.time.0 * 1e9) as i64, (self.time.1 * 1e9) as i64)
    }
}

fn traces(context: &Context) -> Vec<(String, Vec<Span>)> {
    let has = |spans: &[Span], service: Service| spans.iter().any(|span| &*span.service == service.name());
    let whole = context.traces.iter().filter(|(_, spans)| Service::ALL.iter().all(|service| has(spans, *service)));
    let mut whole: Vec<_> = whole.map(|(id, spans)| (id.clone(), spans.clone())).collect();
    whole.sort_by_key(|(_, spans)| std::cmp::Reverse(spans.iter().map(|span| span.start_ns).min()));
    whole.truncate(EACH);
    whole
}

async fn lines(context: &Context, (start, end): (f64, f64)) -> Result<Vec<(Service, Line)>, AskError> {
    let mut found = Vec::new();
    for service in Service::ALL {
        let query = format!("{{container_name=\"{}\"}} | trace_id != \"\"", service.stage4());
        let time = ((start * 1e9) as i64, ((end - ARRIVED) * 1e9) as i64);
        let newest = context.stack.loki.newest(&query, time, EACH).await?;
        found.extend(newest.into_iter().map(|line| (service, line)));
    }
    Ok(found)
}

/// The newest exemplars of each service whose spans can have arrived; of a longer time, where the ledger's has none.
async fn exemplars(context: &Context, (start, end): (f64, f64)) -> Result<Vec<(Service, Exemplar)>, AskError> {
    let query = "http_request_duration_seconds_bucket{job=~\".+-stage4\"}";
    let all = context.stack.prometheus.exemplars(query, (start.min(end - 900.0), end)).await?;
    let mut by_service: BTreeMap<Service, Vec<Exemplar>> = BTreeMap::new();
    for exemplar in all.into_iter().filter(|exemplar| exemplar.time < end - ARRIVED) {
        let service = exemplar.series.get("job").and_then(|job| Service::of_stage4(job));
        if let Some(service) = service {
            by_service.entry(service).or_default().push(exemplar);
        }
    }
    let newest = |(service, mut exemplars): (Service, Vec<Exemplar>)| {
        exemplars.sort_by(|a, b| b.time.total_cmp(&a.time));
        exemplars.truncate(EACH);
        exemplars.into_iter().map(move |exemplar| (service, exemplar))
    };
    Ok(by_service.into_iter().flat_map(newest).collect())
}
