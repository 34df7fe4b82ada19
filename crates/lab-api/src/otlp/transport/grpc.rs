//! OTLP over gRPC: the `Export` method of the trace, logs and metrics services.
//!
//! The messages stay bytes here: what the generated services would decode, the trace store only walks over.

mod packed;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use tonic::codec::CompressionEncoding;
use tonic::server::Grpc;

use crate::otlp::receiver::OtlpReceiver;
use crate::otlp::request::{Encoding, Signal, Transport};
use crate::otlp::transport::bytes_codec::BytesCodec;
use crate::otlp::transport::http;

/// The routes of OTLP over gRPC.
pub(super) fn routes() -> Router<Arc<OtlpReceiver>> {
    Router::new()
        .route("/opentelemetry.proto.collector.trace.v1.TraceService/Export", post(traces))
        .route("/opentelemetry.proto.collector.logs.v1.LogsService/Export", post(logs))
        .route("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", post(metrics))
}

/// True if a request is one of gRPC.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
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

async fn export(receiver: Arc<OtlpReceiver>, signal: Signal, request: Request) -> Response {
    let limit = receiver.limits().decompressed_bytes;
    let request = match packed::unpacked(request, receiver.limits()).await {
        Ok(request) => request,
        Err(refusal) => {
            receiver.refuse(signal, Transport::Grpc, &refusal);
            return refusal.to_grpc().into_http();
        }
    };
    let service = tower::service_fn(move |request: tonic::Request<Bytes>| {
        let receiver = Arc::clone(&receiver);
        async move {
            let body = request.into_inner();
            let entered = receiver.enter().inspect_err(|refusal| receiver.refuse(signal, Transport::Grpc, refusal));
            let _permit = entered.map_err(|refusal| refusal.to_grpc())?;
            let result = http::receive(&receiver, signal, Transport::Grpc, Encoding::Protobuf, body).await;
            let outcome = result.map_err(|refusal| refusal.to_grpc())?;
            Ok::<_, tonic::Status>(tonic::Response::new(Bytes::from(outcome.to_protobuf())))
        }
    });
    let mut grpc = Grpc::new(BytesCodec)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Deflate)
        .send_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(limit);
    grpc.unary(service, request).await.map(axum::body::Body::new)
}
