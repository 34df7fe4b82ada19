//! The service from the outside: answers, metrics, log lines and spans.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use telemetry::http::App;
use telemetry::metrics::Registry;
use telemetry::readiness::Readiness;
use telemetry::recorder::Recorder;
use tower::ServiceExt;

use super::*;
use crate::metrics::DieMetrics;

fn app() -> App {
    let mut registry = Registry::default();
    let catalogue = Catalogue::new(Specifications::built_in(), DieMetrics::register(&mut registry));
    App::new(routes(catalogue), registry, Readiness::default())
}

async fn text(app: &App, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = app.router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("UTF-8"))
}

async fn call(app: &App, path: &str) -> (u16, Value) {
    let (status, body) = text(app, path).await;
    (status.as_u16(), serde_json::from_str(&body).expect("JSON"))
}

#[tokio::test]
async fn the_index_names_the_service() {
    let expected = json!({
        "service": "die-service", "version": IDENTITY.version, "endpoints": ["/", "/dice"], "loaded_specifications": 2,
    });
    assert_eq!(call(&app(), "/").await, (200, expected));
}

#[tokio::test]
async fn the_list_is_in_file_order() {
    let recorder = Recorder::install("die-service");
    let app = app();
    assert_eq!(call(&app, "/dice").await, (200, json!({"identifiers": ["fair", "risky"]})));
    let line = recorder.lines().remove(0);
    assert_eq!((&line["message"], &line["level"]), (&json!("Die list requested"), &json!("INFO")));
    assert_eq!((&line["count"], &line["identifiers"]), (&json!(2), &json!(["fair", "risky"])));
    let span = recorder.spans().remove(0);
    assert_eq!((span.name.as_str(), &span.attributes["request.type"]), ("GET /dice", &json!("list")));
    assert_eq!(span.attributes["die.count"], 2);
    assert_eq!(line["trace_id"], span.trace_id.as_str());
}

#[tokio::test]
async fn a_known_die_is_found() {
    let recorder = Recorder::install("die-service");
    let app = app();
    let (status, body) = text(&app, "/dice?identifier=fair").await;
    let expected = r#"{"identifier":"fair","specification":{"faces":[1,2,3,4,5,6],"error_rate":0.0}}"#;
    assert_eq!((status, body.as_str()), (StatusCode::OK, expected));
    let lines = recorder.lines();
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().expect("text")).collect();
    assert_eq!(messages, ["Die specification requested", "Die specification found"]);
    assert_eq!((&lines[1]["faces"], &lines[1]["error_rate"]), (&json!([1, 2, 3, 4, 5, 6]), &json!(0.0)));
    let span = recorder.spans().remove(0);
    let attributes = ["request.type", "die.identifier", "die.found"].map(|key| span.attributes[key].clone());
    assert_eq!(attributes, [json!("get"), json!("fair"), json!(true)]);
}

#[tokio::test]
async fn unknown_and_empty_names_are_404_and_name_the_known_ones() {
    let recorder = Recorder::install("die-service");
    let app = app();
    for name in ["nope", "", "Fair", "fair%20"] {
        let (status, problem) = call(&app, &format!("/dice?identifier={name}")).await;
        assert_eq!(status, 404, "{name}");
        assert!(problem["detail"].as_str().expect("text").ends_with("known dice: fair, risky"), "{problem}");
        let line = recorder.lines().remove(1);
        assert_eq!((&line["level"], &line["available_identifiers"]), (&json!("WARNING"), &json!(["fair", "risky"])));
        let span = recorder.spans().remove(0);
        assert_eq!((&span.attributes["die.found"], span.error), (&json!(false), false));
        assert_eq!(problem["trace_id"], span.trace_id.as_str());
    }
    assert_eq!(call(&app, "/dice?identifier=fair&identifier=risky").await.0, 422);
    let (_, metrics) = text(&app, "/metrics").await;
    assert!(!metrics.contains("nope"), "user input makes no series");
}

#[tokio::test]
async fn series_exist_from_the_start_and_move_by_one() {
    let app = app();
    let before = text(&app, "/metrics").await.1;
    call(&app, "/dice?identifier=risky").await;
    call(&app, "/dice").await;
    let after = text(&app, "/metrics").await.1;
    for (series, start, end) in [
        ("die_specifications_requested_total{identifier=\"fair\"}", 0, 0),
        ("die_specifications_requested_total{identifier=\"risky\"}", 0, 1),
        ("die_list_requests_total", 0, 1),
        ("die_specifications_loaded", 2, 2),
    ] {
        assert!(before.contains(&format!("\n{series} {start}\n")), "{series} in\n{before}");
        assert!(after.contains(&format!("\n{series} {end}\n")), "{series} in\n{after}");
    }
}
