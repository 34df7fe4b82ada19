//! The frame around a router, without a socket.

use axum::routing::{get, post};
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::*;
use crate::signals::recorder::Recorder;
use crate::web::app::client_gone::ClientGone;

fn app() -> App {
    let routes = Router::new()
        .route("/roll", get(|| async { "rolled" }))
        .route("/put", post(|| async {}).put(|| async {}))
        .route("/die/{name}", get(|| async { Problem::new(StatusCode::SERVICE_UNAVAILABLE, "down") }))
        .route("/panic", get(|| async { panic!("the die is cast") as &'static str }))
        .route("/wait", get(|gone: ClientGone| async move { gone.cancelled().await }));
    App::new(routes, Registry::default(), Readiness::default())
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    body: String,
}

impl Answer {
    fn problem(&self) -> Value {
        assert_eq!(self.headers[CONTENT_TYPE], PROBLEM_JSON);
        serde_json::from_str(&self.body).expect("JSON")
    }
}

async fn call(app: &App, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::builder().method(method).uri(path), |r, (k, v)| r.header(*k, *v));
    let response =
        app.router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

async fn metrics(app: &App) -> String {
    call(app, "GET", "/metrics", &[]).await.body
}

#[tokio::test]
async fn a_request_is_one_span_with_the_semantic_conventions() {
    let recorder = Recorder::install("telemetry");
    let app = app();
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("traceparent", parent), ("host", "127.0.0.1:8106"), ("user-agent", "test/1")];
    let answer = call(&app, "GET", "/roll?die=fair", &headers).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "rolled"));
    let span = recorder.spans().remove(0);
    assert_eq!((span.name.as_str(), span.kind, span.error), ("GET /roll", 2, false));
    assert_eq!(span.trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span.parent_span_id, "b7ad6b7169203331");
    let expected = json!({
        "http.request.method": "GET", "url.scheme": "http", "url.path": "/roll", "url.query": "die=fair",
        "http.route": "/roll", "server.address": "127.0.0.1", "server.port": 8106,
        "network.protocol.version": "1.1", "user_agent.original": "test/1", "http.response.status_code": 200,
    });
    assert_eq!(Value::Object(span.attributes), expected);
    let response = format!("00-{}-{}-01", span.trace_id, span.span_id);
    assert_eq!(answer.headers["traceresponse"], response.as_str());
}

#[tokio::test]
async fn server_errors_are_errors_and_client_errors_are_not() {
    let recorder = Recorder::install("telemetry");
    let app = app();
    let failed = call(&app, "GET", "/die/x", &[]).await;
    call(&app, "GET", "/nothing", &[]).await;
    let spans = recorder.spans();
    assert_eq!(failed.problem()["trace_id"], spans[0].trace_id.as_str());
    assert_eq!((spans[0].error, &spans[0].attributes["error.type"]), (true, &json!("503")));
    assert_eq!((spans[0].name.as_str(), spans[1].name.as_str()), ("GET /die/{name}", "GET"));
    assert_eq!((spans[1].error, spans[1].attributes.get("http.route")), (false, None));
}

#[tokio::test]
async fn an_unsampled_caller_is_honoured() {
    let recorder = Recorder::install("telemetry");
    let answer =
        call(&app(), "GET", "/roll", &[("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")])
            .await;
    let response = answer.headers["traceresponse"].to_str().expect("ASCII");
    assert!(response.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && response.ends_with("-00"), "{response}");
    assert!(recorder.spans().is_empty());
}

#[tokio::test]
async fn requests_are_counted_by_route_method_and_class() {
    let _recorder = Recorder::install("telemetry");
    let app = app();
    for (method, path) in
        [("GET", "/roll"), ("HEAD", "/roll"), ("BREW", "/roll"), ("GET", "/nothing"), ("GET", "/die/a")]
    {
        call(&app, method, path, &[]).await;
    }
    let text = metrics(&app).await;
    for line in [
        "http_requests_total{handler=\"/roll\",method=\"GET\",status=\"2xx\"} 1",
        "http_requests_total{handler=\"/roll\",method=\"HEAD\",status=\"2xx\"} 1",
        "http_requests_total{handler=\"/roll\",method=\"_OTHER\",status=\"4xx\"} 1",
        "http_requests_total{handler=\"none\",method=\"GET\",status=\"4xx\"} 1",
        "http_requests_total{handler=\"/die/{name}\",method=\"GET\",status=\"5xx\"} 1",
        "http_request_duration_seconds_count{handler=\"/roll\",method=\"GET\"} 1",
        "http_requests_in_progress{handler=\"/roll\"} 0",
    ] {
        assert!(text.contains(&format!("\n{line}\n")), "{line} in\n{text}");
    }
}

#[tokio::test]
async fn probes_leave_no_trace() {
    let recorder = Recorder::install("telemetry");
    let app = app();
    for path in probes::PATHS {
        let answer = call(&app, "GET", path, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.headers.contains_key("traceresponse"), "{path}");
    }
    assert!(recorder.spans().is_empty());
    assert!(!metrics(&app).await.contains("http_requests_total{"));
}

#[tokio::test]
async fn readiness_names_what_is_missing() {
    let readiness = Readiness::default();
    let condition = readiness.condition("die-service");
    let app = App::new(Router::new(), Registry::default(), readiness);
    let answer = call(&app, "GET", "/readyz", &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.problem()["detail"], "Not ready: die-service: has not answered yet");
    condition.met();
    assert_eq!(call(&app, "GET", "/readyz", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn wrong_paths_and_methods_are_problems() {
    let _recorder = Recorder::install("telemetry");
    let app = app();
    let unknown = call(&app, "GET", "/nothing", &[]).await;
    assert_eq!(
        (unknown.status, &unknown.problem()["detail"]),
        (StatusCode::NOT_FOUND, &json!("There is nothing at /nothing"))
    );
    let wrong = call(&app, "DELETE", "/put", &[]).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    let mut allowed: Vec<_> = wrong.headers[ALLOW].to_str().expect("ASCII").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["POST", "PUT"]);
    assert!(wrong.problem()["detail"].as_str().expect("text").starts_with("DELETE is not allowed for /put; allowed: "));
    let post = call(&app, "POST", "/metrics", &[]).await;
    assert_eq!(post.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn head_works_where_get_does() {
    let answer = call(&app(), "HEAD", "/roll", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(answer.headers[CONTENT_LENGTH], "6");
}

#[tokio::test]
async fn a_panic_is_a_500_and_a_line() {
    let recorder = Recorder::install("telemetry");
    let app = app();
    let answer = call(&app, "GET", "/panic", &[]).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let (line, span) = (recorder.lines().remove(0), recorder.spans().remove(0));
    assert_eq!((&line["message"], &line["panic"]), (&json!("Request handler panicked"), &json!("the die is cast")));
    assert_eq!(line["trace_id"], span.trace_id.as_str());
    assert_eq!(answer.problem()["trace_id"], span.trace_id.as_str());
    assert!(metrics(&app).await.contains("http_requests_in_progress{handler=\"/panic\"} 0\n"));
}

#[tokio::test]
async fn cancelling_all_requests_ends_them_in_order() {
    let _recorder = Recorder::install("telemetry");
    let app = app();
    let request = Request::get("/wait").body(Body::empty()).expect("a request");
    let waiting = tokio::spawn(app.router.clone().oneshot(request));
    while app.requests.in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.requests.cancel(std::time::Duration::from_secs(20)).await, (1, 0));
    waiting.await.expect("ends").expect("answers");
    let text = metrics(&app).await;
    assert!(text.contains("http_requests_total{handler=\"/wait\",method=\"GET\",status=\"cancelled\"} 1\n"), "{text}");
}
