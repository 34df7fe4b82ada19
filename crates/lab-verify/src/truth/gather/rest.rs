//! Rest: the traffic that takes orders paused, no request in flight, and the store up to date with what was counted.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::stack::Stack;
use crate::stack::endpoint::AskError;
use crate::stack::prometheus::Prometheus;
use crate::stack::sample::Labels;
use crate::stack::services::Service;
use crate::time::wait::{Bound, Miss};
use crate::truth::counters::Counters;
use crate::truth::unknown::Unknown;

/// The series of the three services.
pub(crate) const OF_SERVICES: &str = r#"job=~"(die-service|dice-roller|frontend)-stage4""#;
/// Two readings of the counters, this far apart, must be equal before the services count as idle.
const LOOK: Duration = Duration::from_millis(200);
/// Longest wait for requests in flight; longer than a batch takes.
const QUIET_WITHIN: Duration = Duration::from_secs(8);
/// For services and stores that were just started; a Loki is not ready for its first 15 s.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// The scrape interval of a server that does not report it.
const USUAL_INTERVAL: Duration = Duration::from_secs(15);

/// The counters as they were stored by one scrape of each service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scrape {
    /// What was counted.
    pub(crate) counters: Counters,
    /// When each service was scraped, seconds since the Unix epoch.
    pub(crate) times: BTreeMap<Service, f64>,
}

/// The traffic of the lab, and that of a generator with a control address, while it is paused; [`Paused::resume`] ends the pause.
#[derive(Debug)]
pub(crate) struct Paused {
    /// Whether each says that it is.
    lab: bool,
    generator: bool,
}

impl Paused {
    /// Pauses all traffic that takes orders.
    pub(crate) async fn begin(stack: &Stack) -> Self {
        let (lab, generator) = pause(stack).await;
        Self { lab, generator }
    }

    /// Lets it go on; an error means that it is still paused.
    pub(crate) async fn resume(self, stack: &Stack) -> Result<(), AskError> {
        let (lab, generator) = tokio::join!(stack.collector.resume_traffic(), stack.generator.resume_traffic());
        // The pause may have been ordered although its answer was lost, so resuming is tried in any case.
        let still = |resumed: Result<(), AskError>, paused: bool| if paused { resumed } else { Ok(()) };
        still(lab, self.lab).and(still(generator, self.generator))
    }
}

/// Orders a pause of all traffic that takes orders; whether the lab and a generator say that they have obeyed.
async fn pause(stack: &Stack) -> (bool, bool) {
    let (lab, generator) = tokio::join!(stack.collector.pause_traffic(), stack.generator.pause_traffic());
    (lab.is_ok(), generator.is_ok())
}

/// Waits until services and stores that were just started are ready. One that is still not ready is judged as it is. A store
/// that is not there at all is not waited for.
pub(crate) async fn ready(stack: &Stack, stop: &CancellationToken) {
    let bound = &Bound::new(READY_WITHIN, stop);
    let service = |service: Service| {
        bound.until(async move || match stack.services.get(service, "/readyz", &[]).await {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => Err(Miss::NotYet(answer.text())),
            Err(error) => Err(Miss::NotYet(error.to_string())),
        })
    };
    let [frontend, dice_roller, die_service] = Service::ALL;
    // The checks report what is still not ready.
    let _ = tokio::join!(
        service(frontend),
        service(dice_roller),
        service(die_service),
        bound.until(async || stack.prometheus.ready().await.map_err(Miss::<AskError>::from)),
        bound.until(async || stack.loki.ready().await.map_err(Miss::<AskError>::from)),
        bound.until(async || stack.tempo.ready().await.map_err(Miss::<AskError>::from)),
    );
}

/// Waits until no request is in flight and none begins; what the services count then.
pub(crate) async fn at_rest(stack: &Stack, stop: &CancellationToken) -> Result<Counters, Unknown> {
    let bound = Bound::new(QUIET_WITHIN, stop);
    let mut before: Option<Counters> = None;
    loop {
        let now = at_source(stack).await?;
        let in_flight = in_flight(&now);
        let moved = before.as_ref().is_some_and(|before| requests(before) != requests(&now));
        if before.is_some() && in_flight == 0.0 && !moved {
            return Ok(now);
        }
        if bound.is_over() {
            let waited = QUIET_WITHIN.as_secs();
            return Err(if in_flight > 0.0 {
                Unknown::InFlight { waited, requests: in_flight }
            } else {
                Unknown::OthersBegin { waited }
            });
        }
        if moved {
            // A lab that was just started may have begun its traffic only now. Where nobody takes orders, nothing is paused.
            let _ = pause(stack).await;
        }
        before = Some(now);
        bound.pause(LOOK).await;
    }
}

/// The requests that all services together have in flight.
pub(crate) fn in_flight(counters: &Counters) -> f64 {
    Service::ALL.into_iter().map(|service| counters.sum(service, "http_requests_in_progress", &[])).sum()
}

/// Whether no roll was requested between two readings. Requests to die-service do not count, because the frontend asks it
/// for its list of dice from time to time.
pub(crate) fn still_at_rest(before: &Counters, after: &Counters) -> bool {
    let asked = |counters: &Counters, service| counters.sum(service, "http_requests_total", &[]);
    [Service::Frontend, Service::DiceRoller].into_iter().all(|service| {
        asked(before, service) == asked(after, service) && after.sum(service, "http_requests_in_progress", &[]) == 0.0
    })
}

/// What the services count, as they say themselves.
pub(crate) async fn at_source(stack: &Stack) -> Result<Counters, AskError> {
    let mut counters = Counters::default();
    for service in Service::ALL {
        counters.insert(service, stack.services.metrics(service).await?);
    }
    Ok(counters)
}

/// Waits until every service was scraped after `since` (on the store's clock); the counters as stored then.
pub(crate) async fn scraped(prometheus: &Prometheus, since: f64, stop: &CancellationToken) -> Result<Scrape, Unknown> {
    let look = async || {
        let newest = scrape_times(prometheus, None).await?;
        let is_late = |service: &Service| newest.get(service).is_none_or(|time| *time <= since);
        let late: Vec<&str> = Service::ALL.into_iter().filter(is_late).map(Service::stage4).collect();
        if late.is_empty() {
            Ok(newest)
        } else {
            Err(Miss::NotYet(format!("there is no new sample of {}", late.join(", "))))
        }
    };
    let bound = Bound::of_scrapes(scrape_interval(prometheus).await, stop);
    let times = bound.until(look).await?;
    Ok(Scrape { counters: stored(prometheus, None).await?, times })
}

/// The counters as they are stored, at a time or now.
pub(crate) async fn stored(prometheus: &Prometheus, time: Option<f64>) -> Result<Counters, AskError> {
    let selector = format!("{{{OF_SERVICES}}}");
    Ok(Counters::of_jobs(prometheus.query(&selector, time).await?))
}

/// The store's own clock, seconds since the Unix epoch.
pub(crate) async fn store_time(prometheus: &Prometheus) -> Result<f64, Unknown> {
    let answer = prometheus.query("time()", None).await?;
    answer.first().map(|sample| sample.value).ok_or(Unknown::NoTime)
}

/// How often the services are scraped.
pub(crate) async fn scrape_interval(prometheus: &Prometheus) -> Duration {
    let targets = prometheus.targets().await.unwrap_or_default();
    let of_services =
        targets.iter().filter(|target| target.labels.get("job").is_some_and(|job| Service::of_stage4(job).is_some()));
    let intervals = of_services.filter_map(|target| lab_model::duration::parse(&target.scrape_interval).ok());
    intervals.max().unwrap_or(USUAL_INTERVAL)
}

/// When each service was last scraped before a time or now; of several targets the one that was longest ago.
pub(crate) async fn scrape_times(
    prometheus: &Prometheus,
    time: Option<f64>,
) -> Result<BTreeMap<Service, f64>, AskError> {
    let query = format!("min by (job) (timestamp(up{{{OF_SERVICES}}}))");
    let samples = prometheus.query(&query, time).await?;
    Ok(samples.iter().filter_map(|one| Some((Service::of_stage4(one.label("job"))?, one.value))).collect())
}

/// Requests by service and series.
fn requests(counters: &Counters) -> Vec<(Service, &Labels, f64)> {
    let is_meant = |name: &String| name == "http_requests_total";
    counters.all().filter(|(_, series, _)| series.get("__name__").is_some_and(is_meant)).collect()
}
