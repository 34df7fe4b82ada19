//! The metrics of the frontend. A request looks its handles up once, by die; the guard in
//! [`count`](crate::metrics::count) counts it exactly once on every way out.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use telemetry::metrics::TracedHistogram;

use crate::metrics::labels::{AnswerLabels, BatchSize, CallLabels, RequestLabels};

const SECONDS: [f64; 9] = [0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0];

/// The label of dice that are not on die-service's list: what users type never becomes a series.
const UNKNOWN: &str = "unknown";

/// Which kind of roll was asked for; the page's rolls count under the handler that answers the same in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    Roll,
    RollAsync,
}

/// How a validated request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The backend answered 2xx.
    Success,
    /// The backend answered anything else.
    Error,
    /// The backend did not answer in time.
    Timeout,
    /// The backend could not be reached.
    ConnectionError,
    /// The client left before the answer, or the service is shutting down.
    Cancelled,
}

/// All metrics of the service.
#[derive(Debug)]
pub struct Metrics {
    families: Families,
    batches: Vec<Counter>,
    unknown: Arc<DieMetrics>,
}

#[derive(Debug, Clone)]
struct Families {
    requests: Family<RequestLabels, Counter>,
    backend_requests: Family<AnswerLabels, Counter>,
    backend_duration: Family<CallLabels, TracedHistogram, fn() -> TracedHistogram>,
}

/// The handles of one die.
#[derive(Debug)]
pub struct DieMetrics {
    label: String,
    roll: HandlerMetrics,
    roll_async: HandlerMetrics,
    answered_200: Counter,
    unanswered: Counter,
    families: Families,
}

#[derive(Debug)]
pub(super) struct HandlerMetrics {
    pub(super) received: Counter,
    success: Counter,
    error: Counter,
    timeout: Counter,
    connection_error: Counter,
    cancelled: Counter,
    duration: TracedHistogram,
}

impl Metrics {
    /// Registers everything; batches may have up to `max_batch` rolls.
    pub fn register(registry: &mut Registry, max_batch: usize) -> Self {
        let families = Families {
            requests: Family::default(),
            backend_requests: Family::default(),
            backend_duration: Family::new_with_constructor(|| TracedHistogram::new(&SECONDS)),
        };
        let batches = Family::<BatchSize, Counter>::default();
        registry.register("frontend_requests", "Validated requests for rolls", families.requests.clone());
        registry.register("backend_requests", "Calls of dice-roller by its answer", families.backend_requests.clone());
        registry.register(
            "backend_request_duration_seconds",
            "Duration of calls of dice-roller",
            families.backend_duration.clone(),
        );
        registry.register("async_roll_requests", "Validated requests for batches by size", batches.clone());
        let sizes = 1..=max_batch as u64;
        let batches = sizes.map(|batch_size| batches.get_or_create_owned(&BatchSize { batch_size })).collect();
        Self { unknown: Arc::new(families.die(UNKNOWN)), families, batches }
    }

    /// The handles of a die that is on the list; its series exist from now on.
    pub fn known(&self, name: &str) -> Arc<DieMetrics> {
        Arc::new(self.families.die(name))
    }

    /// The handles of all dice that are not.
    pub fn unknown(&self) -> Arc<DieMetrics> {
        Arc::clone(&self.unknown)
    }

    /// A validated request for a batch of this size.
    pub fn batch_requested(&self, times: usize) {
        if let Some(counter) = self.batches.get(times.wrapping_sub(1)) {
            counter.inc();
        }
    }
}

impl DieMetrics {
    /// A call of the backend is over, with this status if it answered.
    pub fn backend_called(&self, handler: Handler, status: Option<u16>, duration: Duration) {
        match status {
            Some(200) => self.answered_200.inc(),
            None => self.unanswered.inc(),
            Some(status) => self.families.answered(&self.label, status.to_string().into()).inc(),
        };
        self.handler(handler).duration.observe(duration.as_secs_f64());
    }

    /// The handles of one kind of roll.
    pub(super) fn handler(&self, handler: Handler) -> &HandlerMetrics {
        match handler {
            Handler::Roll => &self.roll,
            Handler::RollAsync => &self.roll_async,
        }
    }
}

impl Families {
    fn die(&self, name: &str) -> DieMetrics {
        DieMetrics {
            label: name.to_owned(),
            roll: self.handler(name, Handler::Roll.route()),
            roll_async: self.handler(name, Handler::RollAsync.route()),
            answered_200: self.answered(name, "200".into()),
            unanswered: self.answered(name, "none".into()),
            families: self.clone(),
        }
    }

    fn handler(&self, name: &str, handler: &'static str) -> HandlerMetrics {
        let counter =
            |status| self.requests.get_or_create_owned(&RequestLabels { handler, die_type: name.to_owned(), status });
        HandlerMetrics {
            received: counter("received"),
            success: counter("success"),
            error: counter("error"),
            timeout: counter("timeout"),
            connection_error: counter("connection_error"),
            cancelled: counter("cancelled"),
            duration: self.backend_duration.get_or_create_owned(&CallLabels { die_type: name.to_owned(), handler }),
        }
    }

    fn answered(&self, name: &str, status_code: Cow<'static, str>) -> Counter {
        self.backend_requests.get_or_create_owned(&AnswerLabels { die_type: name.to_owned(), status_code })
    }
}

impl HandlerMetrics {
    /// The counter of this ending.
    pub(super) fn ended(&self, ending: Ending) -> &Counter {
        match ending {
            Ending::Success => &self.success,
            Ending::Error => &self.error,
            Ending::Timeout => &self.timeout,
            Ending::ConnectionError => &self.connection_error,
            Ending::Cancelled => &self.cancelled,
        }
    }
}

impl Handler {
    /// The route, which is also the label.
    pub fn route(self) -> &'static str {
        match self {
            Self::Roll => "/roll",
            Self::RollAsync => "/roll-async",
        }
    }
}
