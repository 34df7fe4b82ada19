//! Spans and log lines of requests through all three services.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use telemetry::recorder::{RecordedSpan, Recorder};

use crate::world::{Options, World};

const SERVICES: [&str; 3] = ["frontend", "dice-roller", "die-service"];

/// Delays that are long beside the time it takes to start the rolls of a batch.
fn with_delays() -> Options {
    Options { max_delay: Duration::from_millis(500), ..Options::default() }
}

/// The spans and the lines of one request, the lines of all services one service after the other.
async fn follow(path: &str, options: Options) -> (Vec<RecordedSpan>, Vec<Value>, Value) {
    let (mut spans, mut lines, mut body) = (Vec::new(), Vec::new(), Value::Null);
    for service in SERVICES {
        let recorder = Recorder::install(service);
        let world = World::with(options).await;
        recorder.spans();
        recorder.lines();
        body = world.frontend.get(path).await.json();
        world.rest().await;
        let trace = body["trace_id"].as_str().expect("a trace id").to_owned();
        lines.extend(recorder.lines().into_iter().filter(|line| line["trace_id"] == trace.as_str()));
        let mut found = recorder.spans();
        found.retain(|span| span.trace_id == trace);
        if service == "dice-roller" {
            spans = found;
        }
    }
    (spans, lines, body)
}

fn messages(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["message"].as_str().expect("a message")).collect()
}

fn named<'a>(spans: &'a [RecordedSpan], name: &str) -> Vec<&'a RecordedSpan> {
    spans.iter().filter(|span| span.name == name).collect()
}

/// Within a process no child outlives its parent; here everything is one process.
fn assert_nested(spans: &[RecordedSpan]) {
    for child in spans {
        if let Some(parent) = spans.iter().find(|parent| parent.span_id == child.parent_span_id) {
            assert!(parent.start <= child.start && child.end <= parent.end, "{} in {}", child.name, parent.name);
        } else {
            assert_eq!(child.parent_span_id, "", "only the first span has no parent");
        }
    }
}

#[tokio::test]
async fn a_roll_is_five_spans_and_eight_lines() {
    let (spans, lines, _) = follow("/roll?die=fair", Options::default()).await;
    assert_eq!(spans.len(), 5);
    assert_nested(&spans);
    assert_eq!(
        messages(&lines),
        [
            "Frontend roll request received",
            "Backend response received",
            "Roll request received",
            "Querying die service for specification",
            "Die specification retrieved from service",
            "Roll completed",
            "Die specification requested",
            "Die specification found",
        ]
    );
    let server = named(&spans, "GET /roll").into_iter().find(|span| span.attributes.contains_key("die.faces"));
    let attributes = &server.expect("dice-roller's span").attributes;
    assert_eq!(attributes["die.faces"], json!([1, 2, 3, 4, 5, 6]));
    assert_eq!((&attributes["die.type"], &attributes["die.error_rate"]), (&json!("fair"), &json!(0.0)));
    assert_eq!((&attributes["die.result"], &lines[5]["faces"]), (&lines[5]["roll_value"], &attributes["die.faces"]));
    assert_eq!((&lines[1]["backend_status"], lines[1]["duration"].is_f64()), (&json!(200), true));
}

#[tokio::test]
async fn a_batch_is_five_spans_and_eight_lines_and_one_of_each_per_roll() {
    let (spans, lines, _) = follow("/roll-async?die=fair&times=6", with_delays()).await;
    let rolls = named(&spans, "async_roll");
    assert_eq!((spans.len(), rolls.len(), lines.len()), (11, 6, 14));
    assert_nested(&spans);
    let total: i64 = rolls.iter().filter_map(|span| span.attributes["die.result"].as_i64()).sum();
    let completed = lines.iter().find(|line| line["message"] == "Async roll batch completed").expect("the line");
    let answered = lines.iter().find(|line| line["message"] == "Backend async response received").expect("the line");
    assert_eq!((&completed["total"], &answered["total"]), (&json!(total), &json!(total)));
    assert_eq!((&completed["rolls"], &completed["times"]), (&answered["rolls"], &json!(6)));
    let server = spans.iter().find(|span| span.attributes.contains_key("async.strategy")).expect("the span");
    assert!(rolls.iter().all(|roll| roll.parent_span_id == server.span_id));
    assert_eq!(
        (&server.attributes["async.total_result"], &server.attributes["async.batch_size"]),
        (&json!(total), &json!(6))
    );
    let latest_start = rolls.iter().map(|roll| roll.start).max();
    assert!(latest_start <= rolls.iter().map(|roll| roll.end).min(), "rolls overlap");
}

#[tokio::test]
async fn an_unknown_die_is_five_spans() {
    let (spans, lines, body) = follow("/roll?die=nope", Options::default()).await;
    assert_eq!((spans.len(), &body["status"]), (5, &json!(404)));
    let error = lines.iter().find(|line| line["message"] == "Die service returned error").expect("the line");
    assert_eq!((&error["level"], &error["status_code"]), (&json!("WARNING"), &json!(404)));
}

#[tokio::test]
async fn failed_and_cancelled_rolls_say_so() {
    let (spans, lines, _) = follow("/roll-async?die=broken&times=3", Options::default()).await;
    let rolls = named(&spans, "async_roll");
    let failed: Vec<_> = rolls.iter().filter(|span| span.error).collect();
    let cancelled = rolls.iter().filter(|span| span.attributes.get("async.cancelled") == Some(&json!(true)));
    assert_eq!((failed.len(), cancelled.count()), (1, 2));
    assert_eq!(
        (failed[0].events.as_slice(), &failed[0].attributes["die.error"]),
        (&["exception".to_owned()][..], &json!(true))
    );
    let errors: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").cloned().collect();
    assert_eq!(
        messages(&errors),
        ["Backend returned error", "Async roll triggered error condition", "Async roll batch failed"]
    );
}

#[tokio::test]
async fn histograms_carry_the_trace_in_openmetrics() {
    let _recorder = Recorder::install("dice-roller");
    let world = World::start().await;
    let single = world.frontend.get("/roll?die=fair").await.json()["trace_id"].as_str().expect("an id").to_owned();
    let batch = world.frontend.get("/roll-async?die=risky&times=2&strategy=best-effort").await.json();
    let batch = batch["trace_id"].as_str().expect("an id").to_owned();
    let accept = "application/openmetrics-text;version=1.0.0";
    let roller = world.dice_roller.call(Method::GET, "/metrics", accept).await;
    for (name, trace) in [
        ("roll_duration_seconds_bucket", &single),
        ("dice_roll_value_bucket", &single),
        ("die_service_request_duration_seconds_bucket", &batch),
        ("async_roll_duration_seconds_bucket", &batch),
        ("async_roll_batch_size_bucket", &batch),
    ] {
        let exemplar = format!("# {{trace_id=\"{trace}\"}}");
        assert!(roller.text.lines().any(|line| line.starts_with(name) && line.contains(&exemplar)), "{name}");
    }
    let frontend = world.frontend.call(Method::GET, "/metrics", accept).await;
    let exemplar = format!("# {{trace_id=\"{single}\"}}");
    let name = "backend_request_duration_seconds_bucket";
    assert!(frontend.text.lines().any(|line| line.starts_with(name) && line.contains(&exemplar)));
}

#[tokio::test]
async fn series_of_known_dice_exist_before_the_first_roll() {
    let world = World::start().await;
    let (frontend, roller) = (world.frontend.numbers().await, world.dice_roller.numbers().await);
    for die in ["fair", "risky", "broken"] {
        for result in ["success", "error", "cancelled"] {
            let labels = [("die_type", die), ("result", result)];
            assert!(roller.exists("dice_rolls_total", &labels) && roller.exists("async_rolls_total", &labels));
        }
        assert!(roller.exists("dice_roll_value_count", &[("die_type", die)]));
        for status in ["received", "success", "error", "timeout", "connection_error", "cancelled"] {
            assert!(frontend.exists("frontend_requests_total", &[("die_type", die), ("status", status)]), "{status}");
        }
    }
    assert!(frontend.exists("async_roll_requests_total", &[("batch_size", "20")]));
    assert!(roller.exists("async_roll_batches_total", &[("strategy", "all"), ("outcome", "partial")]));
}
