//! One request through the frontend, followed through all three signals.

use std::collections::HashMap;

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::Value;

use crate::harness::Lab;

/// A span of a trace as the trace API gives it.
#[derive(Debug)]
struct Span {
    id: String,
    parent: String,
    service: String,
    name: String,
    kind: String,
}

/// The spans of a trace, once there are as many as expected.
async fn spans(lab: &Lab, trace_id: &str, count: usize) -> Vec<Span> {
    eventually(|| async {
        let reply = lab.get(Port::Traces, &format!("/api/traces/{trace_id}"), &[]).await;
        if !reply.status.is_success() {
            return Err(format!("{} for {trace_id}", reply.status));
        }
        let spans = spans_of(&serde_json::from_slice(&reply.body).expect("JSON"));
        if spans.len() == count { Ok(spans) } else { Err(format!("{} spans: {spans:?}", spans.len())) }
    })
    .await
}

fn spans_of(trace: &Value) -> Vec<Span> {
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut spans = Vec::new();
    for batch in list(trace, "batches") {
        let attributes = list(&batch["resource"], "attributes");
        let service = attributes.iter().find(|attribute| attribute["key"] == "service.name").expect("a service");
        for span in list(&batch, "scopeSpans").iter().flat_map(|scope| list(scope, "spans")) {
            spans.push(Span {
                id: text(&span["spanId"]),
                parent: text(&span["parentSpanId"]),
                service: text(&service["value"]["stringValue"]),
                name: text(&span["name"]),
                kind: text(&span["kind"]),
            });
        }
    }
    spans
}

/// Each span as `service kind name`, from the root down to one that is given by the same.
fn path_to<'a>(spans: &'a [Span], mut span: &'a Span) -> Vec<String> {
    let by_id: HashMap<&str, &Span> = spans.iter().map(|span| (span.id.as_str(), span)).collect();
    let mut path = Vec::new();
    loop {
        let kind = span.kind.trim_start_matches("SPAN_KIND_");
        path.insert(0, format!("{} {kind} {}", span.service, span.name));
        match by_id.get(span.parent.as_str()) {
            Some(parent) => span = parent,
            None => return path,
        }
    }
}

/// The lines that carry a trace id, once there are as many as expected: (container, message), oldest first.
async fn lines(lab: &Lab, trace_id: &str, count: usize) -> Vec<(String, String)> {
    eventually(|| async {
        let query = format!("{{compose_project=\"stage4\"}} | trace_id=\"{trace_id}\"");
        let parameters = [("query", query.as_str()), ("limit", "1000"), ("since", "1h")];
        let body = lab.json(Port::Logs, "/loki/api/v1/query_range", &parameters).await;
        let mut lines: Vec<(i64, String, String)> = Vec::new();
        for stream in body["data"]["result"].as_array().expect("streams") {
            let container = stream["stream"]["container_name"].as_str().expect("a container").to_owned();
            for value in stream["values"].as_array().expect("values") {
                let at = value[0].as_str().and_then(|text| text.parse().ok()).expect("a time");
                let line: Value = serde_json::from_str(value[1].as_str().expect("a line")).expect("JSON");
                lines.push((at, container.clone(), line["message"].as_str().expect("a message").to_owned()));
            }
        }
        lines.sort();
        if lines.len() == count {
            Ok(lines.into_iter().map(|(_, container, message)| (container, message)).collect())
        } else {
            Err(format!("{} lines: {lines:?}", lines.len()))
        }
    })
    .await
}

/// The trace id in a `traceresponse` header.
fn trace_id(reply: &telemetry::client::Reply) -> String {
    let header = reply.headers.get("traceresponse").expect("on every answer").to_str().expect("text");
    header.split('-').nth(1).expect("a trace id").to_owned()
}

const FRONT: &str = "frontend SERVER GET /roll";
const FRONT_CALL: &str = "frontend CLIENT GET";
const ROLLER: &str = "dice-roller SERVER GET /roll";
const ROLLER_CALL: &str = "dice-roller CLIENT GET";
const DIE: &str = "die-service SERVER GET /dice";

#[tokio::test]
async fn a_roll_leaves_five_spans_eight_lines_and_moves_every_counter_by_one() {
    let lab = Lab::up(&["--scrape-interval", "500ms"]).await;
    let counters: [(Port, &str, &[&str]); 6] = [
        (Port::Frontend, "frontend_requests_total", &["handler=\"/roll\"", "status=\"received\""]),
        (Port::Frontend, "frontend_requests_total", &["handler=\"/roll\"", "status=\"success\""]),
        (Port::Frontend, "backend_requests_total", &["status_code=\"200\""]),
        (Port::DiceRoller, "dice_rolls_total", &["die_type=\"fair\"", "result=\"success\""]),
        (Port::DiceRoller, "die_service_requests_total", &["status=\"success\""]),
        (Port::DieService, "die_specifications_requested_total", &["identifier=\"fair\""]),
    ];
    let mut before = Vec::new();
    for (port, name, labels) in counters {
        before.push(lab.counter(port, name, labels).await);
    }

    let reply = lab.get(Port::Frontend, "/roll", &[("die", "fair")]).await;
    assert_eq!(reply.status.as_u16(), 200);
    let answer: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let trace_id = trace_id(&reply);
    assert_eq!(answer["trace_id"].as_str(), Some(trace_id.as_str()));
    assert!((1..=6).contains(&answer["roll"].as_i64().expect("a number")));

    for ((port, name, labels), before) in counters.into_iter().zip(before) {
        let after = lab.counter(port, name, labels).await;
        assert_eq!(after - before, 1.0, "{name} {labels:?}");
    }

    let spans = spans(&lab, &trace_id, 5).await;
    let leaf = spans.iter().find(|span| span.service == "die-service").expect("the call reached it");
    assert_eq!(path_to(&spans, leaf), [FRONT, FRONT_CALL, ROLLER, ROLLER_CALL, DIE]);

    let lines = lines(&lab, &trace_id, 8).await;
    let of = |container: &str| lines.iter().filter(|(from, _)| from == container).count();
    assert_eq!((of("frontend-stage4"), of("dice-roller-stage4"), of("die-service-stage4")), (2, 4, 2), "{lines:?}");
    assert_eq!(lines[0].1, "Frontend roll request received");
    assert_eq!(lines[7].1, "Backend response received");

    // The same counts arrive in the metric store with the next scrape.
    eventually(|| async {
        let rolls = lab.promql("sum(dice_rolls_total{job=\"dice-roller-stage4\",result=\"success\"})").await;
        if rolls == 1.0 { Ok(()) } else { Err(format!("{rolls} rolls")) }
    })
    .await;
}

#[tokio::test]
async fn a_batch_leaves_a_span_and_a_line_per_roll() {
    let lab = Lab::up(&[]).await;
    let reply = lab.get(Port::Frontend, "/roll-async", &[("die", "fair"), ("times", "7")]).await;
    assert_eq!(reply.status.as_u16(), 200);
    let trace_id = trace_id(&reply);
    assert_eq!(lab.counter(Port::DiceRoller, "async_rolls_total", &["result=\"success\""]).await, 7.0);
    assert_eq!(lab.counter(Port::DiceRoller, "async_roll_batches_total", &["outcome=\"success\""]).await, 1.0);
    assert_eq!(lab.counter(Port::DiceRoller, "async_roll_batch_size_sum", &[]).await, 7.0);

    let spans = spans(&lab, &trace_id, 5 + 7).await;
    let rolls: Vec<_> = spans.iter().filter(|span| span.name == "async_roll").collect();
    assert_eq!(rolls.len(), 7);
    for roll in rolls {
        let batch = format!("{ROLLER}-async");
        let expected = [format!("{FRONT}-async"), FRONT_CALL.into(), batch, "dice-roller INTERNAL async_roll".into()];
        assert_eq!(path_to(&spans, roll), expected);
    }
    let lines = lines(&lab, &trace_id, 8 + 7).await;
    assert_eq!(lines.iter().filter(|(_, message)| message == "Async roll completed").count(), 7);
}

#[tokio::test]
async fn traffic_brings_its_own_two_spans_and_its_lines_reach_the_lab() {
    let scratch = crate::harness::Scratch::new();
    let lab = Lab::start(scratch, &["up", "--max-delay", "0"]).await;
    let query = "{container_name=\"traffic-generator-stage4\"}";
    eventually(|| async {
        let body = lab.json(Port::Logs, "/loki/api/v1/query_range", &[("query", query), ("since", "1h")]).await;
        if body["data"]["result"].as_array().is_some_and(|streams| !streams.is_empty()) { Ok(()) } else { Err("none") }
    })
    .await;
    let trace_id = eventually(|| async {
        let q = "{ resource.service.name = \"traffic-generator-stage4\" && name = \"simulated_user_sync_request\" }";
        let body = lab.json(Port::Traces, "/api/search", &[("q", q)]).await;
        body["traces"][0]["traceID"].as_str().map(str::to_owned).ok_or("no trace yet")
    })
    .await;
    let spans = spans(&lab, &trace_id, 7).await;
    let leaf = spans.iter().find(|span| span.service == "die-service").expect("the call reached it");
    let path = path_to(&spans, leaf);
    assert_eq!(path.len(), 7, "{path:?}");
    assert!(path[0].starts_with("traffic-generator-stage4 INTERNAL simulated_user_"), "{path:?}");
    assert!(path[1].starts_with("traffic-generator-stage4 CLIENT "), "{path:?}");
}
