//! Following: one function for each link; a result for each thing that it was followed from.

use std::collections::BTreeSet;

use crate::areas::links::sample::Sample;
use crate::report::numbers::plural;
use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::time::wait::{Absent, Bound, Miss};
use crate::truth::context::Context;

/// What was followed, or why there is nothing to begin from.
pub(super) type Followed = Result<Steps, String>;

/// A result for each thing that a link was followed from.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// The reason of each that leads nowhere.
    pub(super) results: Vec<Result<(), String>>,
    /// What the link was followed from, where a sentence helps to understand a failure.
    pub(super) seen: String,
}

impl From<Vec<Result<(), String>>> for Steps {
    fn from(results: Vec<Result<(), String>>) -> Self {
        Self { results, seen: String::new() }
    }
}

pub(super) async fn exemplars_to_traces(context: &Context, sample: &Sample) -> Followed {
    let exemplars = sample.exemplars.as_ref().map_err(|absent| {
        format!(
            "{absent}: does the scraper negotiate OpenMetrics, and does the metrics server store exemplars (Prometheus: \
             --enable-feature=exemplar-storage)?"
        )
    })?;
    let (bound, mut results) = (Bound::of_delivery(&context.stop), Vec::new());
    for (service, exemplar) in &exemplars.sample {
        results.push(match exemplar.labels.get("trace_id") {
            None => Err(format!("an exemplar of {service} has no trace_id")),
            Some(id) => {
                let served = |span: &Span| &*span.service == service.name() && span.kind == Kind::Server;
                let why = format!("the exemplar of {service} names it; no SERVER span of {service}");
                find(context, &bound, id, served, &why).await
            }
        });
    }
    let number = plural(exemplars.count as u64, "exemplar", "exemplars");
    Ok(Steps { results, seen: format!("{number}, the newest {:.1} s old", exemplars.newest_age) })
}

pub(super) async fn traces_to_logs(context: &Context, sample: &Sample) -> Followed {
    let mut results = Vec::new();
    for (id, spans) in whole(sample)? {
        let query = format!("{{container_name=~\".+-stage4\"}} | trace_id=\"{id}\"");
        let look = async || {
            let lines = context.stack.loki.lines(&query, sample.nanoseconds(), 1000).await?;
            let of = |service: &Service| {
                lines.iter().any(|line| line.labels.get("container_name").map(String::as_str) == Some(service.stage4()))
            };
            let silent: Vec<&str> = served(spans).filter(|service| !of(service)).map(Service::name).collect();
            Miss::unless_missing((!silent.is_empty()).then(|| format!("trace {id}: no line of {}", silent.join(", "))))
        };
        results.push(context.arrival.until(look).await.map_err(said));
    }
    Ok(results.into())
}

pub(super) async fn lines_to_traces(context: &Context, sample: &Sample) -> Followed {
    let lines = sample.lines.as_ref().map_err(Absent::to_string)?;
    let (bound, mut results) = (Bound::of_delivery(&context.stop), Vec::new());
    for (service, line) in lines {
        let label = |name: &str| line.labels.get(name).map(String::as_str).unwrap_or_default();
        let (id, span_id) = (label("trace_id"), label("span_id"));
        let wrote = |span: &Span| span.span_id == span_id;
        let why = format!("a line of {service} names it; no span {span_id}");
        results.push(find(context, &bound, id, wrote, &why).await);
    }
    Ok(results.into())
}

pub(super) async fn lines_to_metrics(context: &Context, sample: &Sample) -> Followed {
    let lines = sample.lines.as_ref().map_err(Absent::to_string)?;
    let containers: BTreeSet<&str> =
        lines.iter().filter_map(|(_, line)| line.labels.get("container_name").map(String::as_str)).collect();
    if containers.is_empty() {
        return Err("no line of the ledger's time has a container_name".to_owned());
    }
    let mut results = Vec::new();
    for container in containers {
        results.push(has_series(context, &format!("http_requests_total{{job=\"{container}\"}}")).await);
    }
    Ok(results.into())
}

pub(super) async fn traces_to_metrics(context: &Context, sample: &Sample) -> Followed {
    let spans = whole(sample)?.iter().flat_map(|(_, spans)| spans);
    let routes: BTreeSet<(Service, &str)> = spans
        .filter(|span| span.kind == Kind::Server)
        .filter_map(|span| Some((Service::named(&span.service)?, span.text("http.route")?)))
        .collect();
    if routes.is_empty() {
        return Err("no SERVER span of the sampled traces has an http.route".to_owned());
    }
    let mut results = Vec::new();
    for (service, route) in routes {
        let query = format!("http_requests_total{{job=\"{}\",handler=\"{route}\"}}", service.stage4());
        results.push(has_series(context, &query).await);
    }
    Ok(results.into())
}

pub(super) async fn metrics_to_logs(context: &Context, sample: &Sample) -> Followed {
    let jobs = async || {
        let jobs = jobs(context).await?;
        if jobs.is_empty() { Err(Miss::NotYet("http_requests_total has no series".to_owned())) } else { Ok(jobs) }
    };
    let mut results = Vec::new();
    for job in context.arrival.until(jobs).await.map_err(said)? {
        let query = format!("{{container_name=\"{job}\"}}");
        let look = async || {
            let lines = context.stack.loki.newest(&query, sample.nanoseconds(), 1).await?;
            Miss::unless_missing(lines.is_empty().then(|| {
                format!(
                    "job {job} has series and no lines: {query} selects nothing; is the job or the stream mislabelled?"
                )
            }))
        };
        results.push(context.arrival.until(look).await.map_err(said));
    }
    Ok(results.into())
}

/// Waits until a trace has the span that is looked for.
async fn find(
    context: &Context,
    bound: &Bound,
    id: &str,
    wanted: impl Fn(&Span) -> bool,
    why: &str,
) -> Result<(), String> {
    let look = async || {
        let spans = context.stack.tempo.trace(id).await?;
        let missing = (!spans.iter().any(&wanted)).then(|| {
            let number = plural(spans.len() as u64, "span", "spans");
            let there = if spans.is_empty() { "is not in the store".to_owned() } else { format!("has {number}") };
            format!("trace {id} {there}: {why}")
        });
        Miss::unless_missing(missing)
    };
    bound.until(look).await.map_err(said)
}

/// Waits until an instant query selects something; if it does not, says which jobs there are.
async fn has_series(context: &Context, query: &str) -> Result<(), String> {
    let look = async || {
        if !context.stack.prometheus.query(query, None).await?.is_empty() {
            return Ok(());
        }
        let jobs = jobs(context).await?;
        Err(Miss::NotYet(format!("{query} selects nothing; the jobs there are: {}", jobs.join(", "))))
    };
    context.arrival.until(look).await.map_err(said)
}

/// The jobs that have the request counter.
async fn jobs(context: &Context) -> Result<Vec<String>, Miss> {
    let jobs = context.stack.prometheus.query("count by (job) (http_requests_total)", None).await?;
    Ok(jobs.iter().map(|series| series.label("job").to_owned()).collect())
}

fn said(absent: Absent) -> String {
    absent.to_string()
}

fn whole(sample: &Sample) -> Result<&[(String, Vec<Span>)], String> {
    if sample.traces.is_empty() {
        return Err("the trace store has no trace of the ledger with spans of all three services".to_owned());
    }
    Ok(&sample.traces)
}

/// The services that answered a request of the trace.
fn served(spans: &[Span]) -> impl Iterator<Item = Service> {
    let served =
        |service: &Service| spans.iter().any(|span| span.kind == Kind::Server && &*span.service == service.name());
    Service::ALL.into_iter().filter(served).collect::<Vec<_>>().into_iter()
}
