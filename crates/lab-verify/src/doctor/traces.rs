//! The way of a span: made and sent by the service, received, stored, found.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::time::sleep;

use super::path::{Finding, Path, Trouble, trouble};
use super::patient::Patient;
use super::receiver;
use super::source::Sent;
use super::words::{TRACES, grouped, seconds};
use crate::event::until;

/// From a span to its being queryable, at most.
const PATIENCE: Duration = Duration::from_secs(12);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);
/// What the services count.
const FAMILY: &str = "telemetry_spans_total";
/// How far back is searched, seconds.
const SEARCHED: i64 = 3600;

pub(super) async fn walk(patient: &Patient<'_>) -> Path {
    let mut path = Path::new("traces", &["created", "received", "stored", "searchable"]);
    let _ = async {
        let stalled = receiver::stalled(patient).await;
        path.pass(created(patient, stalled.is_some()).await)?;
        path.pass(received(patient, stalled).await)?;
        path.pass(stored(patient).await)?;
        path.pass(searchable(patient).await)
    }
    .await;
    path
}

/// Whether the services make spans and get rid of them; those of the request go out within a second or two, unless
/// their receiver has stalled.
async fn created(patient: &Patient<'_>, stalled: bool) -> Finding {
    let began = Instant::now();
    loop {
        let sent = Sent::read(patient, FAMILY).await?;
        if let Some((service, _, dropped)) =
            sent.by_service.iter().find(|(_, sent, dropped)| *sent == 0 && *dropped > 0)
        {
            return trouble(
                format!("{service} drops every span ({} so far, none sent)", grouped(*dropped)),
                "nobody takes them: is the address right (--otlp-endpoint, OTEL_EXPORTER_OTLP_ENDPOINT), does anything \
                 listen there?",
            );
        }
        if sent.by_service.iter().any(|(_, sent, _)| *sent > 0) {
            return Ok(sent.describe("spans"));
        }
        if stalled {
            return Ok("none is sent yet".to_owned());
        }
        if began.elapsed() > PATIENCE || patient.stop.is_cancelled() {
            return trouble(
                "no service has sent a span",
                "does anything listen where they send them (--otlp-endpoint, OTEL_EXPORTER_OTLP_ENDPOINT)? With --no-lab \
                 and no endpoint none is sent; OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER and OTEL_TRACES_SAMPLER turn \
                 tracing off",
            );
        }
        sleep(PAUSE).await;
    }
}

/// Whether the store's door has seen spans: the lab counts them; a real Tempo is asked whether it is ready.
async fn received(patient: &Patient<'_>, stalled: Option<Trouble>) -> Finding {
    if let Some(stalled) = stalled {
        return Err(stalled);
    }
    if let Err(error) = patient.stack.tempo.ready().await {
        return Err(TRACES.trouble(patient, &error));
    }
    let received = patient.stack.collector.status().await.ok().and_then(|lab| received_spans(&lab));
    match received {
        Some(0) => trouble(
            "the lab has received no span",
            "the services send them elsewhere: --otlp-endpoint, OTEL_EXPORTER_OTLP_ENDPOINT",
        ),
        Some(spans) => Ok(format!("{} spans by the lab", grouped(spans))),
        None => Ok("the trace store is ready".to_owned()),
    }
}

fn received_spans(lab: &Value) -> Option<u64> {
    let signals = lab.get("signals")?.as_array()?;
    signals.iter().find(|signal| signal["name"] == "traces")?.get("received")?.as_u64()
}

async fn stored(patient: &Patient<'_>) -> Finding {
    let event = patient.event()?;
    let look = || async {
        let served = event.served(patient.stack).await?;
        let missing: Vec<&str> =
            patient.alive.iter().filter(|service| !served.contains(service)).map(|service| service.name()).collect();
        Ok((!missing.is_empty()).then(|| format!("no span of {}", missing.join(", "))))
    };
    match until(event.answered, PATIENCE, patient.stop, look).await {
        Ok(age) => Ok(format!("the request's trace is whole {} after its answer", seconds(age))),
        Err(missing) => trouble(
            format!("the request's trace {} has {missing} after {}", event.trace_id, seconds(PATIENCE)),
            "traceparent is lost on the way, or spans are (telemetry_spans_total{outcome=\"dropped\"}), or the store \
             has stopped taking them",
        ),
    }
}

/// Whether a search finds traces. A real Tempo leaves out the last half minute, so any of the last hour will do.
async fn searchable(patient: &Patient<'_>) -> Finding {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    for service in &patient.alive {
        let query = format!("{{ resource.service.name = \"{service}\" }}");
        match patient.stack.tempo.search(&query, (now - SEARCHED, now + 1), 1).await {
            Ok(traces) if traces.is_empty() => {
                return trouble(
                    format!("a search for {query} finds nothing in the last hour"),
                    "the trace is there by its id: a Tempo that has just started needs a minute, ask again",
                );
            }
            Ok(_) => found.push(service.name()),
            Err(error) => return Err(TRACES.trouble(patient, &error)),
        }
    }
    Ok(format!("traces of {}", found.join(", ")))
}
