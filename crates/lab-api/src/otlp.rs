//! OTLP in: one receiver for spans, log records and metrics, over HTTP and gRPC.
//!
//! | Transport | Endpoints | |
//! |---|---|---|
//! | HTTP (4318) | `POST /v1/traces`, `/v1/logs`, `/v1/metrics` | protobuf or JSON, gzip; [`http_router`] |
//! | gRPC (4317) | `…TraceService/Export`, `…LogsService/Export`, `…MetricsService/Export` | gzip; [`grpc_router`] |
//!
//! Spans go to the trace store as the bytes they came as, log records to the log store by the rules of
//! Loki's OTLP endpoint, metrics to the metric store by OpenTelemetry's Prometheus compatibility rules.
//! Loki's and Prometheus' own OTLP endpoints call [`OtlpReceiver::receive`] too.
//!
//! [`http_router`]: http::http_router
//! [`grpc_router`]: grpc::grpc_router

pub mod answer;
pub mod attribute;
pub mod body;
pub mod counters;
pub mod grpc;
pub mod http;
pub mod logs;
pub mod metrics;
pub mod refusal;
pub mod traces;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lab_logs::LogStore;
use lab_metrics::MetricStore;
use lab_traces::TraceStore;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::otlp::answer::Outcome;
use crate::otlp::counters::{Counters, OtlpStats, Signal, Transport};
use crate::otlp::refusal::Refusal;

/// How long a sender waits for room before it is told to come again, and how often is looked for it.
const PATIENCE: Duration = Duration::from_secs(1);
const LOOK: Duration = Duration::from_millis(20);

/// Bounds on what is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtlpLimits {
    /// Bytes of a request's body as sent.
    pub body_bytes: usize,
    /// Bytes of a body after decompression.
    pub decompressed_bytes: usize,
    /// Requests in work at the same time; further ones are told to come again.
    pub requests_in_flight: usize,
}

impl Default for OtlpLimits {
    fn default() -> Self {
        Self { body_bytes: 16 << 20, decompressed_bytes: 64 << 20, requests_in_flight: 64 }
    }
}

/// How a request's body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`
    Protobuf,
    /// `application/json`, with ids in hex and 64-bit integers as text or number.
    Json,
}

/// Takes telemetry in and gives it to the stores.
#[derive(Debug)]
pub struct OtlpReceiver {
    traces: Arc<TraceStore>,
    logs: Arc<LogStore>,
    metrics: Arc<MetricStore>,
    limits: OtlpLimits,
    counters: Counters,
    in_flight: Semaphore,
}

impl OtlpReceiver {
    /// A receiver for these stores.
    pub fn new(traces: Arc<TraceStore>, logs: Arc<LogStore>, metrics: Arc<MetricStore>, limits: OtlpLimits) -> Self {
        let in_flight = Semaphore::new(limits.requests_in_flight);
        Self { traces, logs, metrics, limits, counters: Counters::default(), in_flight }
    }

    /// Takes one decompressed export request in; `now_ns` is the time of its arrival.
    pub fn receive(
        &self,
        signal: Signal,
        transport: Transport,
        encoding: Encoding,
        body: &Bytes,
        now_ns: i64,
    ) -> Result<Outcome, Refusal> {
        let result = match signal {
            Signal::Traces => traces::receive(&self.traces, encoding, body, now_ns),
            Signal::Logs => logs::receive(&self.logs, encoding, body, now_ns),
            Signal::Metrics => metrics::receive(&self.metrics, encoding, body, now_ns),
        };
        match &result {
            Ok(outcome) => self.counters.count(signal, transport, outcome),
            Err(refusal) => self.refuse(signal, transport, refusal),
        }
        result
    }

    /// Holds a sender back while there is no room for its signal, though not for long: then it is told when to come
    /// again.
    pub(crate) async fn until_there_is_room(&self, signal: Signal) {
        let patience = tokio::time::Instant::now() + PATIENCE;
        let full = || match signal {
            Signal::Traces => self.traces.admit(),
            Signal::Logs => self.logs.admit(Duration::ZERO),
            Signal::Metrics => self.metrics.admit(Duration::ZERO),
        };
        while full().is_err() && tokio::time::Instant::now() < patience {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What came, by signal and transport.
    pub fn stats(&self) -> OtlpStats {
        self.counters.stats()
    }

    /// The bounds.
    pub(crate) fn limits(&self) -> &OtlpLimits {
        &self.limits
    }

    /// Counts a request that was refused before it could be read.
    pub(crate) fn refuse(&self, signal: Signal, transport: Transport, refusal: &Refusal) {
        self.counters.refuse(signal, transport, refusal);
    }

    /// A place among the requests in work.
    pub(crate) fn enter(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.in_flight.try_acquire().map_err(|_| Refusal::Busy("too many requests in work; retry later".to_owned()))
    }
}
