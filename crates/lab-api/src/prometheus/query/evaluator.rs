//! Runs queries aside: on blocking threads, so many at a time, for so long.

use std::sync::Arc;
use std::time::Duration;

use lab_metrics::MetricStore;
use lab_metrics::promql::engine;
use lab_metrics::promql::error::PromqlError;
use lab_metrics::promql::params::EvalParams;
use lab_metrics::promql::value::Evaluation;
use lab_model::Interrupt;
use tokio::sync::Semaphore;

use crate::prometheus::error::{ErrorType, PrometheusError, from_promql};

/// Queries that run at a time, as in Prometheus.
const CONCURRENT: usize = 20;
/// How long a query may wait and run, as in Prometheus.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

/// Evaluates queries over a store.
#[derive(Clone, Debug)]
pub(crate) struct Evaluator {
    store: Arc<MetricStore>,
    places: Arc<Semaphore>,
}

impl Evaluator {
    /// An evaluator with places for [`CONCURRENT`] queries.
    pub(crate) fn new(store: Arc<MetricStore>) -> Self {
        Self { store, places: Arc::new(Semaphore::new(CONCURRENT)) }
    }

    /// Evaluates a query and, on the same thread, writes its answer; ends it when `timeout` (at most
    /// [`TIMEOUT`]) has passed or the caller leaves.
    pub(crate) async fn evaluate(
        &self,
        query: &str,
        params: EvalParams,
        timeout: Duration,
        write: impl FnOnce(Evaluation) -> String + Send + 'static,
    ) -> Result<String, PrometheusError> {
        if timeout.is_zero() {
            return Err(from_promql(&PromqlError::Interrupted));
        }
        let deadline = tokio::time::Instant::now() + timeout.min(TIMEOUT);
        let place = tokio::time::timeout_at(deadline, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(PrometheusError::new(ErrorType::Timeout, "query timed out in query queue"));
        };
        let interrupt = Interrupt::default();
        // Set when this future ends, whatever ends it.
        let leaving = SetOnDrop(interrupt.clone());
        let (store, query) = (self.store.clone(), query.to_owned());
        let running = tokio::task::spawn_blocking(move || {
            let _place = place;
            engine::evaluate(&*store, &query, &params, &interrupt).map(write)
        });
        let ended = tokio::time::timeout_at(deadline, running).await;
        drop(leaving);
        match ended {
            Ok(Ok(result)) => result.map_err(|error| from_promql(&error)),
            Ok(Err(panic)) => Err(PrometheusError::new(ErrorType::Internal, panic.to_string())),
            Err(_) => Err(from_promql(&PromqlError::Interrupted)),
        }
    }
}

struct SetOnDrop(Interrupt);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}
