//! The receiver: takes export requests in and gives what is in them to the three stores.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lab_logs::{Arrivals, LogStore};
use lab_metrics::MetricStore;
use lab_metrics::ingest::otlp::OtlpConfig;
use lab_model::Clock;
use lab_traces::TraceStore;
use parking_lot::{Mutex, RwLock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::otlp::counters::{Counters, OtlpStats};
use crate::otlp::json;
use crate::otlp::limits::OtlpLimits;
use crate::otlp::outcome::Outcome;
use crate::otlp::refusal::Refusal;
use crate::otlp::request::{Encoding, Signal, Transport};
use crate::otlp::signals::logs::Line;
use crate::otlp::signals::metrics::delta::{Delta, Sums};
use crate::otlp::signals::metrics::exponential::Exponential;
use crate::otlp::signals::{logs, metrics, traces};
use crate::room::patience;

/// Takes telemetry in and gives it to the stores.
#[derive(Debug)]
pub struct OtlpReceiver {
    traces: Arc<TraceStore>,
    logs: Arc<LogStore>,
    metrics: Arc<MetricStore>,
    limits: OtlpLimits,
    clock: Clock,
    /// Times for log records that have none.
    arrivals: Mutex<Arrivals>,
    /// What becomes of names and attributes of metrics.
    config: RwLock<Arc<OtlpConfig>>,
    delta: Delta,
    exponential: Exponential,
    /// The sums of metrics that come as deltas.
    sums: Sums,
    counters: Counters,
    in_flight: Arc<Semaphore>,
}

impl OtlpReceiver {
    /// A receiver for these stores; `clock` tells when requests arrive.
    pub fn new(
        traces: Arc<TraceStore>,
        logs: Arc<LogStore>,
        metrics: Arc<MetricStore>,
        limits: OtlpLimits,
        clock: Clock,
    ) -> Self {
        let in_flight = Arc::new(Semaphore::new(limits.requests_in_flight));
        let (arrivals, counters) = (Mutex::default(), Counters::default());
        let (config, delta, sums) = (RwLock::default(), Delta::default(), Sums::default());
        let exponential = Exponential::default();
        Self { traces, logs, metrics, limits, clock, arrivals, config, delta, exponential, sums, counters, in_flight }
    }

    /// The same with another treatment of points of delta temporality.
    #[must_use]
    pub fn with_delta(self, delta: Delta) -> Self {
        Self { delta, ..self }
    }

    /// The same with another treatment of exponential histograms.
    #[must_use]
    pub fn with_exponential(self, exponential: Exponential) -> Self {
        Self { exponential, ..self }
    }

    /// What becomes of names and attributes of metrics from now on.
    pub fn configure(&self, config: OtlpConfig) {
        *self.config.write() = Arc::new(config);
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
        let result = match encoding {
            Encoding::Protobuf => self.receive_protobuf(signal, body, now_ns),
            Encoding::Json => self.receive_json(signal, body, now_ns),
        };
        match &result {
            Ok(outcome) => self.counters.count(signal, transport, outcome),
            Err(refusal) => self.refuse(signal, transport, refusal),
        }
        result
    }

    /// Takes lines in that came over HTTP in another format; they happen now.
    pub(crate) fn receive_lines(&self, lines: Vec<Line>, now_ns: i64) -> Result<Outcome, Refusal> {
        let result = logs::receive_lines((&self.logs, &self.arrivals), lines, now_ns);
        match &result {
            Ok(outcome) => self.counters.count(Signal::Logs, Transport::Http, outcome),
            Err(refusal) => self.refuse(Signal::Logs, Transport::Http, refusal),
        }
        result
    }

    fn receive_json(&self, signal: Signal, body: &Bytes, now_ns: i64) -> Result<Outcome, Refusal> {
        let request = json::read(signal, body).map_err(Refusal::Malformed)?;
        let mut outcome = self.receive_protobuf(signal, &request.protobuf, now_ns)?;
        if request.has_more {
            outcome.warn("a request is one JSON object; what follows it was not read");
        }
        Ok(outcome)
    }

    /// Takes a request in; one that cannot be decoded for texts that are not UTF-8, or for values that nest too deep, is taken with
    /// these replaced.
    fn receive_protobuf(&self, signal: Signal, body: &Bytes, now_ns: i64) -> Result<Outcome, Refusal> {
        let receive = |body: &Bytes| match signal {
            Signal::Traces => traces::receive(&self.traces, body, now_ns),
            Signal::Logs => logs::receive((&self.logs, &self.arrivals), body, now_ns),
            Signal::Metrics => self.receive_metrics(body, now_ns),
        };
        let (mut result, mut ways) = (receive(body), json::mended(signal, body));
        while matches!(result, Err(Refusal::Malformed(_)))
            && let Some(mended) = ways.next()
        {
            result = receive(&mended);
        }
        result
    }

    fn receive_metrics(&self, body: &Bytes, now_ns: i64) -> Result<Outcome, Refusal> {
        let config = Arc::clone(&self.config.read());
        let (delta, exponential) = (self.delta, self.exponential);
        let way = metrics::Way { store: &self.metrics, config: &config, delta, exponential, sums: &self.sums };
        metrics::receive(&way, body, now_ns)
    }

    /// Holds a sender back while there is no room for its signal, though not for long: then it is told when to come
    /// again.
    pub(crate) async fn until_there_is_room(&self, signal: Signal) {
        patience::until_there_is_room(|| match signal {
            Signal::Traces => self.traces.admit(),
            Signal::Logs => self.logs.admit(Duration::ZERO),
            Signal::Metrics => self.metrics.admit(Duration::ZERO),
        })
        .await;
    }

    /// What came, by signal and transport.
    pub fn stats(&self) -> OtlpStats {
        self.counters.stats()
    }

    /// The bounds of this receiver.
    pub(crate) fn limits(&self) -> &OtlpLimits {
        &self.limits
    }

    /// The time now, in nanoseconds since the epoch.
    pub(crate) fn now_ns(&self) -> i64 {
        self.clock.now_ns()
    }

    /// Counts a request that was refused before it could be read.
    pub(crate) fn refuse(&self, signal: Signal, transport: Transport, refusal: &Refusal) {
        self.counters.refuse(signal, transport, refusal);
    }

    /// A place among the requests in work.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        Arc::clone(&self.in_flight)
            .try_acquire_owned()
            .map_err(|_| Refusal::Busy("too many OTLP requests are being processed; retry later".to_owned()))
    }
}
