//! Roll requests over HTTP: a CLIENT span and `traceparent` for each, connections kept alive, and every way
//! in which a request can end told apart.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use serde::Deserialize;
use telemetry::client::{BaseUrl, Client, ClientError};
use telemetry::traces::SpanIds;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::request::RollRequest;

/// The wall clock, in nanoseconds since the Unix epoch: handed in by the binary.
pub type Clock = fn() -> i64;

/// A service that understands roll requests. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Target {
    client: Client,
    base: BaseUrl,
    timeout: Duration,
    clock: Clock,
}

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The trace that it belongs to, 32 hexadecimal digits.
    pub trace_id: Option<String>,
    /// When it was sent.
    pub started: DateTime<Utc>,
    /// From sending to the end of the answer, or until it was given up; by the monotonic clock.
    pub duration: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With an answer, whatever its status.
    Answered(Answer),
    /// There was no answer in time.
    TimedOut,
    /// There was no connection, or it broke.
    NotConnected(String),
    /// It was given up from this side.
    Cancelled,
}

/// An answer with a status.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// Faces in index order, null where a roll failed; from a 200 only.
    pub rolls: Option<Vec<Option<i64>>>,
    /// Their sum, from a 200 only.
    pub total: Option<i64>,
    /// What the service says about an error, or what is wrong with its answer.
    pub detail: Option<String>,
}

impl Target {
    /// A target without connections; an answer must be complete within `timeout`. `clock` says when requests are sent.
    pub fn new(base: BaseUrl, timeout: Duration, clock: Clock) -> Self {
        Self { client: Client::new(), base, timeout, clock }
    }

    /// The target's URL.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Sends a request within the current span.
    pub async fn send(&self, request: &RollRequest) -> Exchange {
        self.send_until(request, &CancellationToken::new()).await
    }

    /// Sends a request within the current span, and closes its connection if it is given up.
    pub async fn send_until(&self, request: &RollRequest, give_up: &CancellationToken) -> Exchange {
        let (started, start) = (DateTime::from_timestamp_nanos((self.clock)()), Instant::now());
        let own_trace = SpanIds::current().map(|ids| ids.trace_id_hex().as_str().to_owned());
        let reply = tokio::select! {
            reply = self.client.get(request.uri(&self.base), self.timeout) => Some(reply),
            () = give_up.cancelled() => None,
        };
        let duration = start.elapsed();
        let mut trace_id = own_trace;
        let outcome = match reply {
            None => Outcome::Cancelled,
            Some(Err(ClientError::Timeout(_))) => Outcome::TimedOut,
            Some(Err(error)) => Outcome::NotConnected(error.to_string()),
            Some(Ok(reply)) => {
                trace_id = trace_id.or_else(|| trace_of(&reply.headers));
                Outcome::Answered(Answer::read(reply.status.as_u16(), &reply.body))
            }
        };
        Exchange { trace_id, started, duration, outcome }
    }

    /// The body of a 200 from a path of the target, or why there is none.
    pub async fn get(&self, path: &str) -> Result<Bytes, String> {
        let reply = self.client.get(self.base.with(path, &[]), self.timeout).await;
        match reply {
            Ok(reply) if reply.status.is_success() => Ok(reply.body),
            Ok(reply) => Err(format!("GET {path} was answered with {}", reply.status)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The trace that an answer names: the second part of `traceresponse`.
fn trace_of(headers: &HeaderMap) -> Option<String> {
    headers.get("traceresponse")?.to_str().ok()?.split('-').nth(1).map(str::to_owned)
}

impl Outcome {
    /// The status code, or a word for why there is none.
    pub fn name(&self) -> String {
        match self {
            Self::Answered(answer) => answer.status.to_string(),
            Self::TimedOut => "timeout".to_owned(),
            Self::NotConnected(_) => "connection error".to_owned(),
            Self::Cancelled => "cancelled".to_owned(),
        }
    }

    /// Whether it is what the user wanted.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Answered(Answer { status: 200, .. }))
    }

    /// The answer, if there was one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(answer) => Some(answer),
            _ => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(Answer { status, detail: Some(detail), .. }) => write!(out, "{status} {detail}"),
            Self::NotConnected(reason) => write!(out, "connection error: {reason}"),
            other => out.write_str(&other.name()),
        }
    }
}

/// The parts of the services' answers that matter here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    roll: Option<i64>,
    rolls: Option<Vec<Option<i64>>>,
    total: Option<i64>,
    detail: Option<String>,
}

impl Answer {
    /// Reads an answer.
    fn read(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice::<Body>(body) {
            Err(error) => Self { status, rolls: None, total: None, detail: Some(format!("not JSON: {error}")) },
            Ok(body) if status != 200 => Self { status, rolls: None, total: None, detail: body.detail },
            // One die is a batch of one.
            Ok(Body { roll: Some(roll), .. }) => {
                Self { status, rolls: Some(vec![Some(roll)]), total: Some(roll), detail: None }
            }
            Ok(body) => Self { status, rolls: body.rolls, total: body.total, detail: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let answer = |rolls, total| Answer { status: 200, rolls, total, detail: None };
        assert_eq!(Answer::read(200, br#"{"roll":4,"trace_id":"a"}"#), answer(Some(vec![Some(4)]), Some(4)));
        assert_eq!(
            Answer::read(200, br#"{"total":4,"rolls":[4,null],"count":2,"failed":[1]}"#),
            answer(Some(vec![Some(4), None]), Some(4))
        );
        let problem = Answer::read(404, br#"{"title":"Not Found","status":404,"detail":"no die x"}"#);
        assert_eq!(problem.detail.as_deref(), Some("no die x"));
        assert_eq!(Outcome::Answered(problem).to_string(), "404 no die x");
        assert!(Answer::read(200, b"<html>").detail.is_some_and(|detail| detail.starts_with("not JSON")));
    }

    #[test]
    fn the_trace_is_named_by_the_header() {
        let mut headers = HeaderMap::new();
        assert_eq!(trace_of(&headers), None);
        let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        headers.insert("traceresponse", value.parse().expect("a header"));
        assert_eq!(trace_of(&headers).as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
    }
}
