//! The way of a span: made and sent by the service, received, stored, found.

use std::time::Duration;

use serde_json::Value;

use crate::doctor::absence::{Missing, explain, wrong_clocks};
use crate::doctor::examination::Examination;
use crate::doctor::hop::{Finding, Path, Trouble, trouble};
use crate::doctor::paths::receiver;
use crate::doctor::paths::sent::Sent;
use crate::doctor::unanswered::TRACES;
use crate::report::numbers::{count, seconds};
use crate::stack::services::Service;
use crate::time::wait::{Bound, Miss};

/// A real Tempo finds new traces by a search only after half a minute or so.
const SEARCHABLE_WITHIN: Duration = Duration::from_secs(45);
/// What the services count.
const FAMILY: &str = "telemetry_spans_total";
/// How far back is searched, seconds.
const SEARCHED: i64 = 3600;

pub(crate) async fn walk(examination: &Examination<'_>) -> Path {
    let mut path = Path::new("traces", &["created", "received", "stored", "searchable"]);
    let _ = async {
        let stalled = receiver::stalled(examination).await;
        path.pass(created(examination, stalled.is_some()).await)?;
        path.pass(received(examination, stalled).await)?;
        // Why there is no request to follow is said in the path of the services.
        examination.event.as_ref()?;
        path.pass(stored(examination).await)?;
        path.pass(searchable(examination).await)
    }
    .await;
    path
}

/// Whether the services make spans and get rid of them; those of the request go out within a second or two, unless
/// their receiver has stalled.
async fn created(examination: &Examination<'_>, stalled: bool) -> Finding {
    let look = async || {
        let sent = Sent::read(examination, FAMILY).await.map_err(Miss::Never)?;
        if let Some((service, _, dropped)) =
            sent.by_service.iter().find(|(_, sent, dropped)| *sent == 0 && *dropped > 0)
        {
            return Err(Miss::Never(Trouble {
                found: format!("{service} drops every span: {} dropped so far, none sent", count(*dropped)),
                advice:
                    "its spans are not accepted: check the address (--otlp-endpoint, OTEL_EXPORTER_OTLP_ENDPOINT), and \
                         that a receiver listens there"
                        .to_owned(),
            }));
        }
        if sent.by_service.iter().any(|(_, sent, _)| *sent > 0) {
            return Ok(sent.describe("spans"));
        }
        if stalled {
            return Ok("no span has been sent yet".to_owned());
        }
        Err(Miss::NotYet(Trouble {
            found: "no service has sent a span".to_owned(),
            advice: "check that a receiver listens where they send their spans (--otlp-endpoint, \
                     OTEL_EXPORTER_OTLP_ENDPOINT); with --no-lab and without an endpoint they send none, and \
                     OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER and OTEL_TRACES_SAMPLER can turn tracing off"
                .to_owned(),
        }))
    };
    Ok(Bound::of_delivery(examination.stop).until(look).await?)
}

/// Whether the store's door has seen spans: the lab counts them; a real Tempo is asked whether it is ready.
async fn received(examination: &Examination<'_>, stalled: Option<Trouble>) -> Finding {
    if let Some(stalled) = stalled {
        return Err(stalled);
    }
    let look = async || {
        examination.stack.tempo.ready().await.map_err(|error| TRACES.miss(examination.is_lab(), &error))?;
        let received = examination.stack.collector.status().await.ok().and_then(|lab| received_spans(&lab));
        match received {
            Some(0) => Err(Miss::NotYet(Trouble {
                found: "the lab has received no spans".to_owned(),
                advice: "the services may send their spans to another address: check --otlp-endpoint and OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
            })),
            Some(spans) => Ok(format!("the lab has received {} spans", count(spans))),
            None => {
                let alloy = examination.alloy().await.map(|alloy| format!("; {}", alloy.spans())).unwrap_or_default();
                Ok(format!("the trace store is ready{alloy}"))
            }
        }
    };
    Ok(Bound::of_delivery(examination.stop).until(look).await?)
}

fn received_spans(lab: &Value) -> Option<u64> {
    let signals = lab.get("signals")?.as_array()?;
    signals.iter().find(|signal| signal["name"] == "traces")?.get("received")?.as_u64()
}

async fn stored(examination: &Examination<'_>) -> Finding {
    let event = examination.event()?;
    let reached = examination.reached();
    let mut absent: Vec<Service> = Vec::new();
    let look = async || {
        let served = event.served(examination.stack).await?;
        absent = reached.iter().copied().filter(|service| !served.contains(service)).collect();
        let names: Vec<&str> = absent.iter().map(|service| service.name()).collect();
        Miss::unless_missing((!names.is_empty()).then(|| format!("has no span of {}", names.join(", "))))
    };
    let seen = Bound::of_delivery(examination.stop).until(look).await;
    let Err(seen) = seen else {
        let age = event.age();
        let spans = examination.stack.tempo.trace(&event.trace_id).await.unwrap_or_default();
        let whole = format!("the request's trace was complete {} after the answer", seconds(age));
        return wrong_clocks(&spans).map_or(Ok(whole), Err);
    };
    if let Some(cause) = explain(examination, event, Missing::Spans, &absent).await {
        return Err(cause);
    }
    trouble(
        format!("the request's trace {} {seen}", event.trace_id),
        "either traceparent is lost on the way, or spans are dropped (telemetry_spans_total{outcome=\"dropped\"}), or the \
         store does not take them any more",
    )
}

/// Whether a search finds traces of the last hour.
async fn searchable(examination: &Examination<'_>) -> Finding {
    let look = async || {
        let now = examination.stack.clock.date().timestamp();
        let mut found = Vec::new();
        for service in &examination.alive {
            let query = format!("{{ resource.service.name = \"{service}\" }}");
            let traces = examination.stack.tempo.search(&query, (now - SEARCHED, now + 1), 1).await;
            if traces.map_err(|error| TRACES.miss(examination.is_lab(), &error))?.is_empty() {
                return Err(Miss::NotYet(Trouble {
                    found: format!("a search for {query} finds no trace of the last hour"),
                    advice: "the trace can be read by its id, so only the search lags: a Tempo that has just started needs about a minute; run `dicelab doctor` again"
                        .to_owned(),
                }));
            }
            found.push(service.name());
        }
        Ok(format!("traces of {}", found.join(", ")))
    };
    Ok(Bound::new(SEARCHABLE_WITHIN, examination.stop).until(look).await?)
}
