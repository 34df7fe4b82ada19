//! Beside `dicelab lab` there are no dice: the paths are those of whatever sends telemetry, a path for each service, and one
//! for what the lab has refused.

mod arrivals;
mod paths;
mod refused;

use crate::doctor::diagnosis::{Diagnosis, Summary};
use crate::doctor::examination::Examination;
use crate::doctor::foreign::arrivals::Arrivals;
use crate::doctor::unanswered::port;
use crate::stack::Stack;

/// Whether a lab runs that was started without services, which then cannot be missed.
pub(crate) fn is_alone(examination: &Examination<'_>) -> bool {
    let runs_nothing = |status: &serde_json::Value| status["processes"].as_array().is_none_or(Vec::is_empty);
    examination.alive.is_empty() && examination.lab.as_ref().is_some_and(runs_nothing)
}

/// Finds out who sends what, and what is wrong with it.
pub(crate) async fn diagnose(examination: &Examination<'_>) -> Diagnosis {
    let arrivals = Arrivals::gather(examination.stack).await;
    let paths = paths::of(&arrivals, examination.stack.clock.nanoseconds());
    // What was refused or misspoken says more than that nothing came.
    if arrivals.services.is_empty() && paths.iter().all(|path| path.broken().is_none()) {
        let summary = Some(nothing_arrives(examination.stack, &arrivals));
        return Diagnosis { good: false, summary, paths };
    }
    Diagnosis { good: paths.iter().all(|path| path.broken().is_none()), summary: None, paths }
}

/// The commonest reasons for "I see no data", the likeliest first.
fn nothing_arrives(stack: &Stack, arrivals: &Arrivals) -> Summary {
    let (grpc, http) = arrivals.receivers.clone().unwrap_or_else(|| ("4317".to_owned(), "4318".to_owned()));
    let found = "no application has sent anything in the last hour".to_owned();
    let advice = format!(
        "let the application send OTLP to http://localhost:{http} (OTEL_EXPORTER_OTLP_ENDPOINT, with \
         OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf) or to port {grpc} (grpc); from a container `localhost` is the container \
         itself, so use host.docker.internal or the host's address and start the lab with --bind; an SDK that samples \
         nothing (OTEL_TRACES_SAMPLER=always_off) or has OTEL_SDK_DISABLED=true sends nothing; short programs must flush \
         before they end. Metrics at /metrics are fetched from the targets of --scrape-config; http://localhost:{} lists them",
        port(stack.prometheus.base()) + "/targets",
    );
    Summary { found, advice }
}
