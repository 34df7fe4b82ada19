//! Requests of Zipkin, Jaeger and Faro: read, translated, handed to the receiver, answered.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tokio::sync::OwnedSemaphorePermit;

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
    let most = receiver.limits().decompressed_bytes;
    let translate = move |body: Bytes| {
        let payload = Payload::read(&body).map_err(Refusal::Malformed)?;
        let lines = faro::lines::of(&payload, most).map_err(|_| Refusal::BecomesTooLarge("lines", most))?;
        Ok((payload.traces(), lines))
    };
    let taken = async {
        let read = read(&receiver, Signal::Logs, request, &kinds).await?;
        let (_permit, (spans, lines)) = translated(&receiver, Signal::Logs, read, translate).await?;
        if let Some(spans) = spans {
            otlp_http::receive(&receiver, Signal::Traces, Transport::Http, Encoding::Json, spans).await?;
        }
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
    let read = read(receiver, Signal::Traces, request, kinds).await?;
    let now_ns = receiver.now_ns();
    let translate = move |body: Bytes| {
        let translated = translate(&body, now_ns).map_err(Refusal::Malformed)?;
        Ok(Bytes::from(translated.encode_to_vec()))
    };
    let (_permit, body) = translated(receiver, Signal::Traces, read, translate).await?;
    otlp_http::receive(receiver, Signal::Traces, Transport::Http, Encoding::Protobuf, body).await?;
    Ok(())
}

/// What a body becomes, on a blocking thread. Its place among the requests in work goes along, so that it is kept until
/// the translation has ended, even if the sender has left.
async fn translated<T: Send + 'static>(
    receiver: &OtlpReceiver,
    signal: Signal,
    (permit, body): (OwnedSemaphorePermit, Bytes),
    translate: impl FnOnce(Bytes) -> Result<T, Refusal> + Send + 'static,
) -> Result<(OwnedSemaphorePermit, T), Refusal> {
    let done = tokio::task::spawn_blocking(move || Ok((permit, translate(body)?))).await;
    let done = done.unwrap_or_else(|error| {
        Err(Refusal::Busy(format!("the request could not be translated: {error}; retry later")))
    });
    done.inspect_err(|refusal| receiver.refuse(signal, Transport::Http, refusal))
}

/// The unpacked body of a request with one of these content types, and its place among the requests in work.
async fn read(
    receiver: &Arc<OtlpReceiver>,
    signal: Signal,
    request: Request,
    kinds: &[&str],
) -> Result<(OwnedSemaphorePermit, Bytes), Refusal> {
    let (parts, body) = request.into_parts();
    let read = async {
        if parts.method != Method::POST {
            return Err(Refusal::Method);
        }
        let kind = content_type(&parts.headers);
        if !kinds.contains(&kind.as_str()) {
            return Err(Refusal::OtherType(kinds[0].to_owned()));
        }
        let permit = receiver.enter()?;
        Ok((permit, body::read(&parts.headers, body, receiver.limits()).await?))
    };
    read.await.inspect_err(|refusal| receiver.refuse(signal, Transport::Http, refusal))
}

fn content_type(headers: &HeaderMap) -> String {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn answer(taken: Result<(), Refusal>, body: &'static str) -> Response {
    match taken {
        Ok(()) => (StatusCode::ACCEPTED, body).into_response(),
        Err(refusal) => refusal.to_http(Encoding::Json),
    }
}
