//! OTLP over HTTP: `POST /v1/traces`, `/v1/logs`, `/v1/metrics`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};

use crate::otlp::outcome::Outcome;
use crate::otlp::receiver::OtlpReceiver;
use crate::otlp::refusal::Refusal;
use crate::otlp::request::{Encoding, Signal, Transport};
use crate::otlp::signals::logs::Line;
use crate::otlp::transport::body;

/// The routes of OTLP over HTTP.
pub(super) fn routes() -> Router<Arc<OtlpReceiver>> {
    Router::new().route("/v1/traces", any(traces)).route("/v1/logs", any(logs)).route("/v1/metrics", any(metrics))
}

/// Answers one export request of a signal.
async fn export(receiver: Arc<OtlpReceiver>, signal: Signal, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let encoding = encoding(&parts.headers);
    let result = if parts.method == Method::POST {
        match &encoding {
            Ok(encoding) => read_and_receive(&receiver, signal, *encoding, &parts.headers, body).await,
            Err(refusal) => Err(refusal.clone()),
        }
    } else {
        Err(Refusal::Method)
    };
    let encoding = encoding.unwrap_or(Encoding::Protobuf);
    match result {
        Ok(outcome) => answer(&outcome, signal, encoding),
        Err(refusal) => refusal.to_http(encoding),
    }
}

/// The same at the place that Prometheus and Loki have for OTLP: they answer 400 to a content type that they do not read, where
/// OTLP's own ports answer 415.
pub async fn export_at_a_product(receiver: Arc<OtlpReceiver>, signal: Signal, request: Request) -> Response {
    let mut answer = export(receiver, signal, request).await;
    if answer.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        *answer.status_mut() = StatusCode::BAD_REQUEST;
    }
    answer
}

async fn traces(State(receiver): State<Arc<OtlpReceiver>>, request: Request) -> Response {
    export(receiver, Signal::Traces, request).await
}

async fn logs(State(receiver): State<Arc<OtlpReceiver>>, request: Request) -> Response {
    export(receiver, Signal::Logs, request).await
}

async fn metrics(State(receiver): State<Arc<OtlpReceiver>>, request: Request) -> Response {
    export(receiver, Signal::Metrics, request).await
}

async fn read_and_receive(
    receiver: &Arc<OtlpReceiver>,
    signal: Signal,
    encoding: Encoding,
    headers: &HeaderMap,
    body: axum::body::Body,
) -> Result<Outcome, Refusal> {
    let read = async {
        let permit = receiver.enter()?;
        Ok((permit, body::read(headers, body, receiver.limits()).await?))
    };
    let (_permit, body) = read.await.inspect_err(|refusal| receiver.refuse(signal, Transport::Http, refusal))?;
    receive(receiver, signal, Transport::Http, encoding, body).await
}

/// Hands a body to the receiver, on a blocking thread: it is answered only after it was written to the journal.
pub(crate) async fn receive(
    receiver: &Arc<OtlpReceiver>,
    signal: Signal,
    transport: Transport,
    encoding: Encoding,
    body: Bytes,
) -> Result<Outcome, Refusal> {
    receiver.until_there_is_room(signal).await;
    let now_ns = receiver.now_ns();
    let receiver = Arc::clone(receiver);
    let work = move || receiver.receive(signal, transport, encoding, &body, now_ns);
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Refusal::Busy(format!("the request could not be processed: {error}; retry later"))))
}

/// Hands lines of another format to the receiver, the same way.
pub(crate) async fn receive_lines(receiver: &Arc<OtlpReceiver>, lines: Vec<Line>) -> Result<Outcome, Refusal> {
    receiver.until_there_is_room(Signal::Logs).await;
    let now_ns = receiver.now_ns();
    let receiver = Arc::clone(receiver);
    let done = tokio::task::spawn_blocking(move || receiver.receive_lines(lines, now_ns)).await;
    done.unwrap_or_else(|error| Err(Refusal::Busy(format!("the request could not be processed: {error}; retry later"))))
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-protobuf" | "application/protobuf" => Ok(Encoding::Protobuf),
        "application/json" => Ok(Encoding::Json),
        _ => Err(Refusal::MediaType),
    }
}

fn answer(outcome: &Outcome, signal: Signal, encoding: Encoding) -> Response {
    match encoding {
        Encoding::Json => axum::Json(outcome.to_json(signal)).into_response(),
        Encoding::Protobuf => {
            ([(header::CONTENT_TYPE, "application/x-protobuf")], outcome.to_protobuf()).into_response()
        }
    }
}
