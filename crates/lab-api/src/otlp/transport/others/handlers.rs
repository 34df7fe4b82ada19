//! Requests of Zipkin, Jaeger and Faro: read, translated, handed to the receiver, answered.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::otlp::receiver::OtlpReceiver;
use crate::otlp::refusal::Refusal;
use crate::otlp::request::{Encoding, Signal, Transport};
use crate::otlp::transport::others::faro::payload::Payload;
use crate::otlp::transport::others::{faro, jaeger, zipkin};
use crate::otlp::transport::{body, http as otlp_http};

/// Takes the spans of a Zipkin client.
pub(super) async fn zipkin(State(receiver): State<Arc<OtlpReceiver>>, request: Request) -> Response {
    let kinds = ["application/json", ""];
    answer(spans(&receiver, request, &kinds, zipkin::translate::spans).await, "")
}

/// Takes the batch of a Jaeger client.
pub(super) async fn jaeger(State(receiver): State<Arc<OtlpReceiver>>, request: Request) -> Response {
    let kinds = ["application/x-thrift", "application/vnd.apache.thrift.binary"];
    answer(spans(&receiver, request, &kinds, |body, _| jaeger::translate::spans(body)).await, "")
}

/// Takes what the Faro SDK of a web page sends.
pub(super) async fn faro(State(receiver): State<Arc<OtlpReceiver>>, request: Request) -> Response {
    // A page that is being left sends a beacon, whose type is plain text.
    let kinds = ["application/json", "text/plain", ""];
    let taken = async {
        let body = read(&receiver, Signal::Logs, request, &kinds).await?;
        let payload = Payload::read(&body).map_err(|problem| refused(&receiver, Signal::Logs, problem))?;
        if let Some(spans) = payload.traces() {
            otlp_http::receive(&receiver, Signal::Traces, Transport::Http, Encoding::Json, spans).await?;
        }
        let lines = faro::lines::of(&payload);
        if !lines.is_empty() {
            otlp_http::receive_lines(&receiver, lines).await?;
        }
        Ok(())
    };
    answer(taken.await, "ok")
}

/// Takes spans in that come in another format.
async fn spans(
    receiver: &Arc<OtlpReceiver>,
    request: Request,
    kinds: &[&str],
    translate: fn(&[u8], i64) -> Result<ExportTraceServiceRequest, String>,
) -> Result<(), Refusal> {
    let body = read(receiver, Signal::Traces, request, kinds).await?;
    let translated = translate(&body, receiver.now_ns());
    let translated = translated.map_err(|problem| refused(receiver, Signal::Traces, problem))?;
    let body = Bytes::from(translated.encode_to_vec());
    otlp_http::receive(receiver, Signal::Traces, Transport::Http, Encoding::Protobuf, body).await?;
    Ok(())
}

/// The unpacked body of a request with one of these content types.
async fn read(
    receiver: &Arc<OtlpReceiver>,
    signal: Signal,
    request: Request,
    kinds: &[&str],
) -> Result<Bytes, Refusal> {
    let (parts, body) = request.into_parts();
    let read = async {
        if parts.method != Method::POST {
            return Err(Refusal::Method);
        }
        let kind = content_type(&parts.headers);
        if !kinds.contains(&kind.as_str()) {
            return Err(Refusal::OtherType(kinds[0].to_owned()));
        }
        let _permit = receiver.enter()?;
        body::read(&parts.headers, body, receiver.limits()).await
    };
    read.await.inspect_err(|refusal| receiver.refuse(signal, Transport::Http, refusal))
}

fn content_type(headers: &HeaderMap) -> String {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A body that cannot be read, counted.
fn refused(receiver: &OtlpReceiver, signal: Signal, problem: String) -> Refusal {
    let refusal = Refusal::Malformed(problem);
    receiver.refuse(signal, Transport::Http, &refusal);
    refusal
}

fn answer(taken: Result<(), Refusal>, body: &'static str) -> Response {
    match taken {
        Ok(()) => (StatusCode::ACCEPTED, body).into_response(),
        Err(refusal) => refusal.to_http(Encoding::Json),
    }
}
