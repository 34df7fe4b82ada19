//! How encoded spans reach a backend: one OTLP request over HTTP/protobuf or gRPC, and what its answer means.
//!
//! Both protocols are one HTTP POST. gRPC adds HTTP/2, a five-byte frame before the message and a status in
//! the trailers (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>), so that one client with
//! one TLS stack serves both. Which answers are worth another try is the OTLP specification's list.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, TE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use crate::signals::config::{ExporterConfig, Protocol};

/// gRPC status codes that OTLP calls retryable: cancelled, deadline exceeded, resource exhausted, aborted, out of
/// range, unavailable, data loss.
const RETRYABLE_GRPC: [u32; 7] = [1, 4, 8, 10, 11, 14, 15];
/// No backend needs more words than this to say what is wrong.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Before a gRPC message: whether it is compressed, and its length.
const GRPC_FRAME_BYTES: usize = 5;

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The same request may succeed later.
    #[error("{reason}")]
    Retryable {
        /// What the backend or the network said.
        reason: String,
        /// How long the backend asks to wait.
        after: Option<Duration>,
    },
    /// The same request would be refused again.
    #[error("{0}")]
    Permanent(String),
}

impl SendError {
    fn retryable(reason: impl Into<String>) -> Self {
        Self::Retryable { reason: reason.into(), after: None }
    }
}

/// A client for one endpoint.
#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    config: ExporterConfig,
}

impl Transport {
    /// Fails when the TLS set-up of an `https` endpoint cannot be built.
    pub(crate) fn new(config: ExporterConfig) -> Result<Self, reqwest::Error> {
        // Another component may have installed a provider before; any one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .timeout(config.timeout)
            .connect_timeout(config.timeout)
            .redirect(reqwest::redirect::Policy::none());
        if config.endpoint.starts_with("http://") {
            // Reading the system's certificates costs memory that a plain connection does not need.
            builder = builder.tls_certs_only([]);
            if config.protocol == Protocol::Grpc {
                builder = builder.http2_prior_knowledge();
            }
        }
        Ok(Self { http: builder.build()?, config })
    }

    /// Sends one encoded `ExportTraceServiceRequest`. Returns how many of its spans the backend rejected although it
    /// took the request (partial success).
    pub(crate) async fn send(&self, message: Vec<u8>) -> Result<u64, SendError> {
        let message = if self.config.gzip { gzip(&message) } else { message };
        let mut headers = self.config.headers.iter().cloned().collect::<HeaderMap>();
        let body = match self.config.protocol {
            Protocol::HttpProtobuf => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
                if self.config.gzip {
                    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                }
                message
            }
            Protocol::Grpc => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
                headers.insert(TE, HeaderValue::from_static("trailers"));
                if self.config.gzip {
                    headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
                }
                grpc_frame(&message, self.config.gzip)
            }
        };
        let request = self.http.post(&self.config.endpoint).headers(headers).body(body);
        let response = request.send().await.map_err(|error| SendError::retryable(chain(&error)))?;
        match self.config.protocol {
            Protocol::HttpProtobuf => http_outcome(response).await,
            Protocol::Grpc => grpc_outcome(response).await,
        }
    }
}

async fn http_outcome(mut response: reqwest::Response) -> Result<u64, SendError> {
    let status = response.status();
    let after = retry_after(response.headers());
    let mut answer = Vec::new();
    // Read to the end, so that the connection can be used again.
    while let Ok(Some(chunk)) = response.chunk().await {
        if answer.len() < MAX_ANSWER_BYTES {
            answer.extend_from_slice(&chunk);
        }
    }
    if status.is_success() {
        return Ok(rejected(&answer));
    }
    let text: String = String::from_utf8_lossy(&answer).chars().filter(|c| !c.is_control()).take(200).collect();
    let reason = format!("the backend answered {status} {text}").trim_end().to_owned();
    let retryable = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ];
    if retryable.contains(&status) {
        Err(SendError::Retryable { reason, after })
    } else {
        Err(SendError::Permanent(reason))
    }
}

async fn grpc_outcome(response: reqwest::Response) -> Result<u64, SendError> {
    let (parts, body) = http::Response::from(response).into_parts();
    if !parts.status.is_success() {
        return Err(SendError::retryable(format!("the backend answered {}", parts.status)));
    }
    let mut trailers = parts.headers; // a status without a body stands in the head
    let mut answer = Vec::new();
    let mut body = std::pin::pin!(body);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| SendError::retryable(chain(&error)))?;
        match frame.into_data() {
            Ok(data) if answer.len() < MAX_ANSWER_BYTES => answer.extend_from_slice(&data),
            Ok(_) => {}
            Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
    }
    let text = |name| trailers.get(name).and_then(|value| value.to_str().ok());
    let Some(code) = text("grpc-status").and_then(|code| code.parse::<u32>().ok()) else {
        return Err(SendError::retryable("the backend gave no grpc-status"));
    };
    if code == 0 {
        return Ok(answer.get(GRPC_FRAME_BYTES..).map_or(0, rejected));
    }
    let reason = format!("the backend answered gRPC status {code} {}", text("grpc-message").unwrap_or_default());
    let reason = reason.trim_end().to_owned();
    if RETRYABLE_GRPC.contains(&code) { Err(SendError::retryable(reason)) } else { Err(SendError::Permanent(reason)) }
}

/// Reads `ExportTraceServiceResponse`; one that cannot be read rejects nothing.
fn rejected(answer: &[u8]) -> u64 {
    let response = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
    response.partial_success.map_or(0, |partial| u64::try_from(partial.rejected_spans).unwrap_or(0))
}

fn grpc_frame(message: &[u8], compressed: bool) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + GRPC_FRAME_BYTES);
    frame.push(u8::from(compressed));
    frame.extend_from_slice(&(message.len() as u32).to_be_bytes());
    frame.extend_from_slice(message);
    frame
}

fn gzip(message: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(message.len() / 4), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(message);
    encoder.finish().unwrap_or_default()
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An error with all its causes; reqwest's own text stops at the first.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
