//! What links are followed from: some whole traces of the ledger, some lines of their time, some exemplars.

use std::collections::BTreeMap;

use crate::areas::links::broken::Missing;
use crate::stack::loki::Line;
use crate::stack::prometheus::Exemplar;
use crate::stack::services::Service;
use crate::stack::span::Span;
use crate::time::wait::{Absent, Bound, Miss};
use crate::truth::context::Context;

/// Exemplars and lines of each service.
const EACH: usize = 4;
/// Clocks and pipelines may differ by this many seconds.
const MARGIN: f64 = 60.0;
/// Exemplars are looked for at least this many seconds back.
const EXEMPLARS_BACK: f64 = 900.0;

/// Where links begin.
#[derive(Debug)]
pub(super) struct Sample {
    /// The time of the ledger with a margin, in seconds since the epoch.
    pub(super) time: (f64, f64),
    /// Traces with spans of all three services, the newest.
    pub(super) traces: Vec<(String, Vec<Span>)>,
    /// Lines with a trace id, by service.
    pub(super) lines: Result<Vec<(Service, Line)>, Absent<Missing>>,
    /// Exemplars, by service.
    pub(super) exemplars: Result<Exemplars, Absent<Missing>>,
}

/// The newest exemplars of each service.
#[derive(Debug)]
pub(super) struct Exemplars {
    /// Some of each service.
    pub(super) sample: Vec<(Service, Exemplar)>,
    /// How many there are of all services.
    pub(super) count: usize,
    /// How old the newest of them was, in seconds.
    pub(super) newest_age: f64,
}

impl Sample {
    /// Takes the sample as soon as there is something of every service; of whatever there is once the bound is over.
    pub(super) async fn take(context: &Context) -> Self {
        let now = context.stack.clock.seconds();
        let first =
            context.ledger.iter().map(|entry| entry.started.timestamp_micros() as f64 / 1e6).fold(now, f64::min);
        let time = (first - MARGIN, now + 1.0);
        let bound = Bound::of_everything(context.scrape_interval, &context.stop);
        let (lines, exemplars) =
            tokio::join!(lines(context, &bound, time), exemplars(context, &bound, first.min(now - EXEMPLARS_BACK)));
        Self { time, traces: traces(context).await, lines, exemplars }
    }

    /// The time in nanoseconds.
    pub(super) fn nanoseconds(&self) -> (i64, i64) {
        ((self.time.0 * 1e9) as i64, (self.time.1 * 1e9) as i64)
    }
}

/// The newest whole traces, asked for once more: of the ledger's traces only what is judged of them was kept.
async fn traces(context: &Context) -> Vec<(String, Vec<Span>)> {
    let mut traces = Vec::new();
    for id in context.traces.newest() {
        let spans = context.stack.tempo.trace(id).await.unwrap_or_default();
        if !spans.is_empty() {
            traces.push((id.to_owned(), spans));
        }
    }
    traces
}

/// The newest lines of each service that have a trace id.
async fn lines(
    context: &Context,
    bound: &Bound,
    (start, end): (f64, f64),
) -> Result<Vec<(Service, Line)>, Absent<Missing>> {
    let time = ((start * 1e9) as i64, (end * 1e9) as i64);
    let mut found = Vec::new();
    let look = async || {
        found.clear();
        for service in Service::ALL {
            let query = format!("{{container_name=\"{}\"}} | trace_id != \"\"", service.stage4());
            let newest = context.stack.loki.newest(&query, time, EACH).await?;
            found.extend(newest.into_iter().map(|line| (service, line)));
        }
        every_service(found.iter().map(|(service, _)| *service), "lines with a trace_id in their structured metadata")
    };
    match bound.until(look).await {
        Err(absent) if found.is_empty() => Err(absent),
        _ => Ok(found),
    }
}

/// The newest exemplars of each service, from `start` (seconds since the epoch) on.
async fn exemplars(context: &Context, bound: &Bound, start: f64) -> Result<Exemplars, Absent<Missing>> {
    let query = "http_request_duration_seconds_bucket{job=~\".+-stage4\"}";
    let mut found = BTreeMap::<Service, Vec<Exemplar>>::new();
    let look = async || {
        found.clear();
        for exemplar in context.stack.prometheus.exemplars(query, (start, context.stack.clock.seconds() + 1.0)).await? {
            let service = exemplar.series.get("job").and_then(|job| Service::of_stage4(job));
            if let Some(service) = service {
                found.entry(service).or_default().push(exemplar);
            }
        }
        every_service(found.keys().copied(), "exemplars of http_request_duration_seconds")
    };
    match bound.until(look).await {
        Err(absent) if found.is_empty() => Err(absent),
        _ => Ok(Exemplars::newest(found, context.stack.clock.seconds())),
    }
}

impl Exemplars {
    fn newest(found: BTreeMap<Service, Vec<Exemplar>>, now: f64) -> Self {
        let (mut sample, mut count, mut newest) = (Vec::new(), 0, f64::NEG_INFINITY);
        for (service, mut exemplars) in found {
            count += exemplars.len();
            exemplars.sort_by(|a, b| b.time.total_cmp(&a.time));
            newest = exemplars.first().map_or(newest, |first| newest.max(first.time));
            sample.extend(exemplars.into_iter().take(EACH).map(|exemplar| (service, exemplar)));
        }
        Self { sample, count, newest_age: (now - newest).max(0.0) }
    }
}

/// Whether there is something of every service.
fn every_service(there: impl Iterator<Item = Service>, what: &'static str) -> Result<(), Miss<Missing>> {
    let there: Vec<Service> = there.collect();
    let services: Vec<&str> =
        Service::ALL.into_iter().filter(|service| !there.contains(service)).map(Service::name).collect();
    Miss::unless_missing((!services.is_empty()).then_some(Missing::Starts { what, services }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::sample::Labels;

    #[test]
    fn the_newest_exemplars_of_each_service_are_taken_however_young_they_are() {
        let at = |time: f64| Exemplar { series: Labels::new(), labels: Labels::new(), time, value: 1.0 };
        let all = BTreeMap::from([
            (Service::Frontend, (0..6).map(|second| at(f64::from(second))).collect::<Vec<_>>()),
            (Service::DieService, vec![at(9.5)]),
        ]);
        let exemplars = Exemplars::newest(all, 10.0);
        let times = |of: Service| {
            exemplars.sample.iter().filter(|(service, _)| *service == of).map(|(_, one)| one.time).collect::<Vec<_>>()
        };
        assert_eq!((times(Service::Frontend), times(Service::DieService)), (vec![5.0, 4.0, 3.0, 2.0], vec![9.5]));
        assert_eq!((exemplars.count, exemplars.newest_age), (7, 0.5));
    }

    #[test]
    fn services_without_anything_are_named() {
        let miss = every_service([Service::Frontend].into_iter(), "exemplars");
        let Err(Miss::NotYet(missing)) = miss else { panic!("{miss:?}") };
        assert_eq!(missing.to_string(), "there are no exemplars of dice-roller, die-service");
        assert_eq!(every_service(Service::ALL.into_iter(), "exemplars"), Ok(()));
    }
}
