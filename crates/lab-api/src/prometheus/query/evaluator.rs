//! Answers questions aside: on blocking threads, so many at a time, for so long, within the memory that all queries share.

use std::sync::Arc;
use std::time::Duration;

use lab_metrics::MetricStore;
use lab_metrics::promql::error::PromqlError;
use lab_model::{Grant, Interrupt, MemoryPool};
use tokio::sync::Semaphore;

use crate::prometheus::error::{ErrorType, PrometheusError, from_promql};

/// Questions that are answered at a time, as in Prometheus.
const CONCURRENT: usize = 20;
/// How long a question may wait and take, as in Prometheus.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(120);

/// Answers questions to a store.
#[derive(Clone, Debug)]
pub(crate) struct Evaluator {
    store: Arc<MetricStore>,
    places: Arc<Semaphore>,
    memory: MemoryPool,
}

impl Evaluator {
    /// An evaluator with places for [`CONCURRENT`] questions.
    pub(crate) fn new(store: Arc<MetricStore>) -> Self {
        Self { store, places: Arc::new(Semaphore::new(CONCURRENT)), memory: MemoryPool::default() }
    }

    /// The same within a pool of memory that others use, too.
    pub(crate) fn within(self, memory: MemoryPool) -> Self {
        Self { memory, ..self }
    }

    /// Has a question answered and, on the same thread, the answer written; ends it when `timeout` (at most [`TIMEOUT`])
    /// has passed or the caller leaves.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        timeout: Duration,
        question: impl FnOnce(&MetricStore, &Grant) -> Result<T, PromqlError> + Send + 'static,
    ) -> Result<T, PrometheusError> {
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
        let (store, pool) = (self.store.clone(), self.memory.clone());
        let running = tokio::task::spawn_blocking(move || {
            let _place = place;
            let grant = Grant { memory: pool.enter(&interrupt)?, interrupt };
            question(&store, &grant)
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
