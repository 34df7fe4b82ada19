//! Why a whole request was refused, and how each transport says so.
//!
//! Over HTTP the body is a `google.rpc.Status`, in protobuf or JSON like the request, as the OTLP
//! specification asks; wrong methods and content types get plain text, as from OpenTelemetry's collector.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use lab_storage::Wait;
use prost::Message;
use serde_json::json;

use crate::otlp::request::Encoding;

/// When a client should come again that came while too many others were served.
const SOON: Duration = Duration::from_secs(1);
/// The code `UNAVAILABLE` of `google.rpc.Code`.
const UNAVAILABLE: i32 = 14;

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is not what the content type says; repeating it is useless.
    #[error("{0}")]
    Malformed(String),
    /// The body is too large.
    #[error("request body is larger than {0} bytes, which is the limit; send smaller batches")]
    TooLarge(usize),
    /// What the body becomes is too large.
    #[error("the {0} of this request would take more than {1} bytes, which is the limit; send smaller batches")]
    BecomesTooLarge(&'static str, usize),
    /// The body did not come in time.
    #[error("request body did not arrive within {0} s")]
    TooSlow(u64),
    /// Neither protobuf nor JSON.
    #[error("415 unsupported media type, supported: [application/json, application/x-protobuf]")]
    MediaType,
    /// A body of another format than the one that this place takes.
    #[error("415 unsupported media type, supported here: [{0}]")]
    OtherType(String),
    /// A content encoding that is not known; 400, as from the Collector, Prometheus, Loki and Tempo.
    #[error("unsupported content encoding {0:?}, supported: [gzip, deflate, zstd, snappy]")]
    ContentEncoding(String),
    /// Not a POST.
    #[error("405 method not allowed, supported: [POST]")]
    Method,
    /// Too many others are being served; try again soon.
    #[error("{0}")]
    Busy(String),
    /// The store cannot keep the request at the moment.
    #[error(transparent)]
    Wait(#[from] Wait),
}

impl Refusal {
    /// The reason in one word, for a metric's label.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::TooLarge(_) | Self::BecomesTooLarge(..) => "too_large",
            Self::TooSlow(_) => "too_slow",
            Self::MediaType | Self::OtherType(_) | Self::ContentEncoding(_) => "unsupported",
            Self::Method => "method",
            Self::Busy(_) => "busy",
            Self::Wait(wait) => wait.reason(),
        }
    }

    /// The answer over HTTP.
    pub fn to_http(&self, encoding: Encoding) -> Response {
        let text = |status: StatusCode| (status, self.to_string()).into_response();
        match self {
            Self::Malformed(_) | Self::ContentEncoding(_) => self.status(StatusCode::BAD_REQUEST, 3, encoding),
            Self::TooLarge(_) | Self::BecomesTooLarge(..) => self.status(StatusCode::PAYLOAD_TOO_LARGE, 8, encoding),
            Self::TooSlow(_) => self.status(StatusCode::REQUEST_TIMEOUT, 4, encoding),
            Self::MediaType | Self::OtherType(_) => text(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::Method => {
                let mut response = text(StatusCode::METHOD_NOT_ALLOWED);
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
                response
            }
            Self::Busy(_) | Self::Wait(_) => {
                let mut response = self.status(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, encoding);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(self.retry_seconds()));
                response
            }
        }
    }

    /// The answer over gRPC.
    pub fn to_grpc(&self) -> tonic::Status {
        match self {
            Self::Busy(_) | Self::Wait(_) => {
                let (message, retry) = (self.to_string(), retry_info(self.retry_seconds()));
                let details = RpcStatus { code: UNAVAILABLE, message: message.clone(), details: vec![retry] };
                tonic::Status::with_details(tonic::Code::Unavailable, message, details.encode_to_vec().into())
            }
            Self::TooLarge(_) | Self::BecomesTooLarge(..) => tonic::Status::resource_exhausted(self.to_string()),
            _ => tonic::Status::invalid_argument(self.to_string()),
        }
    }

    /// When to come again.
    fn retry_seconds(&self) -> i64 {
        let after = if let Self::Wait(wait) = self { wait.retry_after } else { SOON };
        after.as_secs().max(1).cast_signed()
    }

    fn status(&self, status: StatusCode, code: i32, encoding: Encoding) -> Response {
        let message = self.to_string();
        match encoding {
            Encoding::Json => (status, axum::Json(json!({"code": code, "message": message}))).into_response(),
            Encoding::Protobuf => {
                let details = if code == UNAVAILABLE { vec![retry_info(self.retry_seconds())] } else { Vec::new() };
                let body = Body::from(RpcStatus { code, message, details }.encode_to_vec());
                (status, [(header::CONTENT_TYPE, "application/x-protobuf")], body).into_response()
            }
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`, with a `google.protobuf.Duration` in it.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Seconds>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Seconds {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

/// By this a client knows that it may send the same request again, and when.
fn retry_info(seconds: i64) -> Any {
    let info = RetryInfo { retry_delay: Some(Seconds { seconds }) };
    Any { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value: info.encode_to_vec() }
}
