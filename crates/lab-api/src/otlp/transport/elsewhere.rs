//! Requests that came to the wrong place: the answer says where they should go.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::otlp::transport::grpc::is_grpc;

/// What this port takes.
const TAKEN: &str = "this port takes OTLP: POST /v1/traces, /v1/logs and /v1/metrics with protobuf or JSON, and gRPC; \
     beside it Zipkin's /api/v2/spans, Jaeger's /api/traces and Faro's /collect";

/// How paths end that belong to another product, and where to send what they carry.
const OTHERS: [(&str, &str); 8] = [
    ("/loki/api/v1/push", "Loki's push API is on the lab's port for logs, 3100 unless it was moved"),
    ("/api/v1/write", "Prometheus' remote write is on the lab's port for metrics, 9090 unless it was moved"),
    (
        "/api/v1/push",
        "Prometheus' remote write is /api/v1/write on the lab's port for metrics, 9090 unless it was moved",
    ),
    ("/api/v1/traces", "the path for spans is /v1/traces"),
    ("/api/v2/otlp", "leave /api/v2/otlp out, the paths are /v1/traces, /v1/logs and /v1/metrics"),
    ("/v1development/profiles", "the lab keeps spans, log records and metrics, but no profiles"),
    ("/api/v1/spans", "Zipkin's spans are taken in JSON of version 2 at /api/v2/spans"),
    ("/_bulk", "the lab does not speak Elasticsearch's API: send log records by OTLP to /v1/logs"),
];

/// Answers a request for which there is no route.
pub(super) async fn answer(request: Request) -> Response {
    let path = request.uri().path();
    if is_grpc(request.headers()) {
        let message = format!(
            "the method {path:?} is unknown here; the methods are \
             /opentelemetry.proto.collector.{{trace,logs,metrics}}.v1.{{Trace,Logs,Metrics}}Service/Export"
        );
        return tonic::Status::unimplemented(message).into_http::<tonic::body::Body>().map(Body::new);
    }
    (StatusCode::NOT_FOUND, format!("404 page not found: {}; {TAKEN}\n", advice(path))).into_response()
}

/// What is probably meant by a path.
fn advice(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return "the address has no path; set OTEL_EXPORTER_OTLP_ENDPOINT, to which an SDK adds the path of each signal, \
                or write the path into the address of the signal"
            .to_owned();
    }
    if let Some((_, advice)) = OTHERS.iter().find(|(end, _)| trimmed.ends_with(end)) {
        return (*advice).to_owned();
    }
    if trimmed.starts_with("/metrics/job") {
        return "the lab has no Pushgateway: send metrics by OTLP or by remote write".to_owned();
    }
    for (signal, singular) in [("/v1/traces", "/v1/trace"), ("/v1/logs", "/v1/log"), ("/v1/metrics", "/v1/metric")] {
        if trimmed.matches("/v1/").count() > 1 && trimmed.ends_with(signal) {
            return format!(
                "the path {path:?} names a signal twice, since an SDK adds {signal} to OTEL_EXPORTER_OTLP_ENDPOINT; set \
                 it to the address without a path"
            );
        }
        if trimmed.ends_with(signal) || trimmed.ends_with(singular) {
            return format!("the path {path:?} should be {signal}");
        }
    }
    format!("there is nothing at {path:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_is_said() {
        for (path, said) in [
            ("/", "the address has no path"),
            ("/v1/trace", "should be /v1/traces"),
            ("/otlp/v1/logs", "should be /v1/logs"),
            ("/v1/metrics/", "should be /v1/metrics"),
            ("/v1/traces/v1/traces", "without a path"),
            ("/loki/api/v1/push", "3100"),
            ("/api/v1/write", "9090"),
            ("/api/v2/otlp", "leave /api/v2/otlp out"),
            ("/metrics/job/a", "no Pushgateway"),
            ("/elsewhere", "there is nothing at \"/elsewhere\""),
        ] {
            assert!(advice(path).contains(said), "{path}: {}", advice(path));
        }
    }
}
