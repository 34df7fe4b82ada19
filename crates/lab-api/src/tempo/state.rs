//! What the handlers share: the store, the clock, and how questions are run.

use std::sync::Arc;
use std::time::Duration;

use lab_model::{Clock, Interrupt};
use lab_traces::TraceStore;

use crate::error::PlainError;

/// How long a question may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The state of the router.
#[derive(Clone, Debug)]
pub struct TempoState {
    store: Arc<TraceStore>,
    pub(crate) clock: Clock,
}

impl TempoState {
    /// The state over a store; `clock` tells what "now" means.
    pub fn new(store: Arc<TraceStore>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Asks the store on a blocking thread. When time is up, or this future is dropped because the client has
    /// gone, the question is interrupted.
    pub(crate) async fn run<T, E>(
        &self,
        question: impl FnOnce(&TraceStore, &Interrupt) -> Result<T, E> + Send + 'static,
    ) -> Result<T, PlainError>
    where
        T: Send + 'static,
        E: Into<PlainError> + Send + 'static,
    {
        let interrupt = Interrupt::default();
        let _stop = StopOnDrop(interrupt.clone());
        let store = Arc::clone(&self.store);
        let task = tokio::task::spawn_blocking(move || question(&store, &interrupt));
        match tokio::time::timeout(TIME_LIMIT, task).await {
            Ok(Ok(result)) => result.map_err(Into::into),
            Ok(Err(failed)) => Err(PlainError::internal(format!("the query was stopped: {failed}"))),
            Err(_) => Err(PlainError::timeout(format!("the query took longer than {} s", TIME_LIMIT.as_secs()))),
        }
    }
}

struct StopOnDrop(Interrupt);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}
