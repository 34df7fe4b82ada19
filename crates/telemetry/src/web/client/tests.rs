//! Calls that succeed, fail in every way, and their spans.

use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::get;
use lab_testkit::server::TestServer;
use tokio::net::TcpListener;

use super::url::BaseUrl;
use super::*;
use crate::signals::recorder::Recorder;
use crate::signals::traces::context::SpanIds;

const PATIENCE: Duration = Duration::from_secs(20);

async fn server() -> (TestServer, BaseUrl) {
    let routes = Router::new()
        .route("/", get(|headers: HeaderMap| async move { headers["traceparent"].to_str().expect("ASCII").to_owned() }))
        .route("/missing", get(|| async { StatusCode::NOT_FOUND }))
        .route("/large", get(|| async { "x".repeat(1_000) }))
        .route("/slow", get(std::future::pending::<()>));
    let server = TestServer::start(routes).await;
    let base = server.url("").parse().expect("valid");
    (server, base)
}

#[tokio::test]
async fn a_call_is_a_client_span_that_the_other_side_continues() {
    let recorder = Recorder::install("telemetry");
    let (server, base) = server().await;
    let outer = tracing::info_span!("outer");
    let ids = SpanIds::of(&outer).expect("recorded");
    let reply =
        Client::new().get(base.with("/", &[("die", "a b")]), PATIENCE).instrument(outer).await.expect("answers");
    let span = recorder.spans().into_iter().find(|span| span.kind == 3).expect("a CLIENT span");
    assert_eq!((span.name.as_str(), span.error), ("GET", false));
    assert_eq!(span.parent_span_id, ids.span_id_hex().as_str());
    assert_eq!(reply.body, format!("00-{}-{}-01", span.trace_id, span.span_id));
    let expected = serde_json::json!({
        "http.request.method": "GET", "url.full": format!("{}/?die=a%20b", base), "server.address": "127.0.0.1",
        "server.port": server.address().port(), "network.protocol.version": "1.1", "http.response.status_code": 200,
    });
    assert_eq!(serde_json::Value::Object(span.attributes), expected);
}

#[tokio::test]
async fn an_error_status_is_an_answer_and_an_error_of_the_span() {
    let recorder = Recorder::install("telemetry");
    let (_server, base) = server().await;
    let reply = Client::new().get(base.with("/missing", &[]), PATIENCE).await.expect("answers");
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let span = recorder.spans().remove(0);
    assert_eq!((span.error, span.attributes["error.type"].as_str()), (true, Some("404")));
}

#[tokio::test]
async fn every_failure_has_its_own_kind() {
    let recorder = Recorder::install("telemetry");
    let (_server, base) = server().await;
    let client = Client::new().with_body_limit(999);
    let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port").local_addr().expect("bound");
    let nobody: BaseUrl = format!("http://{unused}").parse().expect("valid");

    let failed = client.get(nobody.with("/", &[]), PATIENCE).await.expect_err("nobody listens");
    assert!(matches!(failed, ClientError::Connect(_)), "{failed:?}");
    let failed = client.get(base.with("/slow", &[]), Duration::from_millis(20)).await.expect_err("too slow");
    assert!(matches!(failed, ClientError::Timeout(_)), "{failed:?}");
    let failed = client.get(base.with("/large", &[]), PATIENCE).await.expect_err("too large");
    assert!(matches!(failed, ClientError::BodyTooLarge(999)), "{failed:?}");

    let kinds: Vec<_> = recorder.spans().iter().map(|span| span.attributes["error.type"].clone()).collect();
    assert_eq!(kinds, ["connection_error", "timeout", "body_too_large"]);
}

#[test]
fn idle_connections_are_closed_by_the_client_before_the_server_closes_them() {
    let server = http_door::accept::limits::Limits::default();
    assert!(POOL_IDLE_TIMEOUT < server.idle, "{POOL_IDLE_TIMEOUT:?} {:?}", server.idle);
    // reqwest, which exports spans and scrapes, closes idle connections after 90 s.
    assert!(Duration::from_secs(90) < server.idle, "{:?}", server.idle);
}
