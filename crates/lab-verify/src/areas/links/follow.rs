//! Following: one function for each link; a result for each thing that it was followed from.

use std::collections::BTreeSet;

use crate::areas::links::broken::{Broken, Missing, NoStart};
use crate::areas::links::sample::Sample;
use crate::report::numbers::plural;
use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::time::wait::{Bound, Miss};
use crate::truth::context::Context;

/// What was followed, or why there is nothing to begin from.
pub(super) type Followed = Result<Steps, NoStart>;

/// A result for each thing that a link was followed from.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// The reason of each that leads nowhere.
    pub(super) results: Vec<Result<(), Broken>>,
    /// What the link was followed from, where a sentence helps to understand a failure.
    pub(super) seen: String,
}

impl From<Vec<Result<(), Broken>>> for Steps {
    fn from(results: Vec<Result<(), Broken>>) -> Self {
        Self { results, seen: String::new() }
    }
}

pub(super) async fn exemplars_to_traces(context: &Context, sample: &Sample) -> Followed {
    let exemplars = sample.exemplars.as_ref().map_err(|absent| NoStart::Exemplars(absent.clone()))?;
    let (bound, mut results) = (Bound::of_delivery(&context.stop), Vec::new());
    for (service, exemplar) in &exemplars.sample {
        results.push(match exemplar.labels.get("trace_id") {
            None => Err(Broken::NoTraceId { service: *service }),
            Some(id) => {
                let served = |span: &Span| &*span.service == service.name() && span.kind == Kind::Server;
                let sought = Sought {
                    named_by: format!("an exemplar of {service}"),
                    wanted: format!("SERVER span of {service}"),
                };
                find(context, &bound, id, served, &sought).await
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
            Miss::unless_missing((!silent.is_empty()).then(|| Missing::Lines { trace: id.clone(), services: silent }))
        };
        results.push(context.arrival.until(look).await.map_err(Broken::from));
    }
    Ok(results.into())
}

pub(super) async fn lines_to_traces(context: &Context, sample: &Sample) -> Followed {
    let lines = sample.lines.as_ref().map_err(|absent| NoStart::Absent(absent.clone()))?;
    let (bound, mut results) = (Bound::of_delivery(&context.stop), Vec::new());
    for (service, line) in lines {
        let label = |name: &str| line.labels.get(name).map(String::as_str).unwrap_or_default();
        let (id, span_id) = (label("trace_id"), label("span_id"));
        let wrote = |span: &Span| span.span_id == span_id;
        let sought = Sought { named_by: format!("a line of {service}"), wanted: format!("span {span_id}") };
        results.push(find(context, &bound, id, wrote, &sought).await);
    }
    Ok(results.into())
}

pub(super) async fn lines_to_metrics(context: &Context, sample: &Sample) -> Followed {
    let lines = sample.lines.as_ref().map_err(|absent| NoStart::Absent(absent.clone()))?;
    let containers: BTreeSet<&str> =
        lines.iter().filter_map(|(_, line)| line.labels.get("container_name").map(String::as_str)).collect();
    if containers.is_empty() {
        return Err(NoStart::ContainerNames);
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
        return Err(NoStart::Routes);
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
        if jobs.is_empty() { Err(Miss::NotYet(Missing::Jobs)) } else { Ok(jobs) }
    };
    let mut results = Vec::new();
    for job in context.arrival.until(jobs).await? {
        let query = format!("{{container_name=\"{job}\"}}");
        let look = async || {
            let lines = context.stack.loki.newest(&query, sample.nanoseconds(), 1).await?;
            Miss::unless_missing(
                lines.is_empty().then(|| Missing::LinesOfJob { job: job.clone(), query: query.clone() }),
            )
        };
        results.push(context.arrival.until(look).await.map_err(Broken::from));
    }
    Ok(results.into())
}

/// Which span is looked for, and why.
struct Sought {
    named_by: String,
    wanted: String,
}

/// Waits until a trace has the span that is looked for.
async fn find(
    context: &Context,
    bound: &Bound,
    id: &str,
    is_wanted: impl Fn(&Span) -> bool,
    Sought { named_by, wanted }: &Sought,
) -> Result<(), Broken> {
    let look = async || {
        let spans = context.stack.tempo.trace(id).await.map_err(Miss::<Missing>::from)?;
        Miss::unless_missing((!spans.iter().any(&is_wanted)).then(|| Missing::Span {
            trace: id.to_owned(),
            found: spans.len(),
            named_by: named_by.clone(),
            wanted: wanted.clone(),
        }))
    };
    bound.until(look).await.map_err(Broken::from)
}

/// Waits until an instant query selects something; if it does not, says which jobs there are.
async fn has_series(context: &Context, query: &str) -> Result<(), Broken> {
    let look = async || {
        if !context.stack.prometheus.query(query, None).await.map_err(Miss::<Missing>::from)?.is_empty() {
            return Ok(());
        }
        Err(Miss::NotYet(Missing::Series { query: query.to_owned(), jobs: jobs(context).await? }))
    };
    context.arrival.until(look).await.map_err(Broken::from)
}

/// The jobs that have the request counter.
async fn jobs(context: &Context) -> Result<Vec<String>, Miss<Missing>> {
    let jobs = context.stack.prometheus.query("count by (job) (http_requests_total)", None).await?;
    Ok(jobs.iter().map(|series| series.label("job").to_owned()).collect())
}

fn whole(sample: &Sample) -> Result<&[(String, Vec<Span>)], NoStart> {
    if sample.traces.is_empty() {
        return Err(NoStart::Traces);
    }
    Ok(&sample.traces)
}

/// The services that answered a request of the trace.
fn served(spans: &[Span]) -> impl Iterator<Item = Service> {
    let served =
        |service: &Service| spans.iter().any(|span| span.kind == Kind::Server && &*span.service == service.name());
    Service::ALL.into_iter().filter(served).collect::<Vec<_>>().into_iter()
}
