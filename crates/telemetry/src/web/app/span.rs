//! The SERVER span of a request, after the stable HTTP semantic conventions
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server>).

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{HOST, USER_AGENT};
use http::{HeaderMap, Request, StatusCode, Version};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::signals::traces::context::extract;
use crate::web::app::metrics::known_method;

/// Opens the span, as a child of the caller's if a valid `traceparent` came along.
pub(crate) fn open(request: &Request<Body>, route: Option<&str>) -> Span {
    let method = known_method(request.method());
    // An unknown method is named HTTP, so that clients cannot invent span names.
    let verb = if method == "_OTHER" { "HTTP" } else { method };
    let name = route.map_or_else(|| verb.to_owned(), |route| format!("{verb} {route}"));
    let (host, port) = server_address(request);
    let headers = request.headers();
    let client = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    let span = tracing::info_span!(
        parent: None,
        "request",
        "otel.name" = name,
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "http.request.method" = method,
        "http.request.method_original" = (method == "_OTHER").then_some(request.method().as_str()),
        "url.scheme" = "http",
        "url.path" = request.uri().path(),
        "url.query" = request.uri().query(),
        "http.route" = route,
        "server.address" = host,
        "server.port" = port,
        "client.address" = client,
        "network.protocol.version" = protocol_version(request.version()),
        "user_agent.original" = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()),
        "http.response.status_code" = Empty,
        "error.type" = Empty,
    );
    if let Some(parent) = extract(headers) {
        // Fails only for spans that are disabled or started, and this one is neither.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
    span
}

/// Notes how the request ended; `None` means that the client was gone first.
pub(crate) fn finish(span: &Span, status: Option<StatusCode>) {
    let Some(status) = status else {
        span.record("error.type", "cancelled");
        return;
    };
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("error.type", status.as_str());
        span.record("otel.status_code", "ERROR");
    }
}

fn server_address(request: &Request<Body>) -> (Option<&str>, Option<i64>) {
    let authority =
        request.uri().host().map(|host| (host, request.uri().port_u16())).or_else(|| host(request.headers()));
    match authority {
        Some((host, port)) => (Some(host), port.map(i64::from)),
        None => (None, None),
    }
}

fn host(headers: &HeaderMap) -> Option<(&str, Option<u16>)> {
    let host = headers.get(HOST)?.to_str().ok()?;
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => Some((name, port.parse().ok())),
        _ => Some((host, None)),
    }
}

fn protocol_version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    }
}
