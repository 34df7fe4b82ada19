//! Following: one function for each link; a result for each thing that it was followed from.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::sample::Sample;
use crate::endpoint::AskError;
use crate::span::{Kind, Span};
use crate::stack::Stack;
use crate::stack::services::Service;

/// A reason for each that leads nowhere, or why there is nothing to begin from.
pub(super) type Followed = Result<Vec<Result<(), String>>, String>;

/// What was sampled may still be on its way to another store; all that one link is followed from shares this.
const PATIENCE: Duration = Duration::from_secs(8);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) async fn exemplars_to_traces(stack: &Stack, sample: &Sample) -> Followed {
    let exemplars = sample.exemplars.as_ref().map_err(AskError::to_string)?;
    if exemplars.is_empty() {
        return Err(
            "http_request_duration_seconds has no exemplars: is OpenMetrics negotiated, and exemplar storage on \
             (Prometheus: --enable-feature=exemplar-storage)?"
                .to_owned(),
        );
    }
    let (until, mut results) = (Instant::now() + PATIENCE, Vec::new());
    for (service, exemplar) in exemplars {
        results.push(match exemplar.labels.get("trace_id") {
            None => Err(format!("an exemplar of {service} has no trace_id")),
            Some(id) => {
                let served = |span: &Span| &*span.service == service.name() && span.kind == Kind::Server;
                let why = format!("the exemplar of {service} names it; no SERVER span of {service}");
                find(stack, id, served, until, &why).await
            }
        });
    }
    Ok(results)
}

pub(super) async fn traces_to_logs(stack: &Stack, sample: &Sample) -> Followed {
    let mut results = Vec::new();
    for (id, spans) in whole(sample)? {
        let query = format!("{{container_name=~\".+-stage4\"}} | trace_id=\"{id}\"");
        let lines = stack.loki.lines(&query, sample.nanoseconds(), 1000).await;
        results.push(lines.map_err(|error| error.to_string()).and_then(|lines| {
            let of = |service: &Service| {
                lines.iter().any(|line| line.labels.get("container_name").map(String::as_str) == Some(service.stage4()))
            };
            let silent: Vec<&str> = served(spans).filter(|service| !of(service)).map(Service::name).collect();
            if silent.is_empty() { Ok(()) } else { Err(format!("trace {id}: no line of {}", silent.join(", "))) }
        }));
    }
    Ok(results)
}

pub(super) async fn lines_to_traces(stack: &Stack, sample: &Sample) -> Followed {
    let lines = sample.lines.as_ref().map_err(AskError::to_string)?;
    if lines.is_empty() {
        return Err("no line of the ledger's time has a trace_id in its structured metadata".to_owned());
    }
    let (until, mut results) = (Instant::now() + PATIENCE, Vec::new());
    for (service, line) in lines {
        let label = |name: &str| line.labels.get(name).map(String::as_str).unwrap_or_default();
        let (id, span_id) = (label("trace_id"), label("span_id"));
        let wrote = |span: &Span| span.span_id == span_id;
        let why = format!("a line of {service} names it; no span {span_id}");
        results.push(find(stack, id, wrote, until, &why).await);
    }
    Ok(results)
}

pub(super) async fn lines_to_metrics(stack: &Stack, sample: &Sample) -> Followed {
    let lines = sample.lines.as_ref().map_err(AskError::to_string)?;
    let containers: BTreeSet<&str> =
        lines.iter().filter_map(|(_, line)| line.labels.get("container_name").map(String::as_str)).collect();
    if containers.is_empty() {
        return Err("no line of the ledger's time has a container_name".to_owned());
    }
    let mut results = Vec::new();
    for container in containers {
        results.push(has_series(stack, &format!("http_requests_total{{job=\"{container}\"}}")).await);
    }
    Ok(results)
}

pub(super) async fn traces_to_metrics(stack: &Stack, sample: &Sample) -> Followed {
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
        results.push(has_series(stack, &query).await);
    }
    Ok(results)
}

pub(super) async fn metrics_to_logs(stack: &Stack, sample: &Sample) -> Followed {
    let jobs = stack.prometheus.query("count by (job) (http_requests_total)", None).await;
    let jobs = jobs.map_err(|error| error.to_string())?;
    if jobs.is_empty() {
        return Err("http_requests_total has no series".to_owned());
    }
    let mut results = Vec::new();
    for job in jobs.iter().map(|series| series.label("job")) {
        let query = format!("{{container_name=\"{job}\"}}");
        let lines = stack.loki.newest(&query, sample.nanoseconds(), 1).await;
        results.push(match lines {
            Ok(lines) if lines.is_empty() => Err(format!(
                "job {job} has series and no lines: {query} selects nothing; is the job or the stream mislabelled?"
            )),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        });
    }
    Ok(results)
}

/// Waits until a trace has the span that is looked for, and looks once when it is late already.
async fn find(
    stack: &Stack,
    id: &str,
    wanted: impl Fn(&Span) -> bool,
    until: Instant,
    why: &str,
) -> Result<(), String> {
    loop {
        let spans = stack.tempo.trace(id).await.map_err(|error| error.to_string())?;
        if spans.iter().any(&wanted) {
            return Ok(());
        }
        if Instant::now() > until {
            let there =
                if spans.is_empty() { "is not in the store".to_owned() } else { format!("has {} spans", spans.len()) };
            return Err(format!("trace {id} {there}: {why}"));
        }
        sleep(PAUSE).await;
    }
}

/// Whether an instant query selects anything; if not, which jobs there are.
async fn has_series(stack: &Stack, query: &str) -> Result<(), String> {
    let ask =
        |query: String| async move { stack.prometheus.query(&query, None).await.map_err(|error| error.to_string()) };
    if !ask(query.to_owned()).await?.is_empty() {
        return Ok(());
    }
    let jobs = ask("count by (job) (http_requests_total)".to_owned()).await?;
    let jobs: Vec<&str> = jobs.iter().map(|series| series.label("job")).collect();
    Err(format!("{query} selects nothing; the jobs there are: {}", jobs.join(", ")))
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
