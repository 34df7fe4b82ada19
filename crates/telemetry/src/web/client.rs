//! The HTTP client for calls to other services: HTTP/1.1, kept-alive connections, plain `http`.
//!
//! Each call is one CLIENT span named after its method, with the stable HTTP semantic conventions, and carries
//! `traceparent`. Cancelling is dropping the future; the connection is closed then, so the other side notices.

pub(crate) mod url;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client as HyperClient, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tracing::{Instrument, Span};

use crate::signals::traces::context::inject;

/// Idle connections close before servers close them.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// An answer may be this long unless told otherwise.
const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// A pool of connections; clones share it.
#[derive(Clone)]
pub struct Client {
    http: HyperClient<HttpConnector, Empty<Bytes>>,
    body_limit: usize,
}

/// A complete answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection could be made.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The answer was not complete in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The body exceeds the limit, in bytes.
    #[error("the answer is longer than {0} bytes")]
    BodyTooLarge(usize),
    /// The connection broke, or the answer is not HTTP.
    #[error("the call failed: {0}")]
    Other(String),
}

impl ClientError {
    /// The `error.type` of the span.
    fn kind(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connection_error",
            Self::Timeout(_) => "timeout",
            Self::BodyTooLarge(_) => "body_too_large",
            Self::Other(_) => "_OTHER",
        }
    }
}

impl Client {
    /// A client with an empty pool.
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = HyperClient::builder(TokioExecutor::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self { http, body_limit: DEFAULT_BODY_LIMIT }
    }

    /// The same client with another limit for answers, in bytes.
    #[must_use]
    pub fn with_body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// `GET uri`, complete within `timeout` (connecting included). See [`url::BaseUrl::with`] for how to make the URI.
    pub async fn get(&self, uri: Uri, timeout: Duration) -> Result<Reply, ClientError> {
        let span = open_span(&uri);
        let mut request = Request::new(Empty::new());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = uri;
        inject(&span, request.headers_mut());
        async {
            let called = tokio::time::timeout(timeout, self.call(request)).await;
            let outcome = called.unwrap_or(Err(ClientError::Timeout(timeout)));
            finish_span(&Span::current(), &outcome);
            outcome
        }
        .instrument(span)
        .await
    }

    /// Not part of [`Self::call`], so that HTTP is compiled here once and not in every crate that calls.
    #[inline(never)]
    fn send(&self, request: Request<Empty<Bytes>>) -> ResponseFuture {
        self.http.request(request)
    }

    async fn call(&self, request: Request<Empty<Bytes>>) -> Result<Reply, ClientError> {
        let response = self.send(request).await.map_err(|error| {
            let reason = root_cause(&error);
            if error.is_connect() { ClientError::Connect(reason) } else { ClientError::Other(reason) }
        })?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, self.body_limit).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                ClientError::BodyTooLarge(self.body_limit)
            } else {
                ClientError::Other(root_cause(error.as_ref()))
            }
        })?;
        Ok(Reply { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("body_limit", &self.body_limit).finish_non_exhaustive()
    }
}

fn open_span(uri: &Uri) -> Span {
    tracing::info_span!(
        "GET",
        "otel.kind" = "client",
        "otel.status_code" = tracing::field::Empty,
        "http.request.method" = "GET",
        "url.full" = %uri,
        "server.address" = uri.host(),
        "server.port" = i64::from(uri.port_u16().unwrap_or(80)),
        "network.protocol.version" = "1.1",
        "http.response.status_code" = tracing::field::Empty,
        "error.type" = tracing::field::Empty,
    )
}

/// For a client, every answer from 400 on is an error.
fn finish_span(span: &Span, outcome: &Result<Reply, ClientError>) {
    let error = match outcome {
        Ok(reply) => {
            span.record("http.response.status_code", i64::from(reply.status.as_u16()));
            if reply.status.as_u16() < 400 {
                return;
            }
            reply.status.as_str()
        }
        Err(error) => error.kind(),
    };
    span.record("error.type", error);
    span.record("otel.status_code", "ERROR");
}

fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
