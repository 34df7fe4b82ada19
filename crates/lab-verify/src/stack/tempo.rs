//! Tempo's HTTP API, as far as a judge needs it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::stack::endpoint::{Answer, AskError, Endpoint};
use crate::stack::span::Span;
use crate::stack::tempo::details::Details;
use crate::stack::tempo::found::Found;

pub mod details;
pub mod found;
mod names;
mod otlp_json;
mod otlp_proto;

/// The form in which traces are asked for; a server that does not know it answers in JSON.
const PROTOBUF: &str = "application/protobuf";

/// A server with Tempo's API.
#[derive(Debug, Clone)]
pub struct Tempo(Endpoint);

/// The most selected spans of a trace that Tempo names.
pub const MOST_SELECTED: usize = 100;
/// Where the spans are not looked at. Of 0 the documentation says nothing.
const FEWEST_SELECTED: usize = 1;

/// The spans of an encoded export request of OTLP, which has the form of Tempo's answers.
pub fn spans_of(request: &[u8]) -> Result<Vec<Span>, prost::DecodeError> {
    otlp_proto::read_v1(request)
}

impl Tempo {
    /// The server behind an endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self(endpoint)
    }

    pub fn base(&self) -> &str {
        self.0.base()
    }

    /// Whether it says that it is ready.
    pub async fn ready(&self) -> Result<(), AskError> {
        self.0.is_good("/ready").await
    }

    pub async fn version(&self) -> Result<String, AskError> {
        #[derive(Deserialize)]
        struct BuildInfo {
            version: String,
        }
        Ok(self.0.json::<BuildInfo>("/api/status/buildinfo", &[]).await?.version)
    }

    /// The spans of a trace, in order of their start; none if the store does not know it.
    pub async fn trace(&self, trace_id: &str) -> Result<Vec<Span>, AskError> {
        let mut answer = self.0.get_as(&format!("/api/v2/traces/{trace_id}"), PROTOBUF).await?;
        // Tempo before 2.7 has only the first version.
        let is_first = answer.status == 404;
        if is_first {
            answer = self.0.get_as(&format!("/api/traces/{trace_id}"), PROTOBUF).await?;
        }
        if answer.status == 404 {
            return Ok(Vec::new());
        }
        let answer = answer.good()?;
        let mut spans = if answer.header("content-type").is_none_or(|it| !it.starts_with(PROTOBUF)) {
            otlp_json::read(&answer.body).map_err(|why| answer.unexpected(why.to_string()))?
        } else if is_first {
            otlp_proto::read_v1(&answer.body).map_err(|why| answer.unexpected(why.to_string()))?
        } else {
            otlp_proto::read_v2(&answer.body).map_err(|why| answer.unexpected(why.to_string()))?
        };
        spans.sort_by_key(|span| span.start_ns);
        Ok(spans)
    }

    /// All that a trace says of its spans, by span id and start; nothing if the store does not know it.
    pub async fn details(&self, trace_id: &str) -> Result<BTreeMap<(String, i64), Details>, AskError> {
        let mut answer = self.0.get(&format!("/api/v2/traces/{trace_id}"), &[]).await?;
        if answer.status == 404 {
            answer = self.0.get(&format!("/api/traces/{trace_id}"), &[]).await?;
        }
        if answer.status == 404 {
            return Ok(BTreeMap::new());
        }
        let answer = answer.good()?;
        details::read(&answer.body).map_err(|why| answer.unexpected(why.to_string()))
    }

    /// Traces that match a TraceQL query within a time range (seconds since the Unix epoch), newest first. A real
    /// Tempo leaves the last 30 s out. One of the spans that the query selects in each trace is named.
    pub async fn search(&self, query: &str, range: (i64, i64), limit: usize) -> Result<Vec<Found>, AskError> {
        self.found(query, range, limit, FEWEST_SELECTED).await
    }

    /// The same with up to 100 of the spans that the query selects in each trace.
    pub async fn select(&self, query: &str, range: (i64, i64), limit: usize) -> Result<Vec<Found>, AskError> {
        self.found(query, range, limit, MOST_SELECTED).await
    }

    async fn found(
        &self,
        query: &str,
        (start, end): (i64, i64),
        limit: usize,
        spans: usize,
    ) -> Result<Vec<Found>, AskError> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            traces: Vec<found::Raw>,
        }
        let (start, end, limit, spans) = (start.to_string(), end.to_string(), limit.to_string(), spans.to_string());
        let parameters = [("q", query), ("start", &start), ("end", &end), ("limit", &limit), ("spss", &spans)];
        let body: Body = self.0.json("/api/search", &parameters).await?;
        Ok(body.traces.into_iter().map(Found::from).collect())
    }

    /// What the server answers, unread.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, AskError> {
        self.0.get(path, query).await
    }
}
